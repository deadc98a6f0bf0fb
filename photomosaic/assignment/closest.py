"""Each cell gets its closest tile, or one of the k closest."""

from __future__ import annotations

import numpy as np

from photomosaic.arrays import Ids
from photomosaic.assignment.assigner import Setup
from photomosaic.assignment.assignment import Assignment
from photomosaic.assignment.draws import draw_best_k, draw_random_cells
from photomosaic.matching.search import Matches, exact_distances


class ClosestAssigner:
    """Chooses among the closest tiles of each cell, whatever is in the other cells.

    The random cells and their tiles are drawn once, and stay the same for all frames.
    """

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._random_cells: tuple[Ids, Ids] | None = None

    def assign(self, matches: Matches) -> Assignment:
        """Choose a tile for each cell of matched patches."""
        setup = self._setup
        with setup.work.clock.stage("select"):
            candidates, tiles, rng = matches.candidates, setup.tiles, setup.rng
            closest = candidates.distances[:, 0]
            ids, distances = candidates.ids[:, 0].copy(), closest.copy()
            if candidates.ids.shape[1] > 1:
                drawn = draw_best_k(candidates, rng)[:, None]
                ids = np.take_along_axis(candidates.ids, drawn, axis=1)[:, 0]
                distances = np.take_along_axis(candidates.distances, drawn, axis=1)[:, 0]
            ratios = np.divide(distances, closest, out=np.ones_like(closest), where=closest > 0)
            if setup.options.randomness:
                if self._random_cells is None:
                    self._random_cells = draw_random_cells(
                        len(ids), len(tiles), setup.options.randomness, rng
                    )
                cells, any_ids = self._random_cells
                ids[cells], ratios[cells] = any_ids, np.inf
                patches = matches.patches[cells]
                distances[cells] = exact_distances(patches, tiles, any_ids[:, None])[:, 0]
        return Assignment(
            ids.astype(np.int32).reshape(matches.shape),
            distances.reshape(matches.shape),
            ratios.reshape(matches.shape),
        )
