"""The options on prints, sheets and the page to zoom into."""

from __future__ import annotations

import argparse

from photomosaic.cli.console import Parser
from photomosaic.cli.options import add_number, file_path, number
from photomosaic.errors import InputError
from photomosaic.murals.sheets import PAPERS
from photomosaic.murals.size import PrintSize, parse_print_size
from photomosaic.murals.write import COMPRESSIONS
from photomosaic.ranges import DPI, ENLARGE, PHOTO_PIXELS, PRINT_PIXELS

DEFAULT_DPI = 150.0


def add_mural_options(parser: Parser) -> None:
    """Add the options on prints and on the page to zoom into."""
    group = parser.add_argument_group("print and zoom")
    _add_sizes(group.add_mutually_exclusive_group())
    group.add_argument(
        "--dpi",
        type=number(DPI),
        metavar="N",
        help=f"pixels per inch of the print; {DEFAULT_DPI:g} if not given; {DPI}",
    )
    group.add_argument(
        "--compression",
        choices=COMPRESSIONS,
        default=COMPRESSIONS[0],
        help="how a large TIFF is packed: without loss, or to a third of that",
    )
    group.add_argument(
        "--sheets",
        choices=PAPERS,
        help="also cut the print into sheets of that paper, as a PDF with a plan",
    )
    group.add_argument(
        "--zoom-page",
        type=file_path,
        metavar="FOLDER",
        help="also make a page to zoom into, in a folder that a browser opens from disk",
    )
    add_number(
        group, "--photo-size", PHOTO_PIXELS, 1024, "longer side of the photos in that page, pixels"
    )
    group.add_argument(
        "--originals",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="put copies of the photos into that page, to be seen large",
    )


def _add_sizes(group: argparse._MutuallyExclusiveGroup) -> None:
    group.add_argument(
        "--enlarge",
        type=number(ENLARGE),
        metavar="K",
        help="save the mosaic K times as large as the target, with tiles made of the original"
        f" photos; {ENLARGE}",
    )
    group.add_argument(
        "--output-width",
        type=number(PRINT_PIXELS),
        metavar="PX",
        help="the same, as near to that many pixels wide as whole tiles get without being wider",
    )
    group.add_argument(
        "--print",
        dest="print_size",
        type=_print_size,
        metavar="SIZE",
        help="the same, to fill a print of that size, as in 60x90cm or 24x36in",
    )


def _print_size(text: str) -> PrintSize:
    try:
        return parse_print_size(text)
    except InputError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
