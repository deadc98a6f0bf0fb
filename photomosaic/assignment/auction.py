"""How often each photo may be used, kept at nearly the least total cost: an auction.

Cells bid for photos; a photo that is used as often as it may be goes to those who bid most. Each
ends up with one that is, at its price, within `step` of the best for it, so that the total is
within cells * step of the least possible (Bertsekas 1988, Annals of Operations Research 14; for
photos with several places, Bertsekas and Castanon 1989, Parallel Computing 12). The prices prove
it: they give a bound that no assignment can beat.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from photomosaic.arrays import Floats, Ids
from photomosaic.assignment.compiled import compiled
from photomosaic.assignment.costs import Costs
from photomosaic.assignment.reverse_auction import Flags, Sale, fill_required
from photomosaic.assignment.shortlist import Doubles, Shortlist, empty_shortlist, widen
from photomosaic.progress import Progress

# A coarse round first, whose prices are lowered a little to start the fine one, takes a fraction
# of the time of a fine round alone. Steps are shares of the mean cost of a cell.
COARSE_STEP, FINE_STEP = 0.08, 0.006
LOWERED_BY_STEPS = 3.0
SMALLEST_STEP = 1e-6
# How far the total may be above the bound, as a share of it; finer rounds follow until it is not.
PROMISED_GAP = 0.012
FINER_BY = 4
# More than what the rounding of costs to 24 bits can add up to.
ROUNDING = 2e-6


class Market(NamedTuple):
    """The state of an auction.

    Attributes
    ----------
    capacity : ndarray of shape (G,), int64
        How often each group may be used.
    prices : ndarray of shape (G,), float64
        What the next cell has to pay.
    roots, counts : ndarray of shape (G,), int64
        The cell of the lowest bid among those that hold a group, -1 for none; how many do.
    bids : ndarray of shape (cells,), float64
    left, right : ndarray of shape (cells,), int64
        A skew heap for each group, whose nodes are the cells that hold it (Sleator and Tarjan
        1986, SIAM Journal on Computing 15).
    held : ndarray of shape (cells,), int64
        Place in the cell's shortlist, -1 for none.
    """

    capacity: Ids
    prices: Doubles
    roots: Ids
    counts: Ids
    bids: Doubles
    left: Ids
    right: Ids
    held: Ids


def auction(
    costs: Costs,
    capacity: Ids,
    required: Flags,
    rng: np.random.Generator,
    progress: Progress,
) -> Sale:
    """Assign a group to each cell at a total cost within `PROMISED_GAP` of the least possible.

    Costs whose mean is below `SMALLEST_STEP` count as nothing.

    Parameters
    ----------
    costs : Costs
    capacity : ndarray of shape (G,), int64
        How often each group may be used; together at least the number of cells.
    required : ndarray of shape (G,), bool
        Groups that are to be used at least once; no more than cells.
    rng : Generator
        Shuffles the cells, so that none has a better place in the queue by where it lies.
    progress : Progress
    """
    cells, groups = len(costs.patches), len(capacity)
    shortlist = empty_shortlist(cells, groups)
    prices = np.where(capacity > 0, 0.0, np.inf)
    queue = rng.permutation(cells)
    widen(queue, costs, prices, shortlist, progress)
    before = _step(COARSE_STEP, shortlist.costs)
    held = (shortlist.costs + prices[shortlist.groups]).argmin(axis=1)
    sale = _sale(held, prices, shortlist)
    contested = bool((np.bincount(sale.groups, minlength=groups) > capacity).any())
    if contested:
        sale = _hold_auction(prices, capacity, queue, before, costs, shortlist)
    step = min(before, _step(FINE_STEP, sale.costs))
    while True:
        if contested:
            sale = _refined(sale, capacity, queue, (before, step), costs)
        if fill_required(costs, capacity, required, step, sale, progress):
            widen(queue, costs, sale.prices, shortlist, progress)  # prices fell, and floors too
        gap = sale.costs.sum(dtype=np.float64) - lower_bound(capacity, required, sale)
        if gap <= PROMISED_GAP * sale.costs.sum(dtype=np.float64) or step <= SMALLEST_STEP:
            return sale
        before, step, contested = step, max(SMALLEST_STEP, step / FINER_BY), True


def lower_bound(capacity: Ids, required: Flags, sale: Sale) -> float:
    """Return a total cost that no assignment within the limits can beat.

    It is the dual of the assignment problem at the prices: each cell pays the least cost plus
    price, and each group takes its price as often as it is used, at most or at least.
    """
    prices, shortlist = sale.prices, sale.shortlist
    best = (shortlist.costs + prices[shortlist.groups]).min(axis=1, initial=np.inf)
    paid = np.minimum(best, shortlist.floors).sum()
    taken = np.where(prices > 0, capacity, required) * np.where(capacity > 0, prices, 0)
    return float((1 - ROUNDING) * (paid - taken.sum()))


def _step(share: float, costs: Floats) -> float:
    finite = costs[np.isfinite(costs)]
    mean = float(finite.mean(dtype=np.float64)) if finite.size else 0.0
    return max(SMALLEST_STEP, share * mean)


def _sale(held: Ids, prices: Doubles, shortlist: Shortlist) -> Sale:
    rows = np.arange(len(held))
    return Sale(
        shortlist.groups[rows, held],
        shortlist.photos[rows, held],
        shortlist.costs[rows, held],
        prices,
        shortlist,
    )


def _refined(
    sale: Sale, capacity: Ids, queue: Ids, steps: tuple[float, float], costs: Costs
) -> Sale:
    """Hold another auction with the second of two steps, at the prices of that with the first."""
    lowered = np.maximum(0, sale.prices - LOWERED_BY_STEPS * steps[0])
    usable = capacity > 0
    sale.shortlist.floors[:] -= (sale.prices[usable] - lowered[usable]).max()
    return _hold_auction(lowered, capacity, queue, steps[1], costs, sale.shortlist)


def _hold_auction(
    prices: Doubles,
    capacity: Ids,
    queue: Ids,
    step: float,
    costs: Costs,
    shortlist: Shortlist,
) -> Sale:
    cells, groups = len(shortlist.floors), len(prices)
    market = Market(
        capacity,
        prices,
        np.full(groups, -1),
        np.zeros(groups, np.int64),
        np.zeros(cells),
        np.full(cells, -1),
        np.full(cells, -1),
        np.full(cells, -1),
    )
    short = np.empty(cells, np.int64)
    while len(queue):
        count = _bid(queue, step, market, shortlist, short)
        queue = short[:count].copy()
        widen(queue, costs, prices, shortlist, None)
    return _sale(market.held, prices, shortlist)


@compiled
def _bid(queue: Ids, step: float, market: Market, shortlist: Shortlist, short: Ids) -> int:
    """Let the cells of a queue bid, and those that they outbid, until none is left.

    Cells whose shortlist does not hold the two best groups at today's prices are put into `short`,
    and their number is returned.
    """
    ring = np.empty(len(market.held), np.int64)
    ring[: len(queue)] = queue
    head, waiting, shorts = 0, len(queue), 0
    while waiting:
        cell = ring[head]
        head, waiting = (head + 1) % len(ring), waiting - 1
        best = second = np.inf
        at = -1
        for m in range(shortlist.groups.shape[1]):
            value = shortlist.costs[cell, m] + market.prices[shortlist.groups[cell, m]]
            if value < best or at < 0:
                best, second, at = value, best, m
            elif value < second:
                second = value
        if second > shortlist.floors[cell]:
            short[shorts] = cell
            shorts += 1
            continue
        margin = second - best if np.isfinite(second) else 0.0
        market.held[cell] = at
        outbid = _take(market, cell, shortlist.groups[cell, at], margin + step)
        if outbid >= 0:
            ring[(head + waiting) % len(ring)] = outbid
            waiting += 1
    return shorts


@compiled
def _take(market: Market, cell: int, group: int, raise_by: float) -> int:
    """Give a cell a place in a group; return the cell that had it, or -1."""
    market.bids[cell] = market.prices[group] + raise_by
    market.left[cell] = market.right[cell] = -1
    lowest, outbid = market.roots[group], -1
    if market.counts[group] == market.capacity[group]:
        outbid = lowest
        market.held[outbid] = -1
        lowest = _merge(market, market.left[outbid], market.right[outbid])
    else:
        market.counts[group] += 1
    market.roots[group] = lowest = _merge(market, lowest, cell)
    full = market.counts[group] == market.capacity[group]
    if full:
        market.prices[group] = market.bids[lowest]
    return outbid


@compiled
def _merge(market: Market, a: int, b: int) -> int:
    """Merge two heaps of cells, either of which may be empty (-1), and return the root."""
    if a < 0:
        return b
    if b < 0:
        return a
    if _is_below(market, b, a):
        a, b = b, a
    root = a
    while True:
        rest = market.right[a]
        market.right[a] = market.left[a]
        if rest < 0:
            market.left[a] = b
            return root
        if _is_below(market, b, rest):
            b, rest = rest, b
        market.left[a] = rest
        a = rest


@compiled
def _is_below(market: Market, a: int, b: int) -> bool:
    return market.bids[a] < market.bids[b] or (market.bids[a] == market.bids[b] and a < b)
