"""Each cell gets the tile closest to its patch plus the colour errors of its neighbours."""

from __future__ import annotations

import numpy as np

from photomosaic.assignment.assigner import Setup
from photomosaic.assignment.assignment import Assignment
from photomosaic.assignment.draws import draw_random_cells
from photomosaic.matching.features import mean_directions
from photomosaic.matching.search import Matches


class DitheredAssigner:
    """Chooses tiles by error diffusion, so that large areas keep their colour."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup

    def assign(self, matches: Matches) -> Assignment:
        """Choose a tile for each cell of matched patches."""
        # Loads the compiler.
        from photomosaic.assignment.error_diffusion import Diffusion, diffuse

        setup, options = self._setup, self._setup.options
        fixed = np.full(len(matches.patches), -1)
        if options.randomness:
            cells, ids = draw_random_cells(
                len(fixed), len(setup.tiles), options.randomness, setup.rng
            )
            fixed[cells] = ids
        means = mean_directions(setup.spec)
        diffusion = Diffusion(means, matches.shape[1], options.dither, options.best_k)
        with setup.work.clock.stage("dither"):
            ids = diffuse(matches.patches, setup.tiles, diffusion, fixed, setup.rng)
        return Assignment.of(ids, matches, setup.tiles, random=fixed >= 0)
