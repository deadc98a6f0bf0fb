"""Mosaics made in the background on request, and kept."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import TypeVar

from photomosaic.arrays import BgrImage
from photomosaic.images.listing import Listing
from photomosaic.library.index import Index
from photomosaic.library.photo_library import PhotoLibrary
from photomosaic.library.usage import Usage
from photomosaic.options.look import RenderOptions
from photomosaic.options.photos import Metric, TileOptions
from photomosaic.progress import Work
from photomosaic.stills import Rendered, Stills

log = logging.getLogger(__name__)

T = TypeVar("T")

KEPT_BYTES = 1 << 30
# A held key, or a slider that is dragged, changes the settings more often.
SECONDS_OF_REST = 0.06


@dataclass(frozen=True)
class Request:
    """The settings of a mosaic that is to be shown."""

    scale: int
    options: RenderOptions
    metric: Metric = "perceptual"


@dataclass(frozen=True)
class View:
    """A mosaic (H, W, 3), uint8, BGR, and which photos it uses."""

    mosaic: BgrImage
    usage: Usage


@dataclass(frozen=True)
class Status:
    """What is being done, and how many of its items are done."""

    what: str
    done: int
    total: int


class _ReplacedError(Exception):
    """Another request came, or the explorer is closed, while a mosaic is being made."""


class Explorer(AbstractContextManager["Explorer"]):
    """Makes mosaics of one target in a background thread, and keeps the latest.

    The requested scale comes first, then those next to it. All methods may be called from any
    thread; `close` (or the end of the `with` block) ends the background thread.

    Parameters
    ----------
    target : ndarray of shape (H, W, 3), uint8, BGR
    listing : Listing
    tiles : TileOptions
        The metric is ignored; each request sets its own.
    open_library : callable
        Takes a `Work`, and returns a photo library; called in the background thread.
    scales : sequence of int
        Scales to make in advance when there is nothing else to do.
    work : Work, optional
        Its workers and progress are used.
    """

    def __init__(
        self,
        target: BgrImage,
        listing: Listing,
        tiles: TileOptions,
        open_library: Callable[[Work], PhotoLibrary],
        scales: Sequence[int] = (),
        work: Work | None = None,
    ) -> None:
        self.target = target
        self._listing = listing
        self._tiles = tiles
        self._open_library = open_library
        self._scales = scales
        work = work or Work()
        self._progress = work.progress
        self._work = Work(work.workers, self._watched)
        self._changed = threading.Condition()
        self._request: Request | None = None
        self._ready: OrderedDict[Request, View] = OrderedDict()
        self._making: Request | None = None
        self._status: Status | None = None
        self._index: Index | None = None
        self._error: BaseException | None = None
        self._closed = False
        self._stills: dict[str, Stills] = {}
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def __exit__(self, *error: object) -> None:
        """Close the explorer."""
        self.close()

    @property
    def index(self) -> Index | None:
        """The photos of the folder, once they are read."""
        return self._index

    @property
    def status(self) -> Status | None:
        """The progress of the current step, if one is running."""
        return self._status

    def request(self, request: Request) -> None:
        """Make this mosaic next; replaces the request before."""
        with self._changed:
            if request != self._request:
                self._request = request
                self._changed.notify_all()

    def ready(self, request: Request) -> View | None:
        """Return the mosaic of a request, or None if it is not made yet.

        Raises
        ------
        Exception
            An error of the background thread, such as an `InputError` for a folder without photos.
        """
        with self._changed:
            if self._error is not None:
                raise self._error
            if request in self._ready:
                self._ready.move_to_end(request)
            return self._ready.get(request)

    def nearest(self, request: Request) -> View | None:
        """Return the mosaic that differs from a request only in scale, and the least."""
        with self._changed:
            near = [made for made in self._ready if replace(made, scale=request.scale) == request]
            if not near:
                return None
            return self._ready[min(near, key=lambda made: abs(made.scale - request.scale))]

    def wait(self, request: Request, seconds: float | None = None) -> View | None:
        """Request a mosaic and wait for it, at most so many seconds; raises as `ready`."""
        self.request(request)
        with self._changed:
            self._changed.wait_for(
                lambda: request in self._ready or self._error is not None, timeout=seconds
            )
        return self.ready(request)

    def close(self) -> None:
        """End the background thread; a mosaic that it is making is abandoned."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()

    def _run(self) -> None:
        try:
            with self._open_library(self._work) as library:
                self._index = library.index(self._listing)
                log.info("%s", self._index)
                while (request := self._next()) is not None:
                    self._make(request, library)
        except _ReplacedError:
            pass
        except BaseException as error:  # noqa: BLE001 (raised again by `ready`)
            with self._changed:
                self._error = error
                self._changed.notify_all()

    def _make(self, request: Request, library: PhotoLibrary) -> None:
        try:
            rendered = self._rendered(request, library)
        except _ReplacedError:
            if self._closed:
                raise
            return
        view = View(rendered.mosaic, Usage.of(rendered.assignment, rendered.codebook))
        with self._changed:
            self._ready[request] = view
            while len(self._ready) > 1 and self._kept_bytes() > KEPT_BYTES:
                self._ready.popitem(last=False)
            self._changed.notify_all()

    def _watched(self, items: Iterable[T], *, total: int, what: str, unit: str) -> Iterator[T]:
        """Yield items and record the progress; raise `_ReplacedError` when they are not needed."""
        done = 0
        try:
            for done, item in enumerate(
                self._progress(items, total=total, what=what, unit=unit), start=1
            ):
                self._status = Status(what, done, total)
                if self._closed or self._is_replaced():
                    raise _ReplacedError
                yield item
        finally:
            self._status = None

    def _next(self) -> Request | None:
        """Wait for something to make, and return it; None if the explorer is closed."""
        with self._changed:
            while not self._closed:
                if self._passes_by():
                    continue
                self._making = next((r for r in self._queue() if r not in self._ready), None)
                if self._making is not None:
                    return self._making
                self._changed.wait()
            return None

    def _passes_by(self) -> bool:
        """Wait a moment, and return whether the settings changed; such are not worth beginning."""
        seen = self._request
        return self._changed.wait_for(
            lambda: self._closed or self._request != seen, SECONDS_OF_REST
        )

    def _queue(self) -> list[Request]:
        """Return the request, and then as many neighbouring scales as can be kept."""
        if self._request is None:
            return []
        first = self._request
        count = KEPT_BYTES // max(1, self.target.nbytes) - 1
        others = sorted(set(self._scales) - {first.scale}, key=lambda s: (abs(s - first.scale), s))
        return [first, *(replace(first, scale=scale) for scale in others[:count])]

    def _is_replaced(self) -> bool:
        """Return whether the current request is neither made nor being made."""
        made_or_being_made = self._request == self._making or self._request in self._ready
        return self._making is not None and not made_or_being_made

    def _rendered(self, request: Request, library: PhotoLibrary) -> Rendered:
        metric = request.metric
        if metric not in self._stills:
            assert self._index is not None  # noqa: S101 (set before anything is made)
            tiles = replace(self._tiles, metric=metric)
            self._stills[metric] = Stills(self.target, library, self._index, tiles, self._work)
        return self._stills[metric].render(request.scale, request.options)

    def _kept_bytes(self) -> int:
        return sum(view.mosaic.nbytes for view in self._ready.values())
