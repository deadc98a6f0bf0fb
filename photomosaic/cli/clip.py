"""A video made into a mosaic, as the options of a script ask for it."""

from __future__ import annotations

import argparse
import logging
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from photomosaic.cli.console import blaming, progress_for
from photomosaic.cli.settings import listed_photos, render_options, tile_size
from photomosaic.cli.still import fitted_grid
from photomosaic.codebook.codebook import Codebook
from photomosaic.codebook.originals import all_sharpened
from photomosaic.errors import InputError
from photomosaic.images.encode import replacing_by_name
from photomosaic.images.listing import Listing, printable
from photomosaic.images.output_place import check_output
from photomosaic.matching.grid import TileSize
from photomosaic.mosaic import Mosaicker
from photomosaic.progress import StageClock
from photomosaic.render_options import RenderOptions
from photomosaic.savepath import fill_savepath
from photomosaic.video.fold import VideoFold
from photomosaic.video.pipes import even
from photomosaic.video.probe import VideoInfo, probe
from photomosaic.video.render import render_video
from photomosaic.wording import counted

log = logging.getLogger(__name__)

MISSING_SECONDS = 0.5


@dataclass(frozen=True)
class Clip:
    """What a mosaic video is to be made of, checked before any long work."""

    video: VideoInfo
    tile: TileSize
    options: RenderOptions
    listing: Listing
    savepath: Path


def check_clip(arguments: argparse.Namespace, clock: StageClock) -> Clip:
    """Read what the video is, list the photos, and see that the mosaic can be made and saved.

    Raises
    ------
    InputError
        If anything is wrong with the options, the video, the folder or the savepath.
    """
    options = render_options(arguments, cover=True)
    tile = tile_size(arguments, arguments.scale)
    savepath = fill_savepath(arguments.savepath, arguments.target, [arguments.scale])
    if savepath.suffix.lower() != ".mp4":
        raise InputError(f"--savepath {printable(savepath)}: videos are written as .mp4 only")
    with clock.stage("probe"), blaming("--target"):
        video = probe(
            arguments.target,
            start=arguments.start,
            seconds=arguments.seconds,
            fps=None if arguments.fps is None else Fraction(arguments.fps).limit_denominator(1001),
            sound=arguments.audio,
        )
    size = even(video.height), even(video.width)
    fitted_grid(arguments, np.empty((*size, 3), np.uint8), tile, cover=True)
    with clock.stage("list"), blaming("--codebook-dir"):
        listing = listed_photos(arguments, arguments.codebook_dir)
    with blaming("--savepath"):
        check_output(savepath, arguments.target, listing)
    return Clip(video, tile, options, listing, savepath)


def make_clip(
    arguments: argparse.Namespace, clip: Clip, codebook: Codebook, clock: StageClock
) -> VideoFold:
    """Make the mosaic of every frame, and save them with the video's sound."""
    video, progress = clip.video, progress_for(arguments)
    if codebook.tile != clip.tile:
        codebook = all_sharpened(codebook, clip.tile, arguments.crop, arguments.workers, progress)
    fold = VideoFold(
        Mosaicker(codebook, clip.options, clip.tile, clock), arguments.stabilization_threshold
    )
    with blaming("--target"), replacing_by_name(clip.savepath) as temporary:
        render_video(video, fold, temporary, arguments.quality, arguments.preset, progress, clock)
    return fold


def tell_of_video(video: VideoInfo, arguments: argparse.Namespace) -> None:
    """Log what is found of a video, and what is not as one might expect."""
    if video.sound is None and arguments.audio:
        log.info("the video has no sound that can be used, so the mosaic is silent")
    if video.missing > MISSING_SECONDS:
        log.warning(
            "%s: the picture ends %.1f s before the length that the file states; it may be cut off",
            printable(video.path),
            video.missing,
        )


def clip_line(clip: Clip, codebook: Codebook, fold: VideoFold) -> str:
    """Return the line that tells of a mosaic video."""
    video = clip.video
    rate = f"{float(video.fps):.5g} a second"
    if video.dropped:
        rate += f" ({counted(video.dropped, 'frame')} of the video dropped)"
    return (
        f"{printable(clip.savepath)}: {counted(fold.frames, 'frame')} of"
        f" {even(video.width)}x{even(video.height)} pixels at {rate},"
        f" {counted(len(codebook), 'photo')}; {fold.flicker:.2%} of the tiles change per frame"
        f" ({fold.flicker_without_holding:.2%} without holding),"
        f" {fold.searched:.0%} of the patches searched"
    )
