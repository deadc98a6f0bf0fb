"""Nearest tiles of each patch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from photomosaic.arrays import Floats, Ids
from photomosaic.matching.layout import Layout, Positions
from photomosaic.memory import check_room_to_load
from photomosaic.progress import Work

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


def search(patches: Floats, tiles: Floats, k: int, work: Work | None = None) -> Candidates:
    """Find the `k` tiles closest to each patch.

    Equal distances are ranked by tile, so the result does not depend on the number of threads.

    Parameters
    ----------
    patches : ndarray of shape (cells, D), float32
    tiles : ndarray of shape (N, D), float32
    k : int
        At least 1; at most N are returned.
    work : Work, optional
        The preparation of the tiles is the stage "index build" of its clock.
    """
    k, work = min(k, len(tiles)), work or Work()
    with work.clock.stage("index build"):
        lengths = float(np.einsum("nd,nd->n", tiles, tiles).max())
    found = Candidates(
        np.empty((len(patches), k), np.int64), np.empty((len(patches), k), np.float32)
    )
    starts = range(0, len(patches), CELLS_AT_ONCE)
    for start in work.progress(starts, total=len(starts), what="matching", unit="block"):
        block = slice(start, start + CELLS_AT_ONCE)
        found.ids[block], found.distances[block] = _nearest(patches[block], tiles, k, lengths)
    return found


def _nearest(patches: Floats, tiles: Floats, k: int, lengths: float) -> tuple[Ids, Floats]:
    """Return the ids and distances of the `k` tiles closest to each patch, ranked exactly.

    Where those that faiss leaves out may be as close, up to rounding, as the last that is returned,
    more are taken from it.

    Parameters
    ----------
    patches : ndarray of shape (cells, D), float32
    tiles : ndarray of shape (N, D), float32
    k : int
    lengths : float
        Largest squared length of a tile.
    """
    # Loaded here, since it takes as long to load as some runs need altogether.
    check_room_to_load("faiss")
    import faiss

    ids, distances = np.empty((len(patches), k), np.int64), np.empty((len(patches), k), np.float32)
    rounding = ROUNDING * (np.einsum("cd,cd->c", patches, patches) + lengths)
    left, wanted = np.arange(len(patches)), k + SPARE_CANDIDATES
    while len(left):
        wanted = min(wanted, len(tiles))
        squares, near = faiss.knn(patches[left], tiles, wanted)
        ids[left], distances[left] = ranked(patches[left], tiles, near, k)
        if wanted == len(tiles):
            break
        left = left[squares[:, -1] - squares[:, k - 1] <= rounding[left]]
        wanted *= 4
    return ids, distances


def ranked(patches: Floats, tiles: Floats, near: Ids, k: int) -> tuple[Ids, Floats]:
    """Return the `k` closest of the tiles `near` (cells, m), by exact distance, then by tile.

    Returns
    -------
    ids : ndarray of shape (cells, k), int64
    distances : ndarray of shape (cells, k), float32
    """
    near = np.sort(near, axis=1)
    exact = exact_distances(patches, tiles, near)
    order = np.argsort(exact, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(near, order, axis=1), np.take_along_axis(exact, order, axis=1)


@dataclass(frozen=True)
class Matches:
    """A frame's patches and the tiles closest to them.

    Attributes
    ----------
    patches : ndarray of shape (cells, D), float32
        Features.
    candidates : Candidates
    shape : tuple of int
        Rows and columns of a grid, else the number of cells; as `Layout.array_shape`.
    searched : int
        Number of patches that had to be searched.
    samples : ndarray of shape (cells, h, w, 3), float32, BGR, or None
        Colours of the patches, for the joint choice.
    layout : Layout or None
        Where the cells lie; None for a grid.
    """

    patches: Floats
    candidates: Candidates
    shape: tuple[int, ...]
    searched: int
    samples: Floats | None = None
    layout: Layout | None = None

    @property
    def positions(self) -> Positions | None:
        """As `Layout.positions`; None for a grid."""
        return None if self.layout is None else self.layout.positions


def find_matches(
    patches: Floats, tiles: Floats, k: int, *, shape: tuple[int, ...], work: Work | None = None
) -> Matches:
    """Find the `k` tiles closest to each patch of one frame, as `search`."""
    return Matches(patches, search(patches, tiles, k, work), shape, len(patches))


def exact_distances(patches: Floats, tiles: Floats, ids: Ids) -> Floats:
    """Return the L2 distances, shape (cells, k), of each patch to the tiles `ids` (cells, k)."""
    distances = np.empty(ids.shape, np.float32)
    step = max(1, VALUES_AT_ONCE // (ids.shape[1] * patches.shape[1]))
    for start in range(0, len(patches), step):
        rows = slice(start, start + step)
        difference = patches[rows, None, :] - tiles[ids[rows]]
        distances[rows] = np.sqrt(np.einsum("ckd,ckd->ck", difference, difference))
    return distances
