"""The mosaics of successive frames, each held close to the one before."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import BinaryIO, TypeVar

import numpy as np
import numpy.typing as npt

from photomosaic.arrays import BgrImage
from photomosaic.assignment.assignment import Assignment
from photomosaic.assignment.hysteresis import apply_hysteresis
from photomosaic.mosaic import Mosaicker
from photomosaic.progress import StageClock
from photomosaic.ranges import STABILIZATION_THRESHOLD

FRAMES_AHEAD = 4
BYTES_AHEAD = 256 << 20

Item = TypeVar("Item")


@dataclass
class FoldCounts:
    """What became of the frames of a fold.

    Attributes
    ----------
    frames, patches, searched : int
    changes, fresh_changes : list of float
        For each frame but the first, the share of the cells whose tile changed, and of those where
        it would have changed if no tile were held.
    """

    frames: int = 0
    patches: int = 0
    searched: int = 0
    changes: list[float] = field(default_factory=list)
    fresh_changes: list[float] = field(default_factory=list)

    def add(self, other: FoldCounts) -> None:
        """Add those of the frames that follow."""
        self.frames += other.frames
        self.patches += other.patches
        self.searched += other.searched
        self.changes += other.changes
        self.fresh_changes += other.fresh_changes


class VideoFold:
    """Makes the mosaics of successive frames.

    Parameters
    ----------
    mosaicker : Mosaicker
    threshold : float
        Above 0 to 1: a cell's tile is held unless the closest one is closer by that factor; 1
        makes each frame by itself.

    Attributes
    ----------
    mosaicker : Mosaicker
    threshold : float
    counts : FoldCounts
    """

    def __init__(self, mosaicker: Mosaicker, threshold: float) -> None:
        STABILIZATION_THRESHOLD.check("stabilization-threshold", threshold)
        self.mosaicker, self.threshold = mosaicker, threshold
        self.counts = FoldCounts()
        self._tracker = mosaicker.tracker()
        self._assignment: Assignment | None = None
        self._fresh: Assignment | None = None

    def restart(self) -> None:
        """Make the next frame as if it were the first."""
        self.mosaicker = self.mosaicker.anew()
        self._tracker = self.mosaicker.tracker()
        self._assignment = self._fresh = None

    def step(self, frame: BgrImage) -> BgrImage:
        """Return the mosaic of the next frame of shape (H, W, 3), uint8, BGR."""
        return self.mosaicker.paint(frame, self.assign(frame))

    def mosaics(self, frames: Iterable[BgrImage]) -> Iterator[BgrImage]:
        """Yield the mosaics of successive frames of shape (H, W, 3), uint8, BGR."""
        return map(self.step, frames)

    def assign(self, frame: BgrImage) -> Assignment:
        """Choose a tile for each cell of the next frame, keeping those of the last that hold."""
        matches = self.mosaicker.match(frame, self._tracker)
        fresh = self.mosaicker.choose_closest(matches)
        last, last_fresh = self._assignment, self._fresh
        limited = bool(self.mosaicker.options.limited)
        free = last is None or self.threshold == 1
        assignment = self.mosaicker.choose(matches) if limited and free else fresh
        if last is not None and last_fresh is not None:
            if self.threshold < 1:
                tiles = self.mosaicker.codebook.features
                with self.mosaicker.work.clock.stage("hold"):
                    assignment = apply_hysteresis(last, fresh, matches, tiles, self.threshold)
                if limited:
                    # Held tiles keep the limits among themselves; the others make way for them.
                    open_ids = np.where(assignment.ids == last.ids, last.ids, -1)
                    completed = self.mosaicker.complete(matches, open_ids)
                    held = (open_ids >= 0) & (completed.ids == last.ids)
                    ratios = np.where(held, last.ratios, completed.ratios)
                    assignment = replace(completed, ratios=ratios)
            self.counts.changes.append(float(np.mean(assignment.ids != last.ids)))
            self.counts.fresh_changes.append(float(np.mean(fresh.ids != last_fresh.ids)))
        self.counts.patches += len(matches.patches)
        self.counts.searched += matches.searched
        self.counts.frames += 1
        self._assignment, self._fresh = assignment, fresh
        return assignment

    @property
    def frames(self) -> int:
        """Frames made so far."""
        return self.counts.frames

    @property
    def flicker(self) -> float:
        """Mean share of the cells that change from one frame to the next."""
        return float(np.mean(self.counts.changes)) if self.counts.changes else 0.0

    @property
    def flicker_without_holding(self) -> float:
        """The flicker from the same candidates if no tile were held."""
        changes = self.counts.fresh_changes
        return float(np.mean(changes)) if changes else 0.0

    @property
    def searched(self) -> float:
        """Share of the patches that had to be searched."""
        return self.counts.searched / self.counts.patches if self.counts.patches else 0.0


def frames_ahead(height: int, width: int) -> int:
    """Return how many frames of three bytes a pixel may wait: a few, or one if they are large."""
    return max(1, min(FRAMES_AHEAD, BYTES_AHEAD // (3 * height * width)))


def ahead(items: Iterable[Item], most: int = FRAMES_AHEAD) -> Generator[Item]:
    """Yield items that a background thread reads, at most so many ahead of the caller."""
    ready: queue.Queue[tuple[bool, Item | BaseException | None]] = queue.Queue(most)
    stopped = threading.Event()

    def put(entry: tuple[bool, Item | BaseException | None]) -> bool:
        while not stopped.is_set():
            try:
                ready.put(entry, timeout=0.1)
            except queue.Full:
                continue
            return True
        return False

    def take() -> None:
        try:
            for item in items:
                if not put((True, item)):
                    break
            put((False, None))
        except BaseException as error:  # noqa: BLE001 (raised again where it is waited for)
            put((False, error))

    thread = threading.Thread(target=take, daemon=True)
    thread.start()
    try:
        while (entry := ready.get())[0]:
            yield entry[1]  # type: ignore[misc]
        if isinstance(entry[1], BaseException):
            raise entry[1]
    finally:
        stopped.set()
        thread.join()


class FrameWriter:
    """Writes frames to a pipe in a thread of its own, a few behind.

    Parameters
    ----------
    pipe : file
    clock : StageClock, optional
        Its stage "encode" is the time spent waiting for the pipe.
    most : int
        Frames that may wait to be written.
    """

    def __init__(
        self, pipe: BinaryIO, clock: StageClock | None = None, most: int = FRAMES_AHEAD
    ) -> None:
        self._pipe = pipe
        self._clock = clock or StageClock()
        self._frames: queue.Queue[npt.NDArray[np.uint8] | None] = queue.Queue(most)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._write_all, daemon=True)
        self._thread.start()

    def write(self, frame: BgrImage) -> None:
        """Hand over a frame; raises what went wrong with an earlier one."""
        while True:
            if self._error is not None:
                raise self._error
            try:
                self._frames.put(frame, timeout=0.1)
            except queue.Full:
                continue
            return

    def finish(self) -> None:
        """Wait until all is written; raises what went wrong."""
        self._frames.put(None)
        self._thread.join()
        if self._error is not None:
            raise self._error

    def _write_all(self) -> None:
        try:
            while (frame := self._frames.get()) is not None:
                with self._clock.stage("encode"):
                    self._pipe.write(np.ascontiguousarray(frame).data)
        except BaseException as error:  # noqa: BLE001 (raised again where it is waited for)
            self._error = error
            while self._frames.get() is not None:
                pass
