"""Nearest tiles of each patch."""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np

from photomosaic.arrays import Floats, Ids
from photomosaic.memory import check_room_to_load
from photomosaic.parallel import in_threads
from photomosaic.progress import Progress, StageClock, silent

# faiss computes batched distances as |a|^2 + |b|^2 - 2ab, which is inexact where they are small. A
# few more candidates than asked for are taken from it, and ranked by their exact distances.
SPARE_CANDIDATES = 4
CELLS_AT_ONCE = 4096
VALUES_AT_ONCE = 1 << 24
# Above the relative error of a sum of some thousand products of 32-bit numbers.
ROUNDING = np.float32(2e-5)


@dataclass(frozen=True)
class Candidates:
    """The closest tiles of each cell, closest first.

    Attributes
    ----------
    ids : ndarray of shape (cells, k), int64
        Rows of the codebook, never -1.
    distances : ndarray of shape (cells, k), float32
        L2 distances (not squared), ascending.
    """

    ids: Ids
    distances: Floats

    def __post_init__(self) -> None:
        if self.ids.ndim != 2 or self.ids.shape != self.distances.shape:
            raise ValueError(
                f"ids {self.ids.shape} and distances {self.distances.shape} must be (cells, k)"
            )


def search(
    patches: Floats,
    tiles: Floats,
    k: int,
    progress: Progress = silent,
    clock: StageClock | None = None,
) -> Candidates:
    """Find the `k` tiles closest to each patch.

    Equal distances are ranked by tile, so the result does not depend on the number of threads.

    Parameters
    ----------
    patches : ndarray of shape (cells, D), float32
    tiles : ndarray of shape (N, D), float32
    k : int
        At least 1; at most N are returned.
    progress : Progress, optional
    clock : StageClock, optional
        Tells what is prepared of the tiles, "index build", from the search.
    """
    k = min(k, len(tiles))
    if k == 1:
        return _closest(patches, tiles, progress, clock or StageClock())
    # Loaded here, since it takes longer to load than the rest, and one tile alone is found without.
    check_room_to_load("faiss")
    import faiss

    found = Candidates(
        np.empty((len(patches), k), np.int64), np.empty((len(patches), k), np.float32)
    )
    starts = range(0, len(patches), CELLS_AT_ONCE)
    for start in progress(starts, total=len(starts), what="matching", unit="block"):
        block = slice(start, start + CELLS_AT_ONCE)
        _, ids = faiss.knn(patches[block], tiles, min(k + SPARE_CANDIDATES, len(tiles)))
        ids = np.sort(ids, axis=1)
        distances = exact_distances(patches[block], tiles, ids)
        order = np.argsort(distances, axis=1, kind="stable")[:, :k]
        found.ids[block] = np.take_along_axis(ids, order, axis=1)
        found.distances[block] = np.take_along_axis(distances, order, axis=1)
    return found


def _closest(patches: Floats, tiles: Floats, progress: Progress, clock: StageClock) -> Candidates:
    """Find the one closest tile of each patch, several times as fast as by way of faiss' heaps.

    |tile|^2 - 2 patch.tile ranks the tiles up to rounding; those within it are ranked exactly.
    """
    with clock.stage("index build"):
        lengths = np.einsum("nd,nd->n", tiles, tiles)
        weights = np.concatenate([-2 * tiles.T, lengths[None, :]])
    rounding = ROUNDING * (np.einsum("cd,cd->c", patches, patches) + lengths.max())
    step = max(1, min(CELLS_AT_ONCE // 8, VALUES_AT_ONCE // len(tiles)))

    def rank(start: int) -> tuple[Ids, Floats]:
        block = patches[start : start + step]
        ranks = np.hstack([block, np.ones((len(block), 1), np.float32)]) @ weights
        cells = np.arange(len(block))
        ids = ranks.argmin(axis=1)
        limits = ranks[cells, ids] + rounding[start : start + step]
        ranks[cells, ids] = np.inf
        unclear = np.flatnonzero(ranks[cells, ranks.argmin(axis=1)] <= limits)
        rows, others = np.nonzero(ranks[unclear] <= limits[unclear, None])
        cells = np.concatenate([cells, unclear[rows]])
        ids = np.concatenate([ids, others])
        difference = block[cells] - tiles[ids]
        distances = np.sqrt(np.einsum("pd,pd->p", difference, difference))
        order = np.lexsort((ids, distances, cells))
        first = order[np.searchsorted(cells[order], np.arange(len(block)))]
        return ids[first], distances[first]

    starts = range(0, len(patches), step)
    ranked = in_threads(rank, starts, os.cpu_count() or 1)
    shown = list(progress(ranked, total=len(starts), what="matching", unit="block"))
    ids = [block for block, _ in shown] or [np.empty(0, np.int64)]
    distances = [block for _, block in shown] or [np.empty(0, np.float32)]
    return Candidates(np.concatenate(ids)[:, None], np.concatenate(distances)[:, None])


@dataclass(frozen=True)
class Matches:
    """A frame's patches and the tiles closest to them.

    Attributes
    ----------
    patches : ndarray of shape (cells, D), float32
        Features.
    candidates : Candidates
    shape : (int, int)
        Rows and columns of the grid; rows * columns = cells.
    searched : int
        Number of patches that had to be searched.
    """

    patches: Floats
    candidates: Candidates
    shape: tuple[int, int]
    searched: int


def find_matches(
    patches: Floats,
    tiles: Floats,
    k: int,
    shape: tuple[int, int],
    previous: Matches | None = None,
    progress: Progress = silent,
    clock: StageClock | None = None,
) -> Matches:
    """Find the `k` tiles closest to each patch, as `search`.

    Where a patch equals that of the previous frame to the bit, so do its candidates.
    """
    if previous is None:
        found = search(patches, tiles, k, progress, clock)
        return Matches(patches, found, shape, len(patches))
    changed = np.flatnonzero((patches != previous.patches).any(axis=1))
    ids, distances = previous.candidates.ids.copy(), previous.candidates.distances.copy()
    if len(changed):
        found = search(patches[changed], tiles, k, progress, clock)
        ids[changed], distances[changed] = found.ids, found.distances
    return Matches(patches, Candidates(ids, distances), shape, len(changed))


def exact_distances(patches: Floats, tiles: Floats, ids: Ids) -> Floats:
    """Return the L2 distances, shape (cells, k), of each patch to the tiles `ids` (cells, k)."""
    distances = np.empty(ids.shape, np.float32)
    step = max(1, VALUES_AT_ONCE // (ids.shape[1] * patches.shape[1]))
    for start in range(0, len(patches), step):
        rows = slice(start, start + step)
        difference = patches[rows, None, :] - tiles[ids[rows]]
        distances[rows] = np.sqrt(np.einsum("ckd,ckd->ck", difference, difference))
    return distances
