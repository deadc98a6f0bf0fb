"""An assignment problem in terms of groups of photos that count as one."""

from __future__ import annotations

import numpy as np

from photomosaic.arrays import Floats, Ids
from photomosaic.assignment.costs import Costs, group_cost
from photomosaic.assignment.limits import Flags, Uses
from photomosaic.assignment.placement import (
    FIXED,
    MOVABLE,
    Placement,
    empty_placement,
    place,
)
from photomosaic.assignment.problem import Problem
from photomosaic.errors import InputError
from photomosaic.matching.search import exact_distances

# The cost of a refused photo, far above all distances: a cell may have nothing else left.
REFUSED = np.float32(1e6)


class GroupProblem:
    """Costs and limits of groups; a group costs what its cheapest photo costs.

    Parameters
    ----------
    problem : Problem

    Attributes
    ----------
    groups : ndarray of shape (N,), int64
        Group of each photo.
    count : int
        Number of groups, G.
    costs : Costs
    pinned : ndarray of shape (cells,), int64
        Photo that must be in each cell, -1 for any.
    capacity : ndarray of shape (G,), int64
        How often each group may be used.
    required : ndarray of shape (G,), bool
        Groups that must be used.

    Raises
    ------
    InputError
        If every photo is banned.
    """

    def __init__(self, problem: Problem) -> None:
        cells, photos = len(problem.patches), len(problem.tiles)
        self.groups: Ids = np.arange(photos) if problem.groups is None else problem.groups.copy()
        if problem.groups is not None and len(problem.required):
            # Exactly these photos must be used, not others like them.
            same = np.arange(photos) if problem.photos is None else problem.photos
            for number, tile in enumerate(problem.required):
                self.groups[same == same[tile]] = photos + number
            self.groups = np.unique(self.groups, return_inverse=True)[1].astype(np.int64)
        self.count = int(self.groups.max()) + 1
        banned = np.zeros(photos, np.bool_)
        banned[problem.banned] = True
        order = np.argsort(self.groups, kind="stable")
        none = np.empty((cells, 0))
        ids, costs = problem.override_ids, problem.override_costs
        self.costs = Costs(
            patches=problem.patches,
            tiles=np.ascontiguousarray(problem.tiles.T),
            order=order.astype(np.int64),
            starts=np.searchsorted(self.groups[order], np.arange(self.count + 1)).astype(np.int64),
            banned=banned,
            override_ids=none.astype(np.int32) if ids is None else ids,
            override_costs=none.astype(np.float32) if costs is None else np.minimum(costs, REFUSED),
        )
        self._tiles = problem.tiles
        self.pinned = problem.pinned if len(problem.pinned) else np.full(cells, -1)
        usable = np.bincount(self.groups, weights=~banned, minlength=self.count) > 0
        if not usable.any():
            raise InputError("all photos are banned; ban fewer")
        most = min(problem.limits.max_uses or cells, cells)
        self.capacity = np.where(usable, most, 0).astype(np.int64)
        self._named = np.zeros(self.count, np.bool_)
        self._named[self.groups[problem.required]] = True
        self.required: Flags = usable & problem.limits.use_all | self._named
        self._places, self._spacing = problem.places, problem.limits.min_spacing

    def uses_left(self) -> Uses:
        """Return how often groups may still be used beside the pinned photos, and which must be.

        If that leaves fewer uses than open cells, the capacity of all groups is increased.
        """
        pinned = self.pinned[self.pinned >= 0]
        used = np.bincount(self.groups[pinned], minlength=self.count)
        required = self.required & (used == 0)
        # No more than there are open cells; photos required by name come before the rest.
        order = np.argsort(~self._named, kind="stable")
        open_cells = len(self.pinned) - len(pinned)
        required[order[np.cumsum(required[order]) > open_cells]] = False
        # The auction would never end with fewer places than cells.
        while (left := np.maximum(self.capacity - used, 0)).sum() < open_cells:
            self.capacity[self.capacity > 0] += 1
        return Uses(left, required)

    def costs_of(self, cells: Ids) -> Costs:
        """Return the costs of some cells."""
        return self.costs._replace(
            patches=self.costs.patches[cells],
            override_ids=self.costs.override_ids[cells],
            override_costs=self.costs.override_costs[cells],
        )

    def pinned_cost(self) -> float:
        """Return the total distance of the pinned photos."""
        cells = np.flatnonzero(self.pinned >= 0)
        return float(self.distances(cells, self.pinned[cells]).sum())

    def pinned_placement(self, others: int = MOVABLE) -> Placement:
        """Return a placement of the pinned photos alone; `others` is the mobility elsewhere."""
        mobility = np.where(self.pinned >= 0, FIXED, others).astype(np.int8)
        uses = Uses(self.capacity, self.required)
        placement = empty_placement(self._places, self._spacing, uses, mobility)
        cells = np.flatnonzero(self.pinned >= 0)
        distances = self.distances(cells, self.pinned[cells])
        for cell, distance in zip(map(int, cells), distances, strict=True):
            photo = int(self.pinned[cell])
            place(placement, cell, int(self.groups[photo]), photo, float(distance))
        return placement

    def distances(self, cells: Ids, photos: Ids) -> Floats:
        """Return the distance of a photo to a patch, for each of some cells."""
        return exact_distances(self.costs.patches[cells], self._tiles, photos[:, None])[:, 0]

    def fill_ignoring_limits(self, placement: Placement, cells: Ids) -> None:
        """Fill cells that have no place within the limits with their closest photos."""
        for cell in cells:
            options = [group_cost(self.costs, cell, group) for group in range(self.count)]
            group = min(
                range(self.count),
                key=lambda g: (
                    self.capacity[g] == 0,
                    placement.counts[g] >= self.capacity[g],
                    options[g],
                ),
            )
            place(placement, cell, group, options[group][1], options[group][0])
