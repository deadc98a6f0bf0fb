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
from photomosaic.assignment.group_problem import GroupProblem
from photomosaic.assignment.joint import FEWEST_CHANGES, SWEEPS, JointChoice, Places, Table
from photomosaic.assignment.problem import Problem

# Limits leave many cells without their closest tiles.
CANDIDATES = 1024
# Cells this far apart hardly see one another.
STRIDE = 4
CELLS_AT_ONCE = 512
# Photos of each cell that take part: its best.
PHOTOS_TRIED = 24
MOST_SLOTS = 8
# Above all costs: a photo that has to stay in use.
MUST_STAY = 1e6

Flags = npt.NDArray[np.bool_]


def choose_within_limits(choice: JointChoice, problem: Problem, ids: Ids) -> None:
    """Improve a choice of tiles (cells,) in place; pinned cells stay as they are."""
    search = _Search(choice, problem, GroupProblem(problem), choice.table())
    shown = choice.setup.work.progress(
        range(SWEEPS), total=SWEEPS, what="choosing tiles", unit="sweep"
    )
    open_cells = search.inner.pinned < 0
    stride = max(STRIDE, problem.limits.min_spacing)
    for _ in shown:
        changed = 0
        for phase in choice.phases(open_cells, stride):
            for start in range(0, len(phase), CELLS_AT_ONCE):
                changed += search.improve(phase[start : start + CELLS_AT_ONCE], ids)
        if changed < FEWEST_CHANGES * len(ids):
            return


@dataclass(frozen=True)
class _Search:
    choice: JointChoice
    problem: Problem
    inner: GroupProblem
    table: Table

    def improve(self, places: Places, ids: Ids) -> int:
        """Give some cells other photos where that is better; return how many changed."""
        # Loaded here, since only limits need it.
        from scipy.optimize import linear_sum_assignment  # type: ignore[import-untyped]

        tiles = np.concatenate([self.choice.candidates.ids[places], ids[places, None]], axis=1)
        costs = self._costs(places, tiles, ids)
        groups = self.inner.groups[tiles]
        tried = np.unique(
            np.concatenate(
                [
                    np.take_along_axis(groups, _best(costs[:, :-1]), axis=1).ravel(),
                    groups[:, -1],
                ]
            )
        )
        by_group, member = _by_group(costs, groups, tried)
        slots = self._slots(places, ids, tried, by_group)
        wanted = by_group[:, slots]
        wanted[:, self._must_stay(places, ids, tried)[slots] & _first(slots)] -= MUST_STAY
        cells, chosen = linear_sum_assignment(wanted)
        new = np.take_along_axis(tiles[cells], member[cells, slots[chosen]][:, None], axis=1)[:, 0]
        changed = int((new != ids[places[cells]]).sum())
        ids[places[cells]] = new
        return changed

    def _costs(self, places: Places, tiles: Ids, ids: Ids) -> Floats:
        """Return the costs of tiles in cells, (n, k); infinite where they may not be placed.

        The last column is the tile there now, which always may stay.
        """
        own = np.concatenate(
            [self.choice.own[places], self.choice.features.costs(places, ids[places, None])], axis=1
        )
        costs = self.choice.costs(places, tiles, own, ids, self.table)
        forbidden = self.inner.costs.banned[tiles] | self._too_close(places, tiles, ids)
        overrides = self.inner.costs.override_ids[places]
        for column in range(overrides.shape[1]):
            forbidden |= tiles == overrides[:, column, None]
        forbidden[:, -1] = False
        costs[forbidden] = np.inf
        return costs

    def _too_close(self, places: Places, tiles: Ids, ids: Ids) -> Flags:
        """Tell which tiles' photos are too close to a cell already."""
        rows, cols = self.problem.shape
        reach = self.problem.limits.min_spacing - 1
        groups, wanted = self.inner.groups[ids], self.inner.groups[tiles]
        close = np.zeros(tiles.shape, np.bool_)
        for down in range(-reach, reach + 1):
            for right in range(-reach, reach + 1):
                row, col = places // cols + down, places % cols + right
                inside = (row >= 0) & (row < rows) & (col >= 0) & (col < cols)
                if (down or right) and inside.any():
                    close[inside] |= wanted[inside] == groups[(row * cols + col)[inside], None]
        return close

    def _slots(self, places: Places, ids: Ids, tried: Ids, by_group: Floats) -> Places:
        """Return the columns of `tried` that may be used, each as often as it may."""
        used, here = self._uses(places, ids)
        left = (self.inner.capacity - (used - here))[tried]
        useful = np.minimum(np.isfinite(by_group).sum(axis=0), MOST_SLOTS)
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


def _best(costs: Floats) -> Places:
    count = min(PHOTOS_TRIED, costs.shape[1])
    return np.asarray(np.argpartition(costs, count - 1, axis=1)[:, :count], np.intp)


def _by_group(costs: Floats, groups: Ids, tried: Ids) -> tuple[Floats, Places]:
    """Return the least cost of each of the tried groups, (n, tried), and the column that has it."""
    least = np.full((len(costs), len(tried)), np.inf)
    member = np.zeros(least.shape, np.intp)
    rows = np.arange(len(costs))
    # From the worst to the best, so that the best of each group is written last.
    for column in np.argsort(-costs, axis=1, kind="stable").T:
        place = np.searchsorted(tried, groups[rows, column])
        known = (place < len(tried)) & (
            tried[np.minimum(place, len(tried) - 1)] == groups[rows, column]
        )
        least[rows[known], place[known]] = costs[rows[known], column[known]]
        member[rows[known], place[known]] = column[known]
    return least, member


def _first(slots: Places) -> Flags:
    """Tell which slots are the first of their photo; equal ones lie together."""
    return np.append(True, slots[1:] != slots[:-1])[: len(slots)]
