"""All cells are assigned together, within limits on repeats, with draws and edits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from photomosaic.arrays import Floats, Ids, Ids32
from photomosaic.assignment.assigner import Setup
from photomosaic.assignment.assignment import Assignment, Energy
from photomosaic.assignment.draws import deal, draw_ranking
from photomosaic.assignment.joint_choice import JointChoice
from photomosaic.assignment.limits import Limits, Relaxation, feasible
from photomosaic.assignment.places import places_of
from photomosaic.assignment.problem import Problem
from photomosaic.matching.search import Candidates, Matches, exact_distances


class LimitedAssigner:
    """Chooses tiles at nearly the least total distance within limits and edits.

    A photo drawn from the k closest takes the rank, and with it the cost, of the closest. Random
    cells get their photos first, dealt as from a shuffled deck.
    """

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._relaxed: set[Relaxation] = set()

    def assign(self, matches: Matches) -> Assignment:
        """Choose a tile for each cell of matched patches."""
        setup, cells = self._setup, len(matches.patches)
        with setup.work.clock.stage("assign"):
            # Loads the compiler, which takes longer than most runs without limits.
            from photomosaic.assignment.solver import solve

            ranking = None
            if matches.candidates.ids.shape[1] > 1:
                ranking = draw_ranking(matches.candidates, setup.rng)
            problem = self._problem(matches, ranking)
            random = np.zeros(cells, np.bool_)
            if setup.options.randomness:
                random = setup.rng.random(cells) < setup.options.randomness
                random &= problem.pinned < 0
                dealt = deal(problem, np.flatnonzero(random), setup.edits.refused, setup.rng)
                problem = replace(problem, pinned=dealt)
                random &= dealt >= 0
            solution = solve(problem, setup.work)
            ids, energy = solution.ids, None
            # A draw decides by itself.
            if setup.options.joint and ranking is None:
                from photomosaic.assignment.joint_limited import candidates, choose_within_limits

                choice = JointChoice.of(matches, setup, candidates(cells), ids)
                before, ids = choice.energy(ids), ids.copy()
                choose_within_limits(choice, problem, ids, setup.work)
                energy = Energy(before, choice.energy(ids))
            # Draws are not compared with assignments that nobody drew.
            bound = None if ranking is not None or random.any() else solution.bound
            return Assignment.of(
                ids, matches, setup.tiles, random=random, bound=bound, energy=energy
            )

    def complete(self, matches: Matches, ids: Ids32) -> Assignment:
        """Fill the open cells (-1) of a tile map of shape (rows, cols).

        The other cells stay as they are, unless a limit cannot be kept otherwise.
        """
        setup = self._setup
        with setup.work.clock.stage("assign"):
            from photomosaic.assignment.solver import complete

            problem = self._problem(matches, None)
            completed = complete(problem, ids.ravel().astype(np.int64), setup.work)
            return Assignment.of(completed, matches, setup.tiles)

    def _problem(self, matches: Matches, ranking: Candidates | None) -> Problem:
        setup, edits, cells = self._setup, self._setup.edits, len(matches.patches)
        override_ids, override_costs = _overrides(cells, ranking, edits.refused)
        return Problem(
            matches.patches,
            setup.tiles,
            matches.shape,
            self._feasible(matches),
            groups=setup.groups,
            banned=np.array(edits.banned, np.int64),
            required=np.array(edits.required, np.int64),
            pinned=self._pinned(matches),
            override_ids=override_ids,
            override_costs=override_costs,
            photos=setup.photos,
            positions=matches.positions,
        )

    def _pinned(self, matches: Matches) -> Ids:
        """Return the tile pinned into each cell, -1 for none: the closest of the photo's."""
        tiles, photos = self._setup.tiles, self._setup.photos
        pinned = np.full(len(matches.patches), -1)
        for cell, tile in self._setup.edits.pinned.items():
            same = np.array([tile]) if photos is None else np.flatnonzero(photos == photos[tile])
            distances = exact_distances(matches.patches[cell : cell + 1], tiles, same[None])
            pinned[cell] = same[distances.argmin()]
        return pinned

    def _feasible(self, matches: Matches) -> Limits:
        """Return the limits that can be kept; give notice of each relaxation once."""
        setup = self._setup
        allowed = np.ones(len(setup.tiles), np.bool_)
        allowed[list(setup.edits.banned)] = False
        groups = np.arange(len(setup.tiles)) if setup.groups is None else setup.groups
        places = places_of(matches.shape, matches.positions)
        photos = len(np.unique(groups[allowed]))
        limits, relaxed = feasible(Limits.of(setup.options), places, photos)
        for relaxation in relaxed:
            if relaxation not in self._relaxed:
                setup.work.notify(relaxation)
        self._relaxed.update(relaxed)
        return limits


def _overrides(
    cells: int, ranking: Candidates | None, refused: tuple[tuple[int, int], ...]
) -> tuple[Ids32, Floats]:
    """Return the photos whose cost in a cell is not their distance, and their costs there."""
    most = max((sum(c == cell for c, _ in refused) for cell, _ in refused), default=0)
    ids = np.full((cells, most), -1, np.int32)
    costs = np.full((cells, most), np.inf, np.float32)
    for cell, photo in refused:
        ids[cell, np.flatnonzero(ids[cell] < 0)[0]] = photo
    if ranking is not None:
        # Refusals come last, since the last one counts.
        ids = np.concatenate([ranking.ids.astype(np.int32), ids], axis=1)
        costs = np.concatenate([ranking.distances, costs], axis=1)
    return ids, costs
