"""Ejection chains: open cells are filled by removing photos elsewhere, which are placed again."""

from __future__ import annotations

import numpy as np

from photomosaic.arrays import Floats, Ids
from photomosaic.assignment.compiled import compiled
from photomosaic.assignment.costs import Costs, group_row
from photomosaic.assignment.placement import FIXED, MOVABLE, Placement, conflicts, place, remove

EJECTIONS_PER_CELL = 4
CELLS_TRIED = 128


def fill_by_ejection(placement: Placement, open_cells: Ids, costs: Costs) -> Ids:
    """Fill open cells by ejection chains; return the cells that are left open.

    The more often a photo was moved, the more its next move costs, so the chains do not cycle.
    """
    moves = np.zeros(len(placement.groups), np.int64)
    budget = EJECTIONS_PER_CELL * len(placement.groups) + 1000
    return _eject(placement, open_cells, costs, moves, budget)


@compiled
def _eject(placement: Placement, open_cells: Ids, costs: Costs, moves: Ids, budget: int) -> Ids:
    count = len(placement.counts)
    row = np.empty(costs.tiles.shape[1], np.float32)
    least, members = np.empty(count, np.float32), np.empty(count, np.int32)
    found = np.empty(64, np.int64)
    queue = np.empty(len(placement.groups) + 1, np.int64)
    queue[: len(open_cells)] = open_cells
    head, waiting = 0, len(open_cells)
    while waiting and budget > 0:
        cell = queue[head]
        head, waiting = (head + 1) % len(queue), waiting - 1
        budget -= 1
        group_row(costs, cell, row, least, members)
        choice = _easiest_group(placement, cell, least, moves, found)
        if choice < 0:
            break
        number = conflicts(placement, cell, choice, found)
        if number == 0 and placement.counts[choice] >= placement.capacity[choice]:
            found[0] = _easiest_cell(placement, choice, moves)
            number = 1
        for v in range(number):
            ejected = found[v]
            remove(placement, ejected)
            moves[ejected] += 1
            queue[(head + waiting) % len(queue)] = ejected
            waiting += 1
        place(placement, cell, choice, members[choice], least[choice])
    left = np.empty(waiting, np.int64)
    for w in range(waiting):
        left[w] = queue[(head + w) % len(queue)]
    return left


@compiled
def _easiest_group(placement: Placement, cell: int, least: Floats, moves: Ids, found: Ids) -> int:
    """Return the group that costs least in a cell, with the photos that it ejects; -1 if none."""
    scale = 1.0
    for g in range(len(least)):
        if np.isfinite(least[g]):
            scale = max(scale, float(least[g]))
    best, choice = np.inf, -1
    for g in range(len(least)):
        if placement.capacity[g] == 0 or least[g] >= best:
            continue
        value = least[g] + scale * _clearing_cost(placement, cell, g, moves, found)
        if value < best:
            best, choice = value, g
    return choice


@compiled
def _clearing_cost(placement: Placement, cell: int, group: int, moves: Ids, found: Ids) -> float:
    """Return the cost of the ejections that a group in a cell needs; infinity if impossible."""
    number = conflicts(placement, cell, group, found)
    if number == 0:
        if placement.counts[group] < placement.capacity[group]:
            return 0.0
        other = _easiest_cell(placement, group, moves)
        return np.inf if other < 0 else _ejection_cost(placement, other, moves)
    if number == len(found):
        return np.inf
    total = 0.0
    for v in range(number):
        if placement.mobility[found[v]] == FIXED:
            return np.inf
        total += _ejection_cost(placement, found[v], moves)
    if placement.counts[group] - number < placement.required[group] - 1:
        return np.inf
    return total


@compiled
def _ejection_cost(placement: Placement, cell: int, moves: Ids) -> float:
    extra = 8.0 if placement.mobility[cell] != MOVABLE else 0.0
    return float(1.0 + 0.25 * moves[cell] + extra)


@compiled
def _easiest_cell(placement: Placement, group: int, moves: Ids) -> int:
    """Return the cell of a group whose photo is ejected at the least cost, or -1."""
    best, least, tried = -1, np.inf, 0
    cell = placement.first[group]
    while cell >= 0 and tried < CELLS_TRIED:
        if placement.mobility[cell] != FIXED and _ejection_cost(placement, cell, moves) < least:
            best, least = cell, _ejection_cost(placement, cell, moves)
        cell = placement.following[cell]
        tried += 1
    return best
