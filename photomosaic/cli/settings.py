"""What the options that the scripts share stand for in the package."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

from photomosaic.cli.console import blaming
from photomosaic.errors import InputError
from photomosaic.images.listing import (
    Listing,
    check_holds_photos,
    list_photos,
    printable,
)
from photomosaic.images.output_place import check_output, refuse_others_file
from photomosaic.images.passed_over import VIDEO, passed_over_text
from photomosaic.matching.grid import TileSize
from photomosaic.render_options import RenderOptions
from photomosaic.savepath import DefaultTemplate
from photomosaic.stills import TileOptions

log = logging.getLogger(__name__)


def listed_photos(arguments: argparse.Namespace, folder: Path) -> Listing:
    """List a folder as the options ask for; raises `InputError` if there is no photo in it."""
    listing = list_photos(folder, recursive=arguments.recursive, exclude=arguments.exclude)
    check_holds_photos(listing)
    tell_of_listing(listing)
    return listing


def check_savepath(arguments: argparse.Namespace, path: Path, listing: Listing) -> None:
    """Raise `InputError` as `check_output`, or if nobody named a file that is not ours."""
    with blaming("--savepath"):
        check_output(path, arguments.target, listing)
        if isinstance(arguments.savepath, DefaultTemplate):
            refuse_others_file(path, "--savepath")


def tell_of_listing(listing: Listing) -> None:
    """Log what in a folder is not used, and which patterns of --exclude match nothing."""
    folder = printable(listing.folder)
    for pattern, name in listing.unmet.items():
        near = f"; the nearest name is {printable(name)}" if name else ""
        log.warning("--exclude %s: matches nothing in %s%s", printable(pattern), folder, near)
    if listing.passed_over:
        level = logging.INFO if listing.passed_over.keys() == {VIDEO} else logging.WARNING
        log.log(level, "%s: not used: %s", folder, passed_over_text(listing.passed_over))
    for path in listing.unreadable_folders:
        log.warning("%s: the folder may not be read and is left out", printable(path))


def scales(arguments: argparse.Namespace, step: int = 1) -> range:
    """Return the scales from --min-scale to --max-scale, ascending; raises `InputError`."""
    low, high = arguments.min_scale, arguments.max_scale
    if low > high:
        raise InputError(f"--min-scale {low} is above --max-scale {high}; swap them")
    return range(low, high + 1, step)


def tile_options(arguments: argparse.Namespace) -> TileOptions:
    """Return the options on how photos become tiles."""
    return TileOptions(
        height_aspect=arguments.height_aspect,
        width_aspect=arguments.width_aspect,
        crop=arguments.crop,
        metric=arguments.metric,
        vectorization_factor=arguments.vectorization_factor,
    )


def tile_size(arguments: argparse.Namespace, scale: int) -> TileSize:
    """Return the tile that the options ask for at a scale."""
    return tile_options(arguments).tile(scale)


def render_options(arguments: argparse.Namespace, *, cover: bool) -> RenderOptions:
    """Return the options on how tiles are chosen and painted."""
    return RenderOptions(
        best_k=arguments.best_k,
        randomness=arguments.randomness,
        tint=arguments.tint,
        opacity=arguments.opacity,
        cover=cover,
        seed=arguments.seed,
        min_spacing=arguments.min_spacing,
        # Videos have the spacing only.
        max_uses=getattr(arguments, "max_uses", None),
        use_all=getattr(arguments, "use_all", False),
        dedupe=getattr(arguments, "dedupe", False),
        dither=getattr(arguments, "dither", 0.0),
    )
