"""What the options that the scripts share stand for in the package."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from photomosaic.cli.parser import group_of
from photomosaic.errors import InputError
from photomosaic.images.listing import Listing, check_holds_photos, list_photos
from photomosaic.matching.grid import TileSize
from photomosaic.options.look import RenderOptions
from photomosaic.options.photos import TileOptions


def listed_photos(arguments: argparse.Namespace, folder: Path) -> Listing:
    """List a folder as the options ask for; raises `InputError` if there is no photo in it."""
    listing = list_photos(folder, recursive=arguments.recursive, exclude=arguments.exclude)
    check_holds_photos(listing)
    return listing


def scales(arguments: argparse.Namespace, step: int = 1) -> range:
    """Return the scales from --min-scale to --max-scale, ascending; raises `InputError`."""
    low, high = arguments.min_scale, arguments.max_scale
    if low > high:
        raise InputError(f"--min-scale {low} is above --max-scale {high}; swap them")
    return range(low, high + 1, step)


def tile_options(arguments: argparse.Namespace) -> TileOptions:
    """Return the options on how photos become tiles."""
    return group_of(TileOptions, arguments)


def tile_size(arguments: argparse.Namespace, scale: int) -> TileSize:
    """Return the tile that the options ask for at a scale."""
    return TileSize.of(tile_options(arguments), scale)


def render_options(arguments: argparse.Namespace, *, cover: bool) -> RenderOptions:
    """Return the options on how tiles are chosen and painted."""
    return replace(group_of(RenderOptions, arguments), trim=not cover)
