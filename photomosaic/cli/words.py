"""What happened, put into words: a line for each notice that a job gives."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import singledispatch
from importlib import import_module
from pathlib import Path

from photomosaic.assignment.limits import Relaxation
from photomosaic.files.names import printable
from photomosaic.images.passed_over import VIDEO, passed_over_text
from photomosaic.jobs.edits import PhotoChanged, PhotoMissing, RequiredUnplaced
from photomosaic.jobs.photos import CacheUsed, FolderListed, PhotosFound, PhotosLeftOut
from photomosaic.jobs.targets import TargetChanged
from photomosaic.library.cut_samples import FewerCuts
from photomosaic.library.duplicates import THRESHOLD
from photomosaic.wording import counted

log = logging.getLogger(__name__)

FEW_PHOTOS = 50
UNFIT_WORDS = {
    "black": ("black photo", "black photos"),
    "blurred": ("blurred photo", "blurred photos"),
    "text": ("page of text", "pages of text"),
    "screenshot": ("screenshot", "screenshots"),
    "near-duplicate": ("near-duplicate", "near-duplicates"),
}
LISTED_AT_MOST = 20
# Rooms that few runs need, and the modules that have words for their notices.
WORDS_OF_OTHERS = {
    "photomosaic.jobs.murals": "photomosaic.cli.mural_words",
    "photomosaic.jobs.zoom_film": "photomosaic.cli.mural_words",
}


@singledispatch
def log_notice(notice: object) -> None:
    """Log a notice in words; those that have none here are for programs only."""
    words = WORDS_OF_OTHERS.get(type(notice).__module__)
    if words is not None:
        import_module(words)
    if log_notice.dispatch(type(notice)) is log_notice.dispatch(object):
        log.debug("%r", notice)
    else:
        log_notice(notice)


@log_notice.register
def _(notice: Relaxation) -> None:
    room = f"{counted(notice.cells, 'cell')} and {counted(notice.photos, 'photo')}"
    if notice.limit == "max_uses":
        log.warning("--max-uses %d is too low for %s; using %d", notice.asked, room, notice.used)
    elif notice.limit == "min_spacing":
        log.warning(
            "--min-spacing %d needs at least %s, and there are %s; using %d",
            *(notice.asked, counted(notice.excess, "photo"), f"{notice.photos:,}", notice.used),
        )
    else:
        log.warning(
            "--use-all: %s for %s; using as many photos as there are cells, each once",
            *(counted(notice.photos, "photo"), counted(notice.cells, "cell")),
        )


@log_notice.register
def _(notice: FewerCuts) -> None:
    log.info(
        "--cuts: %d instead of %d, since more do not fit into memory", notice.used, notice.asked
    )


@log_notice.register
def _(notice: TargetChanged) -> None:
    log.warning(
        "%s: has changed since the project was saved; the photos stay in their cells",
        printable(notice.path),
    )


@log_notice.register
def _(notice: PhotoMissing) -> None:
    what = "the next best photo takes its cells" if notice.placed else "it cannot be used"
    log.warning("%s: is missing; %s", printable(notice.path), what)


@log_notice.register
def _(notice: PhotoChanged) -> None:
    log.warning("%s: has changed since, and is used as it is now", printable(notice.path))


@log_notice.register
def _(notice: RequiredUnplaced) -> None:
    log.warning(
        "--must-use %s: the limits leave no cell for it",
        printable(notice.path),
    )


@log_notice.register
def _(notice: FolderListed) -> None:
    listing = notice.listing
    folder = printable(listing.folder)
    for pattern, name in listing.unmet.items():
        near = f"; the nearest name is {printable(name)}" if name else ""
        log.warning("--exclude %s: matches nothing in %s%s", printable(pattern), folder, near)
    if listing.passed_over:
        level = logging.INFO if listing.passed_over.keys() == {VIDEO} else logging.WARNING
        log.log(level, "%s: not used: %s", folder, passed_over_text(listing.passed_over))
    for path in listing.unreadable_folders:
        log.warning("%s: the folder may not be read and is left out", printable(path))


@log_notice.register
def _(notice: PhotosLeftOut) -> None:
    if notice.counts:
        log.info("left out: %s (--advise shows them)", reasons_text(notice.counts))


def reasons_text(counts: Mapping[str, int]) -> str:
    """Return how many photos are unfit for which reason, in words."""
    shown = [counted(count, *UNFIT_WORDS[why]) for why, count in sorted(counts.items())]
    return ", ".join(shown)


@dataclass(frozen=True)
class PageServed:
    """Notice of a page that is ready: its links, that for other devices last, and the folder."""

    links: tuple[str, ...]
    savedir: Path


@log_notice.register
def _(notice: PageServed) -> None:
    log.info("results go to %s; Ctrl-C ends the page", printable(notice.savedir))
    for link in notice.links:
        log.info("open %s", link)


@log_notice.register
def _(notice: CacheUsed) -> None:
    log.debug("the cache takes up %.1f MB", notice.bytes / 1e6)


@log_notice.register
def _(notice: PhotosFound) -> None:
    index, codebook = notice.index, notice.codebook
    log.info("%s", index)
    photos = codebook.photo_count
    if notice.tiles.crop == "skip":
        left_out = counted(len(index.photos) - photos, "photo")
        log.info("%s of another aspect left out (--crop skip)", left_out)
    if photos < len(codebook):
        log.debug("%s of them", counted(len(codebook), "tile"))
    if photos < FEW_PHOTOS:
        few = counted(photos, "photo")
        log.warning("only %s; from %d on pictures become recognisable", few, FEW_PHOTOS)
    if codebook.groups is not None:
        different = int(codebook.groups.max()) + 1
        log.info(
            "%s (correlation above %g), which leaves %s",
            counted(photos - different, "near-duplicate"),
            THRESHOLD,
            counted(different, "different photo"),
        )
    if notice.best_k > len(codebook):
        log.info("--best-k: reduced to the number of tiles, %d", len(codebook))


def log_unreadable(
    unreadable: Sequence[tuple[str, str]], what: str = "photo", *, verbose: bool
) -> None:
    """List what could not be read, each a path and a reason; `what` is the noun for one."""
    if unreadable:
        head = f"{counted(len(unreadable), what)} could not be read:"
        log.warning("%s", "\n".join([head, *listed(unreadable, verbose=verbose)]))


def listed(photos: Sequence[tuple[str, str]], *, verbose: bool) -> list[str]:
    """Return lines on photos, each a path and a reason; without `verbose` not on all of many."""
    shown = photos if verbose else photos[:LISTED_AT_MOST]
    lines = [f"  {printable(path)}: {reason}" for path, reason in shown]
    more = len(photos) - len(shown)
    return [*lines, f"  and {more:,} more; --verbose lists them all"] if more else lines
