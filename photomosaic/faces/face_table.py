"""What was found in photos, kept in the photo library's file by their content."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from datetime import datetime

from photomosaic.faces.detect import method
from photomosaic.faces.face import from_bytes, to_bytes
from photomosaic.faces.reading import PhotoFaces, Reading
from photomosaic.images.date_values import PhotoDate
from photomosaic.images.embedded_dates import EmbeddedDates
from photomosaic.images.listing import Listing
from photomosaic.library.damage import DamagedError, interpreting
from photomosaic.library.database import Database
from photomosaic.library.file_index import file_row, known_files, unchanged
from photomosaic.library.orphans import drop_old_orphans, forget_files
from photomosaic.library.schema import checksum_of

_ADD_FILE = "INSERT OR REPLACE INTO face_files VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_HASHES = "SELECT hash FROM face_photos WHERE method = ?"
_PHOTO = (
    "SELECT height, width, own_output, dates, faces, checksum FROM face_photos"
    " WHERE hash = ? AND method = ?"
)
_ADD_PHOTO = "INSERT OR REPLACE INTO face_photos VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)"
_ADOPT_PHOTO = "UPDATE face_photos SET orphaned_at = NULL WHERE hash = ? AND orphaned_at NOT NULL"

Known = tuple[bytes, str | None]
"""Hash of a known file's content, and the problem that it has."""


class FaceCache:
    """The part of the photo library that holds faces.

    Its rows hold what was found with the present method only; others count as none.

    Parameters
    ----------
    database : Database
    smallest : int, optional
        As for `FaceFinder`.
    """

    def __init__(self, database: Database, smallest: int | None = None) -> None:
        self._database = database
        self._method = method(smallest)

    def known_files(self, listing: Listing) -> dict[str, Known]:
        """Return those files of a folder that are as they were, with what they held.

        Raises
        ------
        DamagedError
            If the cache is damaged.
        """
        stored = known_files(self._database, "face_files", listing)
        hashes, usable = self.known_hashes(), unchanged(stored, listing)
        known = {}
        for file in listing.photos:
            if file.path in usable:
                digest, problem = stored[file.path].hash or b"", stored[file.path].problem
                if problem is not None or digest in hashes:
                    known[file.path] = digest, problem
        gone = [path for path in stored if not os.path.lexists(path)]
        forget_files(self._database, gone)
        drop_old_orphans(self._database, changed=bool(gone))
        return known

    def known_hashes(self) -> frozenset[bytes]:
        """Return the hashes of all contents whose faces are known."""
        return frozenset(row[0] for row in self._database.rows(_HASHES, (self._method,)))

    def store(self, reading: Reading) -> None:
        """Keep what came of reading a file."""
        added = []
        if reading.found is not None:
            row = reading.hash, self._method, *_photo_row(reading.found)
            added = [(*row, checksum_of(*row))]
        self._database.change(
            [
                (_ADD_PHOTO, added),
                (_ADOPT_PHOTO, [(reading.hash,)]),
                (_ADD_FILE, [file_row(reading.file, reading.hash or None, reading.problem)]),
            ]
        )

    def photos(self, hashes: Iterable[bytes]) -> dict[bytes, PhotoFaces]:
        """Return what the photos with these hashes hold.

        Raises
        ------
        DamagedError
            If one is not there, or is not as it was stored.
        """
        return {digest: self._photo(digest) for digest in dict.fromkeys(hashes)}

    def _photo(self, digest: bytes) -> PhotoFaces:
        for *row, checksum in self._database.rows(_PHOTO, (digest, self._method)):
            with interpreting():
                if checksum != checksum_of(digest, self._method, *row):
                    raise DamagedError("the faces of a photo are not as they were stored")
                height, width, own_output, dates, faces = row
                return PhotoFaces(height, width, bool(own_output), _dates(dates), from_bytes(faces))
        raise DamagedError("the faces of a photo are gone")


def _photo_row(found: PhotoFaces) -> tuple[int | str | bytes, ...]:
    dates = json.dumps([date and [date.when.isoformat(), date.source] for date in found.dates])
    return found.height, found.width, int(found.own_output), dates, to_bytes(found.faces)


def _dates(text: str) -> EmbeddedDates:
    return EmbeddedDates(
        *(date and PhotoDate(datetime.fromisoformat(date[0]), date[1]) for date in json.loads(text))
    )
