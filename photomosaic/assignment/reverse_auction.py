"""Every photo that has to be used finds a cell: an auction the other way round.

After an auction in which cells bid for photos, those photos that have to be used and are not, and
those that were priced above zero and have a place left again, bid for cells by lowering their own
price (Bertsekas and Castanon 1992, Computational Optimization and Applications 1).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from photomosaic.arrays import Floats, Ids, Ids32
from photomosaic.assignment.compiled import compiled
from photomosaic.assignment.costs import Costs, fill_row
from photomosaic.assignment.shortlist import Doubles, Shortlist
from photomosaic.progress import Progress

BIDS_AT_ONCE = 256
PROGRESS_MARKS = 50

Flags = npt.NDArray[np.bool_]


class Sale(NamedTuple):
    """What came of an auction.

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


def fill_required(
    costs: Costs,
    capacity: Ids,
    required: Flags,
    step: float,
    sale: Sale,
    progress: Progress,
) -> bool:
    """Change a sale in place so that required groups are used, and priced ones up to their limit.

    Prices of groups that are used only because they have to be fall below zero.

    Parameters
    ----------
    costs : Costs
    capacity, required : ndarray of shape (G,), int64, bool
    step : float
        The least by which a price falls.
    sale : Sale
    progress : Progress

    Returns
    -------
    bool
        Whether anything had to be changed.
    """
    counts = np.bincount(sale.groups, minlength=len(capacity))
    # A group that nobody took up to its limit may have no price, or the total is too high.
    unsold = (counts < capacity) & (sale.prices > 0)
    queue = np.flatnonzero(unsold | required & (counts == 0)).astype(np.int64)
    if not len(queue):
        return False
    by_photo = _turned(costs)
    worth = sale.costs + sale.prices[sale.groups]
    marks = range(PROGRESS_MARKS, -1, -1)
    missing = len(queue)
    for mark in progress(marks, total=len(marks), what="using all photos", unit="step"):
        while len(queue) > missing * mark / len(marks):
            queue = _bid_for_cells(
                queue, step, costs, by_photo, capacity, required, sale, worth, counts
            )
    return True


def _turned(costs: Costs) -> Costs:
    """Return the costs with photos as cells, and cells as photos."""
    cells, photos = len(costs.patches), costs.tiles.shape[1]
    return Costs(
        np.ascontiguousarray(costs.tiles.T),
        np.ascontiguousarray(costs.patches.T),
        np.arange(cells),
        np.arange(cells + 1),
        np.zeros(cells, np.bool_),
        np.empty((photos, 0), np.int32),
        np.empty((photos, 0), np.float32),
    )


@compiled
def _bid_for_cells(
    queue: Ids,
    step: float,
    costs: Costs,
    by_photo: Costs,
    capacity: Ids,
    required: Flags,
    sale: Sale,
    worth: Doubles,
    counts: Ids,
) -> Ids:
    """Let a number of groups bid in turn; return the groups that still have to."""
    groups, paid, prices = sale.groups, sale.costs, sale.prices
    waiting = np.empty(len(queue) + 2 * BIDS_AT_ONCE, np.int64)
    waiting[: len(queue)] = queue
    head, tail = 0, len(queue)
    row = np.empty(len(groups), np.float32)
    least, member = np.empty(len(groups), np.float32), np.empty(len(groups), np.int32)
    while head < tail and head < BIDS_AT_ONCE:
        group = waiting[head]
        head += 1
        has_to = required[group] and counts[group] == 0
        if not has_to and (prices[group] <= 0 or counts[group] == capacity[group]):
            continue
        _column(costs, by_photo, group, row, least, member)
        cell, best, second = _best_offer(group, groups, least, worth)
        if cell < 0:
            continue
        price = second - step
        if not has_to and price < 0:
            price = 0.0
        prices[group] = min(prices[group], price)
        if not has_to:
            for i in range(len(groups)):
                if groups[i] == group:
                    worth[i] = min(worth[i], paid[i] + prices[group])
            if best < prices[group]:
                continue
        loser = np.int64(groups[cell])
        counts[loser] -= 1
        counts[group] += 1
        groups[cell], sale.photos[cell], paid[cell] = group, member[cell], least[cell]
        worth[cell] = least[cell] + prices[group]
        for changed in (loser, group):
            waiting[tail] = changed
            tail += 1
    return waiting[head:tail].copy()


@compiled
def _column(
    costs: Costs,
    by_photo: Costs,
    group: int,
    row: Floats,
    least: Floats,
    member: Ids32,
) -> None:
    """Write the cost of a group in each cell into `least`, and its cheapest photo there."""
    least[:] = np.float32(np.inf)
    member[:] = costs.order[costs.starts[group]]
    for m in range(costs.starts[group], costs.starts[group + 1]):
        photo = costs.order[m]
        if costs.banned[photo]:
            continue
        fill_row(by_photo, photo, row)
        for own in range(costs.own_ids.shape[1]):
            for i in range(len(row)):
                if costs.own_ids[i, own] == photo:
                    row[i] = costs.own_costs[i, own]
        for i in range(len(row)):
            if row[i] < least[i]:
                least[i], member[i] = row[i], photo


@compiled
def _best_offer(
    group: int, groups: Ids32, least: Floats, worth: Doubles
) -> tuple[int, float, float]:
    """Return the cell that gains most by taking a group for nothing, its gain, and the next."""
    cell, best, second = -1, -np.inf, -np.inf
    for i in range(len(groups)):
        if groups[i] == group:
            continue
        gain = worth[i] - least[i]
        if gain > best:
            cell, best, second = i, gain, best
        elif gain > second:
            second = gain
    return cell, best, second if np.isfinite(second) else best
