"""Which photo lies where, and what a move would do to the limits."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from photomosaic.arrays import Floats, Ids, Ids32
from photomosaic.assignment.compiled import compiled

FREE, RATHER_NOT, NEVER = 0, 1, 2


class Board(NamedTuple):
    """An assignment in the making.

    Attributes
    ----------
    groups, photos : ndarray of shape (cells,), int32
        What lies in each cell; -1 where it is open.
    costs : ndarray of shape (cells,), float32
    fixed : ndarray of shape (cells,), int8
        FREE; RATHER_NOT: only moved where a limit could not be kept otherwise; or NEVER.
    first : ndarray of shape (G,), int64
        A cell that holds the group, -1 for none.
    following, preceding : ndarray of shape (cells,), int64
        The next and the last cell that hold the same group, -1 at the ends.
    counts, capacity, needed : ndarray of shape (G,), int64
        How often each group is used, may be, and has to be (0 or 1).
    shape : ndarray of shape (3,), int64
        Rows, columns, and the least distance of two places of the same group.
    """

    groups: Ids32
    photos: Ids32
    costs: Floats
    fixed: npt.NDArray[np.int8]
    first: Ids
    following: Ids
    preceding: Ids
    counts: Ids
    capacity: Ids
    needed: Ids
    shape: Ids


def empty_board(
    shape: tuple[int, int],
    spacing: int,
    capacity: Ids,
    needed: npt.NDArray[np.bool_],
    fixed: npt.NDArray[np.int8],
) -> Board:
    """Return a board of open cells."""
    cells, groups = shape[0] * shape[1], len(capacity)
    return Board(
        np.full(cells, -1, np.int32),
        np.full(cells, -1, np.int32),
        np.zeros(cells, np.float32),
        fixed,
        np.full(groups, -1),
        np.full(cells, -1),
        np.full(cells, -1),
        np.zeros(groups, np.int64),
        capacity.astype(np.int64),
        needed.astype(np.int64),
        np.array([*shape, spacing]),
    )


@compiled
def place(board: Board, cell: int, group: int, photo: int, cost: float) -> None:
    """Lay a photo into an open cell."""
    after = board.first[group]
    board.groups[cell], board.photos[cell], board.costs[cell] = group, photo, cost
    board.first[group], board.following[cell], board.preceding[cell] = cell, after, -1
    if after >= 0:
        board.preceding[after] = cell
    board.counts[group] += 1


@compiled
def lift(board: Board, cell: int) -> None:
    """Open a cell."""
    group = board.groups[cell]
    before, after = board.preceding[cell], board.following[cell]
    if before >= 0:
        board.following[before] = after
    else:
        board.first[group] = after
    if after >= 0:
        board.preceding[after] = before
    board.groups[cell] = -1
    board.counts[group] -= 1


@compiled
def rivals(board: Board, cell: int, group: int, found: Ids) -> int:
    """Write the cells that hold a group too close to a cell into `found`; return their number.

    No more than `found` can hold.
    """
    rows, cols, spacing = board.shape
    row, col = cell // cols, cell % cols
    number = 0
    if board.counts[group] <= 4 * spacing * spacing:
        other = board.first[group]
        while other >= 0 and number < len(found):
            far = max(abs(other // cols - row), abs(other % cols - col))
            if far < spacing and other != cell:
                found[number] = other
                number += 1
            other = board.following[other]
        return number
    for r in range(max(0, row - spacing + 1), min(rows, row + spacing)):
        for c in range(max(0, col - spacing + 1), min(cols, col + spacing)):
            other = r * cols + c
            if board.groups[other] == group and other != cell and number < len(found):
                found[number] = other
                number += 1
    return number


@compiled
def is_free(board: Board, cell: int, group: int, found: Ids) -> bool:
    """Tell whether a group may be laid into an open cell without moving anything."""
    if board.counts[group] >= board.capacity[group]:
        return False
    return rivals(board, cell, group, found[:1]) == 0
