"""A picture's mosaics at many scales as an animation, as the options of make_gif.py ask for it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from photomosaic.animation.animation import Animation, check_format, write_animation
from photomosaic.animation.frames import of_height, size_of_height
from photomosaic.arrays import BgrImage
from photomosaic.cli.animation import animation_options, check_animation_needs
from photomosaic.cli.console import blaming, progress_for
from photomosaic.cli.report import tell_of_photos
from photomosaic.cli.settings import (
    check_savepath,
    listed_photos,
    render_options,
    scales,
    tile_options,
)
from photomosaic.cli.still import fitted_grid, photo_library
from photomosaic.codebook.index import Index
from photomosaic.errors import InputError
from photomosaic.images.decode import MAX_PIXELS, read_target
from photomosaic.images.listing import Listing
from photomosaic.progress import StageClock
from photomosaic.render_options import RenderOptions
from photomosaic.savepath import fill_savepath
from photomosaic.stills import Stills


@dataclass(frozen=True)
class Sweep:
    """What an animation of scales is to be made of, checked before any long work.

    Attributes
    ----------
    target : ndarray of shape (H, W, 3), uint8, BGR
    scales : sequence of int
        In the order in which they are shown.
    size : (int, int)
        Height and width of the frames.
    options : RenderOptions
    listing : Listing
    savepath : Path
    """

    target: BgrImage
    scales: Sequence[int]
    size: tuple[int, int]
    options: RenderOptions
    listing: Listing
    savepath: Path


def check_sweep(arguments: argparse.Namespace, clock: StageClock) -> Sweep:
    """Read the target, list the photos, and see that the animation can be made and saved.

    Raises
    ------
    InputError
        If anything is wrong with the options, the target, the folder or the savepath.
    """
    options = render_options(arguments, cover=True)
    shown = scales(arguments, arguments.step)
    savepath = fill_savepath(arguments.savepath, arguments.target, [shown[0], shown[-1]])
    check_animation_needs(arguments, savepath)
    with clock.stage("target"), blaming("--target"):
        target = read_target(arguments.target)
    for scale, option in ((shown[0], "--min-scale"), (shown[-1], "--max-scale")):
        with blaming(option):
            tile = tile_options(arguments).tile(scale)
        fitted_grid(arguments, target, tile, cover=True, option=option)
    size = target.shape[:2]
    if arguments.resize_height:
        size = size_of_height(size, arguments.resize_height)
        if size[0] * size[1] > MAX_PIXELS:
            raise InputError(
                f"--resize-height {arguments.resize_height}: makes frames of {size[1]}x{size[0]}"
                " pixels; take a smaller one"
            )
    with clock.stage("list"), blaming("--codebook-dir"):
        listing = listed_photos(arguments, arguments.codebook_dir)
    with blaming("--savepath"):
        check_format(savepath, size)
    check_savepath(arguments, savepath, listing)
    in_order = shown if arguments.ascending else shown[::-1]
    return Sweep(target, in_order, size, options, listing, savepath)


def make_sweep(
    arguments: argparse.Namespace, sweep: Sweep, clock: StageClock
) -> tuple[Animation, Index]:
    """Make the mosaics of all scales one by one, and save them as an animation."""
    progress = progress_for(arguments)
    with photo_library(arguments, clock) as library:
        index = library.index(sweep.listing)
        stills = Stills(
            sweep.target,
            library,
            index,
            tile_options(arguments),
            arguments.workers,
            clock=clock,
        )

        def frames() -> Iterator[BgrImage]:
            prepared = stills.prepared(sweep.scales)
            shown = progress(prepared, total=len(sweep.scales), what="rendering", unit="scale")
            for scale in shown:
                if scale == sweep.scales[0]:
                    tell_of_photos(index, stills.codebook(scale), arguments)
                mosaic = stills.render(scale, sweep.options).mosaic
                resized = mosaic.shape[:2] != sweep.size
                yield of_height(mosaic, sweep.size[0]) if resized else mosaic

        # In mosaics dots would be noise among noise, and cost an eighth of the size.
        options = animation_options(arguments, dither=False)
        return write_animation(frames(), sweep.savepath, options), index
