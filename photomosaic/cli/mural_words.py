"""Words for prints, pages and films, loaded with their first notice."""

from __future__ import annotations

import logging

from photomosaic.cli.words import log_notice
from photomosaic.files.names import printable
from photomosaic.jobs.murals import MuralPlanned
from photomosaic.jobs.zoom_film import TargetCut
from photomosaic.murals.estimate import Room, in_bytes
from photomosaic.murals.size import MuralSize

log = logging.getLogger(__name__)


@log_notice.register
def _(notice: MuralPlanned) -> None:
    made, page, sharpest = notice.mural.print, notice.mural.page, notice.sharpest
    if made is not None and sharpest is not None:
        paper = f"{made.size.print_size} at {made.size.dpi:.0f} dpi"
        log.info("print: %s, %s", pixels_line(made.size), paper)
        if notice.paper is not None:
            log.info("the print has another aspect than %s", notice.paper)
        log.info(
            "sharpest: nine of ten photos have pixels for tiles of %dx%d, a print of %s",
            *(sharpest.tile.width, sharpest.tile.height, sharpest.print_size),
        )
    if notice.enlarged:
        log.warning(
            "photos with fewer pixels than their tiles, which look soft up close: %d of %d",
            *(notice.enlarged, notice.photos),
        )
    if page is not None:
        log.info("page: %s", pixels_line(page.size))
    rooms = "; ".join(map(_room, notice.rooms))
    log.info("takes about %s; %s", in_time(notice.seconds), rooms)


@log_notice.register
def _(notice: TargetCut) -> None:
    log.warning(
        "the film shows %.0f %% of the target; --film-size %s shows more",
        *(100 * notice.share, notice.better),
    )


def in_time(seconds: float) -> str:
    """Return a time in words."""
    if seconds < 90:
        return f"{max(5, 5 * round(seconds / 5))} seconds"
    return f"{round(seconds / 60)} minutes"


def pixels_line(size: MuralSize) -> str:
    """Return the pixels of a picture and its tiles in words."""
    return (
        f"{size.width:,}x{size.height:,} pixels ({size.pixels / 1e6:,.0f} megapixels) in tiles of"
        f" {size.tile.width}x{size.tile.height}"
    )


def _room(room: Room) -> str:
    return f"{printable(room.path)} about {in_bytes(room.needed)}, of {in_bytes(room.free)} free"
