"""Greedy placement: photos are placed one after the other, as far as the limits allow.

The position of a cell gives it no advantage: the cells that lose most by taking another photo come
first.
"""

from __future__ import annotations

import numpy as np

from photomosaic.arrays import Floats, Ids, Ids32
from photomosaic.assignment.compiled import compiled
from photomosaic.assignment.costs import Costs, group_cost
from photomosaic.assignment.placement import (
    FIXED,
    Placement,
    conflicts,
    is_allowed,
    place,
    remove,
)
from photomosaic.assignment.shortlist import Doubles, Shortlist


def place_greedily(
    placement: Placement, start: Ids32, order: Ids, costs: Costs, shortlist: Shortlist
) -> Ids:
    """Place the photos of an assignment as far as the limits allow; return the open cells.

    Parameters
    ----------
    placement : Placement
        Only its cells in `order` are filled.
    start : ndarray of shape (cells,), int32
        Group of each cell.
    order : ndarray of shape (n,), int64
        The cells to fill, those that would lose most by another photo first.
    costs : Costs
    shortlist : Shortlist
    """
    left = _place_start(placement, start, order, costs)
    _fill_open(placement, left, shortlist)
    return left[placement.groups[left] < 0]


@compiled
def place_allowed(
    placement: Placement, cells: Ids, groups: Ids, photos: Ids, costs: Floats
) -> None:
    """Put given photos into cells, as far as the limits allow."""
    found = np.empty(1, np.int64)
    for n in range(len(cells)):
        if is_allowed(placement, cells[n], groups[n], found):
            place(placement, cells[n], groups[n], photos[n], costs[n])


def replace_photo(placement: Placement, cell: int, group: int, photo: int, cost: float) -> None:
    """Put a photo into a cell in place of the one there."""
    if placement.groups[cell] >= 0:
        remove(placement, cell)
    place(placement, cell, group, photo, cost)


def regrets(shortlist: Shortlist, prices: Doubles) -> Doubles:
    """Return what each cell would lose by its second choice instead of its first."""
    values = shortlist.costs + np.where(np.isfinite(prices), prices, 0)[shortlist.groups]
    if values.shape[1] < 2:
        return np.zeros(len(values))
    two = np.partition(values, 1, axis=1)
    return np.asarray(np.nan_to_num(two[:, 1] - two[:, 0], posinf=np.inf), np.float64)


@compiled
def _place_start(placement: Placement, start: Ids32, order: Ids, costs: Costs) -> Ids:
    left = np.empty(len(order), np.int64)
    count, found = 0, np.empty(1, np.int64)
    for cell in order:
        group = start[cell]
        if group >= 0 and is_allowed(placement, cell, group, found):
            cost, photo = group_cost(costs, cell, group)
            place(placement, cell, group, photo, cost)
        else:
            left[count] = cell
            count += 1
    return left[:count].copy()


@compiled
def _fill_open(placement: Placement, cells: Ids, shortlist: Shortlist) -> None:
    groups, photos, costs = shortlist.groups, shortlist.photos, shortlist.costs
    for cell in cells:
        at = best_allowed(placement, cell, shortlist, np.inf)
        if at >= 0:
            place(placement, cell, groups[cell, at], photos[cell, at], costs[cell, at])


@compiled
def best_allowed(placement: Placement, cell: int, shortlist: Shortlist, limit: float) -> int:
    """Return the shortlist index of the cheapest group that an open cell may take, or -1."""
    found = np.empty(1, np.int64)
    best, at = limit, -1
    for m in range(shortlist.groups.shape[1]):
        cost = shortlist.costs[cell, m]
        if cost < best and is_allowed(placement, cell, shortlist.groups[cell, m], found):
            best, at = cost, m
    return at


def cheapest_cell(placement: Placement, group: int, costs: Costs) -> tuple[int, int, float]:
    """Return the cell in which a group adds least to the total, its photo there, and its cost.

    Only cells count whose photo may be removed, and where the limits stay kept; -1 if there is
    none.
    """
    found: Ids = np.empty(1, np.int64)
    cell, photo, cost = _cheapest_cell(placement, group, costs, found)
    return int(cell), int(photo), float(cost)


@compiled
def _cheapest_cell(
    placement: Placement, group: int, costs: Costs, found: Ids
) -> tuple[int, int, float]:
    best, choice, member, paid = np.inf, -1, -1, 0.0
    for cell in range(len(placement.groups)):
        old = placement.groups[cell]
        if placement.mobility[cell] == FIXED:
            continue
        if old >= 0 and placement.counts[old] <= placement.required[old]:
            continue
        cost, photo = group_cost(costs, cell, group)
        more = cost - placement.costs[cell]
        if more < best and conflicts(placement, cell, group, found) == 0:
            best, choice, member, paid = more, cell, photo, cost
    return choice, member, paid
