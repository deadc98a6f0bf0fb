"""A folder's photos, brought up to date in the photo library."""

from __future__ import annotations

import hashlib
import os
import time
import zlib
from dataclasses import dataclass, field
from typing import NamedTuple

from photomosaic.codebook.database import Database
from photomosaic.codebook.trouble import interpreting
from photomosaic.errors import PictureError
from photomosaic.files.regular import why_unread
from photomosaic.images.decode import OWN_OUTPUT
from photomosaic.images.listing import Listing, PhotoFile, file_content
from photomosaic.images.thumbnail import Thumbnail, make_thumbnail
from photomosaic.parallel import in_threads
from photomosaic.progress import Progress, StageClock
from photomosaic.wording import counted

ORPHAN_SECONDS = 30 * 24 * 3600
LATEST_TIME = 2**63 - 1

_FILES_BELOW = "SELECT path, size, mtime_ns, photo, problem FROM files WHERE path >= ? AND path < ?"
_PHOTOS = "SELECT id, hash, height, width FROM photos"
_ADD_PHOTO = "INSERT OR IGNORE INTO photos VALUES (NULL, ?, ?, ?, ?, ?, NULL)"
_ADOPT_PHOTO = "UPDATE photos SET orphaned_at = NULL WHERE hash = ? AND orphaned_at NOT NULL"
_ADD_FILE = "INSERT OR REPLACE INTO files SELECT ?, ?, ?, id, NULL FROM photos WHERE hash = ?"
_ADD_PROBLEM = "INSERT OR REPLACE INTO files VALUES (?, ?, ?, NULL, ?)"
_DROP_FILE = "DELETE FROM files WHERE path = ?"
_MARK_ORPHANS = (
    "UPDATE photos SET orphaned_at = ? WHERE orphaned_at IS NULL"
    " AND id NOT IN (SELECT photo FROM files WHERE photo NOT NULL)"
)
_DROP_ORPHAN_TILES = (
    "DELETE FROM tiles WHERE key & 0xFFFFFFFF IN (SELECT id FROM photos WHERE orphaned_at < ?)"
)
_DROP_ORPHANS = "DELETE FROM photos WHERE orphaned_at < ?"


class Photo(NamedTuple):
    """A readable photo of a folder: its row in the library, first path, SHA-256 and size."""

    row: int
    path: str
    hash: bytes
    height: int
    width: int


@dataclass
class Index:
    """What became of the files of a folder.

    Attributes
    ----------
    listing : Listing
    photos : list of Photo
        One for each distinct content, in the order of the listing.
    cached, new, removed, duplicates, own_outputs : int
        Files known before, read now, gone since; files whose content came before in the folder;
        pictures that this toolkit made.
    unreadable : list of (str, str)
        Path and reason.
    """

    listing: Listing
    photos: list[Photo] = field(default_factory=list)
    cached: int = 0
    new: int = 0
    removed: int = 0
    duplicates: int = 0
    own_outputs: int = 0
    unreadable: list[tuple[str, str]] = field(default_factory=list)

    def __str__(self) -> str:
        """Say in one line what was done."""
        counts = [
            f"{self.cached:,} from the cache",
            f"{self.new:,} new",
            f"{self.removed:,} removed",
            f"{len(self.unreadable):,} unreadable",
        ]
        if self.duplicates:
            counts.append(f"{self.duplicates:,} of them the same as another")
        if self.own_outputs:
            counts.append(f"{counted(self.own_outputs, 'mosaic')} left out")
        total = self.cached + self.new + len(self.unreadable)
        return f"{counted(total, 'photo')}: {', '.join(counts)}"


@dataclass(frozen=True)
class _Reading:
    """What came of reading a file; `lasting` is false for a problem that may go by itself."""

    file: PhotoFile
    hash: bytes = b""
    thumbnail: Thumbnail | None = None
    problem: str | None = None
    lasting: bool = True


def update_index(
    database: Database, listing: Listing, workers: int, progress: Progress, clock: StageClock
) -> Index:
    """Read what is new or changed in a folder, and forget what is gone.

    Each photo is stored as soon as it is read, so a run that ends early loses only those in
    flight. Files are known again by path, size and time of change; photos by their content. The
    clock takes what is done for each photo, in all threads together.
    """
    index = Index(listing)
    known = _known_files(database, listing)
    unread = [file for file in listing.photos if known.get(file.path, _NO_ROW)[:2] != _stamp(file)]
    passing = _read_files(database, unread, workers, progress, clock)
    index.removed = _forget_removed(database, listing, known)
    if unread or index.removed:
        _drop_old_orphans(database)
    if unread:
        known = _known_files(database, listing)
    with interpreting():
        _count(database, index, known, {file.path for file in unread}, passing)
    return index


