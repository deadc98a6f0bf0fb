"""The windows of clips that cells may begin to play."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from photomosaic.arrays import Floats, Ids
from photomosaic.motion.clip_tiles import ClipTiles

SAMPLES = 3
"""Frames of a window that are compared."""
STRIDE = 2
"""Windows of a run begin so many of these frames apart."""


@dataclass(frozen=True)
class Windows:
    """The windows that a cell may begin to play.

    A clip is played forward and back, so that it has no end. A phase counts the frames of both
    ways, from 0.

    Attributes
    ----------
    tiles : ClipTiles
    apart : int
        Frames between the samples of a window.
    runs, phases : ndarray of shape (n,), int64
        The run and the phase at which each window begins; those of a clip together.
    clips : ndarray of shape (clips,), int64
        The first window of each clip.
    features : ndarray of shape (n, SAMPLES * D), float32
    squares : ndarray of shape (n,), float32
        Squared lengths of the features.
    """

    tiles: ClipTiles
    apart: int
    runs: Ids
    phases: Ids
    clips: Ids
    features: Floats
    squares: Floats

    @classmethod
    def of(cls, tiles: ClipTiles, apart: int) -> Windows:
        """Return the windows of clips."""
        step = STRIDE * apart
        counts = -(-tiles.lengths // step)
        runs = np.repeat(np.arange(len(counts)), counts)
        first = np.repeat(np.cumsum(counts) - counts, counts)
        phases = (np.arange(len(runs)) - first) * step
        features = sampled(tiles, runs, phases, apart).reshape(len(runs), -1)
        squares = np.einsum("nd,nd->n", features, features)
        clips = np.unique(tiles.clips[runs], return_index=True)[1]
        return cls(tiles, apart, runs, phases, clips=clips, features=features, squares=squares)

    def distances(self, wanted: Floats) -> Floats:
        """Return the squared distances of windows (n, SAMPLES, D) to all of these, (n, windows)."""
        flat = wanted.reshape(len(wanted), -1)
        found = flat @ self.features.T
        found *= -2
        found += self.squares
        found += np.einsum("nd,nd->n", flat, flat)[:, None]
        return np.asarray(found, np.float32)

    def by_clip(self, distances: Floats) -> Floats:
        """Return the distances to the closest windows of each clip, (n, clips), from all of them.

        They are root mean squares over the samples, as `distance_of`.
        """
        least = np.minimum.reduceat(distances, self.clips, axis=1)
        return np.asarray(np.sqrt(np.maximum(least, 0) / SAMPLES), np.float32)

    def closest_of(self, clip: int, distances: Floats) -> int:
        """Return the window of a clip with the least of squared distances (windows,)."""
        start = int(self.clips[clip])
        end = int(self.clips[clip + 1]) if clip + 1 < len(self.clips) else len(distances)
        return start + int(distances[start:end].argmin())


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


def distance_of(wanted: Floats, windows: Floats) -> Floats:
    """Return the root mean square distance of windows (n, SAMPLES, D) to what is wanted."""
    return np.asarray(np.sqrt(((wanted - windows) ** 2).sum(axis=2).mean(axis=1)), np.float32)
