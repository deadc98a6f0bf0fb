"""What was found in photos, kept in the photo library's file by their content."""

from __future__ import annotations

import json
import os
import time
import zlib
from collections.abc import Iterable
from datetime import datetime

from photomosaic.codebook.database import Database
from photomosaic.codebook.trouble import DamagedError, interpreting
from photomosaic.faces.detect import method
from photomosaic.faces.face import from_bytes, to_bytes
from photomosaic.faces.reading import PhotoFaces, Reading
from photomosaic.images.date_values import PhotoDate
from photomosaic.images.embedded_dates import EmbeddedDates
from photomosaic.images.listing import Listing, PhotoFile

ORPHAN_SECONDS = 30 * 24 * 3600
LATEST_TIME = 2**63 - 1

_FILES_BELOW = (
    "SELECT path, size, mtime_ns, hash, problem FROM face_files WHERE path >= ? AND path < ?"
)
_ADD_FILE = "INSERT OR REPLACE INTO face_files VALUES (?, ?, ?, ?, ?)"
_DROP_FILE = "DELETE FROM face_files WHERE path = ?"
_HASHES = "SELECT hash FROM face_photos WHERE method = ?"
_PHOTO = (
    "SELECT height, width, own_output, dates, faces, checksum FROM face_photos"
    " WHERE hash = ? AND method = ?"
)
_ADD_PHOTO = "INSERT OR REPLACE INTO face_photos VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)"
_ADOPT_PHOTO = "UPDATE face_photos SET orphaned_at = NULL WHERE hash = ? AND orphaned_at NOT NULL"
_MARK_ORPHANS = (
    "UPDATE face_photos SET orphaned_at = ? WHERE orphaned_at IS NULL"
    " AND NOT EXISTS (SELECT 1 FROM face_files WHERE face_files.hash = face_photos.hash)"
)
_DROP_ORPHANS = "DELETE FROM face_photos WHERE orphaned_at < ?"

Known = tuple[bytes, str | None]
"""Hash of a known file's content, and the problem that it has."""


class FaceCache:
    """The part of the photo library that holds faces.

    Its rows hold what was found with the present method only; others count as none.

    Parameters
    ----------
    database : Database
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._method = method()
        database.close_to_others()

    def known_files(self, listing: Listing) -> dict[str, Known]:
        """Return those files of a folder that are as they were, with what they held.

        Raises
        ------
        DamagedError
            If the cache is damaged.
        """
        folder = os.fsencode(listing.folder).rstrip(b"/")
        rows = self._database.rows(_FILES_BELOW, (folder + b"/", folder + b"0"))
        with interpreting():
            stored = {
                os.fsdecode(path): (stamp, digest or b"", problem)
                for path, *stamp, digest, problem in rows
            }
        hashes = self.known_hashes()
        known = {}
        for file in listing.photos:
            stamp, digest, problem = stored.get(file.path, ([], b"", None))
            if stamp == _stamp(file) and (problem is not None or digest in hashes):
                known[file.path] = digest, problem
        gone = [path for path in stored if not os.path.lexists(path)]
        if gone:
            self._forget(gone)
        return known

    def known_hashes(self) -> frozenset[bytes]:
        """Return the hashes of all contents whose faces are known."""
        return frozenset(row[0] for row in self._database.rows(_HASHES, (self._method,)))

    def store(self, reading: Reading) -> None:
        """Keep what came of reading a file."""
        path, found = os.fsencode(reading.file.path), reading.found
        file_row = (path, *_stamp(reading.file), reading.hash or None, reading.problem)
        added = [] if found is None else [(reading.hash, self._method, *_photo_row(found))]
        self._database.change(
            [
                (_ADD_PHOTO, added),
                (_ADOPT_PHOTO, [(reading.hash,)]),
                (_ADD_FILE, [file_row]),
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
                if checksum != _checksum(*row):
                    raise DamagedError("the faces of a photo are not as they were stored")
                height, width, own_output, dates, faces = row
                return PhotoFaces(height, width, bool(own_output), _dates(dates), from_bytes(faces))
        raise DamagedError("the faces of a photo are gone")

    def _forget(self, paths: list[str]) -> None:
        now = time.time()
        self._database.change(
            [
                (_DROP_FILE, [(os.fsencode(path),) for path in paths]),
                (_MARK_ORPHANS, [(now,)]),
                (_DROP_ORPHANS, [(now - ORPHAN_SECONDS,)]),
            ]
        )


def _stamp(file: PhotoFile) -> list[int]:
    return [file.size, min(file.mtime_ns, LATEST_TIME)]


def _photo_row(found: PhotoFaces) -> tuple[object, ...]:
    dates = json.dumps([date and [date.when.isoformat(), date.source] for date in found.dates])
    row = found.height, found.width, int(found.own_output), dates, to_bytes(found.faces)
    return *row, _checksum(*row)


def _checksum(height: int, width: int, own_output: int, dates: str, faces: bytes) -> int:
    return zlib.crc32(faces, zlib.crc32(f"{height} {width} {own_output} {dates}".encode()))


def _dates(text: str) -> EmbeddedDates:
    return EmbeddedDates(
        *(date and PhotoDate(datetime.fromisoformat(date[0]), date[1]) for date in json.loads(text))
    )
