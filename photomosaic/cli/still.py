"""One picture made into a mosaic, as the options of a script ask for it."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from photomosaic.arrays import BgrImage, Ids
from photomosaic.cli.console import blaming, progress_for
from photomosaic.cli.editing import Editing, in_codebook
from photomosaic.cli.project import (
    blaming_photos,
    blaming_target,
    project_tile,
    project_written,
)
from photomosaic.cli.project_target import resized_target
from photomosaic.cli.settings import check_savepath, listed_photos, render_options, tile_size
from photomosaic.codebook.codebook import Codebook
from photomosaic.codebook.index import Index
from photomosaic.codebook.library import PhotoLibrary
from photomosaic.errors import InputError
from photomosaic.images.decode import read_target
from photomosaic.images.encode import output_format, write_picture
from photomosaic.images.listing import Listing, printable
from photomosaic.images.output_place import check_output
from photomosaic.matching.grid import Grid, TileSize, largest_scale
from photomosaic.matching.selection import Assignment
from photomosaic.mosaic import Mosaicker
from photomosaic.progress import Progress, StageClock
from photomosaic.project.photos import Photos
from photomosaic.project.usage_list import write_usage_list
from photomosaic.render_options import RenderOptions
from photomosaic.rendering.score import Score, score
from photomosaic.savepath import fill_savepath
from photomosaic.stills import paint
from photomosaic.wording import counted

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Still:
    """What a mosaic is to be made of, checked before any long work.

    Attributes
    ----------
    target : ndarray of shape (H, W, 3), uint8, BGR
    tile : TileSize
    options : RenderOptions
    listing : Listing
    savepath : Path
    matched_target, matched_tile : ndarray, TileSize
        What photos are compared with; of another size if a project is rendered at another size.
    """

    target: BgrImage
    tile: TileSize
    options: RenderOptions
    listing: Listing
    savepath: Path
    matched_target: BgrImage
    matched_tile: TileSize


@dataclass(frozen=True)
class StillResult:
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
    """

    savepath: Path
    size: tuple[int, int]
    mosaic: BgrImage
    assignment: Assignment
    codebook: Codebook
    index: Index
    score: Score
    limited: bool = False
    """Whether the repeats of photos are limited or photos were edited."""

    @property
    def groups(self) -> Ids | None:
        """Near-duplicates, if they count as one photo."""
        return self.codebook.groups


def check_still(arguments: argparse.Namespace, clock: StageClock) -> Still:
    """Read the target, list the photos, and see that the mosaic can be made and saved.

    Raises
    ------
    InputError
        If anything is wrong with the options, the target, the folder or the savepath.
    """
    options = render_options(arguments, cover=not arguments.trim)
    tile = tile_size(arguments, arguments.scale)
    savepath = fill_savepath(arguments.savepath, arguments.target, [arguments.scale])
    with clock.stage("target"), blaming_target(arguments):
        matched_target = read_target(arguments.target)
    matched_tile = project_tile(arguments)
    target = resized_target(matched_target, arguments, tile)
    grid = fitted_grid(arguments, target, tile, cover=options.cover)
    size = target.shape[:2] if options.cover else (grid.height, grid.width)
    with clock.stage("list"), blaming_photos(arguments):
        listing = listed_photos(arguments, arguments.codebook_dir)
    with blaming("--savepath"):
        output_format(savepath, size)
    check_savepath(arguments, savepath, listing)
    _check_others(arguments, savepath, listing)
    return Still(target, tile, options, listing, savepath, matched_target, matched_tile)


def _check_others(arguments: argparse.Namespace, savepath: Path, listing: Listing) -> None:
    """See that the files beside the mosaic can be written, each in a place of its own."""
    taken = {savepath.resolve(): "the mosaic's"}
    for option, path, advice in other_outputs(arguments):
        with blaming(option, advice):
            check_output(path, arguments.target, listing)
        if path.resolve() in taken:
            raise InputError(f"{option} {printable(path)}: is {taken[path.resolve()]} own place")
        taken[path.resolve()] = f"{option}'s"


