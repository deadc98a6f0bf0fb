"""The indexes of the faces in photos and in videos, kept in the photo library's file."""

from __future__ import annotations

import json
import os
import struct
from abc import abstractmethod
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple, TypeVar

from photomosaic.dates.date_values import PhotoDate
from photomosaic.dates.embedded_dates import EmbeddedDates
from photomosaic.faces.detect import method
from photomosaic.faces.face import from_bytes, to_bytes
from photomosaic.faces.reading import PhotoFaces
from photomosaic.faces.videos import RATE, Sample, VideoFaces
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
_CONTENT = (
    "SELECT height, width, own_output, dates, faces, checksum FROM face_photos"
    " WHERE hash = ? AND method = ?"
)
# Of a sample: its number, its hash, and the bytes of its faces.
_SAMPLE = struct.Struct("<I32sI")

Found = TypeVar("Found")


class FaceRow(NamedTuple):
    """What a content's row holds besides hash, method and checksum."""

    height: int
    width: int
    own_output: int
    dates: str
    faces: bytes


class FaceTables(FileIndex[Found]):
    """An index of contents whose faces are known; rows of other methods are ignored.

    Parameters
    ----------
    database : Database
    method : str
        What the faces depend on, apart from the content.
    """

    files = "face_files"
    contents = "face_photos"
    add_content = "INSERT OR REPLACE INTO face_photos VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)"

    def __init__(self, database: Database, method: str) -> None:
        super().__init__(database, StageClock())
        self._method = method

    @abstractmethod
    def to_row(self, found: Found) -> FaceRow:
        """Return what is stored of a content."""

    @abstractmethod
    def from_row(self, row: FaceRow) -> Found:
        """Return what `to_row` made a row of; raises `ValueError` if it is damaged."""

    def hashes(self) -> set[bytes]:
        """Return the hashes of all contents whose faces are known."""
        return {row[0] for row in self._database.rows(_HASHES, (self._method,))}

    def outdated(self) -> set[str]:
        """Return the paths of files that only another method has looked at."""
        return {os.fsdecode(row[0]) for row in self._database.rows(_OUTDATED, (self._method,))}

    def content_row(self, digest: bytes, found: Found) -> tuple[object, ...]:
        """Return the row of a content and its faces."""
        row = digest, self._method, *self.to_row(found)
        return *row, checksum_of(*row)

    def found(self, hashes: Iterable[bytes]) -> dict[bytes, Found]:
        """Return what is known of the contents with these hashes.

        Raises
        ------
        DamagedError
            If one is missing, or is not as it was stored.
        """
        return {digest: self._found(digest) for digest in dict.fromkeys(hashes)}

    def _found(self, digest: bytes) -> Found:
        for *row, checksum in self._database.rows(_CONTENT, (digest, self._method)):
            with damage_if_misread():
                if checksum != checksum_of(digest, self._method, *row):
                    raise DamagedError("the faces of a photo are not as they were stored")
                return self.from_row(FaceRow._make(row))
        raise DamagedError("the faces of a photo are gone")


class FaceIndex(FaceTables[PhotoFaces]):
    """The index of photos.

    Parameters
    ----------
    database : Database
    smallest : int, optional
        As for `FaceFinder`.
    """

    def __init__(self, database: Database, smallest: int | None = None) -> None:
        super().__init__(database, method(smallest))

    def to_row(self, found: PhotoFaces) -> FaceRow:
        """Return what is stored of a photo."""
        faces = to_bytes(found.faces)
        own = int(found.own_output)
        return FaceRow(found.height, found.width, own, dates_text(found.dates), faces)

    def from_row(self, row: FaceRow) -> PhotoFaces:
        """Return a stored photo."""
        faces = from_bytes(row.faces)
        return PhotoFaces(row.height, row.width, bool(row.own_output), dates_of(row.dates), faces)


class VideoIndex(FaceTables[VideoFaces]):
    """The index of videos; the parameters are those of `FaceIndex`."""

    def __init__(self, database: Database, smallest: int | None = None) -> None:
        super().__init__(database, f"video {RATE}; {method(smallest)}")

    def to_row(self, found: VideoFaces) -> FaceRow:
        """Return what is stored of a video."""
        pieces = []
        for sample in found.samples:
            faces = to_bytes(sample.faces)
            pieces += [_SAMPLE.pack(sample.number, sample.hash, len(faces)), faces]
        own = int(found.own_output)
        data = b"".join(pieces)
        return FaceRow(found.height, found.width, own, dates_text(found.dates), data)

    def from_row(self, row: FaceRow) -> VideoFaces:
        """Return a stored video."""
        data, samples = row.faces, []
        while data:
            number, digest, size = _SAMPLE.unpack_from(data)
            end = _SAMPLE.size + size
            samples.append(Sample(number, digest, from_bytes(data[_SAMPLE.size : end])))
            data = data[end:]
        own, dates = bool(row.own_output), dates_of(row.dates)
        return VideoFaces(row.height, row.width, own, dates, tuple(samples))


def dates_text(dates: EmbeddedDates) -> str:
    """Return the dates of a file as JSON."""
    return json.dumps([date and [date.when.isoformat(), date.source] for date in dates])


def dates_of(text: str) -> EmbeddedDates:
    """Return the dates that `dates_text` made text of."""
    return EmbeddedDates(
        *(date and PhotoDate(datetime.fromisoformat(date[0]), date[1]) for date in json.loads(text))
    )
