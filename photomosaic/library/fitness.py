"""Which photos are unfit as tiles, found once from each thumbnail and kept in the photo library."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import get_args

from photomosaic.images.unfit import Unfit, unfit_of
from photomosaic.library.damage import DamagedError, damage_if_misread
from photomosaic.library.database import Database
from photomosaic.library.index import Photo
from photomosaic.library.schema import checksum_of
from photomosaic.library.thumbnails import StoredThumbnail, thumbnails
from photomosaic.parallel import in_threads
from photomosaic.progress import Work

PHOTOS_AT_ONCE = 512
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
    for start in range(0, len(photos), PHOTOS_AT_ONCE):
        stored = thumbnails(database, photos[start : start + PHOTOS_AT_ONCE])
        found = list(in_threads(_judged, stored, workers))
        rows = [(key, METHOD, why, checksum_of(key, METHOD, why)) for key, why in found]
        database.change([(_ADD, rows)])
        yield from found


def _judged(thumbnail: StoredThumbnail) -> tuple[bytes, Unfit]:
    return thumbnail.hash, unfit_of(thumbnail.pixels())
