"""The thumbnails of the photo library, each checked when it is read."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from photomosaic.arrays import AnyImage
from photomosaic.images.thumbnail import read_thumbnail
from photomosaic.library.damage import DamagedError, damage_if_misread
from photomosaic.library.database import Database
from photomosaic.library.index import Photo
from photomosaic.library.schema import checksum_of
from photomosaic.parallel.workers import Threads

PHOTOS_AT_ONCE = 512

Made = TypeVar("Made")

_OF_ROWS = (
    "SELECT id, height, width, thumbnail, checksum, row_checksum FROM photos"
    " WHERE id IN (SELECT value FROM json_each(?))"
)
_OF_HASH = "SELECT id, height, width, thumbnail, checksum, row_checksum FROM photos WHERE hash = ?"


@dataclass(frozen=True)
class StoredThumbnail:
    """The thumbnail of a photo with a SHA-256, as it is stored: a JPEG or PNG."""

    hash: bytes
    row: int
    height: int
    width: int
    encoded: bytes
    checksum: int
    row_checksum: int

    def pixels(self) -> AnyImage:
        """Return it (H, W, 3 or 4), uint8, BGR(A).

        Raises
        ------
        DamagedError
            If it is not what was stored, or another photo's.
        """
        with damage_if_misread():
            row_checksum = checksum_of(self.hash, self.height, self.width, self.checksum)
            if (row_checksum, zlib.crc32(self.encoded)) != (self.row_checksum, self.checksum):
                raise DamagedError("a thumbnail is not what was stored")
            return read_thumbnail(self.encoded)


def thumbnails(database: Database, photos: Sequence[Photo]) -> Iterator[StoredThumbnail]:
    """Yield the thumbnails of photos, in any order.

    Raises
    ------
    DamagedError
        If one is missing.
    """
    hashes = {photo.row: photo.hash for photo in photos}
    with damage_if_misread():
        for row, *values in database.rows(_OF_ROWS, (json.dumps(list(hashes)),)):
            yield StoredThumbnail(hashes.pop(row), row, *values)
    if hashes:
        raise DamagedError("photos are missing")


def from_thumbnails(
    database: Database,
    photos: Sequence[Photo],
    make: Callable[[StoredThumbnail], Made],
    workers: int,
    at_once: int = PHOTOS_AT_ONCE,
) -> Iterator[list[Made]]:
    """Yield what `make` returns for the thumbnails of photos, a batch of them at a time.

    A batch is made in `workers` threads, in any order.

    Raises
    ------
    DamagedError
        If a thumbnail is missing, or not what was stored.
    """
    for start in range(0, len(photos), at_once):
        with damage_if_misread():
            stored = thumbnails(database, photos[start : start + at_once])
            made = list(Threads(workers).map(make, stored))
        yield made


def stored_thumbnail(database: Database, sha256: bytes) -> AnyImage | None:
    """Return the thumbnail (H, W, 3 or 4), uint8, BGR(A), of a photo, or None if there is none.

    Raises
    ------
    DamagedError
        If it is not what was stored.
    """
    for values in database.rows(_OF_HASH, (sha256,)):
        return StoredThumbnail(sha256, *values).pixels()
    return None