_FileRow = tuple[int, int, int | None, str | None]
_NO_ROW: _FileRow = (-1, -1, None, None)


def _stamp(file: PhotoFile) -> tuple[int, int]:
    return file.size, min(file.mtime_ns, LATEST_TIME)


def _known_files(database: Database, listing: Listing) -> dict[str, _FileRow]:
    folder = os.fsencode(listing.folder).rstrip(b"/")
    rows = database.rows(_FILES_BELOW, (folder + b"/", folder + b"0"))
    with interpreting():
        return {
            os.fsdecode(path): (size, time, photo, why) for path, size, time, photo, why in rows
        }


def _read_files(
    database: Database,
    files: list[PhotoFile],
    workers: int,
    progress: Progress,
    clock: StageClock,
) -> dict[str, str]:
    """Read files into the library; return the paths and problems that are not to be kept."""
    if not files:
        return {}
    hashes = {row[0] for row in database.rows("SELECT hash FROM photos")}
    passing = {}
    readings = in_threads(lambda file: _read(file, hashes, clock), files, workers)
    for reading in progress(readings, total=len(files), what="reading photos", unit="photo"):
        if not reading.lasting:
            passing[reading.file.path] = str(reading.problem)
            continue
        hashes.add(reading.hash)
        with clock.stage("store"):
            _store(database, reading)
    return passing


def _read(file: PhotoFile, known_hashes: set[bytes], clock: StageClock) -> _Reading:
    try:
        with clock.stage("read"):
            data = file_content(file)
            digest = hashlib.sha256(data).digest()
        if digest in known_hashes:
            return _Reading(file, digest)
        thumbnail = make_thumbnail(data, clock)
    except OSError as error:
        return _Reading(file, problem=why_unread(error), lasting=False)
    except PictureError as error:
        return _Reading(file, problem=str(error), lasting=error.lasting)
    if thumbnail.own_output:
        return _Reading(file, problem=OWN_OUTPUT)
    return _Reading(file, digest, thumbnail)


def _store(database: Database, reading: _Reading) -> None:
    path, stamp = os.fsencode(reading.file.path), _stamp(reading.file)
    if reading.problem is not None:
        database.change([(_ADD_PROBLEM, [(path, *stamp, reading.problem)])])
        return
    photo, added = reading.thumbnail, []
    if photo is not None:
        checksum = zlib.crc32(photo.encoded)
        added = [(reading.hash, photo.height, photo.width, photo.encoded, checksum)]
    database.change(
        [
            (_ADD_PHOTO, added),
            (_ADOPT_PHOTO, [(reading.hash,)]),
            (_ADD_FILE, [(path, *stamp, reading.hash)]),
        ]
    )


def _forget_removed(database: Database, listing: Listing, known: dict[str, _FileRow]) -> int:
    listed = {file.path for file in listing.photos}
    # Files that the options leave out of the listing are still there.
    gone = [path for path in known if path not in listed and not os.path.lexists(path)]
    if gone:
        database.change([(_DROP_FILE, [(os.fsencode(path),) for path in gone])])
    return len(gone)


def _drop_old_orphans(database: Database) -> None:
    """Drop what was made of photos that no file has held for a month."""
    now = time.time()
    before = [(now - ORPHAN_SECONDS,)]
    database.change(
        [
            (_MARK_ORPHANS, [(now,)]),
            (_DROP_ORPHAN_TILES, before),
            (_DROP_ORPHANS, before),
        ]
    )


def _count(
    database: Database,
    index: Index,
    known: dict[str, _FileRow],
    read_now: set[str],
    passing: dict[str, str],
) -> None:
    rows = {row[0]: row[1:] for row in database.rows(_PHOTOS)}
    seen: set[int] = set()
    for file in index.listing.photos:
        photo, problem = known.get(file.path, _NO_ROW)[2:]
        problem = passing.get(file.path, problem)
        if problem == OWN_OUTPUT:
            index.own_outputs += 1
        elif problem is not None or photo is None:
            index.unreadable.append((file.path, problem or "went away while it was read"))
        else:
            index.new += file.path in read_now
            index.cached += file.path not in read_now
            index.duplicates += photo in seen
            if photo not in seen:
                index.photos.append(Photo(photo, file.path, *rows[photo]))
            seen.add(photo)
