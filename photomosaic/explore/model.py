"""Mosaics made in the background as they are wished for, and kept."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from types import TracebackType
from typing import TypeVar

from photomosaic.arrays import BgrImage
from photomosaic.images.listing import Listing
from photomosaic.library.index import Index
from photomosaic.library.photo_library import PhotoLibrary
from photomosaic.library.usage import Usage
from photomosaic.options.look import RenderOptions
from photomosaic.options.photos import Metric, TileOptions
from photomosaic.progress import Progress, Work, silent
from photomosaic.stills import Rendered, Stills

log = logging.getLogger(__name__)

T = TypeVar("T")

KEPT_BYTES = 1 << 30


@dataclass(frozen=True)
class Wish:
    """What mosaic is to be seen."""

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
    """What is being done, and how many of how many items of it are done."""

    what: str
    done: int
    total: int


class _NotWantedError(Exception):
    """What is being made is not wanted any more."""


class Explorer:
    """Makes mosaics of one target in a thread of its own, and keeps those made last.

    First comes what is wished for, then the scales next to it. All methods may be called from any
    thread; `close` (or the end of the `with` block) ends the thread.

    Parameters
    ----------
    target : ndarray of shape (H, W, 3), uint8, BGR
    listing : Listing
    tiles : TileOptions
        Its metric is that of no wish; theirs are used.
    open_library : callable
        Takes a `Progress`, and returns a photo library; called in the thread.
    scales : sequence of int
        Scales to make ready when there is nothing else to do.
    workers : int, optional
    progress : Progress, optional
    """

    def __init__(
        self,
        target: BgrImage,
        listing: Listing,
        tiles: TileOptions,
        open_library: Callable[[Progress], PhotoLibrary],
        scales: Sequence[int] = (),
        workers: int = 1,
        progress: Progress = silent,
    ) -> None:
        self.target = target
        self._listing = listing
        self._tiles = tiles
        self._open_library = open_library
        self._scales = scales
        self._workers = workers
        self._progress = progress
        self._changed = threading.Condition()
        self._wish: Wish | None = None
        self._ready: OrderedDict[Wish, View] = OrderedDict()
        self._making: Wish | None = None
        self._status: Status | None = None
        self._index: Index | None = None
        self._error: BaseException | None = None
        self._closed = False
        self._stills: dict[str, Stills] = {}
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def __enter__(self) -> Explorer:
        """Return the explorer itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the explorer."""
        self.close()

    @property
    def index(self) -> Index | None:
        """What became of the folder's files, once they are read."""
        return self._index

    @property
    def status(self) -> Status | None:
        """What takes a while just now, if anything does."""
        return self._status

    def wish(self, wish: Wish) -> None:
        """Say what is to be made next, instead of what was wished before."""
        with self._changed:
            if wish != self._wish:
                self._wish = wish
                self._changed.notify_all()

    def ready(self, wish: Wish) -> View | None:
        """Return a mosaic if it is made already.

        Raises
        ------
        Exception
            What went wrong in the thread, such as an `InputError` for a folder without photos.
        """
        with self._changed:
            if self._error is not None:
                raise self._error
            if wish in self._ready:
                self._ready.move_to_end(wish)
            return self._ready.get(wish)

    def nearest(self, wish: Wish) -> View | None:
        """Return the mosaic of the scale next to a wish that is made already, if any is."""
        with self._changed:
            near = [made for made in self._ready if replace(made, scale=wish.scale) == wish]
            if not near:
                return None
            return self._ready[min(near, key=lambda made: abs(made.scale - wish.scale))]

    def wait(self, wish: Wish, seconds: float | None = None) -> View | None:
        """Wish for a mosaic and wait until it is made, at most so long; raises as `ready`."""
        self.wish(wish)
        with self._changed:
            self._changed.wait_for(
                lambda: wish in self._ready or self._error is not None, timeout=seconds
            )
        return self.ready(wish)

    def close(self) -> None:
        """End the thread; what it is making is given up as soon as may be."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()

    def _work(self) -> None:
        try:
            with self._open_library(self._watched) as library:
                self._index = library.index(self._listing)
                log.info("%s", self._index)
                while (wish := self._next()) is not None:
                    self._make(wish, library)
        except _NotWantedError:
            pass
        except BaseException as error:  # noqa: BLE001 (raised again where it is asked for)
            with self._changed:
                self._error = error
                self._changed.notify_all()

    def _make(self, wish: Wish, library: PhotoLibrary) -> None:
        try:
            rendered = self._rendered(wish, library)
        except _NotWantedError:
            if self._closed:
                raise
            return
        view = View(rendered.mosaic, Usage.of(rendered.assignment, rendered.codebook))
        with self._changed:
            self._ready[wish] = view
            while len(self._ready) > 1 and self._kept_bytes() > KEPT_BYTES:
                self._ready.popitem(last=False)
            self._changed.notify_all()

    def _watched(self, items: Iterable[T], *, total: int, what: str, unit: str) -> Iterator[T]:
        """Hand on items with their progress; stop when something else is wanted."""
        done = 0
        try:
            for done, item in enumerate(
                self._progress(items, total=total, what=what, unit=unit), start=1
            ):
                self._status = Status(what, done, total)
                if self._closed or self._better_things_to_do():
                    raise _NotWantedError
                yield item
        finally:
            self._status = None

    def _next(self) -> Wish | None:
        """Wait for something to make, and return it; None if the explorer is closed."""
        with self._changed:
            while not self._closed:
                self._making = next((w for w in self._worth_making() if w not in self._ready), None)
                if self._making is not None:
                    return self._making
                self._changed.wait()
            return None

    def _worth_making(self) -> list[Wish]:
        """Return the wish, and then as many of its neighbours as can be kept."""
        if self._wish is None:
            return []
        wish = self._wish
        count = KEPT_BYTES // max(1, self.target.nbytes) - 1
        others = sorted(set(self._scales) - {wish.scale}, key=lambda s: (abs(s - wish.scale), s))
        return [wish, *(replace(wish, scale=scale) for scale in others[:count])]

    def _better_things_to_do(self) -> bool:
        made_or_being_made = self._wish == self._making or self._wish in self._ready
        return self._making is not None and not made_or_being_made

    def _rendered(self, wish: Wish, library: PhotoLibrary) -> Rendered:
        if wish.metric not in self._stills:
            assert self._index is not None  # noqa: S101 (set before anything is made)
            self._stills[wish.metric] = Stills(
                self.target,
                library,
                self._index,
                replace(self._tiles, metric=wish.metric),
                Work(self._workers, self._watched),
            )
        return self._stills[wish.metric].render(wish.scale, wish.options)

    def _kept_bytes(self) -> int:
        return sum(view.mosaic.nbytes for view in self._ready.values())
