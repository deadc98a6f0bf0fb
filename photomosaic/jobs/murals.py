"""Prints, sheets and the page to zoom into: checked, and planned before the work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from photomosaic.errors import InputError, naming
from photomosaic.files.names import printable
from photomosaic.files.savepath import fitting
from photomosaic.images.overwriting import check_output, refuse_others_file
from photomosaic.jobs.dependent import check_needs
from photomosaic.jobs.still_plan import StillPlan, other_outputs
from photomosaic.library.codebook import Codebook
from photomosaic.library.index import Index
from photomosaic.murals import size
from photomosaic.murals.estimate import (
    Room,
    Sharpness,
    check_room,
    pixels_of_copies,
    seconds_to_make,
)
from photomosaic.murals.page_folder import check_page_folder
from photomosaic.murals.share_page import check_share, share_path
from photomosaic.murals.sheet_layout import SheetLayout
from photomosaic.murals.size import MuralSize
from photomosaic.murals.write import MuralFormat, mural_format
from photomosaic.murals.zoom_page import PYRAMID, leaflet_files
from photomosaic.options.mosaic import MuralOptions
from photomosaic.options.values import PrintSize
from photomosaic.progress import Work

DEFAULT_DPI = 150.0
PAGE_TILE = 256
PAGE_PIXELS = 900_000_000
COPY_BYTES_PER_PIXEL = 0.2

Sizes = Sequence[tuple[float, float]]
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
        return self.path.with_name(fitting(self.path.stem, "-sheets.pdf"))


@dataclass(frozen=True)
class Page:
    """A page to zoom into, in a folder; `share` is the file of its small copy, if wanted."""

    folder: Path
    size: MuralSize
    share: Path | None = None


@dataclass(frozen=True)
class Mural:
    """What is made besides the mosaic of the target's size."""

    print: Print | None
    page: Page | None

    @property
    def sizes(self) -> list[MuralSize]:
        """The sizes of the pictures that are made."""
        return [made.size for made in (self.print, self.page) if made is not None]


@dataclass(frozen=True)
class MuralPlanned:
    """Notice of a print or page before it is made.

    Attributes
    ----------
    mural : Mural
    paper : PrintSize or None
        The size of paper asked for.
    sharpest : MuralSize or None
        The print for which nine of ten photos have enough pixels.
    enlarged, photos : int
        Photos with fewer pixels than their tiles, of all photos.
    seconds : float
        Estimated time.
    rooms : tuple of Room
    """

    mural: Mural
    paper: PrintSize | None
    sharpest: MuralSize | None
    enlarged: int
    photos: int
    seconds: float
    rooms: tuple[Room, ...]


def check_mural(plan: StillPlan) -> Print | None:
    """Check that what the options ask for can be made and saved, and return the print, if any.

    Raises
    ------
    InputError
        If it cannot.
    """
    options = plan.options.mural
    _check_needs(options, plan.savepath)
    if options.zoom_page is not None:
        _check_page(plan, options.zoom_page)
    printed = _print_size(plan)
    if printed is None:
        return None
    with naming("--savepath"):
        how = mural_format(plan.savepath, printed, options.compression or "deflate")
    if not options.sheets:
        return Print(plan.savepath, printed, how, None)
    with naming("--sheets"):
        made = Print(plan.savepath, printed, how, SheetLayout.of(printed, options.sheets))
        _check_sheets(plan, made.sheets_path)
    return made


def _check_sheets(plan: StillPlan, path: Path) -> None:
    check_output(path, plan.options.what.target, plan.listing)
    refuse_others_file(path, "--savepath")


def _check_needs(options: MuralOptions, savepath: Path) -> None:
    """Raise `InputError` if an option is given that changes nothing."""
    if options.zoom_page is None:
        check_needs(options, "photo_size originals", "--zoom-page: it is for photos of that page")
        if options.share:
            raise InputError("--share needs --zoom-page: it is a smaller copy of that page")
    if options.originals is False:
        check_needs(options, "photo_size", "--originals: the page has no photos without it")
    if not options.enlarged:
        sized = "a size: add --print, --output-width or --enlarge"
        check_needs(options, "sheets dpi compression", sized)
    if savepath.suffix.lower() not in (".tif", ".tiff"):
        check_needs(options, "compression", "a --savepath of .tif: it applies only to TIFFs")


