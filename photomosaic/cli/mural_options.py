"""The options on prints, sheets and the page to zoom into."""

from __future__ import annotations

import argparse

from photomosaic.cli.needs import check_needs
from photomosaic.cli.parser import group_of
from photomosaic.options.mosaic import MuralOptions

DEFAULT_DPI = 150.0


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
    return group_of(MuralOptions, arguments).copy_size
