"""Cells of several sizes for a still: small where its target needs them, above all in faces."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from photomosaic.arrays import BgrImage
from photomosaic.errors import InputError
from photomosaic.faces.network import FaceNetwork
from photomosaic.faces.weights import find_weights
from photomosaic.jobs.murals import Print
from photomosaic.jobs.still_plan import StillPlan
from photomosaic.library.codebook import Codebook
from photomosaic.matching.detail import Box, TileSamples, Wanted, detailed_layout, importance
from photomosaic.matching.grid import Grid
from photomosaic.matching.masks import cells_inside
from photomosaic.options.values import CM_PER_INCH
from photomosaic.progress import Work
from photomosaic.wording import counted

LOOKED_AT = 960
SURE = 0.5
SMALLEST_PRINTED_CM = 1.0


def with_detail(
    plan: StillPlan, printed: Print | None, codebook: Codebook, work: Work
) -> StillPlan:
    """Return a plan with cells of several sizes, if its options ask for them.

    Parameters
    ----------
    plan : StillPlan
    printed : Print or None
        On paper, no cell is made smaller than 1 cm.
    codebook : Codebook
        Of the smallest tiles.
    work : Work

    Raises
    ------
    InputError
        If there are fewer cells than faces.
    """
    options, grid = plan.options, plan.grid
    if not options.look.detail or (plan.project is not None and plan.project.sides is not None):
        return plan
    with work.clock.stage("detail"):
        area, mask = grid.crop(plan.target), plan.cells.finish.mask
        faces = _faces(area)
        wanted = Wanted(_number(plan), _smallest(plan, printed))
        if wanted.cells < len(faces):
            raise InputError(
                f"--detail: {counted(wanted.cells, 'cell')} for {counted(len(faces), 'face')}; take"
                " a smaller --scale, or more with --cells"
            )
        weights = importance(area, faces, options.look.detail)
        if mask is not None:
            weights = np.where(mask > 0, weights, np.float32(0))
        spec = codebook.spec
        tiles = TileSamples(codebook.features, codebook.pictures.samples(spec), spec)
        layout = detailed_layout(grid, area, weights, tiles, wanted)
        if mask is not None:
            layout = layout.only(cells_inside(layout, mask))
    return replace(plan, cells=replace(plan.cells, layout=layout))


def _number(plan: StillPlan) -> int:
    """Return how many cells are wanted: as many as given, or as without detail."""
    if plan.options.what.cells is not None:
        return plan.options.what.cells
    return Grid.fit(plan.size, plan.viewed_tile, cover=plan.options.look.cover).cells


def _smallest(plan: StillPlan, printed: Print | None) -> int:
    """Return the least side of a cell in units."""
    if printed is None or plan.options.mural.print_size is None:
        return 1
    tile, dpi = printed.size.tile, printed.size.dpi
    centimetres = min(tile.height, tile.width) / dpi * CM_PER_INCH
    return 1 if centimetres >= SMALLEST_PRINTED_CM else 2


def _faces(area: BgrImage) -> list[Box]:
    """Return the boxes of faces; none where faces cannot be found on this computer."""
    try:
        network = FaceNetwork(find_weights().detector)
    except InputError:
        return []
    factor = min(1.0, LOOKED_AT / max(area.shape[:2]))
    return [sighting.box for sighting in network.look(area, factor, SURE)]
