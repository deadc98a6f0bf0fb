"""The groups of least cost plus price for each cell, listed anew when they do not suffice."""

from __future__ import annotations

import os
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from photomosaic.arrays import Floats, Ids, Ids32
from photomosaic.assignment.compiled import compiled
from photomosaic.assignment.costs import Costs, group_row
from photomosaic.parallel.workers import Threads
from photomosaic.progress import Progress

Doubles = npt.NDArray[np.float64]

SHORTLIST_BYTES = 72 << 20
SHORTEST, LONGEST = 64, 512
CELLS_AT_ONCE = 256


class Shortlist(NamedTuple):
    """For each cell the k groups of least cost plus price, in no order.

    Attributes
    ----------
    groups, photos : ndarray of shape (cells, k), int32
    costs : ndarray of shape (cells, k), float32
    floors : ndarray of shape (cells,), float64
        No group that is not listed has less cost plus price; infinity if all are listed.
    """

    groups: Ids32
    photos: Ids32
    costs: Floats
    floors: Doubles


def empty_shortlist(cells: int, groups: int) -> Shortlist:
    """Return a shortlist to be filled, as long as memory allows."""
    k = min(groups, LONGEST, max(SHORTEST, SHORTLIST_BYTES // (12 * max(1, cells))))
    shape = cells, k
    return Shortlist(
        np.tile(np.arange(k, dtype=np.int32), (cells, 1)),
        np.empty(shape, np.int32),
        np.empty(shape, np.float32),
        np.empty(cells),
    )


def refresh(
    cells: Ids, costs: Costs, prices: Doubles, shortlist: Shortlist, progress: Progress | None
) -> None:
    """List the best groups of some cells anew, at the prices as they are."""

    def work(block: Ids) -> None:
        _list_best(block, costs, prices, shortlist)

    if len(cells) <= CELLS_AT_ONCE // 4:
        work(cells)
        return
    blocks = np.array_split(cells, -(-len(cells) // CELLS_AT_ONCE) * 2)
    done = Threads(os.cpu_count() or 1).map(work, blocks)
    for _ in (
        progress(done, total=len(blocks), what="comparing", unit="block") if progress else done
    ):
        pass


@compiled
def _list_best(cells: Ids, costs: Costs, prices: Doubles, shortlist: Shortlist) -> None:
    k, count = shortlist.groups.shape[1], len(prices)
    row = np.empty(costs.tiles.shape[1], np.float32)
    least, members = np.empty(count, np.float32), np.empty(count, np.int32)
    values, listed = np.empty(k, np.float64), np.zeros(count, np.bool_)
    for i in cells:
        group_row(costs, i, row, least, members)
        # Most of those that were the best before are so still.
        ids = shortlist.groups[i]
        for m in range(k):
            values[m] = least[ids[m]] + prices[ids[m]]
            listed[ids[m]] = True
        for at in range(k // 2, -1, -1):
            _sift_down(ids, values, at)
        for g in range(count):
            value = least[g] + prices[g]
            if value < values[0] and not listed[g]:
                listed[ids[0]], listed[g] = False, True
                ids[0], values[0] = g, value
                _sift_down(ids, values, 0)
        for m in range(k):
            shortlist.photos[i, m], shortlist.costs[i, m] = members[ids[m]], least[ids[m]]
            listed[ids[m]] = False
        shortlist.floors[i] = values[0] if k < count else np.inf


@compiled
def _sift_down(ids: Ids32, values: Doubles, at: int) -> None:
    """Restore the heap of the largest value first, below the place `at`."""
    while True:
        child = 2 * at + 1
        if child >= len(values):
            return
        if child + 1 < len(values) and values[child + 1] > values[child]:
            child += 1
        if values[child] <= values[at]:
            return
        ids[at], ids[child] = ids[child], ids[at]
        values[at], values[child] = values[child], values[at]
        at = child
