"""A partial assignment, and the limits that a change to it must keep."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from photomosaic.arrays import Floats, Ids, Ids32
from photomosaic.assignment.compiled import compiled
from photomosaic.assignment.limits import Uses
from photomosaic.assignment.places import Places
from photomosaic.matching.layout import Positions

MOVABLE, RELUCTANT, FIXED = 0, 1, 2


class Placement(NamedTuple):
    """The photo in each cell, changed in place.

    Attributes
    ----------
    groups, photos : ndarray of shape (cells,), int32
        Group and photo in each cell; -1 where the cell is open.
    costs : ndarray of shape (cells,), float32
    mobility : ndarray of shape (cells,), int8
        MOVABLE; RELUCTANT: only moved where a limit could not be kept otherwise; or FIXED.
    first : ndarray of shape (G,), int64
        A cell that holds the group, -1 for none.
    following, preceding : ndarray of shape (cells,), int64
        The next and the last cell that hold the same group, -1 at the ends.
    counts, capacity, required : ndarray of shape (G,), int64
        How often each group is used, may be, and must be (0 or 1).
    shape : ndarray of shape (3,), int64
        Rows, columns, and the least distance of two places of the same group, 0 for any.
    positions : ndarray of shape (cells, 4), float64
        As `Layout.positions`; empty for a grid, whose rows and columns tell.
    """

    groups: Ids32
    photos: Ids32
    costs: Floats
    mobility: npt.NDArray[np.int8]
    first: Ids
    following: Ids
    preceding: Ids
    counts: Ids
    capacity: Ids
    required: Ids
    shape: Ids
    positions: Positions


def empty_placement(
    places: Places, spacing: int, uses: Uses, mobility: npt.NDArray[np.int8]
) -> Placement:
    """Return a placement whose cells are all open."""
    cells, groups = len(mobility), len(uses.capacity)
    # Neighbouring hexagons are closer than 1, which is no limit all the same.
    spacing = 0 if spacing == 1 else spacing
    return Placement(
        groups=np.full(cells, -1, np.int32),
        photos=np.full(cells, -1, np.int32),
        costs=np.zeros(cells, np.float32),
        mobility=mobility,
        first=np.full(groups, -1),
        following=np.full(cells, -1),
        preceding=np.full(cells, -1),
        counts=np.zeros(groups, np.int64),
        capacity=uses.capacity.astype(np.int64),
        required=uses.required.astype(np.int64),
        shape=np.array([*places.grid, spacing]),
        positions=places.positions,
    )


@compiled
def place(placement: Placement, cell: int, group: int, photo: int, cost: float) -> None:
    """Put a photo into an open cell."""
    after = placement.first[group]
    placement.groups[cell], placement.photos[cell], placement.costs[cell] = group, photo, cost
    placement.first[group], placement.following[cell], placement.preceding[cell] = cell, after, -1
    if after >= 0:
        placement.preceding[after] = cell
    placement.counts[group] += 1


@compiled
def remove(placement: Placement, cell: int) -> None:
    """Open a cell."""
    group = placement.groups[cell]
    before, after = placement.preceding[cell], placement.following[cell]
    if before >= 0:
        placement.following[before] = after
    else:
        placement.first[group] = after
    if after >= 0:
        placement.preceding[after] = before
    placement.groups[cell] = -1
    placement.counts[group] -= 1


@compiled
def conflicts(placement: Placement, cell: int, group: int, found: Ids) -> int:
    """Write the cells that hold a group too close to a cell into `found`; return their number.

    No more than `found` can hold.
    """
    rows, cols, spacing = placement.shape
    if len(placement.positions):
        return _conflicts_anywhere(placement, cell, group, found)
    row, col = cell // cols, cell % cols
    number = 0
    if placement.counts[group] <= 4 * spacing * spacing:
        other = placement.first[group]
        while other >= 0 and number < len(found):
            distance = max(abs(other // cols - row), abs(other % cols - col))
            if distance < spacing and other != cell:
                found[number] = other
                number += 1
            other = placement.following[other]
        return number
    for r in range(max(0, row - spacing + 1), min(rows, row + spacing)):
        for c in range(max(0, col - spacing + 1), min(cols, col + spacing)):
            other = r * cols + c
            if placement.groups[other] == group and other != cell and number < len(found):
                found[number] = other
                number += 1
    return number


@compiled
def _conflicts_anywhere(placement: Placement, cell: int, group: int, found: Ids) -> int:
    """Do what `conflicts` does, in a layout that is no grid."""
    spacing, at = placement.shape[2], placement.positions
    number, other = 0, placement.first[group]
    while other >= 0 and number < len(found):
        down = 2 * abs(at[other, 0] - at[cell, 0]) / (at[other, 2] + at[cell, 2])
        right = 2 * abs(at[other, 1] - at[cell, 1]) / (at[other, 3] + at[cell, 3])
        if max(down, right) < spacing and other != cell:
            found[number] = other
            number += 1
        other = placement.following[other]
    return number


@compiled
def is_allowed(placement: Placement, cell: int, group: int, found: Ids) -> bool:
    """Tell whether a group may be placed in an open cell without moving anything."""
    if placement.counts[group] >= placement.capacity[group]:
        return False
    return conflicts(placement, cell, group, found[:1]) == 0
