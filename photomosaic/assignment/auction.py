"""Auction: photos for all cells at nearly the least total cost, none used too often.

Cells bid for photos; a photo at its capacity goes to the highest bidders. At the end, the photo of
each cell is, at its price, within `step` of the best for that cell, so the total is within
cells * step of the least possible (Bertsekas 1988, Annals of Operations Research 14; for
photos with several places, Bertsekas and Castanon 1989, Parallel Computing 12). The prices prove
it: they give a bound that no assignment can beat.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from photomosaic.arrays import Floats, Ids
from photomosaic.assignment.compiled import compiled
from photomosaic.assignment.costs import Costs
from photomosaic.assignment.limits import Uses
from photomosaic.assignment.reverse_auction import AuctionResult, fill_required
from photomosaic.assignment.shortlist import Doubles, Shortlist, empty_shortlist, refresh
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


class AuctionState(NamedTuple):
    """The state of an auction.

    Attributes
    ----------
    capacity : ndarray of shape (G,), int64
        How often each group may be used.
    prices : ndarray of shape (G,), float64
        What the next cell must pay.
    roots, counts : ndarray of shape (G,), int64
        The cell of the lowest bid among those that hold a group, -1 for none; how many do.
    bids : ndarray of shape (cells,), float64
    left, right : ndarray of shape (cells,), int64
        A skew heap for each group, whose nodes are the cells that hold it (Sleator and Tarjan
        1986, SIAM Journal on Computing 15).
    choices : ndarray of shape (cells,), int64
        Place in the cell's shortlist, -1 for none.
    """

    capacity: Ids
    prices: Doubles
    roots: Ids
    counts: Ids
    bids: Doubles
    left: Ids
    right: Ids
    choices: Ids


def auction(
    costs: Costs, uses: Uses, rng: np.random.Generator, progress: Progress
) -> AuctionResult:
    """Assign a group to each cell at a total cost within `PROMISED_GAP` of the least possible.

    Costs whose mean is below `SMALLEST_STEP` count as nothing.

    Parameters
    ----------
    costs : Costs
    uses : Uses
        Capacity for at least all cells; no more required groups than cells.
    rng : Generator
        Shuffles the cells, so that the position of a cell gives it no advantage.
    progress : Progress
    """
    cells, capacity = len(costs.patches), uses.capacity
    shortlist = empty_shortlist(cells, len(capacity))
    prices = np.where(capacity > 0, 0.0, np.inf)
    queue = rng.permutation(cells)
    refresh(queue, costs, prices, shortlist, progress)
    before = _step(COARSE_STEP, shortlist.costs)
    choices = (shortlist.costs + prices[shortlist.groups]).argmin(axis=1)
    result = _result(choices, prices, shortlist)
    contested = bool((np.bincount(result.groups, minlength=len(capacity)) > capacity).any())
    if contested:
        result = _hold_auction(_start(capacity, prices, cells), queue, before, costs, shortlist)
    step = min(before, _step(FINE_STEP, result.costs))
    while True:
        if contested:
            result = _refined(result, capacity, queue, (before, step), costs)
        if fill_required(costs, uses, step, result, progress):
            refresh(queue, costs, result.prices, shortlist, progress)  # prices fell, and floors too
        gap = result.costs.sum(dtype=np.float64) - lower_bound(uses, result)
        if gap <= PROMISED_GAP * result.costs.sum(dtype=np.float64) or step <= SMALLEST_STEP:
            return result
        before, step, contested = step, max(SMALLEST_STEP, step / FINER_BY), True


def lower_bound(uses: Uses, result: AuctionResult) -> float:
    """Return a total cost that no assignment within the limits can beat.

    It is the dual of the assignment problem at the prices: each cell pays the least cost plus
    price, and each group takes its price as often as it is used, at most or at least.
    """
    prices, shortlist = result.prices, result.shortlist
    best = (shortlist.costs + prices[shortlist.groups]).min(axis=1, initial=np.inf)
    paid = np.minimum(best, shortlist.floors).sum()
    used = np.where(prices > 0, uses.capacity, uses.required)
    taken = used * np.where(uses.capacity > 0, prices, 0)
    return float((1 - ROUNDING) * (paid - taken.sum()))


def _step(share: float, costs: Floats) -> float:
    finite = costs[np.isfinite(costs)]
    mean = float(finite.mean(dtype=np.float64)) if finite.size else 0.0
    return max(SMALLEST_STEP, share * mean)


def _result(choices: Ids, prices: Doubles, shortlist: Shortlist) -> AuctionResult:
    rows = np.arange(len(choices))
    return AuctionResult(
        shortlist.groups[rows, choices],
        shortlist.photos[rows, choices],
        shortlist.costs[rows, choices],
        prices,
        shortlist,
    )


def _refined(
    result: AuctionResult, capacity: Ids, queue: Ids, steps: tuple[float, float], costs: Costs
) -> AuctionResult:
    """Hold another auction with the second of two steps, at the prices of that with the first."""
    lowered = np.maximum(0, result.prices - LOWERED_BY_STEPS * steps[0])
    usable = capacity > 0
    result.shortlist.floors[:] -= (result.prices[usable] - lowered[usable]).max()
    state = _start(capacity, lowered, len(queue))
    return _hold_auction(state, queue, steps[1], costs, result.shortlist)


def _start(capacity: Ids, prices: Doubles, cells: int) -> AuctionState:
    """Return the state before the first bid."""
    return AuctionState(
        capacity=capacity,
        prices=prices,
        roots=np.full(len(prices), -1),
        counts=np.zeros(len(prices), np.int64),
        bids=np.zeros(cells),
        left=np.full(cells, -1),
        right=np.full(cells, -1),
        choices=np.full(cells, -1),
    )


def _hold_auction(
    state: AuctionState, queue: Ids, step: float, costs: Costs, shortlist: Shortlist
) -> AuctionResult:
    short = np.empty(len(state.choices), np.int64)
    while len(queue):
        count = _bid(queue, step, state, shortlist, short)
        queue = short[:count].copy()
        refresh(queue, costs, state.prices, shortlist, None)
    return _result(state.choices, state.prices, shortlist)


@compiled
def _bid(queue: Ids, step: float, state: AuctionState, shortlist: Shortlist, short: Ids) -> int:
    """Let the cells of a queue bid, and those that they outbid, until none is left.

    Cells whose shortlist does not hold the two best groups at the current prices are put into
    `short`, and their number is returned.
    """
    ring = np.empty(len(state.choices), np.int64)
    ring[: len(queue)] = queue
    head, waiting, shorts = 0, len(queue), 0
    while waiting:
        cell = ring[head]
        head, waiting = (head + 1) % len(ring), waiting - 1
        best = second = np.inf
        at = -1
        for m in range(shortlist.groups.shape[1]):
            value = shortlist.costs[cell, m] + state.prices[shortlist.groups[cell, m]]
            if value < best or at < 0:
                best, second, at = value, best, m
            elif value < second:
                second = value
        if second > shortlist.floors[cell]:
            short[shorts] = cell
            shorts += 1
            continue
        margin = second - best if np.isfinite(second) else 0.0
        state.choices[cell] = at
        outbid = _take(state, cell, shortlist.groups[cell, at], margin + step)
        if outbid >= 0:
            ring[(head + waiting) % len(ring)] = outbid
            waiting += 1
    return shorts


@compiled
def _take(state: AuctionState, cell: int, group: int, raise_by: float) -> int:
    """Give a cell a place in a group; return the cell that had it, or -1."""
    state.bids[cell] = state.prices[group] + raise_by
    state.left[cell] = state.right[cell] = -1
    lowest, outbid = state.roots[group], -1
    if state.counts[group] == state.capacity[group]:
        outbid = lowest
        state.choices[outbid] = -1
        lowest = _merge(state, state.left[outbid], state.right[outbid])
    else:
        state.counts[group] += 1
    state.roots[group] = lowest = _merge(state, lowest, cell)
    full = state.counts[group] == state.capacity[group]
    if full:
        state.prices[group] = state.bids[lowest]
    return outbid


@compiled
def _merge(state: AuctionState, a: int, b: int) -> int:
    """Merge two heaps of cells, either of which may be empty (-1), and return the root."""
    if a < 0:
        return b
    if b < 0:
        return a
    if _is_below(state, b, a):
        a, b = b, a
    root = a
    while True:
        rest = state.right[a]
        state.right[a] = state.left[a]
        if rest < 0:
            state.left[a] = b
            return root
        if _is_below(state, b, rest):
            b, rest = rest, b
        state.left[a] = rest
        a = rest


@compiled
def _is_below(state: AuctionState, a: int, b: int) -> bool:
    return state.bids[a] < state.bids[b] or (state.bids[a] == state.bids[b] and a < b)
