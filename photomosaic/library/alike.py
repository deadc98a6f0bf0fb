"""Groups of near-duplicates, kept in the photo library for the sets of photos seen last."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import numpy as np

from photomosaic.arrays import Ids
from photomosaic.library.damage import DamagedError, damage_if_misread
from photomosaic.library.database import Database
from photomosaic.library.index import Photo
from photomosaic.library.schema import checksum_of

# To be raised when `near_duplicates` judges otherwise.
METHOD = 1
SETS_KEPT = 8

_KNOWN = "SELECT numbers, checksum FROM alike WHERE key = ?"
_ADD = "INSERT OR REPLACE INTO alike (key, numbers, checksum) VALUES (?, ?, ?)"
_DROP = "DELETE FROM alike WHERE id <= (SELECT max(id) FROM alike) - ?"


def kept_groups(database: Database, photos: Sequence[Photo], find: Callable[[], Ids]) -> Ids:
    """Return the number of each photo's group, shape (photos,), int64; found only once.

    Parameters
    ----------
    database : Database
    photos : sequence of Photo
    find : callable
        Returns the numbers, in the order of the photos.

    Raises
    ------
    DamagedError
        If something is not what was stored.
    """
    hashes = b"".join(photo.hash for photo in photos)
    key = hashlib.sha256(METHOD.to_bytes(4, "little") + hashes).digest()
    with damage_if_misread():
        for stored, checksum in database.rows(_KNOWN, (key,)):
            if checksum != checksum_of(key, stored):
                raise DamagedError("the near-duplicates are not what was stored")
            return np.frombuffer(stored, "<i4").astype(np.int64)
    numbers = find()
    stored = numbers.astype("<i4").tobytes()
    row = key, stored, checksum_of(key, stored)
    database.change([(_ADD, [row]), (_DROP, [(SETS_KEPT,)])])
    return numbers
