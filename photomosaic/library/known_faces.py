"""Where the faces of photos are, as far as a search for faces has stored it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from photomosaic.images.cuts import Box
from photomosaic.library.damage import DamagedError, damage_if_misread
from photomosaic.library.database import Database
from photomosaic.library.index import Photo
from photomosaic.library.schema import checksum_of

_FACES = (
    "SELECT hash, method, height, width, own_output, dates, faces, checksum FROM face_photos"
    " WHERE length(faces) > 0"
)
# A row starts with the number of its faces. Then come so many numbers of 4 bytes for each face, the
# first of which are its box, in pixels.
COUNT_BYTES, RECORD = 4, 141
# Detected boxes end at the brows and the chin.
GROWN = 0.15


def known_faces(database: Database, photos: Sequence[Photo]) -> dict[bytes, tuple[Box, ...]]:
    """Return the boxes of faces, a little larger than detected, of photos that have any.

    Raises
    ------
    DamagedError
        If something is not what was stored.
    """
    wanted = {photo.hash for photo in photos}
    found: dict[bytes, tuple[Box, ...]] = {}
    with damage_if_misread():
        for *row, checksum in database.rows(_FACES):
            digest, _, height, width, *_, faces = row
            if digest not in wanted:
                continue
            if checksum != checksum_of(*row):
                raise DamagedError("the faces of a photo are not as they were stored")
            count = int.from_bytes(faces[:COUNT_BYTES], "little")
            records = np.frombuffer(faces, "<f4", count * RECORD, COUNT_BYTES)
            boxes = records.reshape(count, RECORD)[:, :4].astype(np.float64)
            sides = (boxes / (height, width, height, width)).tolist()
            found[digest] = tuple(_grown(*box) for box in sides)
    return found


def _grown(top: float, left: float, height: float, width: float) -> Box:
    start = max(0.0, top - GROWN * height), max(0.0, left - GROWN * width)
    end = min(1.0, top + (1 + GROWN) * height), min(1.0, left + (1 + GROWN) * width)
    return *start, end[0] - start[0], end[1] - start[1]
