"""The cost of each photo in each cell, computed row by row and never stored as a whole."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from photomosaic.arrays import Floats, Ids, Ids32
from photomosaic.assignment.compiled import compiled

# Floats of one block of a row, which stay in the fastest cache while all dimensions are added.
BLOCK = 2048


class Costs(NamedTuple):
    """The costs of all photos in all cells: L2 distances of features, with overrides.

    Photos that count as one are a group; a group costs what its cheapest photo costs.

    Attributes
    ----------
    patches : ndarray of shape (cells, D), float32
    tiles : ndarray of shape (D, N), float32
        Features of the photos, one photo per column.
    order, starts : ndarray of shape (N,), (G + 1,), int64
        Photos of group g are order[starts[g] : starts[g + 1]]; where no two photos count as one,
        group g is photo g.
    banned : ndarray of shape (N,), bool
        Photos that must not be used.
    override_ids : ndarray of shape (cells, m), int32
        Photos whose cost in this cell is not their distance; -1 for none.
    override_costs : ndarray of shape (cells, m), float32
    """

    patches: Floats
    tiles: Floats
    order: Ids
    starts: Ids
    banned: npt.NDArray[np.bool_]
    override_ids: Ids32
    override_costs: Floats


@compiled
def fill_row(costs: Costs, cell: int, row: Floats) -> None:
    """Write the cost of each photo in a cell into `row`, shape (N,)."""
    dimensions, patch = len(costs.tiles), costs.patches[cell]
    whole = dimensions - dimensions % 4
    for start in range(0, len(row), BLOCK):
        part = row[start : start + BLOCK]
        part[:] = np.float32(0)
        for d in range(0, whole, 4):
            a, b, c, e = patch[d], patch[d + 1], patch[d + 2], patch[d + 3]
            tile_a = costs.tiles[d, start : start + BLOCK]
            tile_b = costs.tiles[d + 1, start : start + BLOCK]
            tile_c = costs.tiles[d + 2, start : start + BLOCK]
            tile_e = costs.tiles[d + 3, start : start + BLOCK]
            for j in range(len(part)):
                p, q, r, s = tile_a[j] - a, tile_b[j] - b, tile_c[j] - c, tile_e[j] - e
                part[j] += (p * p + q * q) + (r * r + s * s)
        for d in range(whole, dimensions):
            a, tile_a = patch[d], costs.tiles[d, start : start + BLOCK]
            for j in range(len(part)):
                p = tile_a[j] - a
                part[j] += p * p
        for j in range(len(part)):
            part[j] = np.sqrt(part[j])
    _apply_overrides(costs, cell, row)


@compiled
def _apply_overrides(costs: Costs, cell: int, row: Floats) -> None:
    for j in range(len(row)):
        if costs.banned[j]:
            row[j] = np.float32(np.inf)
    for m in range(costs.override_ids.shape[1]):
        if costs.override_ids[cell, m] >= 0:
            row[costs.override_ids[cell, m]] = costs.override_costs[cell, m]


@compiled
def group_row(costs: Costs, cell: int, row: Floats, least: Floats, members: Ids32) -> None:
    """Write the cost of each group in a cell into `least`, and its cheapest photo into `members`.

    `row`, shape (N,), is used as scratch.
    """
    fill_row(costs, cell, row)
    for g in range(len(least)):
        best = costs.order[costs.starts[g]]
        for m in range(costs.starts[g] + 1, costs.starts[g + 1]):
            if row[costs.order[m]] < row[best]:
                best = costs.order[m]
        members[g], least[g] = best, row[best]


@compiled
def group_cost(costs: Costs, cell: int, group: int) -> tuple[float, int]:
    """Return the cost of one group in a cell, and its cheapest photo."""
    least, member = np.inf, -1
    for m in range(costs.starts[group], costs.starts[group + 1]):
        photo = costs.order[m]
        total = np.float32(0)
        for d in range(len(costs.tiles)):
            difference = costs.tiles[d, photo] - costs.patches[cell, d]
            total += difference * difference
        cost = float(np.sqrt(total))
        if costs.banned[photo]:
            cost = np.inf
        for n in range(costs.override_ids.shape[1]):
            if costs.override_ids[cell, n] == photo:
                cost = float(costs.override_costs[cell, n])
        if cost < least or member < 0:
            least, member = cost, photo
    return least, member
