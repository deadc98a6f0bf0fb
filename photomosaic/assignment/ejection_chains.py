"""Cells that are still open, filled by moving others out of the way, and those again."""

from __future__ import annotations

import numpy as np

from photomosaic.arrays import Floats, Ids
from photomosaic.assignment.compiled import compiled
from photomosaic.assignment.costs import Costs, group_row
from photomosaic.assignment.placement import FREE, NEVER, Board, lift, place, rivals

EJECTIONS_PER_CELL = 4
HOLDERS_TRIED = 128


def force(board: Board, open_cells: Ids, costs: Costs) -> Ids:
    """Fill open cells by moving others out of the way, and those again; return who is left open.

    What is moved often becomes dearer to move, so that it does not go round in circles.
    """
    moved = np.zeros(len(board.groups), np.int64)
    budget = EJECTIONS_PER_CELL * len(board.groups) + 1000
    return _force(board, open_cells, costs, moved, budget)


@compiled
def _force(board: Board, open_cells: Ids, costs: Costs, moved: Ids, budget: int) -> Ids:
    count = len(board.counts)
    row = np.empty(costs.tiles.shape[1], np.float32)
    least, members = np.empty(count, np.float32), np.empty(count, np.int32)
    found = np.empty(64, np.int64)
    queue = np.empty(len(board.groups) + 1, np.int64)
    queue[: len(open_cells)] = open_cells
    head, waiting = 0, len(open_cells)
    while waiting and budget > 0:
        cell = queue[head]
        head, waiting = (head + 1) % len(queue), waiting - 1
        budget -= 1
        group_row(costs, cell, row, least, members)
        choice = _easiest(board, cell, least, moved, found)
        if choice < 0:
            break
        number = rivals(board, cell, choice, found)
        if number == 0 and board.counts[choice] >= board.capacity[choice]:
            found[0] = _least_moved(board, choice, moved)
            number = 1
        for v in range(number):
            victim = found[v]
            lift(board, victim)
            moved[victim] += 1
            queue[(head + waiting) % len(queue)] = victim
            waiting += 1
        place(board, cell, choice, members[choice], least[choice])
    left = np.empty(waiting, np.int64)
    for w in range(waiting):
        left[w] = queue[(head + w) % len(queue)]
    return left


@compiled
def _easiest(board: Board, cell: int, least: Floats, moved: Ids, found: Ids) -> int:
    """Return the group for which least has to be moved out of the way; cheap ones first."""
    scale = 1.0
    for g in range(len(least)):
        if np.isfinite(least[g]):
            scale = max(scale, float(least[g]))
    best, choice = np.inf, -1
    for g in range(len(least)):
        if board.capacity[g] == 0 or least[g] >= best:
            continue
        value = least[g] + scale * _weight(board, cell, g, moved, found)
        if value < best:
            best, choice = value, g
    return choice


@compiled
def _weight(board: Board, cell: int, group: int, moved: Ids, found: Ids) -> float:
    """Return how hard it is to clear the way for a group into a cell; 0 if it is free."""
    number = rivals(board, cell, group, found)
    if number == 0:
        if board.counts[group] < board.capacity[group]:
            return 0.0
        holder = _least_moved(board, group, moved)
        return np.inf if holder < 0 else _burden(board, holder, moved)
    if number == len(found):
        return np.inf
    total = 0.0
    for v in range(number):
        if board.fixed[found[v]] == NEVER:
            return np.inf
        total += _burden(board, found[v], moved)
    if board.counts[group] - number < board.needed[group] - 1:
        return np.inf
    return total


@compiled
def _burden(board: Board, cell: int, moved: Ids) -> float:
    extra = 8.0 if board.fixed[cell] != FREE else 0.0
    return float(1.0 + 0.25 * moved[cell] + extra)


@compiled
def _least_moved(board: Board, group: int, moved: Ids) -> int:
    best, least, tried = -1, np.inf, 0
    holder = board.first[group]
    while holder >= 0 and tried < HOLDERS_TRIED:
        if board.fixed[holder] != NEVER and _burden(board, holder, moved) < least:
            best, least = holder, _burden(board, holder, moved)
        holder = board.following[holder]
        tried += 1
    return best
