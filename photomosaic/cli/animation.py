"""The options on animations, and what is told of one."""

from __future__ import annotations

import argparse
import logging
from dataclasses import replace
from pathlib import Path

from photomosaic.animation.animation import Animation
from photomosaic.cli.needs import check_needs
from photomosaic.cli.parser import group_of
from photomosaic.images.listing import printable
from photomosaic.options.animation import AnimationOptions
from photomosaic.wording import counted

log = logging.getLogger(__name__)


def check_animation_needs(arguments: argparse.Namespace, savepath: Path) -> None:
    """Raise `InputError` if an option is given that changes nothing."""
    if savepath.suffix.lower() != ".gif":
        for_gifs = ["--colors", "--lossy", "--optimize"]
        check_needs(arguments, for_gifs, "a --savepath of .gif: it is for those only")
    if arguments.optimize is False:
        check_needs(arguments, ["--lossy"], "--optimize: it is gifsicle that adds noise")


def animation_options(arguments: argparse.Namespace, *, dither: bool) -> AnimationOptions:
    """Return the options on how frames are shown and packed."""
    return replace(group_of(AnimationOptions, arguments), dither=dither)


def animation_line(animation: Animation) -> str:
    """Return the line that tells of an animation, with its size before and after shrinking."""
    if animation.unshrunk_because:
        log.warning("the GIF was not shrunk: %s", animation.unshrunk_because)
    line = (
        f"{printable(animation.path)}: {counted(animation.frames, 'frame')} of"
        f" {animation.size[1]}x{animation.size[0]} pixels, {megabytes(animation.bytes)}"
    )
    if animation.bytes < animation.unshrunk_bytes:
        saved = 1 - animation.bytes / animation.unshrunk_bytes
        line += (
            f", {saved:.0%} less than the {megabytes(animation.unshrunk_bytes)} before shrinking"
        )
    return line


def megabytes(count: int) -> str:
    """Return a number of bytes in megabytes, or in kilobytes if it is small."""
    return f"{count / 1e6:.2f} MB" if count >= 100_000 else f"{count / 1e3:.1f} kB"
