"""The options on animations, and what is told of one."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path

from photomosaic.animation.animation import Animation, AnimationOptions
from photomosaic.cli.console import Parser
from photomosaic.cli.needs import check_needs
from photomosaic.cli.parsers import add_number, number
from photomosaic.images.listing import printable
from photomosaic.ranges import ANIMATION_FPS, COLORS, HOLD, LOSSY
from photomosaic.wording import counted

log = logging.getLogger(__name__)

FORMATS_HELP = (
    "the extension picks the format: .gif; .mp4 or .webp, two to three times smaller; or .png,"
    " animated and lossless, larger"
)


def add_animation_options(parser: Parser, fps: float) -> argparse._ArgumentGroup:
    """Add the options on how frames are shown and packed, and return their group."""
    defaults = AnimationOptions()
    group = parser.add_argument_group("animation")
    add_number(group, "--fps", ANIMATION_FPS, fps, "frames per second")
    add_number(
        group,
        "--hold",
        HOLD,
        defaults.hold,
        "seconds that the last frame is shown, if longer than the others",
    )
    group.add_argument(
        "--colors",
        type=number(COLORS),
        metavar="N",
        help="at most so many colours, which makes the GIF smaller: in each frame, and where there"
        f" is gifsicle, in all together; without it each frame has 256 of its own; {COLORS}",
    )
    group.add_argument(
        "--lossy",
        type=number(LOSSY),
        metavar="N",
        help="how much noise gifsicle may add to make the GIF smaller; 0 adds none;"
        f" {defaults.lossy} if not given; {LOSSY}",
    )
    group.add_argument(
        "--optimize",
        action=argparse.BooleanOptionalAction,
        help="shrink GIFs with gifsicle; on if not given",
    )
    return group


def check_animation_needs(arguments: argparse.Namespace, savepath: Path) -> None:
    """Raise `InputError` if an option is given that changes nothing."""
    if savepath.suffix.lower() != ".gif":
        for_gifs = ["--colors", "--lossy", "--optimize"]
        check_needs(arguments, for_gifs, "a --savepath of .gif: it is for those only")
    if arguments.optimize is False:
        check_needs(arguments, ["--lossy"], "--optimize: it is gifsicle that adds noise")


def animation_options(arguments: argparse.Namespace, *, dither: bool) -> AnimationOptions:
    """Return the options on how frames are shown and packed."""
    lossy = AnimationOptions.lossy if arguments.lossy is None else arguments.lossy
    return AnimationOptions(
        fps=arguments.fps,
        hold=arguments.hold,
        colors=arguments.colors,
        lossy=lossy,
        optimize=arguments.optimize is not False,
        dither=dither,
    )


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
