"""The tiles of all cells are chosen together, for how the mosaic looks from a distance.

The eye blends neighbouring cells, so what one cell lacks the next can make up for. With all other
cells as they are, the energy is quadratic in a cell's tile; so the best of its candidates is found
with one product. Cells of every third row and column change together, since they hardly see one
another; a sweep changes all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from photomosaic.arrays import Ids
from photomosaic.assignment.assigner import Setup
from photomosaic.assignment.assignment import Assignment, Energy
from photomosaic.assignment.draws import draw_random_cells
from photomosaic.assignment.joint_choice import JointChoice, best_columns
from photomosaic.matching.search import Matches
from photomosaic.progress import Work

# Closest tiles of each cell that are considered, and those of them that are after the first sweep.
CANDIDATES, FINALISTS = 256, 48
SWEEPS = 6
STRIDE = 3
# Of a cell's cost; and of the total, by which it falls in a sweep that is followed by another.
SMALLEST_GAIN, SMALLEST_FALL = 1e-4, 0.004

Flags = npt.NDArray[np.bool_]


class JointAssigner:
    """Chooses all tiles jointly, without limits on repeats."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup

    def assign(self, matches: Matches) -> Assignment:
        """Choose a tile for each cell of matched patches."""
        setup, options = self._setup, self._setup.options
        cells = len(matches.patches)
        with setup.work.clock.stage("joint choice"):
            choice = JointChoice.of(matches, setup, max(CANDIDATES, options.best_k))
            ids = choice.offers.ids[:, 0].copy()
            fixed = np.zeros(cells, np.bool_)
            if options.randomness:
                places, drawn = draw_random_cells(
                    cells, len(setup.tiles), options.randomness, setup.rng
                )
                ids[places], fixed[places] = drawn, True
            before = choice.energy(ids)
            for _ in sweeps(choice, ids, ~fixed, setup.work):
                pass
            if options.best_k > 1:
                _draw(choice, ids, ~fixed, options.best_k, setup.rng)
            energy = Energy(before, choice.energy(ids))
            return Assignment.of(ids, matches, setup.tiles, random=fixed, energy=energy)


def sweeps(choice: JointChoice, ids: Ids, open_cells: Flags, work: Work) -> Iterator[float]:
    """Improve a choice of tiles, (cells,), in place; yield its total before and after each sweep.

    Open cells hold tiles that they are offered.
    """
    offers = [choice.offers]

    def sweep() -> None:
        first = offers[-1] is choice.offers
        kept = np.empty((len(ids), min(FINALISTS, choice.offers.ids.shape[1])), np.intp)
        kept[:] = np.arange(kept.shape[1])
        for places in choice.phases(open_cells, STRIDE):
            here = offers[-1].at(places)
            costs = choice.costs(places, here, ids)
            now = (here.ids == ids[places, None]).argmax(axis=1)
            new, row = costs.argmin(axis=1), np.arange(len(places))
            better = costs[row, new] < costs[row, now] - SMALLEST_GAIN
            ids[places[better]] = here.ids[row, new][better]
            if first:
                # What is in the cell now is the best, or next to it.
                costs[row, np.where(better, new, now)] = -np.inf
                kept[places] = best_columns(costs, kept.shape[1])
        if first:
            offers.append(choice.offers.part(kept))

    yield from falling(choice, ids, sweep, work)


def falling(
    choice: JointChoice, ids: Ids, sweep: Callable[[], None], work: Work
) -> Iterator[float]:
    """Sweep over a choice of tiles, (cells,), in place, while that makes its total fall.

    The total is yielded at first and after each sweep. Cells that change together see one another
    a little, so a sweep might make it worse: that one is undone.
    """
    total = choice.total(ids)
    yield total
    for _ in work.progress(range(SWEEPS), total=SWEEPS, what="choosing tiles", unit="sweep"):
        before, last = ids.copy(), total
        sweep()
        total = choice.total(ids)
        if total >= last:
            ids[:] = before
            return
        yield total
        if last - total < SMALLEST_FALL * last:
            return


def _draw(
    choice: JointChoice, ids: Ids, open_cells: Flags, best_k: int, rng: np.random.Generator
) -> None:
    """Draw each tile among the `best_k` best of its cell, weighted by 1 / distance."""
    for places in choice.phases(open_cells, STRIDE):
        offers = choice.offers.at(places)
        costs = choice.costs(places, offers, ids)
        best = offers.part(np.argsort(costs, axis=1, kind="stable")[:, :best_k])
        race = rng.exponential(size=best.ids.shape) * best.distances
        ids[places] = np.take_along_axis(best.ids, race.argmin(axis=1)[:, None], axis=1)[:, 0]
