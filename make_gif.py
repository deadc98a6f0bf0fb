"""Make a GIF of a picture's mosaics at many tile sizes out of a folder of photos."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence

from photomosaic.cli.animation import FORMATS_HELP, add_animation_options, animation_line
from photomosaic.cli.console import Parser, run, say
from photomosaic.cli.options import (
    add_cache_options,
    add_codebook_options,
    add_output_options,
    add_render_options,
    add_repeat_options,
    add_scales_options,
    add_target_options,
    add_tile_options,
)
from photomosaic.cli.parsers import add_number, number, script_parser
from photomosaic.cli.report import tell_of_unreadable
from photomosaic.cli.sweep import check_sweep, make_sweep
from photomosaic.progress import StageClock
from photomosaic.ranges import PIXELS, SCALE

EXAMPLE = """\
  python make_gif.py --target beach.jpg --codebook-dir ~/Pictures --min-scale 5 --max-scale 25 \\
      --savepath "media/output/%s-from-%d-to-%d.gif" --fps 3 --ascending 0 --resize-height 400"""

log = logging.getLogger("photomosaic")


def build_parser() -> Parser:
    """Return the parser of this script's options."""
    parser = script_parser(str(__doc__), EXAMPLE)
    target = add_target_options(
        parser,
        "media/output/%s-from-%d-to-%d.gif",
        scale="the smallest and the largest scale",
        formats=FORMATS_HELP,
    )
    add_scales_options(target)
    add_number(target, "--step", SCALE, 1, "from one scale to the next")
    target.add_argument(
        "--ascending",
        type=int,
        choices=(0, 1),
        default=1,
        help="1 shows the smallest scale first, 0 the largest",
    )
    animation = add_animation_options(parser, fps=3)
    animation.add_argument(
        "--resize-height",
        type=number(PIXELS),
        metavar="N",
        help=f"height of the frames in pixels, if not that of the target; {PIXELS}",
    )
    add_codebook_options(parser)
    add_tile_options(parser)
    add_render_options(parser)
    add_repeat_options(parser)
    add_cache_options(parser)
    add_output_options(parser, report=False)
    return parser


def make_gif(arguments: argparse.Namespace) -> None:
    """Make, save and report the animation that the options ask for."""
    clock = StageClock()
    sweep = check_sweep(arguments, clock)
    animation, index = make_sweep(arguments, sweep, clock)
    tell_of_unreadable(index.unreadable, verbose=arguments.verbose)
    for stage, seconds in clock.seconds.items():
        log.debug("%-14s %8.3f s", stage, seconds)
    say(arguments, animation_line(animation))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the script and return its exit code."""
    return run(build_parser(), make_gif, argv)


if __name__ == "__main__":
    sys.exit(main())
