"""Reverse auction: every photo that must be used gets a cell.

After an auction in which cells bid for photos, the photos that must be used and are not, and those
priced above zero that have a place left again, bid for cells by lowering their own price
(Bertsekas and Castanon 1992, Computational Optimization and Applications 1).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from photomosaic.arrays import Floats, Ids, Ids32
from photomosaic.assignment.compiled import compiled
from photomosaic.assignment.costs import Costs, fill_row
from photomosaic.assignment.limits import Uses
from photomosaic.assignment.shortlist import Doubles, Shortlist
from photomosaic.progress import Progress

BIDS_AT_ONCE = 256
PROGRESS_MARKS = 50


class AuctionResult(NamedTuple):
    """The result of an auction.

    Attributes
    ----------
    groups, photos : ndarray of shape (cells,), int32
    costs : ndarray of shape (cells,), float32
    prices : ndarray of shape (G,), float64
        Infinite for groups that may not be used.
    shortlist : Shortlist
    """

    groups: Ids32
    photos: Ids32
    costs: Floats
    prices: Doubles
    shortlist: Shortlist


class ReverseAuction(NamedTuple):
    """The state of a reverse auction; its arrays are changed in place.

    Attributes
    ----------
    costs, costs_by_photo : Costs
        The second with cells and photos exchanged.
    uses : Uses
    result : AuctionResult
    values : ndarray of shape (cells,), float64
        The least cost plus price that each cell can have.
    counts : ndarray of shape (G,), int64
        How often each group is used.
    """

    costs: Costs
    costs_by_photo: Costs
    uses: Uses
    result: AuctionResult
    values: Doubles
    counts: Ids


def fill_required(
    costs: Costs, uses: Uses, step: float, result: AuctionResult, progress: Progress
) -> bool:
    """Change a result in place so that required groups are used, and priced ones to their capacity.

    Prices of groups that are used only because they must be fall below zero.

    Parameters
    ----------
    costs : Costs
    uses : Uses
    step : float
        The least by which a price falls.
    result : AuctionResult
    progress : Progress

    Returns
    -------
    bool
        Whether anything had to be changed.
    """
    counts = np.bincount(result.groups, minlength=len(uses.capacity))
    # A group below its capacity may have no price, or the total is too high.
    unsold = (counts < uses.capacity) & (result.prices > 0)
    queue = np.flatnonzero(unsold | uses.required & (counts == 0)).astype(np.int64)
    if not len(queue):
        return False
    values = result.costs + result.prices[result.groups]
    auction = ReverseAuction(costs, _by_photo(costs), uses, result, values, counts=counts)
    marks = range(PROGRESS_MARKS, -1, -1)
    missing = len(queue)
    for mark in progress(marks, total=len(marks), what="using all photos", unit="step"):
        while len(queue) > missing * mark / len(marks):
            queue = _bid_for_cells(queue, step, auction)
    return True


def _by_photo(costs: Costs) -> Costs:
    """Return the costs with cells and photos exchanged, without bans and overrides."""
    cells, photos = len(costs.patches), costs.tiles.shape[1]
    return Costs(
        patches=np.ascontiguousarray(costs.tiles.T),
        tiles=np.ascontiguousarray(costs.patches.T),
        order=np.arange(cells),
        starts=np.arange(cells + 1),
        banned=np.zeros(cells, np.bool_),
        override_ids=np.empty((photos, 0), np.int32),
        override_costs=np.empty((photos, 0), np.float32),
    )


@compiled
def _bid_for_cells(queue: Ids, step: float, auction: ReverseAuction) -> Ids:
    """Let a number of groups bid in turn; return those that must bid again."""
    uses, counts, values = auction.uses, auction.counts, auction.values
    groups, paid, prices = auction.result.groups, auction.result.costs, auction.result.prices
    waiting = np.empty(len(queue) + 2 * BIDS_AT_ONCE, np.int64)
    waiting[: len(queue)] = queue
    head, tail = 0, len(queue)
    row = np.empty(len(groups), np.float32)
    least, member = np.empty(len(groups), np.float32), np.empty(len(groups), np.int32)
    while head < tail and head < BIDS_AT_ONCE:
        group = waiting[head]
        head += 1
        must = uses.required[group] and counts[group] == 0
        if not must and (prices[group] <= 0 or counts[group] == uses.capacity[group]):
            continue
        _cost_in_cells(auction, group, row, least, member)
        cell, best, second = _best_offer(group, groups, least, values)
        if cell < 0:
            continue
        price = second - step
        if not must and price < 0:
            price = 0.0
        prices[group] = min(prices[group], price)
        if not must:
            for i in range(len(groups)):
                if groups[i] == group:
                    values[i] = min(values[i], paid[i] + prices[group])
            if best < prices[group]:
                continue
        loser = np.int64(groups[cell])
        counts[loser] -= 1
        counts[group] += 1
        groups[cell], auction.result.photos[cell], paid[cell] = group, member[cell], least[cell]
        values[cell] = least[cell] + prices[group]
        for changed in (loser, group):
            waiting[tail] = changed
            tail += 1
    return waiting[head:tail].copy()


@compiled
def _cost_in_cells(
    auction: ReverseAuction, group: int, row: Floats, least: Floats, member: Ids32
) -> None:
    """Write the cost of a group in each cell into `least`, and its cheapest photo into `member`.

    `row`, shape (cells,), is used as scratch.
    """
    costs = auction.costs
    least[:] = np.float32(np.inf)
    member[:] = costs.order[costs.starts[group]]
    for m in range(costs.starts[group], costs.starts[group + 1]):
        photo = costs.order[m]
        if costs.banned[photo]:
            continue
        fill_row(auction.costs_by_photo, photo, row)
        for n in range(costs.override_ids.shape[1]):
            for i in range(len(row)):
                if costs.override_ids[i, n] == photo:
                    row[i] = costs.override_costs[i, n]
        for i in range(len(row)):
            if row[i] < least[i]:
                least[i], member[i] = row[i], photo


@compiled
def _best_offer(
    group: int, groups: Ids32, least: Floats, values: Doubles
) -> tuple[int, float, float]:
    """Return the cell that gains most by taking a group for nothing, its gain, and the next."""
    cell, best, second = -1, -np.inf, -np.inf
    for i in range(len(groups)):
        if groups[i] == group:
            continue
        gain = values[i] - least[i]
        if gain > best:
            cell, best, second = i, gain, best
        elif gain > second:
            second = gain
    return cell, best, second if np.isfinite(second) else best
