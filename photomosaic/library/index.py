"""A folder's photos, brought up to date in the photo library."""

from __future__ import annotations

import hashlib
import os
import zlib
from dataclasses import dataclass, field
from typing import NamedTuple

from photomosaic.errors import PictureError
from photomosaic.files.regular import why_unread
from photomosaic.images.decode import OWN_OUTPUT
from photomosaic.images.listing import Listing, PhotoFile, file_content
from photomosaic.images.memory import file_memory
from photomosaic.images.thumbnail import Thumbnail, make_thumbnail
from photomosaic.library.damage import DamagedError, interpreting
from photomosaic.library.database import Database
from photomosaic.library.file_index import KnownFile, file_row, known_files, unchanged
from photomosaic.library.orphans import drop_old_orphans, forget_files
from photomosaic.library.schema import checksum_of
from photomosaic.parallel import in_threads
from photomosaic.progress import Progress, StageClock
from photomosaic.wording import counted

_PHOTOS = "SELECT id, hash, height, width, checksum, row_checksum FROM photos"
_ADD_PHOTO = "INSERT OR IGNORE INTO photos VALUES (NULL, ?, ?, ?, ?, NULL, ?, ?)"
_ADOPT_PHOTO = "UPDATE photos SET orphaned_at = NULL WHERE hash = ? AND orphaned_at NOT NULL"
_ADD_FILE = (
    "INSERT OR REPLACE INTO files SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8"
    " WHERE ?6 IS NULL OR EXISTS (SELECT 1 FROM photos WHERE hash = ?6)"
)


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
        Files known before, by their looks or their content; files new to the library; files gone
        since; files whose content came before in the folder; pictures that this toolkit made.
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
    flight. Files are known again by path and looks; photos by their content. The clock takes what
    is done for each photo, in all threads together.
    """
    index = Index(listing)
    known = known_files(database, "files", listing)
    usable = unchanged(known, listing)
    unread = [file for file in listing.photos if file.path not in usable]
    read = _read_files(database, unread, workers, progress, clock)
    index.removed = _forget_removed(database, listing, known)
    drop_old_orphans(database, changed=bool(unread or index.removed))
    if unread:
        known = known_files(database, "files", listing)
    with interpreting():
        _count(database, index, known, read)
    return index


@dataclass
class _Read:
    """Contents that were new to the library, and paths with problems that are not to be kept."""

    new: set[bytes] = field(default_factory=set)
    passing: dict[str, str] = field(default_factory=dict)


def _read_files(
    database: Database,
    files: list[PhotoFile],
    workers: int,
    progress: Progress,
    clock: StageClock,
) -> _Read:
    """Read files into the library."""
    read = _Read()
    if not files:
        return read
    hashes = {row[0] for row in database.rows("SELECT hash FROM photos")}
    readings = in_threads(lambda file: _read(file, hashes, clock), files, workers)
    for reading in progress(readings, total=len(files), what="reading photos", unit="photo"):
        if not reading.lasting:
            read.passing[reading.file.path] = str(reading.problem)
            continue
        if reading.hash not in hashes:
            read.new.add(reading.hash)
            hashes.add(reading.hash)
        with clock.stage("store"):
            _store(database, reading)
    return read


def _read(file: PhotoFile, known_hashes: set[bytes], clock: StageClock) -> _Reading:
    try:
        with file_memory(file.size):
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
    photo, added = reading.thumbnail, []
    if photo is not None:
        checksum = zlib.crc32(photo.encoded)
        size = photo.height, photo.width
        row_checksum = checksum_of(reading.hash, *size, checksum)
        added = [(reading.hash, *size, checksum, row_checksum, photo.encoded)]
    database.change(
        [
            (_ADD_PHOTO, added),
            (_ADOPT_PHOTO, [(reading.hash,)]),
            (_ADD_FILE, [file_row(reading.file, reading.hash or None, reading.problem)]),
        ]
    )


def _forget_removed(database: Database, listing: Listing, known: dict[str, KnownFile]) -> int:
    listed = {file.path for file in listing.photos}
    # Files that the options leave out of the listing are still there.
    gone = [path for path in known if path not in listed and not os.path.lexists(path)]
    forget_files(database, gone)
    return len(gone)


def _count(database: Database, index: Index, known: dict[str, KnownFile], read: _Read) -> None:
    rows = {digest: (row, *rest) for row, digest, *rest in database.rows(_PHOTOS)}
    seen: set[bytes] = set()
    for file in index.listing.photos:
        if file.path in read.passing:
            index.unreadable.append((file.path, read.passing[file.path]))
            continue
        if file.path not in known:
            raise DamagedError("a file that was just stored is not there")
        problem = known[file.path].problem
        if problem == OWN_OUTPUT:
            index.own_outputs += 1
            continue
        if problem is not None:
            index.unreadable.append((file.path, problem))
            continue
        digest = known[file.path].hash or b""
        index.new += digest in read.new
        index.cached += digest not in read.new
        index.duplicates += digest in seen
        if digest not in seen:
            index.photos.append(_photo(file, digest, *rows[digest]))
        seen.add(digest)


def _photo(
    file: PhotoFile, digest: bytes, row: int, height: int, width: int, *checksums: int
) -> Photo:
    """Return a photo of the library; raises `DamagedError` if its row is not what was stored."""
    checksum, row_checksum = checksums
    if checksum_of(digest, height, width, checksum) != row_checksum:
        raise DamagedError("what is known of a photo is not what was stored")
    return Photo(row, file.path, digest, height, width)
