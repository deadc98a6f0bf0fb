"""Prints, sheets and pages made as they were planned."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from photomosaic.errors import OutputError
from photomosaic.files.names import printable
from photomosaic.files.working import working_folder
from photomosaic.files.writing import reason_of
from photomosaic.jobs.murals import Mural, Print
from photomosaic.jobs.photos import open_library
from photomosaic.jobs.shape import WHITE, background_for
from photomosaic.jobs.still import Still
from photomosaic.jobs.still_plan import StillPlan
from photomosaic.library.originals import Original
from photomosaic.matching.grid import TileSize
from photomosaic.mosaic import Mosaicker
from photomosaic.murals.cells import CellsLook, PaintingPlace, cells_image, on_background
from photomosaic.murals.materials import Copies, Materials, MaterialsPlan, gather
from photomosaic.murals.page_folder import replacing_folder
from photomosaic.murals.picture import MuralLook, mural_image
from photomosaic.murals.share_page import write_share
from photomosaic.murals.sheets import write_sheets
from photomosaic.murals.size import MuralSize
from photomosaic.murals.write import write_mural
from photomosaic.murals.zoom_page import PHOTOS, PageContent, write_page
from photomosaic.options.values import bgr_of
from photomosaic.progress import Work
from photomosaic.rendering.cells import Tiles, on_colour

if TYPE_CHECKING:
    import pyvips


def make_mural(plan: StillPlan, mural: Mural, still: Still, work: Work) -> Still:
    """Make the print, its sheets and the page of a finished mosaic; return what is saved now.

    Raises
    ------
    OutputError
        If something cannot be written; what lay in its place before still does.
    """
    folder = plan.savepath.parent if mural.page is None else mural.page.folder.resolve().parent
    making = _Making(plan, mural, still, work)
    with ExitStack() as stack:
        try:
            # On the disk that the output goes to, for what does not fit into memory.
            scratch = stack.enter_context(working_folder(folder))
            page = None
            if mural.page is not None:
                page = stack.enter_context(replacing_folder(mural.page.folder))
            making.make(scratch, page)
        except OSError as error:
            reason = reason_of(error, folder)
            raise OutputError(f"{printable(folder)}: could not be written: {reason}") from error
    if mural.print is None:
        return still
    return replace(still, size=(mural.print.size.height, mural.print.size.width))


@dataclass(frozen=True)
class _Making:
    plan: StillPlan
    mural: Mural
    still: Still
    work: Work

    def make(self, scratch: Path, page: Path | None) -> None:
        """Make all that is planned, the page in a folder that is new."""
        with self.work.clock.stage("large tiles"):
            materials = self._gather(scratch, page)
        image_of = self._painter(materials, scratch)
        if self.mural.print:
            self._write_print(self.mural.print, image_of(self.mural.print.size))
        if self.mural.page and page:
            size, options = self.mural.page.size, self.plan.options
            background = None
            if options.shape.background is not None:
                background = bgr_of(options.shape.background)
            image = on_background(image_of(size), background)
            target = self._mosaicker.covered(self.plan.target)
            title = f"{printable(options.what.target.stem)}, a mosaic"
            with self.work.clock.stage("page"):
                content = PageContent(title, size, materials, target, self.plan.cells.layout)
                write_page(page, image, content, self.work)
                if self.mural.page.share is not None:
                    write_share(page, self.mural.page.share)

    def _tiles(self, size: MuralSize) -> list[TileSize]:
        """Return the sizes of the tiles of a mural."""
        grid = replace(self.plan.grid, tile=size.tile)
        return list(self.plan.cells.layout.on(grid).sizes)

    @cached_property
    def _mosaicker(self) -> Mosaicker:
        return Mosaicker(self.still.codebook, self.plan.options.look, self.plan.tile, self.work)

    def _painter(self, materials: Materials, scratch: Path) -> Callable[[MuralSize], pyvips.Image]:
        """Return what makes the image of a size."""
        plan, still, cells = self.plan, self.still, self.plan.cells
        stores = {store.tile: store for store in materials.stores}
        if cells.layout.is_grid and not cells.finish:
            transparent = materials.stores[0].transparent
            plain = MuralLook.of(
                plan.target, self._mosaicker, still.assignment, transparent=transparent
            )
            return lambda size: mural_image(
                stores[size.tile].images(), materials.places, size, plain
            )
        area = plan.grid.crop(plan.target)
        layout = cells.layout.on(replace(plan.grid, tile=still.codebook.tile))
        pictures, numbers = still.codebook.pictures.pick(still.assignment.ids.ravel())
        look = CellsLook.of(area, layout, cells.finish, Tiles(pictures, numbers), plan.options.look)
        places = materials.places.ravel()

        def image_of(size: MuralSize) -> pyvips.Image:
            return cells_image(look, stores, places, size, PaintingPlace(scratch, self.work))

        return image_of

    def _gather(self, scratch: Path, page: Path | None) -> Materials:
        copies, longest = None, self.plan.options.mural.copy_size
        if page is not None and longest:
            copies = Copies(page / PHOTOS, longest)
            copies.folder.mkdir()
        tiles = list(dict.fromkeys(tile for size in self.mural.sizes for tile in self._tiles(size)))
        plan = MaterialsPlan(tiles, self.plan.options.tiles.crop, copies, scratch)
        still = self.still
        return gather(still.codebook, still.assignment, plan, self._stand_in, self.work)

    def _stand_in(self, i: int) -> Original | None:
        """Return the thumbnail of a photo that is not there any more, if it is known."""
        codebook = self.still.codebook
        # Opened anew, since a connection may be used in the thread only that opened it.
        with open_library(self.plan.options.cache, Work(self.work.workers)) as library:
            thumbnail = library.thumbnail(codebook.hashes[i])
        return None if thumbnail is None else Original(thumbnail, None)

    def _write_print(self, made: Print, image: pyvips.Image) -> None:
        background = background_for(self.plan.options.shape, made.path, made.how.transparent)
        image = on_background(image, background)
        with self.work.clock.stage("encode"):
            write_mural(image, made.path, made.how, made.size.dpi, self.work)
        if made.sheets is not None:
            preview = on_colour(self.still.mosaic, WHITE)
            paper = on_background(image, WHITE)
            with self.work.clock.stage("sheets"):
                write_sheets(paper, preview, made.sheets, made.sheets_path, self.work)
