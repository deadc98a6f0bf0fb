"""One picture made into a mosaic: planned, matched, painted and scored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from photomosaic.arrays import BgrImage, Ids
from photomosaic.assignment.assignment import Assignment
from photomosaic.errors import InputError, naming
from photomosaic.files.names import printable
from photomosaic.files.regular import sha256_of
from photomosaic.files.savepath import fill_savepath
from photomosaic.images.encode import output_format
from photomosaic.images.listing import Listing
from photomosaic.images.overwriting import check_output
from photomosaic.jobs.edits import Editing
from photomosaic.jobs.grid_choice import GridChoice, choose_options, finer_grid
from photomosaic.jobs.photos import list_folder
from photomosaic.jobs.targets import (
    check_savepath,
    fitted_grid,
    naming_photos,
    of_width,
    read_mosaic_target,
    resized_target,
    scale_of,
    tile_of,
)
from photomosaic.library.codebook import Codebook
from photomosaic.library.index import Index
from photomosaic.matching.grid import Grid, TileSize
from photomosaic.mosaic import Mosaicker
from photomosaic.options.mosaic import MosaicOptions
from photomosaic.progress import Work
from photomosaic.project.files import write_project
from photomosaic.project.photos import Photos
from photomosaic.project.project import Project
from photomosaic.project.settings import settings_of
from photomosaic.project.usage_list import write_usage_list
from photomosaic.rendering.score import Score, score
from photomosaic.stills import paint
from photomosaic.versions import versions
from photomosaic.wording import counted

PACKAGES = ("numpy", "opencv-python", "faiss-cpu", "pillow")


@dataclass(frozen=True)
class StillPlan:
    """What a mosaic is made of, checked before any long work.

    Attributes
    ----------
    options : MosaicOptions
        With a scale, which was chosen if none was given.
    project : Project or None
        The saved mosaic that is rendered again.
    target : ndarray of shape (H, W, 3), uint8, BGR
    listing : Listing
    savepath : Path
    matched_target, matched_tile : ndarray, TileSize
        What photos are compared with; of another size if a project is rendered at another size.
    chosen : GridChoice or None
        The scale and width, if they were chosen.
    """

    options: MosaicOptions
    project: Project | None
    target: BgrImage
    listing: Listing
    savepath: Path
    matched_target: BgrImage
    matched_tile: TileSize
    chosen: GridChoice | None

    @cached_property
    def tile(self) -> TileSize:
        """Size of the cells in the mosaic."""
        return tile_of(self.options)

    @cached_property
    def grid(self) -> Grid:
        """The grid of the target."""
        return Grid.fit(self.target.shape[:2], self.tile, cover=self.options.look.cover)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the target."""
        return self.target.shape[0], self.target.shape[1]

    @property
    def finer(self) -> GridChoice | None:
        """What to choose instead of a scale that is too coarse for a face; None if none is."""
        if self.chosen or self.project:
            return None
        return finer_grid(self.grid, self.size, self.options, len(self.listing.photos))


