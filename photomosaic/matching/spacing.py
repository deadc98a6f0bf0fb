"""Photos kept apart, and limits mended: moves on the board that cost least.

No cell has a better place in the queue by where it lies: those that lose most by giving way are
served first, and the rest is improved until no move of one photo, with those that have to give way
to it, makes the whole better.
"""

from __future__ import annotations

import numpy as np

from photomosaic.arrays import Floats, Ids, Ids32
from photomosaic.matching.board import FREE, NEVER, Board, is_free, lift, place, rivals
from photomosaic.matching.compiled import compiled
from photomosaic.matching.costs import Costs, group_cost, group_row
from photomosaic.matching.shortlist import Doubles, Shortlist
from photomosaic.progress import Progress

SWEEPS = 12
SMALLEST_GAIN = 0.0005
VICTIMS = 4
MOVES_TRIED = 32
SMALLEST_MOVE = 0.01
HOLDERS_TRIED = 8
EJECTIONS_PER_CELL = 4


def lay_out(board: Board, start: Ids32, order: Ids, costs: Costs, shortlist: Shortlist) -> Ids:
    """Lay the photos of an assignment out as far as the limits allow; return the open cells.

    Parameters
    ----------
    board : Board
        Its cells outside of `order` are laid out already.
    start : ndarray of shape (cells,), int32
        Group of each cell.
    order : ndarray of shape (n,), int64
        The cells to be laid out, in the order of what giving way would cost them.
    costs : Costs
    shortlist : Shortlist
    """
    left = _lay_out(board, start, order, costs)
    _fill_open(board, left, shortlist)
    return left[board.groups[left] < 0]


def regrets(shortlist: Shortlist, prices: Doubles) -> Doubles:
    """Return what each cell would lose by its second choice instead of its first."""
    values = shortlist.costs + np.where(np.isfinite(prices), prices, 0)[shortlist.groups]
    if values.shape[1] < 2:
        return np.zeros(len(values))
    two = np.partition(values, 1, axis=1)
    return np.asarray(np.nan_to_num(two[:, 1] - two[:, 0], posinf=np.inf), np.float64)


def improve(
    board: Board,
    costs: Costs,
    shortlist: Shortlist,
    prices: Doubles,
    rng: np.random.Generator,
    progress: Progress,
) -> None:
    """Move photos, with those that have to give way, until the total hardly falls any more.

    A cell only tries photos that are better for it even at their prices: the others are worth
    more elsewhere.
    """
    total = float(board.costs.sum(dtype=np.float64))
    movable = np.flatnonzero(board.fixed == FREE)
    for _ in progress(range(SWEEPS), total=SWEEPS, what="improving", unit="sweep"):
        gain = _improve(board, rng.permutation(movable), costs, shortlist, prices)
        if gain <= SMALLEST_GAIN * total:
            break


def force(board: Board, open_cells: Ids, costs: Costs) -> Ids:
    """Fill open cells by moving others out of the way, and those again; return who is left open.

    What is moved often becomes dearer to move, so that it does not go round in circles.
    """
    moved = np.zeros(len(board.groups), np.int64)
    budget = EJECTIONS_PER_CELL * len(board.groups) + 1000
    return _force(board, open_cells, costs, moved, budget)


@compiled
def keep(board: Board, cells: Ids, groups: Ids, photos: Ids, costs: Floats) -> None:
    """Lay photos into cells, as far as the limits allow."""
    found = np.empty(1, np.int64)
    for n in range(len(cells)):
        if is_free(board, cells[n], groups[n], found):
            place(board, cells[n], groups[n], photos[n], costs[n])


@compiled
def _lay_out(board: Board, start: Ids32, order: Ids, costs: Costs) -> Ids:
    left = np.empty(len(order), np.int64)
    count, found = 0, np.empty(1, np.int64)
    for cell in order:
        group = start[cell]
        if group >= 0 and is_free(board, cell, group, found):
            cost, photo = group_cost(costs, cell, group)
            place(board, cell, group, photo, cost)
        else:
            left[count] = cell
            count += 1
    return left[:count].copy()


@compiled
def _fill_open(board: Board, cells: Ids, shortlist: Shortlist) -> None:
    for cell in cells:
        at = _best_free(board, cell, shortlist, np.inf)
        if at >= 0:
            place(
                board,
                cell,
                shortlist.groups[cell, at],
                shortlist.photos[cell, at],
                shortlist.costs[cell, at],
            )


