"""The options of face montages."""

from __future__ import annotations

import argparse

from photomosaic.cli.console import Parser
from photomosaic.cli.options import add_listing_options, add_workers_option
from photomosaic.cli.parsers import add_number, file_path, number
from photomosaic.faces.align import BORDERS
from photomosaic.faces.classify import DEFAULT_CONFIDENCE
from photomosaic.faces.frames import MontageOptions
from photomosaic.faces.order import INTERVALS, ORDERS
from photomosaic.ranges import CLOSENESS, CONFIDENCE, FACE_SIZE, OUTPUT_SIZE, SEED

UNDATED = ("last", "drop")


def add_people_options(parser: Parser) -> None:
    """Add the options on who is looked for, and where."""
    group = parser.add_argument_group("who, and where")
    group.add_argument(
        "--target-face-dir",
        type=file_path,
        required=True,
        help="a folder of photos of the person who is looked for; ten or more are good",
    )
    group.add_argument(
        "--other-face-dir",
        type=file_path,
        help="a folder of photos of many other people; without it, likeness alone decides",
    )
    group.add_argument(
        "--photos-dir", type=file_path, required=True, help="the folder of photos to search"
    )
    add_listing_options(group)
    add_workers_option(group, "processes that look for faces")


def add_selection_options(parser: Parser) -> None:
    """Add the options on which faces are taken."""
    group = parser.add_argument_group("which faces")
    add_number(
        group,
        "--min-confidence",
        CONFIDENCE,
        DEFAULT_CONFIDENCE,
        "probability from which a face is taken for the target's",
    )
    group.add_argument(
        "--min-face-size",
        type=number(FACE_SIZE),
        metavar="N",
        help="width of the smallest face that is looked for, in pixels of the photo; the smaller,"
        " the longer it takes; by default 30, and a fiftieth of the longer side of large photos;"
        f" {FACE_SIZE}",
    )
    group.add_argument(
        "--all-faces",
        action="store_true",
        help="take all matching faces of a photo, not the likeliest alone",
    )
    group.add_argument(
        "--max-per", choices=INTERVALS, help="take only the face of each that shows most"
    )
    group.add_argument(
        "--undated",
        choices=UNDATED,
        default=UNDATED[0],
        help="what happens to photos of which nothing but the file's time is known",
    )


def add_montage_options(parser: Parser) -> None:
    """Add the options on what is written."""
    group = parser.add_argument_group("the montage")
    group.add_argument(
        "--savedir",
        type=file_path,
        required=True,
        help="the folder for the frames and their list",
    )
    order = group.add_mutually_exclusive_group()
    order.add_argument(
        "--order", choices=ORDERS, default=ORDERS[0], help="which frame comes after which"
    )
    order.add_argument(
        "--sort-by-photo-age",
        dest="order",
        action="store_const",
        const="age",
        help="the same as --order age: the oldest photo first",
    )
    _add_frame_options(group)
    add_number(group, "--seed", SEED, 0, "start of the random order")
    group.add_argument(
        "--dry-run", action="store_true", help="write only the sheets to look at, no frames"
    )


def _add_frame_options(group: argparse._ArgumentGroup) -> None:
    defaults = MontageOptions()
    add_number(
        group, "--output-size", OUTPUT_SIZE, defaults.output_size, "width and height of a frame"
    )
    add_number(
        group,
        "--start-closeness",
        CLOSENESS,
        defaults.start_closeness,
        "share of the first frame's width beside each eye; the less, the larger is the face",
    )
    add_number(
        group,
        "--end-closeness",
        CLOSENESS,
        defaults.end_closeness,
        "the same in the last frame; it changes evenly from frame to frame",
    )
    group.add_argument(
        "--border",
        choices=BORDERS,
        default=defaults.border,
        help="what is shown beyond the photo's edge",
    )


def montage_options(arguments: argparse.Namespace) -> MontageOptions:
    """Return the options on how frames look."""
    return MontageOptions(
        arguments.output_size,
        arguments.start_closeness,
        arguments.end_closeness,
        arguments.border,
    )
