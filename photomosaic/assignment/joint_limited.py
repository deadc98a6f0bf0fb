"""The joint choice within limits on repeats: photos move and change places as the limits allow.

Cells that are too far apart to see one another, or to be in conflict, change together. Which of
the photos that the limits leave to them each gets is a small assignment problem, solved exactly. So
photos move, swap or rotate at once, and no limit that was kept is broken.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from photomosaic.arrays import Floats, Ids
from photomosaic.assignment.canvas import Places
from photomosaic.assignment.group_problem import GroupProblem
from photomosaic.assignment.joint import Flags, falling
from photomosaic.assignment.joint_choice import JointChoice, Offers, best_columns
from photomosaic.assignment.problem import Problem
from photomosaic.progress import Work

# Limits leave many cells without their closest tiles.
MOST_CANDIDATES, OFFERS_AT_MOST = 1024, 1 << 24
# Of these, how many each cell may choose from after the first sweep.
FINALISTS = 256
# Cells this far apart hardly see one another.
STRIDE = 4
CELLS_AT_ONCE = 512
# Photos of each cell that take part: its best.
PHOTOS_TRIED = 24
MOST_SLOTS = 8
# Above all costs: a photo that has to stay in use.
MUST_STAY = 1e6

Costs = npt.NDArray[np.float64]


def candidates(cells: int) -> int:
    """Return how many tiles each cell may choose from, as far as memory allows."""
    return max(FINALISTS, min(MOST_CANDIDATES, OFFERS_AT_MOST // cells))


def choose_within_limits(choice: JointChoice, problem: Problem, ids: Ids, work: Work) -> None:
    """Improve a choice of tiles (cells,) in place; pinned cells stay as they are."""
    inner = GroupProblem(problem)
    search = _Search(choice, problem, inner, offers=[choice.offers])
    open_cells = inner.pinned < 0
    for _ in falling(choice, ids, lambda: search.sweep(ids, open_cells), work):
        pass


@dataclass(frozen=True)
class _Search:
    choice: JointChoice
    problem: Problem
    inner: GroupProblem
    offers: list[Offers]

    def sweep(self, ids: Ids, open_cells: Flags) -> None:
        """Change all open cells once; the first sweep leaves each the best of its tiles."""
        offers = self.offers[-1]
        kept = np.zeros((len(ids), min(FINALISTS, offers.ids.shape[1])), np.intp)
        for phase in self.choice.phases(open_cells, max(STRIDE, self.problem.limits.min_spacing)):
            for start in range(0, len(phase), CELLS_AT_ONCE):
                places = phase[start : start + CELLS_AT_ONCE]
                costs = self.improve(places, offers.at(places), ids)
                if len(self.offers) == 1:
                    kept[places] = best_columns(costs, kept.shape[1])
        if len(self.offers) == 1:
            self.offers.append(offers.part(kept))

    def improve(self, places: Places, offers: Offers, ids: Ids) -> Floats:
        """Give some cells other photos where that is better; return the costs of the offers."""
        # Loaded here, since only limits need it.
        from scipy.optimize import linear_sum_assignment  # type: ignore[import-untyped]

        offers = self._with_current(places, offers, ids)
        costs = self.choice.costs(places, offers, ids)
        groups = self.inner.groups[offers.ids]
        costs[self._refused(places, offers.ids)] = np.inf
        tried = self._tried(costs, groups)
        least, member = _by_group(costs, groups, tried, self.inner.count)
        own = np.searchsorted(tried, groups[:, -1])
        self._keep_apart(places, least, tried, own, ids)
        slots = self._slots(places, ids, tried, least)
        wanted = least[:, slots]
        wanted[:, self._must_stay(places, ids, tried)[slots] & _first(slots)] -= MUST_STAY
        cells, chosen = linear_sum_assignment(wanted)
        columns = member[cells, slots[chosen]][:, None]
        ids[places[cells]] = np.take_along_axis(offers.ids[cells], columns, axis=1)[:, 0]
        return costs[:, :-1]

    def _with_current(self, places: Places, offers: Offers, ids: Ids) -> Offers:
        """Return offers with what is in the cells now as the last."""
        now = ids[places, None]
        own = self.choice.by_cell.of_tiles(places, now)
        return Offers(
            np.concatenate([offers.ids, now], axis=1),
            # Of no use here.
            np.concatenate([offers.distances, own], axis=1),
            np.concatenate([offers.own, own], axis=1),
        )

    def _refused(self, places: Places, tiles: Ids) -> Flags:
        """Tell which tiles may not be placed anywhere, or not in their cell; the last one may."""
        refused = self.inner.costs.banned[tiles]
        overrides = self.inner.costs.override_ids[places]
        for column in range(overrides.shape[1]):
            refused |= tiles == overrides[:, column, None]
        refused[:, -1] = False
        return np.asarray(refused)

    def _tried(self, costs: Floats, groups: Ids) -> Ids:
        """Return the groups that take part: the best of each cell, and those in the cells now."""
        best = np.take_along_axis(groups, best_columns(costs[:, :-1], PHOTOS_TRIED), axis=1)
        return np.unique(np.concatenate([best.ravel(), groups[:, -1]]))

    def _keep_apart(self, places: Places, least: Costs, tried: Ids, own: Places, ids: Ids) -> None:
        """Make groups that are too close to a cell already cost infinitely much there."""
        reach = self.problem.limits.min_spacing - 1
        if not reach:
            return
        column = np.full(self.inner.count + 1, len(tried))
        column[tried] = np.arange(len(tried))
        row, groups = np.arange(len(places)), self.inner.groups[ids]
        near, _ = self.choice.viewing.canvas.nearby(groups, places, reach)
        # One more column for all groups that do not take part.
        close = np.zeros((len(places), len(tried) + 1), np.bool_)
        for step in range(near.shape[1]):
            close[row, column[near[:, step]]] = True
        # What is there now always may stay.
        close[row, own] = False
        least[close[:, :-1]] = np.inf

    def _slots(self, places: Places, ids: Ids, tried: Ids, least: Costs) -> Places:
        """Return the columns of `tried` that may be used, each as often as it may."""
        used, here = self._uses(places, ids)
        left = (self.inner.capacity - (used - here))[tried]
        useful = np.minimum(np.isfinite(least).sum(axis=0), MOST_SLOTS)
        times = np.maximum(np.minimum(left, useful), here[tried])
        return np.repeat(np.arange(len(tried)), np.maximum(times, 0))

    def _must_stay(self, places: Places, ids: Ids, tried: Ids) -> Flags:
        """Tell which photos are required, and used in these cells alone."""
        used, here = self._uses(places, ids)
        return np.asarray(self.inner.required & (here > 0) & (used == here))[tried]

    def _uses(self, places: Places, ids: Ids) -> tuple[Ids, Ids]:
        groups, count = self.inner.groups, self.inner.count
        return (
            np.bincount(groups[ids], minlength=count),
            np.bincount(groups[ids[places]], minlength=count),
        )


def _by_group(costs: Floats, groups: Ids, tried: Ids, count: int) -> tuple[Costs, Places]:
    """Return the least cost of each of the tried groups, (n, tried), and the column that has it."""
    column = np.full(count, -1)
    column[tried] = np.arange(len(tried))
    least = np.full((len(costs), len(tried)), np.inf)
    member = np.zeros(least.shape, np.intp)
    place = column[groups]
    rows, columns = np.nonzero(place >= 0)
    flat, values = rows * len(tried) + place[rows, columns], costs[rows, columns].astype(float)
    np.minimum.at(least.ravel(), flat, values)
    best = values == least.ravel()[flat]
    member.ravel()[flat[best]] = columns[best]
    return least, member


def _first(slots: Places) -> Flags:
    """Tell which slots are the first of their photo; equal ones lie together."""
    return np.append(True, slots[1:] != slots[:-1])[: len(slots)]
