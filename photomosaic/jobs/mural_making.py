"""Prints, sheets and pages made as they were planned."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from photomosaic.errors import OutputError
from photomosaic.files.names import printable
from photomosaic.files.working import working_folder
from photomosaic.files.writing import reason_of
from photomosaic.jobs.murals import Mural, Print
from photomosaic.jobs.photos import open_library
from photomosaic.jobs.still import Still
from photomosaic.jobs.still_plan import StillPlan
from photomosaic.library.originals import Original
from photomosaic.mosaic import Mosaicker
from photomosaic.murals.materials import Copies, Materials, MaterialsPlan, gather
from photomosaic.murals.page_folder import replacing_folder
from photomosaic.murals.picture import MuralLook, mural_image
from photomosaic.murals.share_page import write_share
from photomosaic.murals.sheets import write_sheets
from photomosaic.murals.size import MuralSize
from photomosaic.murals.write import write_mural
from photomosaic.murals.zoom_page import PHOTOS, PageContent, write_page
from photomosaic.progress import Work

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
        plan, still = self.plan, self.still
        mosaicker = Mosaicker(still.codebook, plan.options.look, plan.tile, self.work)
        transparent = materials.stores[0].transparent
        look = MuralLook.of(plan.target, mosaicker, still.assignment, transparent=transparent)
        if self.mural.print:
            self._write_print(self.mural.print, self._image(materials, look, self.mural.print.size))
        if self.mural.page and page:
            size = self.mural.page.size
            image = self._image(materials, look, size)
            target = mosaicker.covered(plan.target)
            title = f"{printable(plan.options.what.target.stem)}, a mosaic"
            with self.work.clock.stage("page"):
                content = PageContent(title, size, materials, target)
                write_page(page, image, content, self.work)
                if self.mural.page.share is not None:
                    write_share(page, self.mural.page.share)

    def _gather(self, scratch: Path, page: Path | None) -> Materials:
        copies, longest = None, self.plan.options.mural.copy_size
        if page is not None and longest:
            copies = Copies(page / PHOTOS, longest)
            copies.folder.mkdir()
        tiles = list(dict.fromkeys(size.tile for size in self.mural.sizes))
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

    def _image(self, materials: Materials, look: MuralLook, size: MuralSize) -> pyvips.Image:
        store = next(store for store in materials.stores if store.tile == size.tile)
        return mural_image(store.images(), materials.places, size, look)

    def _write_print(self, made: Print, image: pyvips.Image) -> None:
        with self.work.clock.stage("encode"):
            write_mural(image, made.path, made.how, made.size.dpi, self.work)
        if made.sheets is not None:
            preview = self.still.mosaic
            with self.work.clock.stage("sheets"):
                write_sheets(image, preview, made.sheets, made.sheets_path, self.work)
