"""The options of animations of a folder's pictures."""

from __future__ import annotations

import argparse
import re

from photomosaic.animation.pictures import CAPTIONS, FITS, ORDERS
from photomosaic.cli.animation import FORMATS_HELP
from photomosaic.cli.console import Parser
from photomosaic.cli.parsers import add_number, file_path
from photomosaic.images.decode import MAX_PIXELS
from photomosaic.ranges import BLENDS, PERCENT, PIXELS, SEED


def add_picture_options(parser: Parser) -> None:
    """Add the options on which pictures are taken, in what order, and where they go."""
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


def add_frame_options(animation: argparse._ArgumentGroup) -> None:
    """Add the options on how pictures become frames."""
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


def frame_size(text: str) -> tuple[int, int] | int:
    """Convert WIDTHxHEIGHT to (height, width), or a number to that of the longer side."""
    match = re.fullmatch(r"(\d{1,6})(?:[xX](\d{1,6}))?", text.strip())
    sides = [int(side) for side in match.groups() if side] if match else []
    if not sides or any(side not in PIXELS for side in sides):
        raise argparse.ArgumentTypeError(
            f"{text!r} is neither WIDTHxHEIGHT nor one number of pixels, each {PIXELS}"
        )
    if len(sides) == 2 and sides[0] * sides[1] > MAX_PIXELS:
        raise argparse.ArgumentTypeError(
            f"{text!r} is more than {MAX_PIXELS // 1_000_000} megapixels; take a smaller size"
        )
    return sides[0] if len(sides) == 1 else (sides[1], sides[0])
