"""Local search: moves of one photo, and of those it displaces, that lower the total."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from photomosaic.arrays import Ids
from photomosaic.assignment.compiled import compiled
from photomosaic.assignment.costs import Costs, group_cost
from photomosaic.assignment.greedy import best_allowed
from photomosaic.assignment.placement import (
    MOVABLE,
    Placement,
    conflicts,
    is_allowed,
    place,
    remove,
)
from photomosaic.assignment.shortlist import Doubles, Shortlist
from photomosaic.progress import Progress

SWEEPS = 12
SMALLEST_GAIN = 0.0005
MOST_DISPLACED = 4
MOVES_TRIED = 32
SMALLEST_MOVE = 0.01
CELLS_TRIED = 8


class LocalSearch(NamedTuple):
    """A placement, changed in place, and what its moves are judged by.

    Attributes
    ----------
    placement : Placement
    costs : Costs
    shortlist : Shortlist
        The groups that each cell may try.
    prices : ndarray of shape (G,), float64
        A cell only tries groups that are better for it even at their prices: the others are worth
        more elsewhere.
    """

    placement: Placement
    costs: Costs
    shortlist: Shortlist
    prices: Doubles


def improve(search: LocalSearch, rng: np.random.Generator, progress: Progress) -> None:
    """Move photos, and those they displace, until the total hardly falls any more."""
    total = float(search.placement.costs.sum(dtype=np.float64))
    movable = np.flatnonzero(search.placement.mobility == MOVABLE)
    for _ in progress(range(SWEEPS), total=SWEEPS, what="improving", unit="sweep"):
        gain = _sweep(search, rng.permutation(movable))
        if gain <= SMALLEST_GAIN * total:
            break


@compiled
def _sweep(search: LocalSearch, order: Ids) -> float:
    """Try moves for each cell in turn; return the gain."""
    placement, shortlist, prices = search.placement, search.shortlist, search.prices
    gained = 0.0
    values = np.empty(shortlist.groups.shape[1], np.float64)
    for cell in order:
        old = placement.groups[cell]
        if old < 0:
            continue
        current = placement.costs[cell]
        limit = current + prices[old] - SMALLEST_MOVE * current
        for m in range(len(values)):
            group, cost = shortlist.groups[cell, m], shortlist.costs[cell, m]
            value = cost + prices[group]
            is_better = cost < current and value < limit and group != old
            values[m] = value if is_better else np.inf
        for _ in range(MOVES_TRIED):
            best = int(np.argmin(values))
            if not np.isfinite(values[best]):
                break
            values[best] = np.inf
            gain = _try_move(search, cell, best)
            if gain > 0:
                gained += gain
                break
    return gained


@compiled
def _try_move(search: LocalSearch, cell: int, m: int) -> float:
    """Move a cell to its m-th listed group if that lowers the total; return the gain, or 0."""
    placement, shortlist = search.placement, search.shortlist
    group, old = shortlist.groups[cell, m], placement.groups[cell]
    old_photo, old_cost = placement.photos[cell], placement.costs[cell]
    saved = old_cost - shortlist.costs[cell, m]
    displaced = np.empty(MOST_DISPLACED, np.int64)
    number = _find_displaced(search, cell, group, old, displaced)
    if number < 0:
        return 0.0
    photos, paid = np.empty(number, np.int32), np.empty(number, np.float32)
    remove(placement, cell)
    for n in range(number):
        photos[n], paid[n] = placement.photos[displaced[n]], placement.costs[displaced[n]]
        remove(placement, displaced[n])
    place(placement, cell, group, shortlist.photos[cell, m], shortlist.costs[cell, m])
    placed = 0
    for n in range(number):
        must_take_old = placement.counts[old] < placement.required[old]
        new, photo, cost = _relocation(search, displaced[n], old, must_take_old, paid[n] + saved)
        if new < 0:
            break
        saved -= cost - paid[n]
        place(placement, displaced[n], new, photo, cost)
        placed += 1
    if placed == number and saved > 1e-4 and placement.counts[old] >= placement.required[old]:
        return float(saved)
    for n in range(placed):
        remove(placement, displaced[n])
    remove(placement, cell)
    for n in range(number):
        place(placement, displaced[n], group, photos[n], paid[n])
    place(placement, cell, old, old_photo, old_cost)
    return 0.0


@compiled
def _find_displaced(search: LocalSearch, cell: int, group: int, old: int, displaced: Ids) -> int:
    """Write the cells that a group in a cell displaces; return their number, -1 if they cannot."""
    placement = search.placement
    number = conflicts(placement, cell, group, displaced)
    if number == len(displaced):
        return -1
    for n in range(number):
        if placement.mobility[displaced[n]] != MOVABLE:
            return -1
    if number == 0 and placement.counts[group] >= placement.capacity[group]:
        displaced[0] = _cheapest_to_displace(search, group, old)
        return 1 if displaced[0] >= 0 else -1
    return number


@compiled
def _cheapest_to_displace(search: LocalSearch, group: int, old: int) -> int:
    """Return the cell of a fully used group that loses least by taking `old` instead, or -1."""
    placement = search.placement
    least, best, tried = np.inf, -1, 0
    cell = placement.first[group]
    while cell >= 0 and tried < CELLS_TRIED:
        if placement.mobility[cell] == MOVABLE:
            more = group_cost(search.costs, cell, old)[0] - placement.costs[cell]
            if more < least:
                least, best = more, cell
        cell = placement.following[cell]
        tried += 1
    return best


@compiled
def _relocation(
    search: LocalSearch, cell: int, old: int, must_take_old: bool, limit: float
) -> tuple[int, int, float]:
    """Return the cheapest group below `limit` that an open cell may take, its photo, its cost.

    -1 if there is none.
    """
    placement, shortlist = search.placement, search.shortlist
    found = np.empty(1, np.int64)
    group, photo, best = -1, -1, limit
    if not must_take_old:
        at = best_allowed(placement, cell, shortlist, limit)
        if at >= 0:
            group, photo = shortlist.groups[cell, at], shortlist.photos[cell, at]
            best = shortlist.costs[cell, at]
    if is_allowed(placement, cell, old, found):
        cost, member = group_cost(search.costs, cell, old)
        if cost < best:
            return old, member, cost
    return group, photo, best
