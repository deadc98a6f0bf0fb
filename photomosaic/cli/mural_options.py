"""The options on prints, sheets and the page to zoom into."""

from __future__ import annotations

import argparse

from photomosaic.cli.console import Parser
from photomosaic.cli.needs import check_needs
from photomosaic.cli.parsers import file_path, number
from photomosaic.errors import InputError
from photomosaic.murals.sheets import PAPERS
from photomosaic.murals.size import PrintSize, parse_print_size
from photomosaic.murals.write import COMPRESSIONS
from photomosaic.ranges import DPI, ENLARGE, PHOTO_PIXELS, PRINT_PIXELS

DEFAULT_DPI = 150.0
DEFAULT_PHOTO_SIZE = 1024


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
        help="how a large TIFF is packed: without loss, which it is if not given, or to a third of"
        " that",
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
    group.add_argument(
        "--photo-size",
        type=number(PHOTO_PIXELS),
        metavar="N",
        help="longer side of the photos in that page, pixels;"
        f" {DEFAULT_PHOTO_SIZE} if not given; {PHOTO_PIXELS}",
    )
    group.add_argument(
        "--originals",
        action=argparse.BooleanOptionalAction,
        help="put copies of the photos into that page, to be seen large; on if not given",
    )


def check_mural_needs(arguments: argparse.Namespace) -> None:
    """Raise `InputError` if an option is given that changes nothing."""
    page, prints = ["--photo-size", "--originals"], ["--sheets", "--dpi", "--compression"]
    if arguments.zoom_page is None:
        check_needs(arguments, page, "--zoom-page: it is about the photos in that page")
    if arguments.originals is False:
        check_needs(arguments, ["--photo-size"], "--originals: without them no photo has a size")
    sizes = arguments.enlarge, arguments.output_width, arguments.print_size
    if not any(sizes):
        check_needs(arguments, prints, "a size: add --print, --output-width or --enlarge")
    if not arguments.savepath.lower().endswith((".tif", ".tiff")):
        check_needs(arguments, ["--compression"], "a --savepath of .tif: it is for those only")


def copy_size(arguments: argparse.Namespace) -> int:
    """Return the longer side of the photos that the page holds copies of; 0 if it holds none."""
    return 0 if arguments.originals is False else arguments.photo_size or DEFAULT_PHOTO_SIZE


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
