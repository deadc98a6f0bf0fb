"""Which photos are unfit as tiles, found once from each thumbnail and kept in the photo library."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import get_args

from photomosaic.images.unfit import Unfit, unfit_by_name, unfit_of
from photomosaic.library.damage import DamagedError, damage_if_misread
from photomosaic.library.database import Database
from photomosaic.library.index import Photo
from photomosaic.library.schema import checksum_of
from photomosaic.library.thumbnails import StoredThumbnail, from_thumbnails
from photomosaic.progress import Work

# To be raised when `unfit_of` judges otherwise.
METHOD = 1

_KNOWN = "SELECT hash, why, checksum FROM unfit WHERE method = ?"
_ADD = "INSERT OR REPLACE INTO unfit VALUES (?, ?, ?, ?)"
_WHYS = {why: why for why in get_args(Unfit)}


def unfitness(database: Database, photos: Sequence[Photo], work: Work) -> dict[bytes, Unfit]:
    """Return by hash why photos are unfit; "" for those that are fit.

    Raises
    ------
    DamagedError
        If something is not what was stored.
    """
    wanted = {photo.hash: photo for photo in photos}
    known = _known(database, wanted)
    missing = [photo for digest, photo in wanted.items() if digest not in known]
    found = _found(database, missing, work.workers)
    return known | dict(work.progress(found, total=len(missing), what="judging", unit="photo"))


def _known(database: Database, wanted: dict[bytes, Photo]) -> dict[bytes, Unfit]:
    known: dict[bytes, Unfit] = {}
    with damage_if_misread():
        for digest, why, checksum in database.rows(_KNOWN, (METHOD,)):
            if digest in wanted:
                if checksum != checksum_of(digest, METHOD, why) or why not in _WHYS:
                    raise DamagedError("what was judged of a photo is not what was stored")
                known[digest] = _WHYS[why]
    return known


def _found(
    database: Database, photos: Sequence[Photo], workers: int
) -> Iterator[tuple[bytes, Unfit]]:
    for found in from_thumbnails(database, photos, _judged, workers):
        rows = [(key, METHOD, why, checksum_of(key, METHOD, why)) for key, why in found]
        database.change([(_ADD, rows)])
        yield from found


def _judged(thumbnail: StoredThumbnail) -> tuple[bytes, Unfit]:
    return thumbnail.hash, unfit_of(thumbnail.pixels())


def better_left_out(
    photos: Sequence[Photo], unfit: Mapping[bytes, Unfit], groups: Mapping[bytes, int]
) -> list[tuple[Photo, str]]:
    """Return the photos that mosaics are better without, each with the reason, in their order.

    Parameters
    ----------
    photos : sequence of Photo
    unfit : mapping of bytes to str
        As from `unfitness`.
    groups : mapping of bytes to int
        By hash, a number that near-duplicates share; the one of most pixels is kept.
    """
    reasons = {
        photo.hash: unfit_by_name(Path(photo.path).name) or unfit.get(photo.hash, "")
        for photo in photos
    }
    best: dict[int, Photo] = {}
    for photo in photos:
        kept = best.get(groups[photo.hash])
        larger = kept is None or kept.height * kept.width < photo.height * photo.width
        if larger and not reasons[photo.hash]:
            best[groups[photo.hash]] = photo
    return [
        (photo, reasons[photo.hash] or "near-duplicate")
        for photo in photos
        if reasons[photo.hash] or best[groups[photo.hash]] is not photo
    ]