def _check_page(plan: StillPlan, folder: Path) -> None:
    with naming("--zoom-page:"):
        leaflet_files()
    with naming("--zoom-page"):
        check_page_folder(folder, plan.options.photos.codebook_dir, plan.options.what.target)
        beside = [path for _, path, _ in other_outputs(plan.options)]
        if plan.options.mural.share:
            check_share(share_path(folder), [plan.savepath, *beside, plan.options.what.target])
        for path in (plan.savepath, *beside):
            if path.resolve().is_relative_to(folder.resolve()):
                raise InputError(
                    f"{printable(folder)}: {printable(path)} would lie in it; name another"
                )


def _print_size(plan: StillPlan) -> MuralSize | None:
    options = plan.options.mural
    dpi = options.dpi or DEFAULT_DPI
    if options.enlarge is not None:
        with naming("--enlarge"):
            return size.enlarged(plan.grid, plan.size, options.enlarge, dpi)
    if options.output_width is not None:
        with naming("--output-width"):
            return size.of_width(plan.grid, plan.size, options.output_width, dpi)
    if options.print_size is not None:
        with naming("--print"):
            return size.of_print(plan.grid, plan.size, options.print_size, dpi)
    return None


def plan_mural(
    plan: StillPlan, printed: Print | None, index: Index, codebook: Codebook, work: Work
) -> Mural | None:
    """Decide what depends on the photos, and give notice of what is made; None if it is nothing.

    Raises
    ------
    InputError
        If the disk has no room for it.
    """
    folder = plan.options.mural.zoom_page
    if printed is None and folder is None:
        return None
    photos = photo_sizes(index, codebook)
    shown = sizes_shown(codebook, photos)
    page = None
    if folder is not None:
        share = share_path(folder) if plan.options.mural.share else None
        page = Page(folder, _page_size(plan, printed, shown), share)
    mural = Mural(printed, page)
    work.notify(_notice(plan, mural, photos, shown))
    return mural


def photo_sizes(index: Index, codebook: Codebook) -> Sizes:
    """Return the sizes of a codebook's photos, in its order."""
    size_of = {photo.hash: (photo.height, photo.width) for photo in index.photos}
    return [size_of[codebook.hashes[tile]] for tile in codebook.first_tiles.tolist()]


def sizes_shown(codebook: Codebook, photos: Sizes) -> Sizes:
    """Return the size of the smallest cut of each photo; where it has one, its own."""
    if codebook.cuts is None or codebook.photo_count == len(codebook):
        return photos
    least = np.full((codebook.photo_count, 2), np.inf)
    np.minimum.at(least, codebook.photos, codebook.cuts.sides[:, 2:])
    shown = np.asarray(photos) * least
    return [(height, width) for height, width in shown.tolist()]


def _page_size(plan: StillPlan, printed: Print | None, shown: Sizes) -> MuralSize:
    """Return a size at which the photos are seen well, that of the print if that is larger."""
    sharpness = Sharpness.of(shown, plan.tile, plan.tile, plan.options.tiles.crop)
    tile = size.page_tile(plan.grid, sharpness.factor, PAGE_TILE, PAGE_PIXELS)
    if printed is not None and printed.size.tile.width >= tile.width:
        return printed.size
    return MuralSize.of(plan.grid, plan.size, tile, DEFAULT_DPI)


def _notice(plan: StillPlan, mural: Mural, photos: Sizes, shown: Sizes) -> MuralPlanned:
    sharpest, enlarged = None, 0
    if mural.print is not None:
        tile = mural.print.size.tile
        sharpness = Sharpness.of(shown, plan.tile, tile, plan.options.tiles.crop)
        sharpest = mural.print.size.with_tile(sharpness.largest_tile(plan.tile))
        enlarged = sharpness.enlarged
    # As many photos as there are cells, since nothing is matched yet.
    used = photos[: plan.grid.cells]
    seconds = seconds_to_make(used, sum(each.pixels for each in mural.sizes))
    rooms = _rooms(plan, mural, used)
    paper = plan.options.mural.print_size
    return MuralPlanned(
        mural, paper, sharpest, enlarged, photos=len(photos), seconds=seconds, rooms=rooms
    )


def _rooms(plan: StillPlan, mural: Mural, used: Sizes) -> tuple[Room, ...]:
    rooms = []
    if mural.print is not None:
        needed = mural.print.size.pixels * mural.print.how.bytes_per_pixel
        rooms.append(check_room(plan.savepath, needed))
    if mural.page is not None:
        needed = mural.page.size.pixels * PYRAMID.bytes_per_pixel
        longest = plan.options.mural.copy_size
        if longest:
            needed += pixels_of_copies(used, longest) * COPY_BYTES_PER_PIXEL
        rooms.append(check_room(mural.page.folder, needed))
    return tuple(rooms)