@dataclass(frozen=True)
class Still:
    """A finished mosaic and what it came from.

    Attributes
    ----------
    savepath : Path
    size : (int, int)
        Height and width of the picture that is saved there.
    mosaic : ndarray of shape (H, W, 3), uint8, BGR
        At the size of the target.
    assignment : Assignment
    codebook : Codebook
    index : Index
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
    mosaic: BgrImage
    assignment: Assignment
    codebook: Codebook
    index: Index
    score: Score
    limited: bool
    chosen: GridChoice | None = None
    finer: GridChoice | None = None

    @property
    def groups(self) -> Ids | None:
        """Near-duplicates, if they count as one photo."""
        return self.codebook.groups


def plan_still(options: MosaicOptions, project: Project | None, work: Work) -> StillPlan:
    """Read the target, list the photos, and check that the mosaic can be made and saved.

    Raises
    ------
    InputError
        If anything is wrong with the options, the target, the folder or an output.
    """
    matched_target, chosen = read_mosaic_target(options, project, work), None
    with work.clock.stage("list"), naming_photos(options, project):
        listing = list_folder(options.photos.codebook_dir, options.photos, work)
    if options.what.scale is None:
        options, chosen = choose_options(options, matched_target.shape[:2], len(listing.photos))
        if chosen.target_width is not None:
            matched_target = of_width(matched_target, chosen.target_width)
    what, cover, tile = options.what, options.look.cover, tile_of(options)
    savepath = fill_savepath(what.savepath, what.target, [scale_of(options)])
    target, matched_tile = matched_target, tile
    if project is not None:
        matched_tile = TileSize.of(options.tiles, project.settings["scale"])
        target = resized_target(matched_target, options, project, matched_tile, work)
    grid = fitted_grid(target.shape[:2], tile, options.tiles, cover=cover, option="--scale")
    size = target.shape[:2] if cover else (grid.height, grid.width)
    with naming("--savepath"):
        output_format(savepath, size)
    check_savepath(what.savepath, savepath, what.target, listing)
    _check_others(options, savepath, listing)
    return StillPlan(
        options,
        project,
        target,
        listing,
        savepath,
        matched_target=matched_target,
        matched_tile=matched_tile,
        chosen=chosen,
    )


def _check_others(options: MosaicOptions, savepath: Path, listing: Listing) -> None:
    """Check that the files beside the mosaic can be written, each in a place of its own."""
    taken = {savepath.resolve(): "the mosaic's"}
    for option, path, advice in other_outputs(options):
        with naming(option, advice):
            check_output(path, options.what.target, listing)
        if path.resolve() in taken:
            raise InputError(f"{option} {printable(path)}: is {taken[path.resolve()]} own place")
        taken[path.resolve()] = f"{option}'s"


def other_outputs(options: MosaicOptions) -> Iterator[tuple[str, Path, str]]:
    """Yield the options that name files beside the mosaic, these, and advice."""
    if options.project.written is not None:
        option, path = options.project.written
        yield option, path, "save the edits with --save-project" if option == "--project" else ""
    for option, other in (("--report", options.project.report), ("--list", options.project.list)):
        if other is not None:
            yield option, other, ""


def make_still(plan: StillPlan, index: Index, codebooks: Sequence[Codebook], work: Work) -> Still:
    """Make the mosaic and compare it with its target; save its project and list.

    The first codebook is that of the tiles that are compared, the last that of those painted.
    """
    options, codebook = plan.options, codebooks[0]
    look = options.look
    shape = plan.grid.rows, plan.grid.cols
    _check_use_all(plan, codebook)
    photos = Photos(codebook, index)
    editing = Editing(options.project, plan.project, photos, shape, work)
    matcher = Mosaicker(codebook, look, plan.matched_tile, work, editing.rows)
    chosen = editing.assign(matcher, plan.matched_target)
    assignment = _in_codebook(chosen, codebook, codebooks[-1])
    mosaicker = Mosaicker(codebooks[-1], look, plan.tile, work)
    mosaic = paint(plan.target, mosaicker, assignment, options.tiles.crop)
    with work.clock.stage("score"):
        covered = mosaicker.covered(plan.target)
        likeness = score(covered, mosaic, plan.tile, work.progress)
    if options.project.written is not None:
        write_project(_project(plan, photos, editing, chosen), options.project.written[1])
    if options.project.list:
        write_usage_list(options.project.list, chosen, codebook, photos)
    size = mosaic.shape[0], mosaic.shape[1]
    limited = bool(look.limited or editing.rows)
    return Still(
        plan.savepath,
        size,
        mosaic,
        chosen,
        codebook,
        index=index,
        score=likeness,
        limited=limited,
        chosen=plan.chosen,
        finer=plan.finer,
    )


def _project(plan: StillPlan, photos: Photos, editing: Editing, assignment: Assignment) -> Project:
    used, cells = np.unique(assignment.ids, return_inverse=True)
    target = plan.options.what.target
    return Project(
        target=str(target.absolute()),
        target_sha256=sha256_of(target),
        photos_dir=str(plan.options.photos.codebook_dir.absolute()),
        settings=settings_of(plan.options),
        photos=tuple(photos.ref(int(row)) for row in used),
        cells=cells.reshape(assignment.ids.shape).astype(np.int32),
        edits=editing.refs,
        bound=assignment.bound,
        versions=versions(PACKAGES),
    )


def _check_use_all(plan: StillPlan, codebook: Codebook) -> None:
    groups, cells = codebook.groups, plan.grid.cells
    photos = len(codebook) if groups is None else int(groups.max()) + 1
    if plan.options.look.use_all and photos > cells:
        raise InputError(
            f"--use-all: {photos:,} photos do not fit into {counted(cells, 'cell')}; take a"
            " smaller --scale, or leave photos out with --exclude"
        )


def _in_codebook(assignment: Assignment, codebook: Codebook, other: Codebook) -> Assignment:
    """Return an assignment of one codebook in the rows of another of the same photos."""
    if codebook.hashes == other.hashes:
        return assignment
    rows = {digest: row for row, digest in enumerate(other.hashes)}
    try:
        numbers = {i: rows[codebook.hashes[i]] for i in np.unique(assignment.ids).tolist()}
    except KeyError as error:
        raise InputError("--scale: a photo has not the aspect of these tiles") from error
    ids = np.vectorize(numbers.__getitem__, otypes=[np.int32])(assignment.ids)
    return Assignment(ids, assignment.distances, assignment.ratios, assignment.bound)
