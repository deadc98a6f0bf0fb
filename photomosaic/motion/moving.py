"""Mosaics in which each cell plays a clip, matched to what the target shows for a while."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from photomosaic.arrays import BgrImage, Floats, Ids
from photomosaic.assignment.assignment import Assignment
from photomosaic.matching.features import patch_features
from photomosaic.mosaic import Mosaicker
from photomosaic.motion.clip_tiles import ClipTiles

SAMPLES = 3
"""Frames of a window that are compared."""
APART_SECONDS = 0.2
HOP_SECONDS = 0.5
"""How often each cell decides anew."""

BYTES_AHEAD = 256 << 20
_CELLS_AT_ONCE = 256
# A clip turns if that is closer by this factor.
_TURN = 0.95


@dataclass(frozen=True)
class Windows:
    """The windows of clips that a cell may begin to play.

    A clip is played forward and back, so that it has no end. A phase counts the frames of both
    ways, from 0.

    Attributes
    ----------
    tiles : ClipTiles
    apart : int
        Frames between the samples of a window, and between the windows of a run.
    runs, phases : ndarray of shape (n,), int64
        The run and the phase at which each window begins.
    features : ndarray of shape (n, SAMPLES * D), float32
    squares : ndarray of shape (n,), float32
        Squared lengths of the features.
    """

    tiles: ClipTiles
    apart: int
    runs: Ids
    phases: Ids
    features: Floats
    squares: Floats

    @classmethod
    def of(cls, tiles: ClipTiles, apart: int) -> Windows:
        """Return the windows of clips."""
        counts = -(-tiles.lengths // apart)
        runs = np.repeat(np.arange(len(counts)), counts)
        first = np.repeat(np.cumsum(counts) - counts, counts)
        phases = (np.arange(len(runs)) - first) * apart
        features = sampled(tiles, runs, phases, apart).reshape(len(runs), -1)
        squares = np.einsum("nd,nd->n", features, features)
        return cls(tiles, apart, runs, phases, features, squares)

    def closest(self, wanted: Floats) -> Ids:
        """Return the window closest to each of (n, SAMPLES * D), the first of equal ones."""
        found = np.empty(len(wanted), np.int64)
        for start in range(0, len(wanted), _CELLS_AT_ONCE):
            part = wanted[start : start + _CELLS_AT_ONCE]
            likeness = part @ self.features.T
            likeness *= -2
            likeness += self.squares
            found[start : start + len(part)] = likeness.argmin(axis=1)
        return found


def frames_of(tiles: ClipTiles, runs: Ids, phases: Ids) -> Ids:
    """Return the tiles at phases of runs, of one shape."""
    lengths = tiles.lengths[runs]
    turn = np.maximum(lengths - 1, 1)
    phase = phases % (2 * turn)
    within = np.minimum(np.where(phase > turn, 2 * turn - phase, phase), lengths - 1)
    return np.asarray(tiles.starts[runs] + within, np.int64)


def sampled(tiles: ClipTiles, runs: Ids, phases: Ids, apart: int) -> Floats:
    """Return the features of windows, (n, SAMPLES, D), that begin at phases of runs, (n,)."""
    ahead = np.arange(SAMPLES) * apart
    return tiles.features[frames_of(tiles, runs[:, None], phases[:, None] + ahead)]


class MovingFold:
    """Makes mosaics of successive frames in which each cell plays a clip.

    Each cell decides twice a second, and at once if its patch changes by more than its tile differs
    from it. It looks at a window of frames ahead: the clip is played on, or back, unless another
    window is closer by the factor of the threshold.

    Parameters
    ----------
    tiles : ClipTiles
    mosaicker : Mosaicker
        Whose codebook's pictures are the tiles.
    threshold : float
        Above 0 to 1; as for `VideoFold`.

    Attributes
    ----------
    frames : int
        Frames made so far.
    switches : int
        How often a cell went to another clip, or to another place of its clip.
    """

    def __init__(self, tiles: ClipTiles, mosaicker: Mosaicker, threshold: float) -> None:
        self.frames = 0
        self.switches = 0
        self._mosaicker = mosaicker
        self._threshold = threshold
        self._tiles = tiles
        self._apart = max(1, round(float(tiles.fps) * APART_SECONDS))
        self._hop = max(1, round(float(tiles.fps) * HOP_SECONDS))
        self._windows: Windows | None = None
        self._runs = self._phases = np.empty(0, np.int64)
        self._turns = np.empty(0, np.int64)
        self._before: Floats | None = None
        self._far: Floats | None = None
        self._distance = 0.0

    @property
    def distance(self) -> float:
        """Mean distance of a tile to its patch."""
        return self._distance / max(1, self.frames)

    @property
    def switch_rate(self) -> float:
        """Switches per cell and second."""
        seconds = (self.frames - 1) / float(self._tiles.fps)
        return self.switches / (len(self._runs) * seconds) if seconds > 0 else 0.0

    def mosaics(self, frames: Iterable[BgrImage]) -> Iterator[BgrImage]:
        """Yield the mosaics of frames of shape (H, W, 3), uint8, BGR, all of one size."""
        waiting: deque[BgrImage] = deque()
        features: deque[Floats] = deque()
        for frame in frames:
            if self._windows is None:
                self._begin(frame)
            waiting.append(frame)
            features.append(self._features(frame))
            if len(features) > (SAMPLES - 1) * self._apart:
                yield self._next(waiting.popleft(), features)
        while waiting:
            yield self._next(waiting.popleft(), features)

    def _begin(self, frame: BgrImage) -> None:
        most = max(1, BYTES_AHEAD // frame.nbytes // (SAMPLES - 1))
        self._apart = min(self._apart, most)
        self._windows = Windows.of(self._tiles, self._apart)
        cells = self._mosaicker.grid(frame).cells
        rng = np.random.default_rng(self._mosaicker.options.seed)
        # Cells take turns, so that no frame changes all over.
        self._turns = rng.permutation(cells) % self._hop

    def _features(self, frame: BgrImage) -> Floats:
        with self._mosaicker.work.clock.stage("features"):
            grid = self._mosaicker.grid(frame)
            return patch_features(frame, grid, self._tiles.spec)

    def _next(self, frame: BgrImage, features: deque[Floats]) -> BgrImage:
        with self._mosaicker.work.clock.stage("choice"):
            ids = self._choose(features)
        self._before = features.popleft()
        grid = self._mosaicker.grid(frame)
        shape = grid.rows, grid.cols
        far = self._far if self._far is not None else np.zeros(len(ids), np.float32)
        ones = np.ones(shape, np.float32)
        chosen = Assignment(ids.astype(np.int32).reshape(shape), far.reshape(shape), ones)
        return self._mosaicker.paint(frame, chosen)

    def _choose(self, features: deque[Floats]) -> Ids:
        now = features[0]
        if self._before is None or self._far is None:
            deciding = np.ones(len(now), np.bool_)
            self._runs, self._phases = np.zeros((2, len(now)), np.int64)
        else:
            self._phases = self._phases + 1
            jumped = np.linalg.norm(now - self._before, axis=1) > self._far
            deciding = jumped | (self._turns == self.frames % self._hop)
        self._decide(np.flatnonzero(deciding), features)
        ids = frames_of(self._tiles, self._runs, self._phases)
        self._far = np.linalg.norm(now - self._tiles.features[ids], axis=1).astype(np.float32)
        self._distance += float(self._far.mean())
        self.frames += 1
        return ids

    def _decide(self, cells: Ids, features: deque[Floats]) -> None:
        """Let cells play on, turn, or switch to another window."""
        if not len(cells):
            return
        windows, tiles = self._windows, self._tiles
        assert windows is not None  # noqa: S101 (made with the first frame)
        places = [min(i * self._apart, len(features) - 1) for i in range(SAMPLES)]
        wanted = np.stack([features[place][cells] for place in places], axis=1)
        found = windows.closest(wanted.reshape(len(cells), -1))
        runs, phases = windows.runs[found], windows.phases[found]
        closest = _apart(wanted, sampled(tiles, runs, phases, self._apart))
        if self._far is not None:
            own, phase = self._runs[cells], self._phases[cells]
            back = -phase
            onward = _apart(wanted, sampled(tiles, own, phase, self._apart))
            backward = _apart(wanted, sampled(tiles, own, back, self._apart))
            turning = backward < _TURN * onward
            held = np.where(turning, backward, onward)
            switching = closest < self._threshold * held
            self.switches += int(switching.sum())
            runs = np.where(switching, runs, own)
            phases = np.where(switching, phases, np.where(turning, back, phase))
        self._runs[cells], self._phases[cells] = runs, phases


def _apart(wanted: Floats, windows: Floats) -> Floats:
    """Return the root mean square distance of windows (n, SAMPLES, D) to what is wanted."""
    return np.asarray(np.sqrt(((wanted - windows) ** 2).sum(axis=2).mean(axis=1)), np.float32)
