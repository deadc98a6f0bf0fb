"""The window on a picture's mosaics, as the options of interactive.py ask for it."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from photomosaic.arrays import BgrImage
from photomosaic.cli.console import blaming, progress_for
from photomosaic.cli.settings import (
    check_savepath,
    listed_photos,
    render_options,
    scales,
    tile_options,
)
from photomosaic.cli.still import fitted_grid, photo_library
from photomosaic.explore.model import Explorer, Wish
from photomosaic.images.decode import read_target
from photomosaic.images.encode import output_format, write_picture
from photomosaic.images.listing import Listing
from photomosaic.progress import StageClock
from photomosaic.savepath import fill_savepath


@dataclass(frozen=True)
class Exploration:
    """What is to be explored, checked before the window opens.

    Attributes
    ----------
    target : ndarray of shape (H, W, 3), uint8, BGR
    scales : range
    wish : Wish
        What is shown first.
    listing : Listing
    """

    target: BgrImage
    scales: range
    wish: Wish
    listing: Listing


def check_exploration(arguments: argparse.Namespace) -> Exploration:
    """Read the target, list the photos, and see that mosaics can be made and saved.

    Raises
    ------
    InputError
        If anything is wrong with the options, the target, the folder or the savepath.
    """
    options = render_options(arguments, cover=not arguments.trim)
    choice = scales(arguments)
    with blaming("--target"):
        target = read_target(arguments.target)
    for scale, option in ((choice[0], "--min-scale"), (choice[-1], "--max-scale")):
        with blaming(option):
            tile = tile_options(arguments).tile(scale)
        fitted_grid(arguments, target, tile, cover=options.cover, option=option)
    with blaming("--codebook-dir"):
        listing = listed_photos(arguments, arguments.codebook_dir)
    exploration = Exploration(target, choice, Wish(choice[0], options, arguments.metric), listing)
    _check_savepath(arguments, exploration, choice[0])
    return exploration


def open_explorer(arguments: argparse.Namespace, exploration: Exploration) -> Explorer:
    """Start making mosaics in the background."""
    return Explorer(
        exploration.target,
        exploration.listing,
        tile_options(arguments),
        partial(photo_library, arguments, StageClock()),
        exploration.scales,
        arguments.workers,
        progress_for(arguments),
    )


def save(
    arguments: argparse.Namespace, exploration: Exploration, wish: Wish, mosaic: BgrImage
) -> Path:
    """Save a mosaic of shape (H, W, 3), uint8, BGR, and return where.

    Raises
    ------
    InputError, OutputError
        If it cannot be.
    """
    path = _check_savepath(arguments, exploration, wish.scale)
    write_picture(mosaic, path)
    return path


def _check_savepath(arguments: argparse.Namespace, exploration: Exploration, scale: int) -> Path:
    path = fill_savepath(arguments.savepath, arguments.target, [scale])
    with blaming("--savepath"):
        output_format(path, exploration.target.shape[:2])
    check_savepath(arguments, path, exploration.listing)
    return path
