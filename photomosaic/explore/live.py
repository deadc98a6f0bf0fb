"""Mosaics of what a camera sees, made in the background as its frames come."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from photomosaic.arrays import BgrImage
from photomosaic.explore.explorer import Request, Status
from photomosaic.images.listing import Listing
from photomosaic.library.index import Index
from photomosaic.library.originals import sharpened
from photomosaic.library.photo_library import PhotoLibrary
from photomosaic.matching.grid import TileSize
from photomosaic.mosaic import Mosaicker
from photomosaic.motion.fold import VideoFold
from photomosaic.options.photos import TileOptions
from photomosaic.progress import Work

log = logging.getLogger(__name__)

T = TypeVar("T")

# As videos hold their tiles without other wishes.
HOLD = 0.9


@dataclass(frozen=True)
class LiveView:
    """The mosaic (H, W, 3), uint8, BGR, of a frame, and the settings that it was made with."""

    mosaic: BgrImage
    request: Request


class _ClosedError(Exception):
    """The window was closed while something was being made."""


class LiveExplorer(AbstractContextManager["LiveExplorer"]):
    """Makes the mosaic of the latest frame, again and again, in background threads.

    All methods may be called from any thread; `close` (or the end of the `with` block) ends them.

    Parameters
    ----------
    frames : generator of ndarray of shape (H, W, 3), uint8, BGR
        Waits until the next frame is due; it is taken and closed in a thread of its own.
    first : ndarray
        The frame before these; all have its size.
    listing : Listing
    tiles : TileOptions
    open_library : callable
        Takes a `Work`, and returns a photo library; called in the background thread.
    work : Work, optional
        Its workers and progress are used.

    Attributes
    ----------
    mirrored : bool
        Whether left and right are exchanged.
    """

    def __init__(
        self,
        frames: Generator[BgrImage],
        first: BgrImage,
        listing: Listing,
        tiles: TileOptions,
        open_library: Callable[[Work], PhotoLibrary],
        work: Work | None = None,
    ) -> None:
        self.mirrored = False
        self._frames, self._frame, self._number = frames, first, 1
        self._listing, self._tiles, self._open_library = listing, tiles, open_library
        work = work or Work()
        self._progress = work.progress
        self._work = Work(work.workers, self._watched)
        self._changed = threading.Condition()
        self._request: Request | None = None
        self._shown: LiveView | None = None
        self._status: Status | None = None
        self._index: Index | None = None
        self._error: BaseException | None = None
        self._closed = False
        self._made: tuple[Request, int] | None = None
        self._fold: tuple[Request, VideoFold] | None = None
        self._threads = [
            threading.Thread(target=self._guarded, args=[task], daemon=True)
            for task in (self._take_frames, self._make_mosaics)
        ]
        for thread in self._threads:
            thread.start()

    def __exit__(self, *error: object) -> None:
        """Close the explorer."""
        self.close()

    @property
    def target(self) -> BgrImage:
        """The latest frame (H, W, 3), uint8, BGR."""
        return self._turned(self._frame)

    @property
    def index(self) -> Index | None:
        """The photos of the folder, once they are read."""
        return self._index

    @property
    def status(self) -> Status | None:
        """The progress of the current step, if one is running."""
        return self._status

    def request(self, request: Request) -> None:
        """Make mosaics with these settings from now on."""
        with self._changed:
            if request != self._request:
                self._request = request
                self._changed.notify_all()

    def ready(self, request: Request) -> LiveView | None:
        """Return the latest mosaic, or None if it is not made with these settings yet.

        Raises
        ------
        Exception
            An error of a background thread, such as an `InputError` of a camera that is gone.
        """
        shown = self.nearest(request)
        return shown if shown is not None and shown.request == request else None

    def nearest(self, request: Request) -> LiveView | None:
        """Return the latest mosaic with any settings; raises as `ready`."""
        del request
        with self._changed:
            if self._error is not None:
                raise self._error
            return self._shown

    def close(self) -> None:
        """End the background threads."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def _guarded(self, task: Callable[[], None]) -> None:
        try:
            task()
        except _ClosedError:
            pass
        except BaseException as error:  # noqa: BLE001 (raised again by `ready`)
            with self._changed:
                self._error = error
                self._changed.notify_all()

    def _take_frames(self) -> None:
        try:
            for frame in self._frames:
                with self._changed:
                    if self._closed:
                        return
                    self._frame, self._number = frame, self._number + 1
                    self._changed.notify_all()
        finally:
            self._frames.close()

    def _make_mosaics(self) -> None:
        with self._open_library(self._work) as library:
            self._index = library.index(self._listing)
            log.info("%s", self._index)
            while (due := self._wait()) is not None:
                frame, request = due
                mosaic = self._fold_of(request, library).step(self._turned(frame))
                with self._changed:
                    self._shown = LiveView(mosaic, request)

    def _wait(self) -> tuple[BgrImage, Request] | None:
        """Return the next frame and its settings; None if the explorer is closed."""
        with self._changed:
            self._changed.wait_for(
                lambda: (
                    self._closed
                    or (self._request is not None and self._made != (self._request, self._number))
                )
            )
            if self._closed or self._request is None:
                return None
            self._made = self._request, self._number
            return self._frame, self._request

    def _fold_of(self, request: Request, library: PhotoLibrary) -> VideoFold:
        if self._fold is None or self._fold[0] != request:
            assert self._index is not None  # noqa: S101 (set before anything is made)
            tile = TileSize.of(self._tiles, request.scale)
            codebook = library.codebook(self._index, tile, self._tiles)
            if request.options.dedupe:
                codebook = library.grouped(self._index, codebook)
            if codebook.tile != tile:
                codebook = sharpened(codebook, tile, self._tiles.crop, self._work)
            # Frames of a recording have one size at all scales.
            mosaicker = Mosaicker(codebook, request.options.for_frames(), tile, self._work)
            self._fold = request, VideoFold(mosaicker, HOLD)
        return self._fold[1]

    def _turned(self, frame: BgrImage) -> BgrImage:
        return np.ascontiguousarray(frame[:, ::-1]) if self.mirrored else frame

    def _watched(self, items: Iterable[T], *, total: int, what: str, unit: str) -> Iterator[T]:
        """Yield items and record the progress; raise `_ClosedError` when they are not needed."""
        try:
            for done, item in enumerate(
                self._progress(items, total=total, what=what, unit=unit), start=1
            ):
                self._status = Status(what, done, total)
                if self._closed:
                    raise _ClosedError
                yield item
        finally:
            self._status = None
