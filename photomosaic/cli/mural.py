"""What a mosaic becomes besides a picture of its target's size: planned, and told of."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from photomosaic.cli.console import blaming
from photomosaic.cli.mural_options import DEFAULT_DPI, check_mural_needs, copy_size
from photomosaic.cli.still import Still, other_outputs
from photomosaic.codebook.codebook import Codebook
from photomosaic.codebook.index import Index
from photomosaic.errors import InputError
from photomosaic.images.listing import printable
from photomosaic.images.output_place import check_output, refuse_others_file
from photomosaic.matching.grid import Grid
from photomosaic.murals import outlook, size
from photomosaic.murals.page_folder import check_page_folder
from photomosaic.murals.sheets import SheetLayout
from photomosaic.murals.size import MuralSize
from photomosaic.murals.write import COMPRESSIONS, MuralFormat, mural_format
from photomosaic.murals.zoom_page import leaflet_files
from photomosaic.savepath import fitting
from photomosaic.wording import counted

log = logging.getLogger(__name__)

PAGE_TILE = 256
PAGE_PIXELS = 900_000_000
PAGE_BYTES_PER_PIXEL = 0.45
COPY_BYTES_PER_PIXEL = 0.2

Sizes = Sequence[tuple[int, int]]
"""Height and width of photos."""


@dataclass(frozen=True)
class Print:
    """A large picture.

    Attributes
    ----------
    path : Path
    size : MuralSize
    how : MuralFormat
    sheets : SheetLayout or None
        How it is spread over sheets of paper, if it is.
    """

    path: Path
    size: MuralSize
    how: MuralFormat
    sheets: SheetLayout | None

    @property
    def sheets_path(self) -> Path:
        """The file of the sheets."""
        return sheets_path(self.path)


@dataclass(frozen=True)
class Page:
    """A page to zoom into, in a folder."""

    folder: Path
    size: MuralSize


@dataclass(frozen=True)
class Mural:
    """What is made besides the mosaic of the target's size."""

    print: Print | None
    page: Page | None

    @property
    def sizes(self) -> list[MuralSize]:
        """The sizes of the pictures that are made."""
        return [made.size for made in (self.print, self.page) if made is not None]

    @property
    def lines(self) -> list[str]:
        """What is said of it in the end."""
        lines = []
        if self.print and self.print.sheets:
            count = counted(self.print.sheets.count, "sheet")
            lines.append(f"{printable(self.print.sheets_path)}: {count} and a plan")
        if self.page:
            lines.append(f"{printable(self.page.folder / 'index.html')}: open it in a browser")
        return lines


def sheets_path(path: Path) -> Path:
    """Return where the sheets of a print at `path` are saved."""
    return path.with_name(fitting(path.stem, "-sheets.pdf"))


def check_mural(arguments: argparse.Namespace, still: Still) -> Print | None:
    """See that what the options ask for can be made and saved, and return the print, if any.

    Raises
    ------
    InputError
        If it cannot.
    """
    check_mural_needs(arguments)
    if arguments.zoom_page is not None:
        _check_page(arguments, still)
    wanted = _print_size(arguments, still)
    if wanted is None:
        return None
    with blaming("--savepath"):
        how = mural_format(still.savepath, wanted, arguments.compression or COMPRESSIONS[0])
    sheets = None
    if arguments.sheets:
        with blaming("--sheets"):
            sheets = SheetLayout.of(wanted, arguments.sheets)
            sheets_file = sheets_path(still.savepath)
            check_output(sheets_file, arguments.target, still.listing)
            refuse_others_file(sheets_file, "--savepath")
    return Print(still.savepath, wanted, how, sheets)


def plan_mural(
    arguments: argparse.Namespace,
    wanted: Print | None,
    still: Still,
    index: Index,
    codebook: Codebook,
) -> Mural | None:
    """Decide what depends on the photos, and tell what will be made; None if it is nothing.

    Raises
    ------
    InputError
        If the disk has no room for it.
    """
    if wanted is None and arguments.zoom_page is None:
        return None
    size_of = {photo.hash: (photo.height, photo.width) for photo in index.photos}
    photos = [size_of[sha256] for sha256 in codebook.hashes]
    page = None
    if arguments.zoom_page is not None:
        page = Page(arguments.zoom_page, _page_size(arguments, still, wanted, photos))
    mural = Mural(wanted, page)
    if wanted is not None:
        log.info("print: %s", outlook.size_line(wanted.size))
        if arguments.print_size is not None:
            log.info("the picture's aspect leaves that of %s", arguments.print_size)
        _tell_of_sharpness(arguments, still, wanted.size, photos)
    if page is not None:
        log.info("page: %s", outlook.pixels_line(page.size))
    _tell_of_cost(arguments, still, mural, photos)
    return mural


