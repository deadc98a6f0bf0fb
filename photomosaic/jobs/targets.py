"""The target of a still: read, and for a project resized to another tile size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from photomosaic.arrays import AnyImage
from photomosaic.errors import InputError, naming
from photomosaic.files.names import as_stored, printable
from photomosaic.files.regular import sha256_of
from photomosaic.files.savepath import fill_savepath
from photomosaic.images.decode import read_picture
from photomosaic.images.listing import Listing
from photomosaic.images.overwriting import check_output, refuse_others_file
from photomosaic.matching.grid import Grid, TileSize, largest_scale
from photomosaic.matching.named_layouts import LAYOUTS
from photomosaic.options.mosaic import MosaicOptions
from photomosaic.options.photos import TileOptions
from photomosaic.options.values import DefaultTemplate
from photomosaic.progress import Work
from photomosaic.project.project import Project
from photomosaic.ranges import MAX_PIXELS


@dataclass(frozen=True)
class TargetChanged:
    """Notice that the target differs from the one that the project was made with."""

    path: Path


def scale_of(options: MosaicOptions) -> int:
    """Return the scale, given or chosen."""
    if options.what.scale is None:
        raise InputError("--scale: is neither given nor chosen")
    return options.what.scale


def tile_of(options: MosaicOptions) -> TileSize:
    """Return the size of the smallest tiles of the scale, given or chosen."""
    return smallest_tile(options, scale_of(options))


def smallest_tile(options: MosaicOptions, scale: int) -> TileSize:
    """Return the size of the smallest tiles of a scale: half of the others with detail."""
    if options.look.detail:
        with naming("--scale"):
            return TileSize.of(options.tiles, max(1, scale // 2))
    return TileSize.of(options.tiles, scale)


def fitted_grid(
    size: tuple[int, int], tile: TileSize, tiles: TileOptions, *, cover: bool, option: str
) -> Grid:
    """Return the grid of a target of (height, width).

    Raises
    ------
    InputError
        If no tile fits; the message names the option and the largest scale that works.
    """
    try:
        return Grid.fit(size, tile, cover=cover)
    except InputError as error:
        aspects = tiles.height_aspect, tiles.width_aspect
        largest = largest_scale(size, *aspects)
        advice = f"the largest scale that works is {largest}"
        if min(aspect * largest for aspect in aspects) < 1:
            advice = "no scale works with these aspects; take smaller ones"
        raise InputError(f"{option}: {error}; {advice}") from error


def check_scales(
    size: tuple[int, int], scales: Sequence[int], tiles: TileOptions, *, cover: bool
) -> None:
    """Raise `InputError` unless tiles of the first and the last scale fit into a target."""
    for scale, option in ((min(scales), "--min-scale"), (max(scales), "--max-scale")):
        with naming(option):
            tile = TileSize.of(tiles, scale)
        fitted_grid(size, tile, tiles, cover=cover, option=option)


def savepath_of(template: str, target: Path, scales: Sequence[int]) -> Path:
    """Return the path that a template stands for; raises `InputError` as `fill_savepath`."""
    with naming("--savepath:"):
        return fill_savepath(template, target, scales)


def check_savepath(template: str, path: Path, target: Path, listing: Listing) -> None:
    """Raise `InputError` as `check_output`, or if a default path has a file that is not ours."""
    with naming("--savepath"):
        check_output(path, target, listing)
        if isinstance(template, DefaultTemplate):
            refuse_others_file(path, "--savepath")


def read_mosaic_target(options: MosaicOptions, project: Project | None, work: Work) -> AnyImage:
    """Read the target as `read_picture`; raises `InputError` that names where it came from."""
    with work.clock.stage("target"), naming_target(options, project):
        target = read_picture(options.what.target)
    width = options.what.target_width
    return target if width is None else of_width(target, width)


def of_width(target: AnyImage, width: int) -> AnyImage:
    """Return a target (H, W, 3 or 4), uint8, resized to a width.

    Raises
    ------
    InputError
        If it would be too large.
    """
    height = max(1, round(target.shape[0] * width / target.shape[1]))
    if height * width > MAX_PIXELS:
        largest = int(width * (MAX_PIXELS / (height * width)) ** 0.5)
        raise InputError(
            f"--target-width {width}: makes a target of {width}x{height} pixels; up to {largest}"
            " works, and --enlarge or --print for more"
        )
    return _resized(target, height, width)


def _resized(target: AnyImage, height: int, width: int) -> AnyImage:
    way = cv2.INTER_CUBIC if width > target.shape[1] else cv2.INTER_AREA
    return np.asarray(cv2.resize(target, (width, height), interpolation=way), np.uint8)


@contextmanager
def naming_target(options: MosaicOptions, project: Project | None) -> Iterator[None]:
    """Name the option that brought the target in the `InputError` of the `with` block."""
    option, advice = "--target", ""
    if project is not None:
        advice = "name the target that it was made of"
        if options.what.target == as_stored(Path(project.target)):
            option, advice = _project_option(options), f"{advice} with --target"
    with naming(option, advice):
        yield


@contextmanager
def naming_photos(options: MosaicOptions, project: Project | None) -> Iterator[None]:
    """Name the option that brought the folder of photos in the `InputError` of the `with` block."""
    option, advice = "--codebook-dir", ""
    if options.project.photos_root:
        option = "--photos-root"
    elif project is not None and options.photos.codebook_dir == as_stored(Path(project.photos_dir)):
        option = _project_option(options)
        advice = "name the folder where the photos are now with --photos-root"
    with naming(option, advice):
        yield


def _project_option(options: MosaicOptions) -> str:
    path = options.project.project
    return f"--project {printable(path) if path else ''}:"


def resized_target(
    target: AnyImage, options: MosaicOptions, project: Project, made_with: TileSize, work: Work
) -> AnyImage:
    """Return the target at the size that the project's grid has with the tiles asked for.

    Raises
    ------
    InputError
        If the project is not of a target of this size.
    """
    what, cover = options.what, options.look.cover
    tile = tile_of(options)
    with naming_target(options, project):
        grid = Grid.fit(target.shape[:2], made_with, cover=cover)
        _check_cells(what.target, project, LAYOUTS[options.look.layout](grid).extent)
    if sha256_of(what.target) != project.target_sha256:
        work.notify(TargetChanged(what.target))
    if tile == made_with:
        return target
    sides = zip(
        target.shape[:2],
        (tile.height, tile.width),
        (made_with.height, made_with.width),
        strict=True,
    )
    # Rounded so that the same number of cells fits in, or covers it.
    height, width = (-(-a * b // c) if cover else a * b // c for a, b, c in sides)
    if height * width > MAX_PIXELS:
        largest = int(scale_of(options) * (MAX_PIXELS / (height * width)) ** 0.5)
        raise InputError(
            f"--scale {what.scale}: makes a mosaic of {width}x{height} pixels; up to {largest}"
            " works, and --enlarge or --print for more"
        )
    return _resized(target, height, width)


def _check_cells(target: Path, project: Project, extent: tuple[int, int]) -> None:
    if project.cells.shape != extent:
        has, saved = (f"{rows}x{cols}" for rows, cols in (extent, project.cells.shape))
        raise InputError(f"{printable(target)}: has {has} cells, and the project {saved}")
