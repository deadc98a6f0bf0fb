"""Photos laid out one after the other, as far as the limits allow.

No cell has a better place in the queue by where it lies: those that lose most by giving way are
served first.
"""

from __future__ import annotations

import numpy as np

from photomosaic.arrays import Floats, Ids, Ids32
from photomosaic.assignment.compiled import compiled
from photomosaic.assignment.costs import Costs, group_cost
from photomosaic.assignment.placement import NEVER, Board, is_free, lift, place, rivals
from photomosaic.assignment.shortlist import Doubles, Shortlist


def lay_out(board: Board, start: Ids32, order: Ids, costs: Costs, shortlist: Shortlist) -> Ids:
    """Lay the photos of an assignment out as far as the limits allow; return the open cells.

    Parameters
    ----------
    board : Board
        Its cells outside of `order` are laid out already.
    start : ndarray of shape (cells,), int32
        Group of each cell.
    order : ndarray of shape (n,), int64
        The cells to be laid out, in the order of what giving way would cost them.
    costs : Costs
    shortlist : Shortlist
    """
    left = _lay_out(board, start, order, costs)
    _fill_open(board, left, shortlist)
    return left[board.groups[left] < 0]


@compiled
def keep(board: Board, cells: Ids, groups: Ids, photos: Ids, costs: Floats) -> None:
    """Lay photos into cells, as far as the limits allow."""
    found = np.empty(1, np.int64)
    for n in range(len(cells)):
        if is_free(board, cells[n], groups[n], found):
            place(board, cells[n], groups[n], photos[n], costs[n])


def place_at(board: Board, cell: int, group: int, photo: int, cost: float) -> None:
    """Replace what lies in a cell."""
    if board.groups[cell] >= 0:
        lift(board, cell)
    place(board, cell, group, photo, cost)


def regrets(shortlist: Shortlist, prices: Doubles) -> Doubles:
    """Return what each cell would lose by its second choice instead of its first."""
    values = shortlist.costs + np.where(np.isfinite(prices), prices, 0)[shortlist.groups]
    if values.shape[1] < 2:
        return np.zeros(len(values))
    two = np.partition(values, 1, axis=1)
    return np.asarray(np.nan_to_num(two[:, 1] - two[:, 0], posinf=np.inf), np.float64)


@compiled
def _lay_out(board: Board, start: Ids32, order: Ids, costs: Costs) -> Ids:
    left = np.empty(len(order), np.int64)
    count, found = 0, np.empty(1, np.int64)
    for cell in order:
        group = start[cell]
        if group >= 0 and is_free(board, cell, group, found):
            cost, photo = group_cost(costs, cell, group)
            place(board, cell, group, photo, cost)
        else:
            left[count] = cell
            count += 1
    return left[:count].copy()


@compiled
def _fill_open(board: Board, cells: Ids, shortlist: Shortlist) -> None:
    for cell in cells:
        at = best_free(board, cell, shortlist, np.inf)
        if at >= 0:
            place(
                board,
                cell,
                shortlist.groups[cell, at],
                shortlist.photos[cell, at],
                shortlist.costs[cell, at],
            )


@compiled
def best_free(board: Board, cell: int, shortlist: Shortlist, limit: float) -> int:
    """Return the place in the shortlist of the cheapest group that is free for a cell, or -1."""
    found = np.empty(1, np.int64)
    best, at = limit, -1
    for m in range(shortlist.groups.shape[1]):
        cost = shortlist.costs[cell, m]
        if cost < best and is_free(board, cell, shortlist.groups[cell, m], found):
            best, at = cost, m
    return at


def cheapest_place(
    board: Board, group: int, costs: Costs, candidates: Ids
) -> tuple[int, int, float]:
    """Return the cell in which a group costs least more than what lies there, its photo and cost.

    Only cells count whose photo may go, and where the limits stay kept; -1 if there is none.
    """
    found: Ids = np.empty(1, np.int64)
    best = _cheapest_place(board, group, costs, candidates, found)
    return int(best[0]), int(best[1]), float(best[2])


@compiled
def _cheapest_place(
    board: Board, group: int, costs: Costs, candidates: Ids, found: Ids
) -> tuple[int, int, float]:
    best, choice, member, paid = np.inf, -1, -1, 0.0
    for cell in candidates:
        old = board.groups[cell]
        if board.fixed[cell] == NEVER or (old >= 0 and board.counts[old] <= board.needed[old]):
            continue
        cost, photo = group_cost(costs, cell, group)
        more = cost - board.costs[cell]
        if more < best and rivals(board, cell, group, found) == 0:
            best, choice, member, paid = more, cell, photo, cost
    return choice, member, paid