def _grid(still: Still) -> tuple[Grid, tuple[int, int]]:
    """Return the grid of the target, and the target's height and width."""
    frame = still.target.shape[0], still.target.shape[1]
    return Grid.fit(frame, still.tile, cover=still.options.cover), frame


def _print_size(arguments: argparse.Namespace, still: Still) -> MuralSize | None:
    dpi = arguments.dpi or DEFAULT_DPI
    if arguments.enlarge is not None:
        with blaming("--enlarge"):
            return size.enlarged(*_grid(still), arguments.enlarge, dpi)
    if arguments.output_width is not None:
        with blaming("--output-width"):
            return size.of_width(*_grid(still), arguments.output_width, dpi)
    if arguments.print_size is not None:
        with blaming("--print"):
            return size.of_print(*_grid(still), arguments.print_size, dpi)
    return None


def _check_page(arguments: argparse.Namespace, still: Still) -> None:
    folder = arguments.zoom_page
    leaflet_files()
    with blaming("--zoom-page"):
        check_page_folder(folder, arguments.codebook_dir, arguments.target)
        beside = [path for _, path, _ in other_outputs(arguments)]
        for path in (still.savepath, *beside):
            if path.resolve().is_relative_to(folder.resolve()):
                raise InputError(
                    f"{printable(folder)}: {printable(path)} would lie in it; name another"
                )


def _page_size(
    arguments: argparse.Namespace, still: Still, wanted: Print | None, photos: Sizes
) -> MuralSize:
    """Return a size at which the photos are seen well, that of the print if that is larger."""
    grid, frame = _grid(still)
    sharpness = outlook.Sharpness.of(photos, still.tile, still.tile, arguments.crop)
    tile = size.page_tile(grid, sharpness.factor, PAGE_TILE, PAGE_PIXELS)
    if wanted is not None and wanted.size.tile.width >= tile.width:
        return wanted.size
    return MuralSize.of(grid, frame, tile, DEFAULT_DPI)


def _tell_of_sharpness(
    arguments: argparse.Namespace, still: Still, wanted: MuralSize, photos: Sizes
) -> None:
    sharpness = outlook.Sharpness.of(photos, still.tile, wanted.tile, arguments.crop)
    sharpest = sharpness.largest_tile(still.tile)
    factor = sharpest.width / wanted.tile.width
    largest = replace(
        wanted, width=round(wanted.width * factor), height=round(wanted.height * factor)
    )
    log.info(
        "sharpest: nine of ten photos have pixels for tiles of %dx%d, a print of %s",
        *(sharpest.width, sharpest.height, largest.print_size),
    )
    if sharpness.enlarged:
        log.warning(
            "photos with fewer pixels than their tiles, which look soft from near: %d of %d",
            *(sharpness.enlarged, len(photos)),
        )


def _tell_of_cost(arguments: argparse.Namespace, still: Still, mural: Mural, photos: Sizes) -> None:
    """Tell time and room; of as many photos as there are cells, since nothing is matched yet."""
    grid, _ = _grid(still)
    used = photos[: grid.cells]
    parts = []
    if mural.print is not None:
        wanted = mural.print.size.pixels * mural.print.how.bytes_per_pixel
        parts.append(outlook.room(still.savepath, wanted))
    if mural.page is not None:
        wanted = mural.page.size.pixels * PAGE_BYTES_PER_PIXEL
        longest = copy_size(arguments)
        if longest:
            wanted += outlook.pixels_of_copies(used, longest) * COPY_BYTES_PER_PIXEL
        parts.append(outlook.room(mural.page.folder, wanted))
    seconds = outlook.seconds_to_make(used, sum(each.pixels for each in mural.sizes))
    log.info("takes about %s; %s", outlook.in_time(seconds), "; ".join(parts))