def other_outputs(arguments: argparse.Namespace) -> Iterator[tuple[str, Path, str]]:
    """Yield the options that name files beside the mosaic, these, and what else can be done."""
    project = project_written(arguments)
    if project is not None:
        edited = project[0] == "--project"
        yield *project, "keep the edits elsewhere with --save-project" if edited else ""
    for option, path in (("--report", arguments.report), ("--list", arguments.list)):
        if path is not None:
            yield option, path, ""


def fitted_grid(
    arguments: argparse.Namespace,
    target: BgrImage,
    tile: TileSize,
    *,
    cover: bool,
    option: str = "--scale",
) -> Grid:
    """Return the grid of a target (H, W, 3); an error names the largest scale that works."""
    try:
        return Grid.fit(target.shape[:2], tile, cover=cover)
    except InputError as error:
        aspects = arguments.height_aspect, arguments.width_aspect
        largest = largest_scale(target.shape[:2], *aspects)
        advice = f"the largest scale that works is {largest}"
        if min(aspect * largest for aspect in aspects) < 1:
            advice = "no scale works with these aspects; take smaller ones"
        raise InputError(f"{option}: {error}; {advice}") from error


def photo_library(
    arguments: argparse.Namespace, clock: StageClock, progress: Progress | None = None
) -> PhotoLibrary:
    """Open the photo library that the options ask for."""
    cache_dir = None if arguments.no_cache else arguments.cache_dir
    return PhotoLibrary(cache_dir, arguments.workers, progress or progress_for(arguments), clock)


def load_codebooks(
    arguments: argparse.Namespace, listing: Listing, tiles: Sequence[TileSize], clock: StageClock
) -> tuple[Index, list[Codebook]]:
    """Index a folder and return its codebooks of the tile sizes."""
    with photo_library(arguments, clock) as library:
        index = library.index(listing)
        codebooks = [
            library.codebook(
                index, tile, arguments.crop, arguments.metric, arguments.vectorization_factor
            )
            for tile in tiles
        ]
        if getattr(arguments, "dedupe", False):
            codebooks = [library.grouped(index, codebook) for codebook in codebooks]
        log.debug("the cache takes up %.1f MB", library.size() / 1e6)
    return index, codebooks


def make_still(
    arguments: argparse.Namespace,
    still: Still,
    index: Index,
    codebooks: Sequence[Codebook],
    clock: StageClock,
) -> StillResult:
    """Make the mosaic and compare it with its target.

    The first codebook is that of the tiles that are compared, the last that of those painted.
    """
    progress, codebook = progress_for(arguments), codebooks[0]
    grid = Grid.fit(still.matched_target.shape[:2], still.matched_tile, cover=still.options.cover)
    _check_use_all(still.options, codebook, grid)
    photos = Photos(codebook, index)
    editing = Editing(arguments, photos, (grid.rows, grid.cols))
    matcher = Mosaicker(codebook, still.options, still.matched_tile, clock, progress, editing.rows)
    chosen = editing.assign(matcher, still.matched_target)
    assignment = in_codebook(chosen, codebook, codebooks[-1])
    mosaicker = Mosaicker(codebooks[-1], still.options, still.tile, clock, progress)
    mosaic = paint(still.target, mosaicker, assignment, arguments.crop, arguments.workers, progress)
    with clock.stage("score"):
        likeness = score(mosaicker.covered(still.target), mosaic, still.tile, progress)
    editing.save(chosen)
    if arguments.list:
        write_usage_list(arguments.list, chosen, codebook, photos)
    limited = bool(still.options.limits or editing.rows)
    size = mosaic.shape[0], mosaic.shape[1]
    return StillResult(still.savepath, size, mosaic, chosen, codebook, index, likeness, limited)


def save_still(arguments: argparse.Namespace, result: StillResult, clock: StageClock) -> None:
    """Save the mosaic at the size of its target."""
    progress = progress_for(arguments)
    with clock.stage("encode"):
        for mosaic in progress([result.mosaic], total=1, what="encoding", unit="picture"):
            write_picture(mosaic, result.savepath)


def _check_use_all(options: RenderOptions, codebook: Codebook, grid: Grid) -> None:
    groups = codebook.groups
    photos = len(codebook) if groups is None else int(groups.max()) + 1
    if options.use_all and photos > grid.cells:
        raise InputError(
            f"--use-all: {photos:,} photos do not fit into {counted(grid.cells, 'cell')}; take a"
            " smaller --scale, or leave photos out with --exclude"
        )