@compiled
def _best_free(board: Board, cell: int, shortlist: Shortlist, limit: float) -> int:
    """Return the place in the shortlist of the cheapest group that is free for a cell, or -1."""
    found = np.empty(1, np.int64)
    best, at = limit, -1
    for m in range(shortlist.groups.shape[1]):
        cost = shortlist.costs[cell, m]
        if cost < best and is_free(board, cell, shortlist.groups[cell, m], found):
            best, at = cost, m
    return at


@compiled
def _improve(
    board: Board, order: Ids, costs: Costs, shortlist: Shortlist, prices: Doubles
) -> float:
    gained = 0.0
    values = np.empty(shortlist.groups.shape[1], np.float64)
    for cell in order:
        old = board.groups[cell]
        if old < 0:
            continue
        current = board.costs[cell]
        limit = current + prices[old] - SMALLEST_MOVE * current
        for m in range(len(values)):
            group, cost = shortlist.groups[cell, m], shortlist.costs[cell, m]
            value = cost + prices[group]
            is_better = cost < current and value < limit and group != old
            values[m] = value if is_better else np.inf
        for _ in range(MOVES_TRIED):
            best = int(np.argmin(values))
            if not np.isfinite(values[best]):
                break
            values[best] = np.inf
            gain = _try_move(board, cell, best, costs, shortlist)
            if gain > 0:
                gained += gain
                break
    return gained


@compiled
def _try_move(board: Board, cell: int, m: int, costs: Costs, shortlist: Shortlist) -> float:
    """Move a cell to a listed group if that, with who has to give way, is a gain; return it."""
    group, old = shortlist.groups[cell, m], board.groups[cell]
    old_photo, old_cost = board.photos[cell], board.costs[cell]
    saved = old_cost - shortlist.costs[cell, m]
    victims = np.empty(VICTIMS, np.int64)
    number = _victims(board, cell, group, old, costs, victims)
    if number < 0:
        return 0.0
    taken = np.empty(number, np.int32)
    photos, paid = np.empty(number, np.int32), np.empty(number, np.float32)
    lift(board, cell)
    for v in range(number):
        victim = victims[v]
        taken[v], photos[v], paid[v] = group, board.photos[victim], board.costs[victim]
        lift(board, victim)
    place(board, cell, group, shortlist.photos[cell, m], shortlist.costs[cell, m])
    settled = 0
    for v in range(number):
        victim = victims[v]
        must_take_old = board.counts[old] < board.needed[old]
        new, photo, cost = _relocation(
            board, victim, old, must_take_old, costs, shortlist, paid[v] + saved
        )
        if new < 0:
            break
        saved -= cost - paid[v]
        place(board, victim, new, photo, cost)
        settled += 1
    if settled == number and saved > 1e-4 and board.counts[old] >= board.needed[old]:
        return float(saved)
    for v in range(settled):
        lift(board, victims[v])
    lift(board, cell)
    for v in range(number):
        place(board, victims[v], taken[v], photos[v], paid[v])
    place(board, cell, old, old_photo, old_cost)
    return 0.0


@compiled
def _victims(board: Board, cell: int, group: int, old: int, costs: Costs, victims: Ids) -> int:
    """Write who has to give way to a group in a cell; return the number, -1 if they cannot."""
    number = rivals(board, cell, group, victims)
    if number == len(victims):
        return -1
    for v in range(number):
        if board.fixed[victims[v]] != FREE:
            return -1
    if number == 0 and board.counts[group] >= board.capacity[group]:
        victims[0] = _holder_to_move(board, group, old, costs)
        return 1 if victims[0] >= 0 else -1
    return number


@compiled
def _holder_to_move(board: Board, group: int, old: int, costs: Costs) -> int:
    """Return the holder of a full group that would give way for least, taking `old` instead."""
    least, best, tried = np.inf, -1, 0
    holder = board.first[group]
    while holder >= 0 and tried < HOLDERS_TRIED:
        if board.fixed[holder] == FREE:
            more = group_cost(costs, holder, old)[0] - board.costs[holder]
            if more < least:
                least, best = more, holder
        holder = board.following[holder]
        tried += 1
    return best


@compiled
def _relocation(
    board: Board,
    cell: int,
    old: int,
    must_take_old: bool,
    costs: Costs,
    shortlist: Shortlist,
    limit: float,
) -> tuple[int, int, float]:
    """Return the cheapest group below `limit` that is free for an open cell, or -1."""
    found = np.empty(1, np.int64)
    group, photo, best = -1, -1, limit
    if not must_take_old:
        at = _best_free(board, cell, shortlist, limit)
        if at >= 0:
            group, photo = shortlist.groups[cell, at], shortlist.photos[cell, at]
            best = shortlist.costs[cell, at]
    if is_free(board, cell, old, found):
        cost, member = group_cost(costs, cell, old)
        if cost < best:
            return old, member, cost
    return group, photo, best


