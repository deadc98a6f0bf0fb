"""The assignment problem within limits, and its solution."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from photomosaic.arrays import Floats, Ids, Ids32
from photomosaic.assignment.limits import Limits
from photomosaic.assignment.places import Places, places_of
from photomosaic.matching.layout import Positions


def _no_ids() -> Ids:
    return np.empty(0, np.int64)


@dataclass(frozen=True)
class Problem:
    """What to assign, and within which limits.

    Attributes
    ----------
    patches : ndarray of shape (cells, D), float32
    tiles : ndarray of shape (N, D), float32
    shape : tuple of int
        Rows and columns of a grid, else the number of cells.
    limits : Limits
        Feasible ones.
    groups : ndarray of shape (N,), int64, or None
        Photos with the same number, 0 to G - 1, count as one; None if each is its own.
    banned, required : ndarray of int64
        Tiles that must not be used; those whose photos must be used at least once.
    pinned : ndarray of shape (cells,), int64
        Photo that must be in each cell, -1 for any.
    photos : ndarray of shape (N,), int64, or None
        Tiles with the same number show the same photo; None if each is its own.
    positions : ndarray of shape (cells, 4), float64, or None
        As `Layout.positions`; None for a grid.
    override_ids, override_costs : ndarray of shape (cells, m), int32, float32
        Photos whose cost in a cell is not their distance, -1 for none; and that cost, infinity if
        they must not be placed there.
    """

    patches: Floats
    tiles: Floats
    shape: tuple[int, ...]
    limits: Limits
    groups: Ids | None = None
    banned: Ids = field(default_factory=_no_ids)
    required: Ids = field(default_factory=_no_ids)
    pinned: Ids = field(default_factory=_no_ids)
    override_ids: Ids32 | None = None
    override_costs: Floats | None = None
    photos: Ids | None = None
    positions: Positions | None = None

    @property
    def places(self) -> Places:
        """Where the cells are."""
        return places_of(self.shape, self.positions)


@dataclass(frozen=True)
class Solution:
    """Photos for all cells.

    Attributes
    ----------
    ids : ndarray of shape (cells,), int64
    bound : float or None
        A total distance that no assignment can beat; with spacing, that without it. None if a cell
        had to take a photo that must not be placed there.
    """

    ids: Ids
    bound: float | None
