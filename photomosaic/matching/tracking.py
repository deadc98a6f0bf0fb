"""Nearest tiles of each patch of successive frames, searched only where patches moved far."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from photomosaic.arrays import Floats, Ids
from photomosaic.matching.search import (
    ROUNDING,
    SPARE_CANDIDATES,
    Candidates,
    Matches,
    find_matches,
    ranked,
    search,
)
from photomosaic.progress import Work

# Twice as many are no faster: fewer lists are made, but each takes longer (twelve real clips).
NEAR_TILES = 64
# For each candidate asked for, so that lists outlast some frames.
NEAR_PER_CANDIDATE = 8
LIST_BYTES = 32 << 20
# Products of a search, cells * tiles * D, that are worth a second thread. Threads that wait for the
# next small search take time from those that decode and encode.
PRODUCTS_OF_THREADS = 1 << 28

Cells = npt.NDArray[np.intp]


class Tracker:
    """Finds the same tiles as `find_matches`, but remembers those near each cell's patch.

    The list of a cell holds the tiles closest to its patch when it was made, and a distance that no
    other tile was closer than. Where the patch has moved by d in feature space since then, the
    others are at least that distance minus d away (triangle inequality). So tiles of the list that
    are closer than that are the closest of all.

    To make a list takes twice as long as a plain search. A cell gets one if its patch moved less
    since the last frame than its list before would have allowed.

    Parameters
    ----------
    tiles : ndarray of shape (N, D), float32
    k : int
        Candidates of each cell.
    work : Work, optional
    """

    def __init__(self, tiles: Floats, k: int, work: Work | None = None) -> None:
        self._tiles = np.ascontiguousarray(tiles)
        self._k, self._work = min(k, len(tiles)), work or Work()
        self._last: Matches | None = None
        self._lists: _Lists | None = None

    def match(self, patches: Floats, shape: tuple[int, ...]) -> Matches:
        """Find the tiles closest to each patch of the next frame, (cells, D), float32.

        Patches whose features are those of the last frame to the bit keep their candidates.
        """
        last = self._last
        if last is None:
            self._last = find_matches(patches, self._tiles, self._k, shape=shape, work=self._work)
            return self._last
        found = Candidates(last.candidates.ids.copy(), last.candidates.distances.copy())
        changed = np.flatnonzero((patches != last.patches).any(axis=1))
        left = self._look_up(patches, changed, found)
        searched = len(left)
        if searched:
            self._search(patches, last.patches, left, found)
        self._last = Matches(patches, found, shape, searched)
        return self._last

    def _search(self, patches: Floats, last: Floats, left: Cells, found: Candidates) -> None:
        if self._lists is None:
            self._lists = _Lists.empty(patches.shape[1], len(self._tiles), found)
        worth = _lengths(patches[left] - last[left]) < self._lists.reach[left]
        with _threads(len(left) * self._tiles.size):
            self._lists.make(patches, self._tiles, left[worth], self._k)
        plain = np.concatenate([left[~worth], self._look_up(patches, left[worth], found)])
        if len(plain):
            with _threads(len(plain) * self._tiles.size):
                others = search(patches[plain], self._tiles, self._k, self._work)
            found.ids[plain], found.distances[plain] = others.ids, others.distances

    def _look_up(self, patches: Floats, cells: Cells, found: Candidates) -> Cells:
        """Fill in the candidates of cells whose lists tell them, and return the other cells."""
        if self._lists is None or not len(cells):
            return cells
        known = self._lists.outside[cells] > 0
        rows = cells[known]
        with _threads(patches[rows].size * self._lists.ids.shape[1]):
            ids, distances, sure = self._lists.closest(patches[rows], self._tiles, rows, self._k)
        found.ids[rows[sure]], found.distances[rows[sure]] = ids[sure], distances[sure]
        return np.concatenate([cells[~known], rows[~sure]])


@dataclass(frozen=True)
class _Lists:
    """The tiles near each cell's patch when they were last listed.

    Attributes
    ----------
    patches : ndarray of shape (cells, D), float32
        The patches then.
    ids : ndarray of shape (cells, m), int64
    outside : ndarray of shape (cells,), float32
        No other tile was closer than this; 0 if there is no list.
    reach : ndarray of shape (cells,), float32
        How far a patch could move until its list no longer told its candidates; at first the
        distance of the last candidate.
    """

    patches: Floats
    ids: Ids
    outside: Floats
    reach: Floats

    @classmethod
    def empty(cls, dimension: int, tiles: int, found: Candidates) -> _Lists:
        """Make room for the lists of cells of which some candidates are known."""
        cells, k = found.ids.shape
        length = max(NEAR_PER_CANDIDATE * k, min(NEAR_TILES, LIST_BYTES // (8 * cells)))
        ids = np.empty((cells, min(length, tiles)), np.int64)
        patches, outside = np.empty((cells, dimension), np.float32), np.zeros(cells, np.float32)
        return cls(patches, ids, outside, found.distances[:, -1].copy())

    def make(self, patches: Floats, tiles: Floats, cells: Cells, k: int) -> None:
        """List the tiles nearest to the patches of some cells."""
        import faiss

        if not len(cells):
            return
        count, listed = len(tiles), self.ids.shape[1]
        squares, near = faiss.knn(patches[cells], tiles, min(listed + 1, count))
        self.patches[cells], self.ids[cells] = patches[cells], near[:, :listed]
        self.outside[cells] = np.inf
        if listed < count:
            lengths = _squares(tiles).max() + _squares(patches[cells])
            self.outside[cells] = np.sqrt(np.maximum(squares[:, listed] - ROUNDING * lengths, 0))
        kth = np.sqrt(np.maximum(squares[:, k - 1], 0))
        self.reach[cells] = self.outside[cells] - kth

    def closest(
        self, patches: Floats, tiles: Floats, cells: Cells, k: int
    ) -> tuple[Ids, Floats, npt.NDArray[np.bool_]]:
        """Return the `k` closest listed tiles of some cells, and whether these are the closest."""
        import faiss

        listed, wanted = self.ids[cells], min(k + SPARE_CANDIDATES, self.ids.shape[1])
        squares = np.empty((len(cells), wanted), np.float32)
        near = np.empty((len(cells), wanted), np.int64)
        inputs = [faiss.swig_ptr(array) for array in (patches, tiles, listed)]
        outputs = [faiss.swig_ptr(array) for array in (squares, near)]
        sizes = tiles.shape[1], len(cells), len(tiles), listed.shape[1], wanted
        by_index = faiss.knn_L2sqr_by_idx  # type: ignore[attr-defined]
        by_index(*inputs, *sizes, *outputs, listed.shape[1])
        ids, distances = ranked(patches, tiles, near, k)
        moved = _lengths(patches - self.patches[cells])
        sure = (distances[:, -1] + moved) * (1 + ROUNDING) < self.outside[cells]
        if wanted < listed.shape[1]:
            sure &= squares[:, -1] - squares[:, k - 1] > ROUNDING * squares[:, -1]
        return ids, distances, sure


@contextmanager
def _threads(products: int) -> Iterator[None]:
    """Let faiss use one thread for a small search, from this thread alone."""
    import faiss

    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(before if products >= PRODUCTS_OF_THREADS else 1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)


def _squares(vectors: Floats) -> Floats:
    return np.asarray(np.einsum("nd,nd->n", vectors, vectors), np.float32)


def _lengths(vectors: Floats) -> Floats:
    return np.sqrt(_squares(vectors))
