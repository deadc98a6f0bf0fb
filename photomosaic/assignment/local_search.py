"""A layout improved: moves of one photo, with those that have to give way, that cost less."""

from __future__ import annotations

import numpy as np

from photomosaic.arrays import Ids
from photomosaic.assignment.compiled import compiled
from photomosaic.assignment.costs import Costs, group_cost
from photomosaic.assignment.greedy import best_free
from photomosaic.assignment.placement import FREE, Board, is_free, lift, place, rivals
from photomosaic.assignment.shortlist import Doubles, Shortlist
from photomosaic.progress import Progress

SWEEPS = 12
SMALLEST_GAIN = 0.0005
VICTIMS = 4
MOVES_TRIED = 32
SMALLEST_MOVE = 0.01
HOLDERS_TRIED = 8


def improve(
    board: Board,
    costs: Costs,
    shortlist: Shortlist,
    prices: Doubles,
    rng: np.random.Generator,
    progress: Progress,
) -> None:
    """Move photos, with those that have to give way, until the total hardly falls any more.

    A cell only tries photos that are better for it even at their prices: the others are worth
    more elsewhere.
    """
    total = float(board.costs.sum(dtype=np.float64))
    movable = np.flatnonzero(board.fixed == FREE)
    for _ in progress(range(SWEEPS), total=SWEEPS, what="improving", unit="sweep"):
        gain = _improve(board, rng.permutation(movable), costs, shortlist, prices)
        if gain <= SMALLEST_GAIN * total:
            break


@compiled
def _improve(
    board: Board, order: Ids, costs: Costs, shortlist: Shortlist, prices: Doubles
) -> float:
    gained = 0.0
    values = np.empty(shortlist.groups.shape[1], np.float64)
    for cell in order:
        old = board.groups[cell]
        if old < 0:
            continue
        current = board.costs[cell]
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
            gain = _try_move(board, cell, best, costs, shortlist)
            if gain > 0:
                gained += gain
                break
    return gained


@compiled
def _try_move(board: Board, cell: int, m: int, costs: Costs, shortlist: Shortlist) -> float:
    """Move a cell to a listed group if that, with who has to give way, is a gain; return it."""
    group, old = shortlist.groups[cell, m], board.groups[cell]
    old_photo, old_cost = board.photos[cell], board.costs[cell]
    saved = old_cost - shortlist.costs[cell, m]
    victims = np.empty(VICTIMS, np.int64)
    number = _victims(board, cell, group, old, costs, victims)
    if number < 0:
        return 0.0
    taken = np.empty(number, np.int32)
    photos, paid = np.empty(number, np.int32), np.empty(number, np.float32)
    lift(board, cell)
    for v in range(number):
        victim = victims[v]
        taken[v], photos[v], paid[v] = group, board.photos[victim], board.costs[victim]
        lift(board, victim)
    place(board, cell, group, shortlist.photos[cell, m], shortlist.costs[cell, m])
    settled = 0
    for v in range(number):
        victim = victims[v]
        must_take_old = board.counts[old] < board.needed[old]
        new, photo, cost = _relocation(
            board, victim, old, must_take_old, costs, shortlist, paid[v] + saved
        )
        if new < 0:
            break
        saved -= cost - paid[v]
        place(board, victim, new, photo, cost)
        settled += 1
    if settled == number and saved > 1e-4 and board.counts[old] >= board.needed[old]:
        return float(saved)
    for v in range(settled):
        lift(board, victims[v])
    lift(board, cell)
    for v in range(number):
        place(board, victims[v], taken[v], photos[v], paid[v])
    place(board, cell, old, old_photo, old_cost)
    return 0.0


@compiled
def _victims(board: Board, cell: int, group: int, old: int, costs: Costs, victims: Ids) -> int:
    """Write who has to give way to a group in a cell; return the number, -1 if they cannot."""
    number = rivals(board, cell, group, victims)
    if number == len(victims):
        return -1
    for v in range(number):
        if board.fixed[victims[v]] != FREE:
            return -1
    if number == 0 and board.counts[group] >= board.capacity[group]:
        victims[0] = _holder_to_move(board, group, old, costs)
        return 1 if victims[0] >= 0 else -1
    return number


@compiled
def _holder_to_move(board: Board, group: int, old: int, costs: Costs) -> int:
    """Return the holder of a full group that would give way for least, taking `old` instead."""
    least, best, tried = np.inf, -1, 0
    holder = board.first[group]
    while holder >= 0 and tried < HOLDERS_TRIED:
        if board.fixed[holder] == FREE:
            more = group_cost(costs, holder, old)[0] - board.costs[holder]
            if more < least:
                least, best = more, holder
        holder = board.following[holder]
        tried += 1
    return best


@compiled
def _relocation(
    board: Board,
    cell: int,
    old: int,
    must_take_old: bool,
    costs: Costs,
    shortlist: Shortlist,
    limit: float,
) -> tuple[int, int, float]:
    """Return the cheapest group below `limit` that is free for an open cell, or -1."""
    found = np.empty(1, np.int64)
    group, photo, best = -1, -1, limit
    if not must_take_old:
        at = best_free(board, cell, shortlist, limit)
        if at >= 0:
            group, photo = shortlist.groups[cell, at], shortlist.photos[cell, at]
            best = shortlist.costs[cell, at]
    if is_free(board, cell, old, found):
        cost, member = group_cost(costs, cell, old)
        if cost < best:
            return old, member, cost
    return group, photo, best
