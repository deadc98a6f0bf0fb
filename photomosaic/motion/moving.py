"""Mosaics in which each cell plays a clip, matched to what the target shows for a while."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

from photomosaic.arrays import BgrImage, Floats, Ids
from photomosaic.assignment.assignment import Assignment
from photomosaic.matching.features import patch_features
from photomosaic.mosaic import Mosaicker
from photomosaic.motion.clip_tiles import ClipTiles
from photomosaic.motion.neighbours import Neighbours
from photomosaic.motion.windows import SAMPLES, Windows, distance_of, frames_of, sampled

APART_SECONDS = 0.2
HOP_SECONDS = 0.5
"""How often each cell decides anew."""

BYTES_AHEAD = 256 << 20
_CELLS_AT_ONCE = 256
# A cell is lost if its tile is so many times as far off as when it decided, and by so much more, in
# units of features. If so many cells are, it is a cut of the target, and all decide.
_LOST_RATIO, _LOST = 1.5, 25.0
_CUT_SHARE = 0.25
# A window of the target ends where its patch changes by so many times what its tile is off, and by
# so much at least.
_JUMP_RATIO, _JUMP = 1.5, 50.0
# Another clip has to be closer by so much besides, since a cut draws the eye.
_SWITCH = 5.0
# A jump within a clip is a cut as well, so windows of the same clip count as further off.
_SAME = 1.25
# A clip turns if that is closer by this factor.
_TURN = 0.95


class MovingFold:
    """Makes mosaics of successive frames in which each cell plays a clip.

    Each cell decides twice a second, or when its tile is much further off than it was. It plays a
    clip for half a second first, or for 0.2 seconds then, unless the target cuts to another scene.
    It looks at a window of frames ahead: the clip is played on, or back, unless another window is
    closer by the factor of the threshold.

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
        self._near: Neighbours | None = None
        self._runs = self._phases = np.empty(0, np.int64)
        self._turns = self._order = self._since = np.empty(0, np.int64)
        self._expected = np.empty(0, np.float32)
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
            again = len(waiting) > 1 and frame is waiting[-2]
            features.append(features[-1] if again else self._features(frame))
            if len(features) > (SAMPLES - 1) * self._apart:
                yield self._next(waiting.popleft(), features)
        while waiting:
            yield self._next(waiting.popleft(), features)

    def _begin(self, frame: BgrImage) -> None:
        most = max(1, BYTES_AHEAD // frame.nbytes // (SAMPLES - 1))
        self._apart = min(self._apart, most)
        self._windows = Windows.of(self._tiles, self._apart)
        grid, options = self._mosaicker.grid(frame), self._mosaicker.options
        clips = len(self._windows.clips)
        self._near = Neighbours((grid.rows, grid.cols), clips, options.min_spacing)
        # Cells take turns, so that no frame changes all over.
        self._order = np.random.default_rng(options.seed).permutation(grid.cells)
        self._turns = np.argsort(self._order) % self._hop
        self._since = np.full(grid.cells, -self._hop, np.int64)
        self._expected = np.zeros(grid.cells, np.float32)

    def _features(self, frame: BgrImage) -> Floats:
        with self._mosaicker.work.clock.stage("features"):
            grid = self._mosaicker.grid(frame)
            return patch_features(frame, grid, self._tiles.spec)

    def _next(self, frame: BgrImage, features: deque[Floats]) -> BgrImage:
        with self._mosaicker.work.clock.stage("choice"):
            ids = self._choose(features)
        features.popleft()
        grid = self._mosaicker.grid(frame)
        shape = grid.rows, grid.cols
        far = self._far if self._far is not None else np.zeros(len(ids), np.float32)
        ones = np.ones(shape, np.float32)
        chosen = Assignment(ids.astype(np.int32).reshape(shape), far.reshape(shape), ones)
        return self._mosaicker.paint(frame, chosen)

    def _choose(self, features: deque[Floats]) -> Ids:
        now = features[0]
        deciding = np.ones(len(now), np.bool_)
        if self._far is None:
            self._runs, self._phases = np.zeros((2, len(now)), np.int64)
        else:
            self._phases = self._phases + 1
            deciding = self._deciding(self._off(now))
        cells = self._order[deciding[self._order]]
        self._decide(cells, features)
        self._far = self._off(now)
        self._expected[cells] = self._far[cells]
        self._distance += float(self._far.mean())
        self.frames += 1
        return frames_of(self._tiles, self._runs, self._phases)

    def _off(self, patches: Floats) -> Floats:
        """Return the distance of each cell's tile to its patch."""
        tiles = self._tiles.features[frames_of(self._tiles, self._runs, self._phases)]
        return np.asarray(np.linalg.norm(patches - tiles, axis=1), np.float32)

    def _deciding(self, off: Floats) -> npt.NDArray[np.bool_]:
        """Tell which cells decide, given how far off each tile is if all play on."""
        played = self.frames - self._since
        in_turn = (self._turns == self.frames % self._hop) & (played >= self._hop)
        lost = off > _LOST_RATIO * self._expected + _LOST
        at_cut = lost.mean() > _CUT_SHARE
        return np.asarray(in_turn | (lost & (played >= self._apart)) | at_cut, np.bool_)

    def _decide(self, cells: Ids, features: deque[Floats]) -> None:
        """Let cells play on, turn, or switch to another window."""
        places = [min(i * self._apart, len(features) - 1) for i in range(SAMPLES)]
        for start in range(0, len(cells), _CELLS_AT_ONCE):
            part = cells[start : start + _CELLS_AT_ONCE]
            wanted = np.stack([features[place][part] for place in places], axis=1)
            self._end_at_jumps(part, wanted)
            self._decide_some(part, wanted, self._turned(part, wanted))

    def _end_at_jumps(self, cells: Ids, wanted: Floats) -> None:
        """Put what is seen before the target jumps in the place of what comes after."""
        if self._far is not None:
            jump = np.maximum(_JUMP_RATIO * self._far[cells], _JUMP)
            for i in range(1, SAMPLES):
                jumps = np.linalg.norm(wanted[:, i] - wanted[:, i - 1], axis=1) > jump
                wanted[jumps, i] = wanted[jumps, i - 1]

    def _turned(self, cells: Ids, wanted: Floats) -> Floats:
        """Let cells turn that had better; return how far off what they play is."""
        if self._far is None:
            return np.full(len(cells), np.inf, np.float32)
        runs, phases = self._runs[cells], self._phases[cells]
        onward = distance_of(wanted, sampled(self._tiles, runs, phases, self._apart))
        backward = distance_of(wanted, sampled(self._tiles, runs, -phases, self._apart))
        turning = backward < _TURN * onward
        self._phases[cells] = np.where(turning, -phases, phases)
        return np.where(turning, backward, onward)

    def _decide_some(self, cells: Ids, wanted: Floats, held: Floats) -> None:
        windows, near = self._windows, self._near
        assert windows is not None  # noqa: S101 (made with the first frame)
        assert near is not None  # noqa: S101 (so are they)
        distances = windows.distances(wanted)
        by_clip = windows.by_clip(distances)
        played = near.playing(cells).tolist()
        for place, cell in enumerate(cells.tolist()):
            factors, own = near.factors(cell), np.inf
            if self._far is not None:
                own = held[place] * factors[played[place]]
                factors[played[place]] *= _SAME
            costs = by_clip[place] * factors
            clip = int(costs.argmin())
            if costs[clip] < self._threshold * own - _SWITCH:
                window = windows.closest_of(clip, distances[place])
                self._runs[cell], self._phases[cell] = windows.runs[window], windows.phases[window]
                near.play(cell, clip)
                self._since[cell] = self.frames
                self.switches += self._far is not None
