"""Prints, sheets and pages made as they were planned."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from photomosaic.cli.console import progress_for
from photomosaic.cli.mural import Mural, Print
from photomosaic.cli.mural_options import copy_size
from photomosaic.cli.still import Still, StillResult, photo_library
from photomosaic.codebook.originals import Original, small_tile
from photomosaic.errors import OutputError
from photomosaic.files.working import working_folder
from photomosaic.files.writing import reason_of
from photomosaic.images.listing import printable
from photomosaic.mosaic import Mosaicker
from photomosaic.murals.originals import Copies, Materials, gather
from photomosaic.murals.page_folder import replacing_folder
from photomosaic.murals.picture import Look, mural_image
from photomosaic.murals.sheets import write_sheets
from photomosaic.murals.size import MuralSize
from photomosaic.murals.write import write_mural
from photomosaic.murals.zoom_page import PHOTOS, write_page
from photomosaic.progress import Progress, StageClock

if TYPE_CHECKING:
    import pyvips


def make_mural(
    arguments: argparse.Namespace,
    mural: Mural,
    still: Still,
    result: StillResult,
    clock: StageClock,
) -> StillResult:
    """Make the print, its sheets and the page of a finished mosaic; return what is saved now.

    Raises
    ------
    OutputError
        If something cannot be written; what lay in its place before still does.
    """
    folder = still.savepath.parent if mural.page is None else mural.page.folder.resolve().parent
    work = _MuralWork(arguments, mural, still, result, clock)
    with ExitStack() as stack:
        try:
            # On the disk that the output goes to, for what does not fit into memory.
            scratch = stack.enter_context(working_folder(folder))
            page = None
            if mural.page is not None:
                page = stack.enter_context(replacing_folder(mural.page.folder))
            work.make(scratch, page)
        except OSError as error:
            reason = reason_of(error, folder)
            raise OutputError(f"{printable(folder)}: could not be written: {reason}") from error
    if mural.print is None:
        return result
    return replace(result, size=(mural.print.size.height, mural.print.size.width))


@dataclass(frozen=True)
class _MuralWork:
    arguments: argparse.Namespace
    mural: Mural
    still: Still
    result: StillResult
    clock: StageClock

    def make(self, scratch: Path, page: Path | None) -> None:
        """Make all that is planned, the page in a folder that is new."""
        with self.clock.stage("large tiles"):
            materials = self._gather(scratch, page)
        mosaicker = Mosaicker(
            self.result.codebook, self.still.options, self.still.tile, self.clock, self._progress
        )
        look = Look.of(
            self.still.target,
            mosaicker,
            self.result.assignment,
            transparent=materials.stores[0].transparent,
        )
        if self.mural.print:
            self._write_print(self.mural.print, self._image(materials, look, self.mural.print.size))
        if self.mural.page and page:
            size = self.mural.page.size
            image = self._image(materials, look, size)
            target = mosaicker.covered(self.still.target)
            title = f"{printable(self.arguments.target.stem)}, a mosaic"
            with self.clock.stage("page"):
                write_page(page, image, size, materials, target, title, self._progress)

    @property
    def _progress(self) -> Progress:
        return progress_for(self.arguments)

    def _gather(self, scratch: Path, page: Path | None) -> Materials:
        copies, longest = None, copy_size(self.arguments)
        if page is not None and longest:
            copies = Copies(page / PHOTOS, longest)
            copies.folder.mkdir()
        return gather(
            self.result.codebook,
            self.result.assignment,
            list(dict.fromkeys(size.tile for size in self.mural.sizes)),
            self.arguments.crop,
            scratch,
            copies,
            self._stand_in,
            self.arguments.workers,
            self._progress,
        )

    def _stand_in(self, i: int) -> Original:
        """Return the thumbnail of a photo that is not there any more, else its tile."""
        codebook = self.result.codebook
        # Opened anew, since a connection may be used in the thread only that opened it.
        with photo_library(self.arguments, StageClock()) as library:
            thumbnail = library.thumbnail(codebook.hashes[i])
        return small_tile(codebook, i) if thumbnail is None else Original(thumbnail, None)

    def _image(self, materials: Materials, look: Look, size: MuralSize) -> pyvips.Image:
        store = next(store for store in materials.stores if store.tile == size.tile)
        return mural_image(store.images(), materials.places, size, look)

    def _write_print(self, wanted: Print, image: pyvips.Image) -> None:
        with self.clock.stage("encode"):
            write_mural(image, wanted.path, wanted.how, wanted.size.dpi, self._progress)
        if wanted.sheets is not None:
            with self.clock.stage("sheets"):
                write_sheets(
                    image,
                    self.result.mosaic,
                    wanted.size,
                    wanted.sheets,
                    wanted.sheets_path,
                    self._progress,
                )
