"""One picture made into a mosaic, as the options of a script ask for it."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from photomosaic.arrays import BgrImage
from photomosaic.cli.console import blaming, progress_for
from photomosaic.cli.options import render_options, tile_size
from photomosaic.codebook.codebook import Codebook
from photomosaic.codebook.index import Index
from photomosaic.codebook.library import PhotoLibrary
from photomosaic.errors import InputError
from photomosaic.images.decode import read_target
from photomosaic.images.encode import check_output, output_format, write_picture
from photomosaic.images.listing import Listing, list_photos, printable
from photomosaic.matching.grid import Grid, TileSize, largest_scale
from photomosaic.matching.selection import Assignment
from photomosaic.mosaic import Mosaicker, RenderOptions
from photomosaic.progress import Progress, StageClock
from photomosaic.rendering.score import Score, score
from photomosaic.savepath import fill_savepath
from photomosaic.stills import paint

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
    """

    target: BgrImage
    tile: TileSize
    options: RenderOptions
    listing: Listing
    savepath: Path


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
    with clock.stage("target"), blaming("--target"):
        target = read_target(arguments.target)
    grid = fitted_grid(arguments, target, tile, cover=options.cover)
    size = target.shape[:2] if options.cover else (grid.height, grid.width)
    with clock.stage("list"), blaming("--codebook-dir"):
        listing = list_photos(
            arguments.codebook_dir, recursive=arguments.recursive, exclude=arguments.exclude
        )
    with blaming("--savepath"):
        output_format(savepath, size)
        check_output(savepath, arguments.target, listing)
    if arguments.report:
        with blaming("--report"):
            check_output(arguments.report, arguments.target, listing)
            if arguments.report.resolve() == savepath.resolve():
                raise InputError(f"{printable(savepath)}: is the mosaic's own place")
    return Still(target, tile, options, listing, savepath)


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
        log.debug("the cache takes up %.1f MB", library.size() / 1e6)
    return index, codebooks


def make_still(
    arguments: argparse.Namespace,
    still: Still,
    index: Index,
    codebook: Codebook,
    clock: StageClock,
) -> StillResult:
    """Make the mosaic and compare it with its target."""
    progress = progress_for(arguments)
    mosaicker = Mosaicker(codebook, still.options, still.tile, clock, progress)
    assignment = mosaicker.assign(still.target)
    mosaic = paint(still.target, mosaicker, assignment, arguments.crop, arguments.workers, progress)
    with clock.stage("score"):
        likeness = score(mosaicker.covered(still.target), mosaic, still.tile)
    size = mosaic.shape[0], mosaic.shape[1]
    return StillResult(still.savepath, size, mosaic, assignment, codebook, index, likeness)


def save_still(result: StillResult, clock: StageClock) -> None:
    """Save the mosaic at the size of its target."""
    with clock.stage("encode"):
        write_picture(result.mosaic, result.savepath)
