"""The index of faces, kept in the photo library's file."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from datetime import datetime

from photomosaic.dates.date_values import PhotoDate
from photomosaic.dates.embedded_dates import EmbeddedDates
from photomosaic.faces.detect import method
from photomosaic.faces.face import from_bytes, to_bytes
from photomosaic.faces.reading import PhotoFaces
from photomosaic.library.damage import DamagedError, damage_if_misread
from photomosaic.library.database import Database
from photomosaic.library.file_index import FileIndex
from photomosaic.library.schema import checksum_of
from photomosaic.progress import StageClock

_HASHES = "SELECT hash FROM face_photos WHERE method = ?"
_OUTDATED = (
    "SELECT path FROM face_files JOIN face_photos ON face_photos.hash = face_files.hash"
    " WHERE method <> ?"
)
_PHOTO = (
    "SELECT height, width, own_output, dates, faces, checksum FROM face_photos"
    " WHERE hash = ? AND method = ?"
)


class FaceIndex(FileIndex[PhotoFaces]):
    """The index of photos whose faces are known.

    Rows of other methods than the present one are ignored.

    Parameters
    ----------
    database : Database
    smallest : int, optional
        As for `FaceFinder`.
    """

    files = "face_files"
    contents = "face_photos"
    add_content = "INSERT OR REPLACE INTO face_photos VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)"

    def __init__(self, database: Database, smallest: int | None = None) -> None:
        super().__init__(database, StageClock())
        self._method = method(smallest)

    def hashes(self) -> set[bytes]:
        """Return the hashes of all contents whose faces are known."""
        return {row[0] for row in self._database.rows(_HASHES, (self._method,))}

    def outdated(self) -> set[str]:
        """Return the paths of files that only another method has looked at."""
        return {os.fsdecode(row[0]) for row in self._database.rows(_OUTDATED, (self._method,))}

    def content_row(self, digest: bytes, found: PhotoFaces) -> tuple[object, ...]:
        """Return the row of a content and its faces."""
        row = digest, self._method, *_photo_row(found)
        return *row, checksum_of(*row)

    def photos(self, hashes: Iterable[bytes]) -> dict[bytes, PhotoFaces]:
        """Return the faces of the photos with these hashes.

        Raises
        ------
        DamagedError
            If one is missing, or is not as it was stored.
        """
        return {digest: self._photo(digest) for digest in dict.fromkeys(hashes)}

    def _photo(self, digest: bytes) -> PhotoFaces:
        for *row, checksum in self._database.rows(_PHOTO, (digest, self._method)):
            with damage_if_misread():
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
