"""Photos for all cells at once, within limits: the auction, then spacing, then what is left.

Heavy to load, since its loops are compiled: import it where limits are asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from photomosaic.arrays import Floats, Ids, Ids32
from photomosaic.assignment.auction import auction, lower_bound
from photomosaic.assignment.costs import Costs, group_cost
from photomosaic.assignment.ejection_chains import force
from photomosaic.assignment.greedy import cheapest_place, keep, lay_out, place_at, regrets
from photomosaic.assignment.limits import Limits
from photomosaic.assignment.local_search import improve
from photomosaic.assignment.placement import FREE, NEVER, RATHER_NOT, Board, empty_board, place
from photomosaic.assignment.reverse_auction import Flags
from photomosaic.assignment.shortlist import Shortlist, empty_shortlist, widen
from photomosaic.errors import InputError
from photomosaic.matching.search import exact_distances
from photomosaic.progress import Progress, silent

ORDER_SEED = 0
# The cost of what is not to be, far above all distances: a cell may have nothing else left.
REFUSED = np.float32(1e6)


def _no_ids() -> Ids:
    return np.empty(0, np.int64)


@dataclass(frozen=True)
class Problem:
    """What is to be assigned, and within which limits.

    Attributes
    ----------
    patches : ndarray of shape (cells, D), float32
    tiles : ndarray of shape (N, D), float32
    shape : (int, int)
        Rows and columns.
    limits : Limits
        Feasible ones.
    groups : ndarray of shape (N,), int64, or None
        Photos of the same number, 0 to G - 1, count as one; None if each is its own.
    banned, required : ndarray of int64
        Photos that are not to be used; that are to be used at least once.
    pinned : ndarray of shape (cells,), int64
        Photo that has to lie in each cell, -1 for any.
    own_ids, own_costs : ndarray of shape (cells, m), int32, float32
        Photos that cost something else in a cell than their distance, infinity if they are not
        to lie there; -1 for none.
    """

    patches: Floats
    tiles: Floats
    shape: tuple[int, int]
    limits: Limits
    groups: Ids | None = None
    banned: Ids = field(default_factory=_no_ids)
    required: Ids = field(default_factory=_no_ids)
    pinned: Ids = field(default_factory=_no_ids)
    own_ids: Ids32 | None = None
    own_costs: Floats | None = None


@dataclass(frozen=True)
class Solution:
    """Photos for all cells.

    Attributes
    ----------
    ids : ndarray of shape (cells,), int64
    bound : float or None
        A total distance that no assignment can beat; with spacing, that without it. None if a cell
        had to take a photo that is not to lie there.
    """

    ids: Ids
    bound: float | None


def solve(problem: Problem, progress: Progress = silent) -> Solution:
    """Assign a photo to each cell at nearly the least total distance within the limits.

    Nothing depends on where a cell lies. Where the limits cannot be kept, as few places as
    possible break them; a cell is never left empty.
    """
    setting = _Setting(problem)
    rng = np.random.default_rng(ORDER_SEED)
    open_cells = np.flatnonzero(setting.pinned < 0)
    capacity, needed = setting.left_for(setting.pinned[setting.pinned >= 0])
    inner = setting.costs_of(open_cells)
    sale = auction(inner, capacity, needed, rng, progress)
    least = lower_bound(capacity, needed, sale) + setting.pinned_cost()
    bound = least if (sale.costs < REFUSED).all() else None
    board = setting.board()
    start = np.full(len(problem.patches), -1, np.int32)
    start[open_cells] = sale.groups
    shortlist = _spread(sale.shortlist, open_cells, len(problem.patches))
    regret = regrets(sale.shortlist, sale.prices)
    order = open_cells[np.lexsort((rng.permutation(len(open_cells)), -regret))]
    left = lay_out(board, start, order, setting.costs, shortlist)
    left = force(board, left, setting.costs)
    setting.fill_regardless(board, left)
    if problem.limits.min_spacing > 1:
        improve(board, setting.costs, shortlist, sale.prices, rng, progress)
    setting.fill_regardless(board, np.flatnonzero(board.groups < 0))
    return Solution(board.photos.astype(np.int64), bound)


def mend(problem: Problem, ids: Ids, progress: Progress = silent) -> Ids:
    """Fill the open cells (-1) of an assignment, and see that required photos are used.

    All other cells stay as they are, unless a limit cannot be kept otherwise.
    """
    setting = _Setting(problem)
    board = setting.board(RATHER_NOT)
    # What a new pin leaves no room for is open as well.
    kept = np.flatnonzero((ids >= 0) & (setting.pinned < 0))
    keep(board, kept, setting.groups[ids[kept]], ids[kept], setting.distances(kept, ids[kept]))
    open_cells = np.flatnonzero(board.groups < 0)
    board.fixed[open_cells] = FREE
    inner = setting.costs_of(open_cells)
    shortlist = empty_shortlist(len(open_cells), setting.count)
    prices = np.where(setting.capacity > 0, 0.0, np.inf)
    widen(np.arange(len(open_cells)), inner, prices, shortlist, progress)
    regret = regrets(shortlist, prices)
    order = open_cells[np.argsort(-regret, kind="stable")]
    start = np.full(len(ids), -1, np.int32)
    if len(open_cells):
        start[open_cells] = shortlist.groups[
            np.arange(len(open_cells)), (shortlist.costs + prices[shortlist.groups]).argmin(axis=1)
        ]
    spread = _spread(shortlist, open_cells, len(ids))
    left = lay_out(board, start, order, setting.costs, spread)
    setting.fill_regardless(board, force(board, left, setting.costs))
    rng = np.random.default_rng(ORDER_SEED)
    improve(board, setting.costs, spread, np.zeros(setting.count), rng, silent)
    _use_required(setting, board)
    setting.fill_regardless(board, np.flatnonzero(board.groups < 0))
    return board.photos.astype(np.int64)


class _Setting:
    """A problem in terms of groups."""

    def __init__(self, problem: Problem) -> None:
        cells, photos = len(problem.patches), len(problem.tiles)
        everyone = np.arange(photos)
        self.groups: Ids = everyone if problem.groups is None else problem.groups.copy()
        if problem.groups is not None and len(problem.required):
            # Just these photos have to be used, not others like them.
            self.groups[problem.required] = photos + np.arange(len(problem.required))
            self.groups = np.unique(self.groups, return_inverse=True)[1].astype(np.int64)
        self.count = int(self.groups.max()) + 1
        order = np.argsort(self.groups, kind="stable")
        starts = np.searchsorted(self.groups[order], np.arange(self.count + 1))
        banned = np.zeros(photos, np.bool_)
        banned[problem.banned] = True
        nobody = np.empty((cells, 0))
        own_ids, own_costs = problem.own_ids, problem.own_costs
        self.costs = Costs(
            problem.patches,
            np.ascontiguousarray(problem.tiles.T),
            order.astype(np.int64),
            starts.astype(np.int64),
            banned,
            nobody.astype(np.int32) if own_ids is None else own_ids,
            nobody.astype(np.float32) if own_costs is None else np.minimum(own_costs, REFUSED),
        )
        self._tiles = problem.tiles
        self.pinned = problem.pinned if len(problem.pinned) else np.full(cells, -1)
        usable = np.bincount(self.groups, weights=~banned, minlength=self.count) > 0
        if not usable.any():
            raise InputError("every photo is banned; leave some")
        uses = problem.limits.max_uses or cells
        self.capacity = np.where(usable, min(uses, cells), 0).astype(np.int64)
        self._named = np.zeros(self.count, np.bool_)
        self._named[self.groups[problem.required]] = True
        self.needed: Flags = usable & problem.limits.use_all | self._named
        self._shape, self._spacing = problem.shape, problem.limits.min_spacing

    def left_for(self, pinned: Ids) -> tuple[Ids, Flags]:
        """Return how often groups may still be used once photos are pinned, and which have to."""
        used = np.bincount(self.groups[pinned], minlength=self.count)
        needed = self.needed & (used == 0)
        # No more than there are open cells; those that are named come before the rest.
        order = np.argsort(~self._named, kind="stable")
        open_cells = len(self.pinned) - len(pinned)
        needed[order[np.cumsum(needed[order]) > open_cells]] = False
        # The auction would never end with fewer places than cells.
        while (left := np.maximum(self.capacity - used, 0)).sum() < open_cells:
            self.capacity[self.capacity > 0] += 1
        return left, needed

    def costs_of(self, cells: Ids) -> Costs:
        """Return the costs of some cells."""
        return self.costs._replace(
            patches=self.costs.patches[cells],
            own_ids=self.costs.own_ids[cells],
            own_costs=self.costs.own_costs[cells],
        )

    def pinned_cost(self) -> float:
        """Return the total distance of what is pinned."""
        cells = np.flatnonzero(self.pinned >= 0)
        return float(self.distances(cells, self.pinned[cells]).sum())

    def board(self, others: int = FREE) -> Board:
        """Return a board on which lies what is pinned."""
        fixed = np.where(self.pinned >= 0, NEVER, others).astype(np.int8)
        board = empty_board(self._shape, self._spacing, self.capacity, self.needed, fixed)
        cells = np.flatnonzero(self.pinned >= 0)
        distances = self.distances(cells, self.pinned[cells])
        for cell, distance in zip(map(int, cells), distances, strict=True):
            photo = int(self.pinned[cell])
            place(board, cell, int(self.groups[photo]), photo, float(distance))
        return board

    def distances(self, cells: Ids, photos: Ids) -> Floats:
        """Return the distance of a photo to a patch, for each of some cells."""
        return exact_distances(self.costs.patches[cells], self._tiles, photos[:, None])[:, 0]

    def fill_regardless(self, board: Board, cells: Ids) -> None:
        """Fill cells for which no place within the limits was found by what is closest."""
        for cell in cells:
            options = [group_cost(self.costs, cell, group) for group in range(self.count)]
            group = min(
                range(self.count),
                key=lambda g: (
                    self.capacity[g] == 0,
                    board.counts[g] >= self.capacity[g],
                    options[g],
                ),
            )
            place(board, cell, group, options[group][1], options[group][0])


def _use_required(setting: _Setting, board: Board) -> None:
    for group in map(int, np.flatnonzero(setting.needed & (board.counts == 0))):
        cells = np.arange(len(board.groups))
        cell, photo, cost = cheapest_place(board, group, setting.costs, cells)
        if cell >= 0:
            place_at(board, cell, group, photo, cost)
            board.fixed[cell] = NEVER


def _spread(shortlist: Shortlist, cells: Ids, count: int) -> Shortlist:
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
