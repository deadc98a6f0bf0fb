"""Make a GIF of the pictures in a folder, such as the frames of a face montage."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from photomosaic.animation.pictures import CAPTIONS, FITS, ORDERS
from photomosaic.cli.animation import FORMATS_HELP, add_animation_options, animation_line
from photomosaic.cli.console import Parser, run, say
from photomosaic.cli.folder_gif import check_folder_gif, frame_size, make_folder_gif
from photomosaic.cli.options import (
    add_number,
    add_output_options,
    add_workers_option,
    file_path,
    script_parser,
)
from photomosaic.cli.report import tell_of_unreadable
from photomosaic.ranges import BLENDS, PERCENT, SEED

EXAMPLE = """\
  python create_gif_from_photos_folder.py --photos-dir media/output/montage_will/ \\
      --fps 7 --fuzz 3 --order ascending"""


def build_parser() -> Parser:
    """Return the parser of this script's options."""
    parser = script_parser(str(__doc__), EXAMPLE)
    group = parser.add_argument_group("what to make")
    group.add_argument(
        "--photos-dir",
        type=file_path,
        required=True,
        help="the folder of pictures; its subfolders are not looked into",
    )
    group.add_argument(
        "--savepath",
        type=file_path,
        metavar="FILE",
        help="where to save it; without it, beside the folder and named like it, as a GIF;"
        f" {FORMATS_HELP}",
    )
    group.add_argument(
        "--order",
        choices=ORDERS,
        default=ORDERS[0],
        help="by name with 2 before 10, or the reverse; by the date taken, oldest or newest first;"
        " or drawn by chance",
    )
    add_number(group, "--seed", SEED, 0, "start of the draw of a random order")
    animation = add_animation_options(parser, fps=7)
    add_number(
        animation,
        "--fuzz",
        PERCENT,
        3.0,
        "a pixel stays if it differs by no more percent from the frame before",
    )
    add_number(
        animation,
        "--crossfade",
        BLENDS,
        0,
        "blended frames between two pictures, each shown as long as any frame",
    )
    animation.add_argument(
        "--size",
        type=frame_size,
        metavar="WxH",
        help="width and height of the frames in pixels, or just the longer side; without it, that"
        " of most pictures, up to 1,000",
    )
    animation.add_argument(
        "--fit",
        choices=FITS,
        default=FITS[0],
        help="whether a picture of another aspect fills the frame, cut off, or is shown whole",
    )
    animation.add_argument(
        "--caption",
        choices=CAPTIONS,
        default=CAPTIONS[0],
        help="write the date taken, or the name, on each picture",
    )
    add_workers_option(parser.add_argument_group("photos"))
    add_output_options(parser, report=False)
    return parser


def make_gif(arguments: argparse.Namespace) -> None:
    """Make, save and report the animation that the options ask for."""
    plan = check_folder_gif(arguments)
    animation = make_folder_gif(arguments, plan)
    unreadable = [(one.path, one.reason) for one in plan.unreadable]
    tell_of_unreadable(unreadable, verbose=arguments.verbose)
    say(arguments, animation_line(animation))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the script and return its exit code."""
    return run(build_parser(), make_gif, argv)


if __name__ == "__main__":
    sys.exit(main())
