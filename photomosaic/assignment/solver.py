"""Solves assignment problems: auction, greedy placement, ejection chains, then local search.

Slow to load, since its loops are compiled: import it only where limits are asked for.
"""

from __future__ import annotations

import numpy as np

from photomosaic.arrays import Ids
from photomosaic.assignment.auction import auction, lower_bound
from photomosaic.assignment.ejection_chains import fill_by_ejection
from photomosaic.assignment.greedy import (
    cheapest_cell,
    place_allowed,
    place_greedily,
    regrets,
    replace_photo,
)
from photomosaic.assignment.group_problem import REFUSED, GroupProblem
from photomosaic.assignment.local_search import LocalSearch, improve
from photomosaic.assignment.placement import FIXED, MOVABLE, RELUCTANT, Placement
from photomosaic.assignment.problem import Problem, Solution
from photomosaic.assignment.shortlist import Shortlist, empty_shortlist, refresh
from photomosaic.progress import Work, silent

ORDER_SEED = 0


def solve(problem: Problem, work: Work | None = None) -> Solution:
    """Assign a photo to each cell at nearly the least total distance within the limits.

    The position of a cell makes no difference. Where the limits cannot be kept, as few places as
    possible break them; a cell is never left empty.
    """
    progress = (work or Work()).progress
    inner, cells = GroupProblem(problem), len(problem.patches)
    rng = np.random.default_rng(ORDER_SEED)
    open_cells = np.flatnonzero(inner.pinned < 0)
    uses = inner.uses_left()
    result = auction(inner.costs_of(open_cells), uses, rng, progress)
    least = lower_bound(uses, result) + inner.pinned_cost()
    bound = least if (result.costs < REFUSED).all() else None
    placement = inner.pinned_placement()
    start = np.full(cells, -1, np.int32)
    start[open_cells] = result.groups
    shortlist = _of_all_cells(result.shortlist, open_cells, cells)
    regret = regrets(result.shortlist, result.prices)
    order = open_cells[np.lexsort((rng.permutation(len(open_cells)), -regret))]
    left = place_greedily(placement, start, order, inner.costs, shortlist)
    left = fill_by_ejection(placement, left, inner.costs)
    inner.fill_ignoring_limits(placement, left)
    if problem.limits.min_spacing > 1:
        improve(LocalSearch(placement, inner.costs, shortlist, result.prices), rng, progress)
    inner.fill_ignoring_limits(placement, np.flatnonzero(placement.groups < 0))
    return Solution(placement.photos.astype(np.int64), bound)


def complete(problem: Problem, ids: Ids, work: Work | None = None) -> Ids:
    """Fill the open cells (-1) of an assignment, and use the required photos.

    All other cells stay as they are, unless a limit cannot be kept otherwise.
    """
    progress = (work or Work()).progress
    inner, cells = GroupProblem(problem), len(ids)
    placement = inner.pinned_placement(RELUCTANT)
    # Photos for which a new pin leaves no room are removed as well.
    kept = np.flatnonzero((ids >= 0) & (inner.pinned < 0))
    distances = inner.distances(kept, ids[kept])
    place_allowed(placement, kept, inner.groups[ids[kept]], ids[kept], distances)
    open_cells = np.flatnonzero(placement.groups < 0)
    placement.mobility[open_cells] = MOVABLE
    shortlist = empty_shortlist(len(open_cells), inner.count)
    prices = np.where(inner.capacity > 0, 0.0, np.inf)
    refresh(np.arange(len(open_cells)), inner.costs_of(open_cells), prices, shortlist, progress)
    order = open_cells[np.argsort(-regrets(shortlist, prices), kind="stable")]
    start = np.full(cells, -1, np.int32)
    if len(open_cells):
        start[open_cells] = shortlist.groups[
            np.arange(len(open_cells)), (shortlist.costs + prices[shortlist.groups]).argmin(axis=1)
        ]
    shortlist = _of_all_cells(shortlist, open_cells, cells)
    left = place_greedily(placement, start, order, inner.costs, shortlist)
    inner.fill_ignoring_limits(placement, fill_by_ejection(placement, left, inner.costs))
    search = LocalSearch(placement, inner.costs, shortlist, np.zeros(inner.count))
    improve(search, np.random.default_rng(ORDER_SEED), silent)
    _use_required(inner, placement)
    inner.fill_ignoring_limits(placement, np.flatnonzero(placement.groups < 0))
    return placement.photos.astype(np.int64)


def _use_required(inner: GroupProblem, placement: Placement) -> None:
    for group in map(int, np.flatnonzero(inner.required & (placement.counts == 0))):
        cell, photo, cost = cheapest_cell(placement, group, inner.costs)
        if cell >= 0:
            replace_photo(placement, cell, group, photo, cost)
            placement.mobility[cell] = FIXED


def _of_all_cells(shortlist: Shortlist, cells: Ids, count: int) -> Shortlist:
    """Return the shortlist of some cells as one of all `count` cells."""
    if len(cells) == count:
        return shortlist
    whole = empty_shortlist(count, shortlist.groups.shape[1])
    whole.costs[:] = np.inf
    k = whole.groups.shape[1]
    whole.groups[cells] = shortlist.groups[:, :k]
    whole.photos[cells] = shortlist.photos[:, :k]
    whole.costs[cells] = shortlist.costs[:, :k]
    return whole
