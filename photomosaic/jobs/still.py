"""One picture made into a mosaic: matched, painted and scored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from photomosaic.arrays import AnyImage, Ids, Ids32
from photomosaic.assignment.assignment import Assignment
from photomosaic.assignment.repeats import Repeats
from photomosaic.errors import InputError
from photomosaic.files.regular import sha256_of
from photomosaic.jobs.edits import Editing
from photomosaic.jobs.grid_choice import GridChoice
from photomosaic.jobs.shape import background_for
from photomosaic.jobs.still_plan import StillPlan
from photomosaic.library.codebook import Codebook
from photomosaic.library.index import Index
from photomosaic.library.originals import sharpened
from photomosaic.matching.grid import TileSize
from photomosaic.matching.layout import Layout, to_map
from photomosaic.mosaic import Mosaicker
from photomosaic.progress import Work
from photomosaic.project.files import write_project
from photomosaic.project.photos import Photos
from photomosaic.project.project import Project
from photomosaic.project.settings import settings_of
from photomosaic.project.usage_list import write_usage_list
from photomosaic.rendering.cells import TileAt, Tiles, on_colour
from photomosaic.rendering.score import Score, score
from photomosaic.stills import paint
from photomosaic.versions import versions
from photomosaic.wording import counted

PACKAGES = ("numpy", "opencv-python", "faiss-cpu", "pillow")


@dataclass(frozen=True)
class Still:
    """A finished mosaic and what it came from.

    Attributes
    ----------
    savepath : Path
    size : (int, int)
        Height and width of the picture that is saved there.
    mosaic : ndarray of shape (H, W, 3), uint8, BGR, or (H, W, 4) with alpha
        At the size of the target.
    assignment : Assignment
    codebook : Codebook
    index : Index
    layout : Layout
    score : Score
    limited : bool
        Whether the repeats of photos are limited, or photos were edited.
    chosen : GridChoice or None
        The scale and width, if they were chosen.
    finer : GridChoice or None
        What to choose instead, if the scale that was given is too coarse for a face.
    """

    savepath: Path
    size: tuple[int, int]
    mosaic: AnyImage
    assignment: Assignment
    codebook: Codebook
    index: Index
    layout: Layout
    score: Score
    limited: bool
    chosen: GridChoice | None = None
    finer: GridChoice | None = None

    @property
    def repeats(self) -> Repeats:
        """How photos repeat."""
        positions = None if self.layout.is_grid else self.layout.positions
        return Repeats.of(self.assignment, self.groups, positions)

    @property
    def groups(self) -> Ids | None:
        """What tiles that count as one photo have in common; see `Codebook.counted_as_one`."""
        return self.codebook.counted_as_one(dedupe=True)


def make_still(
    plan: StillPlan, index: Index, codebooks: Mapping[TileSize, Codebook], work: Work
) -> Still:
    """Make the mosaic and compare it with its target; save its project and list.

    There is a codebook for each of the plan's sizes.
    """
    options, codebook = plan.options, codebooks[plan.matched_tile]
    look = options.look
    layout, finish = plan.cells.layout, plan.cells.finish
    _check_use_all(plan, codebook)
    photos = Photos(codebook, index)
    editing = Editing(options.project, plan.project, photos, layout, work)
    matcher = Mosaicker(codebook, look, plan.matched_tile, work, editing.tiles, layout=layout)
    chosen = editing.assign(matcher, plan.matched_target)
    painted = codebooks[plan.tile]
    mosaicker = Mosaicker(painted, look, plan.tile, work, layout=layout, finish=finish)
    sizes = layout.on(plan.grid).sizes
    if list(sizes) == [plan.tile]:
        assignment = _in_codebook(chosen, codebook, painted)
        mosaic = paint(plan.target, mosaicker, assignment, options.tiles.crop)
    else:
        tile_at = _tiles_of_sizes(plan, chosen, codebooks, work)
        mosaic = mosaicker.paint_cells(plan.target, tile_at)
    with work.clock.stage("score"):
        covered = mosaicker.covered(plan.target)
        likeness = score(covered, mosaic, plan.viewed_tile, work.progress)
    background = background_for(options.shape, plan.savepath)
    if background is not None:
        mosaic = on_colour(mosaic, background)
    if options.project.written is not None:
        write_project(_project(plan, photos, editing, chosen), options.project.written[1])
    if options.project.list:
        write_usage_list(options.project.list, chosen, codebook, photos, layout)
    size = mosaic.shape[0], mosaic.shape[1]
    limited = bool(look.limited or editing.tiles)
    return Still(
        plan.savepath,
        size,
        mosaic,
        chosen,
        codebook,
        index=index,
        layout=layout,
        score=likeness,
        limited=limited,
        chosen=plan.chosen,
        finer=plan.finer,
    )


def _tiles_of_sizes(
    plan: StillPlan, chosen: Assignment, codebooks: Mapping[TileSize, Codebook], work: Work
) -> TileAt:
    """Return the tiles of cells of several sizes."""
    layout, matched = plan.cells.layout, codebooks[plan.matched_tile]
    tiles: dict[TileSize, Tiles] = {}
    for size, cells in layout.sizes.items():
        codebook = codebooks[size]
        ids = _in_codebook(chosen, matched, codebook).ids[cells]
        if codebook.tile != size:
            codebook = sharpened(codebook, size, plan.options.tiles.crop, work)
        numbers = np.zeros(len(layout), np.int64)
        pictures, numbers[cells] = codebook.pictures.pick(ids)
        tiles[size] = Tiles(pictures, numbers)
    sizes = layout.cell_sizes
    return lambda cell: tiles[sizes[cell]](cell)


def _sides(layout: Layout) -> Ids32 | None:
    sides = layout.boxes[:, 2]
    several = layout.turned is not None or (layout.parts == (1, 1) and (sides > 1).any())
    return to_map(layout, sides) if several else None


def _project(plan: StillPlan, photos: Photos, editing: Editing, assignment: Assignment) -> Project:
    used, cells = np.unique(assignment.ids, return_inverse=True)
    target = plan.options.what.target
    return Project(
        target=str(target.absolute()),
        target_sha256=sha256_of(target),
        photos_dir=str(plan.options.photos.codebook_dir.absolute()),
        settings=settings_of(plan.options),
        tiles=tuple(map(photos.tile_ref, used.tolist())),
        cells=to_map(plan.cells.layout, cells),
        edits=editing.refs,
        bound=assignment.bound,
        versions=versions(PACKAGES),
        sides=_sides(plan.cells.layout),
    )


def _check_use_all(plan: StillPlan, codebook: Codebook) -> None:
    groups, cells = codebook.groups, len(plan.cells.layout)
    photos = codebook.photo_count if groups is None else int(groups.max()) + 1
    if plan.options.look.use_all and photos > cells:
        raise InputError(
            f"--use-all: {photos:,} photos do not fit into {counted(cells, 'cell')}; take a"
            " smaller --scale, or leave photos out with --exclude"
        )


def _in_codebook(assignment: Assignment, codebook: Codebook, other: Codebook) -> Assignment:
    """Return an assignment of one codebook in the tiles of another of the same photos."""
    if codebook is other:
        return assignment
    photos = {other.hashes[tile]: photo for photo, tile in enumerate(other.first_tiles.tolist())}
    numbers = np.zeros(len(codebook), np.int32)
    for tile in np.unique(assignment.ids).tolist():
        photo, cut = photos.get(codebook.hashes[tile]), codebook.cut(tile)
        if photo is None:
            raise InputError("--scale: a photo has not the aspect of these tiles")
        same = np.flatnonzero(other.photos == photo)
        near = same[0] if cut is None or other.cuts is None else other.cuts.nearest(cut, same)
        numbers[tile] = near
    return replace(assignment, ids=numbers[assignment.ids])