@compiled
def _force(board: Board, open_cells: Ids, costs: Costs, moved: Ids, budget: int) -> Ids:
    count = len(board.counts)
    row = np.empty(costs.tiles.shape[1], np.float32)
    least, members = np.empty(count, np.float32), np.empty(count, np.int32)
    found = np.empty(64, np.int64)
    queue = np.empty(len(board.groups) + 1, np.int64)
    queue[: len(open_cells)] = open_cells
    head, waiting = 0, len(open_cells)
    while waiting and budget > 0:
        cell = queue[head]
        head, waiting = (head + 1) % len(queue), waiting - 1
        budget -= 1
        group_row(costs, cell, row, least, members)
        choice = _easiest(board, cell, least, moved, found)
        if choice < 0:
            break
        number = rivals(board, cell, choice, found)
        if number == 0 and board.counts[choice] >= board.capacity[choice]:
            found[0] = _least_moved(board, choice, moved)
            number = 1
        for v in range(number):
            victim = found[v]
            lift(board, victim)
            moved[victim] += 1
            queue[(head + waiting) % len(queue)] = victim
            waiting += 1
        place(board, cell, choice, members[choice], least[choice])
    left = np.empty(waiting, np.int64)
    for w in range(waiting):
        left[w] = queue[(head + w) % len(queue)]
    return left


@compiled
def _easiest(board: Board, cell: int, least: Floats, moved: Ids, found: Ids) -> int:
    """Return the group for which least has to be moved out of the way; cheap ones first."""
    scale = 1.0
    for g in range(len(least)):
        if np.isfinite(least[g]):
            scale = max(scale, float(least[g]))
    best, choice = np.inf, -1
    for g in range(len(least)):
        if board.capacity[g] == 0 or least[g] >= best:
            continue
        value = least[g] + scale * _weight(board, cell, g, moved, found)
        if value < best:
            best, choice = value, g
    return choice


@compiled
def _weight(board: Board, cell: int, group: int, moved: Ids, found: Ids) -> float:
    """Return how hard it is to clear the way for a group into a cell; 0 if it is free."""
    number = rivals(board, cell, group, found)
    if number == 0:
        if board.counts[group] < board.capacity[group]:
            return 0.0
        holder = _least_moved(board, group, moved)
        return np.inf if holder < 0 else _burden(board, holder, moved)
    if number == len(found):
        return np.inf
    total = 0.0
    for v in range(number):
        if board.fixed[found[v]] == NEVER:
            return np.inf
        total += _burden(board, found[v], moved)
    if board.counts[group] - number < board.needed[group] - 1:
        return np.inf
    return total


@compiled
def _burden(board: Board, cell: int, moved: Ids) -> float:
    extra = 8.0 if board.fixed[cell] != FREE else 0.0
    return float(1.0 + 0.25 * moved[cell] + extra)


@compiled
def _least_moved(board: Board, group: int, moved: Ids) -> int:
    best, least, tried = -1, np.inf, 0
    holder = board.first[group]
    while holder >= 0 and tried < 16 * HOLDERS_TRIED:
        if board.fixed[holder] != NEVER and _burden(board, holder, moved) < least:
            best, least = holder, _burden(board, holder, moved)
        holder = board.following[holder]
        tried += 1
    return best


def cheapest_place(
    board: Board, group: int, costs: Costs, candidates: Ids
) -> tuple[int, int, float]:
    """Return the cell in which a group costs least more than what lies there, its photo and cost.

    Only cells count whose photo may go, and where the limits stay kept; -1 if there is none.
    """
    found: Ids = np.empty(1, np.int64)
    best = _cheapest_place(board, group, costs, candidates, found)
    return int(best[0]), int(best[1]), float(best[2])


@compiled
def _cheapest_place(
    board: Board, group: int, costs: Costs, candidates: Ids, found: Ids
) -> tuple[int, int, float]:
    best, choice, member, paid = np.inf, -1, -1, 0.0
    for cell in candidates:
        old = board.groups[cell]
        if board.fixed[cell] == NEVER or (old >= 0 and board.counts[old] <= board.needed[old]):
            continue
        cost, photo = group_cost(costs, cell, group)
        more = cost - board.costs[cell]
        if more < best and rivals(board, cell, group, found) == 0:
            best, choice, member, paid = more, cell, photo, cost
    return choice, member, paid


def place_at(board: Board, cell: int, group: int, photo: int, cost: float) -> None:
    """Replace what lies in a cell."""
    if board.groups[cell] >= 0:
        lift(board, cell)
    place(board, cell, group, photo, cost)
