"""An index of known files and of what their contents hold; thumbnails and faces have one each."""

from __future__ import annotations

import hashlib
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import ClassVar, Generic, Literal, NamedTuple, TypeVar

from photomosaic.errors import PictureError
from photomosaic.files.regular import why_unread
from photomosaic.images.listing import Listing, PhotoFile, file_content
from photomosaic.images.memory import file_memory
from photomosaic.library.damage import DamagedError, damage_if_misread
from photomosaic.library.database import Database
from photomosaic.library.orphans import drop_old_orphans, forget_files
from photomosaic.library.schema import checksum_of
from photomosaic.progress import StageClock

Found = TypeVar("Found")

LARGEST_INTEGER = 2**63 - 1
"""The largest number that SQLite holds."""

_BELOW = (
    "SELECT path, size, mtime_ns, ctime_ns, inode, hash, problem, checksum FROM {}"
    " WHERE path >= ? AND path < ?"
)
# Another process may have dropped the content meanwhile.
_ADD_FILE = (
    "INSERT OR REPLACE INTO {} SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8"
    " WHERE ?6 IS NULL OR EXISTS (SELECT 1 FROM {} WHERE hash = ?6)"
)
_ADOPT = "UPDATE {} SET orphaned_at = NULL WHERE hash = ? AND orphaned_at NOT NULL"


class KnownFile(NamedTuple):
    """A file as it was read last, with its content's SHA-256 or what was wrong with it."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    hash: bytes | None
    problem: str | None


@dataclass(frozen=True)
class Reading(Generic[Found]):
    """What came of reading a file.

    Attributes
    ----------
    file : PhotoFile
    hash : bytes
        SHA-256 of its content; empty if it has a problem.
    found : Found or None
        None if the content was known before, or the file has a problem.
    problem : str or None
    lasting : bool
        False for a problem that may go by itself.
    """

    file: PhotoFile
    hash: bytes = b""
    found: Found | None = None
    problem: str | None = None
    lasting: bool = True


def read_content(
    file: PhotoFile, known: Collection[bytes], look: Callable[[bytes], Found], clock: StageClock
) -> Reading[Found]:
    """Read a file, and look at its content unless its hash is known.

    `look` may raise `PictureError` or `OSError`; the reading has a problem then.
    """
    try:
        with file_memory(file.size):
            with clock.stage("read"):
                data = file_content(file)
                digest = hashlib.sha256(data).digest()
            return Reading(file, digest, None if digest in known else look(data))
    except OSError as error:
        return Reading(file, problem=why_unread(error), lasting=False)
    except PictureError as error:
        return Reading(file, problem=str(error), lasting=error.lasting)


@dataclass
class FolderFiles:
    """What became of the files of a folder.

    Attributes
    ----------
    first : dict of bytes to PhotoFile
        The first file of each distinct content, in the order of the listing.
    problems : list of (str, str)
        Path and reason.
    read, new, removed, duplicates : int
        Files that were read; files with content that is new to the library; files gone since;
        files whose content came before in the folder.
    """

    first: dict[bytes, PhotoFile] = field(default_factory=dict)
    problems: list[tuple[str, str]] = field(default_factory=list)
    read: int = 0
    new: int = 0
    removed: int = 0
    duplicates: int = 0


class FileIndex(ABC, Generic[Found]):
    """An index in two tables: the known files, and what their contents hold.

    Files are recognised by path and looks; contents by their SHA-256.

    Parameters
    ----------
    database : Database
    clock : StageClock
        Of storing.
    """

    files: ClassVar[Literal["files", "face_files"]]
    contents: ClassVar[Literal["photos", "face_photos"]]
    add_content: ClassVar[str]

    def __init__(self, database: Database, clock: StageClock) -> None:
        self._database = database
        self._clock = clock

    @abstractmethod
    def hashes(self) -> set[bytes]:
        """Return the hashes of all contents that need not be looked at again."""

    @abstractmethod
    def content_row(self, digest: bytes, found: Found) -> tuple[object, ...]:
        """Return what `add_content` stores of a content."""

    def update(
        self,
        listing: Listing,
        read: Callable[[list[PhotoFile], Collection[bytes]], Iterable[Reading[Found]]],
    ) -> FolderFiles:
        """Read what is new or changed in a folder, and forget what is gone.

        Each content is stored as soon as it is read, so a run that ends early loses only those in
        flight.

        Parameters
        ----------
        listing : Listing
        read : callable
            Yields the readings of files in turn; the hashes that it gets grow meanwhile. It is not
            called if there is nothing to read.

        Raises
        ------
        DamagedError
            If a row is not as it was stored.
        """
        known, hashes = self._known_files(listing), self.hashes()
        held = {path: (known[path].hash, known[path].problem) for path in unchanged(known, listing)}
        held = {
            path: (digest, problem)
            for path, (digest, problem) in held.items()
            if problem is not None or digest in hashes
        }
        unread = [file for file in listing.photos if file.path not in held]
        new = set()
        for reading in read(unread, hashes) if unread else ():
            if reading.lasting:
                with self._clock.stage("store"):
                    self._store(reading)
            if reading.found is not None and reading.hash not in hashes:
                new.add(reading.hash)
                hashes.add(reading.hash)
            held[reading.file.path] = reading.hash, reading.problem
        listed = {file.path for file in listing.photos}
        # Files that the options leave out of the listing are still there.
        gone = [path for path in known if path not in listed and not os.path.lexists(path)]
        forget_files(self._database, gone)
        drop_old_orphans(self._database, changed=bool(unread or gone))
        found = FolderFiles(read=len(unread), removed=len(gone))
        for file in listing.photos:
            digest, problem = held[file.path]
            if problem is not None or digest is None:
                found.problems.append((file.path, problem or ""))
                continue
            found.new += digest in new
            found.duplicates += digest in found.first
            found.first.setdefault(digest, file)
        return found

    def _known_files(self, listing: Listing) -> dict[str, KnownFile]:
        """Return what is known of the files in a folder, by path."""
        folder = os.fsencode(listing.folder).rstrip(b"/")
        known = {}
        with damage_if_misread():
            query = _BELOW.format(self.files)
            for *row, checksum in self._database.rows(query, (folder + b"/", folder + b"0")):
                if checksum != checksum_of(*row):
                    raise DamagedError("what is known of a file is not what was stored")
                known[os.fsdecode(row[0])] = KnownFile._make(row[1:])
        return known

    def _store(self, reading: Reading[Found]) -> None:
        added = []
        if reading.found is not None:
            added = [self.content_row(reading.hash, reading.found)]
        path, digest = os.fsencode(reading.file.path), reading.hash or None
        row = path, *_looks(reading.file), digest, reading.problem
        self._database.change(
            [
                (self.add_content, added),
                (_ADOPT.format(self.contents), [(reading.hash,)]),
                (_ADD_FILE.format(self.files, self.contents), [(*row, checksum_of(*row))]),
            ]
        )


def unchanged(known: dict[str, KnownFile], listing: Listing) -> set[str]:
    """Return the paths of those files that look as they did when they were read last.

    Size and time of the last change tell; but programs may keep both, so the time that none can
    set, and the file's number, tell as well.
    """
    looks = {file.path: _looks(file) for file in listing.photos if file.path in known}
    same = {path for path, look in looks.items() if known[path][:4] == look}
    if same:
        return same
    # Some file systems, as those of memory cards, number all files anew with each mount.
    renumbered = all(known[path].inode != look[3] for path, look in looks.items())
    return {path for path, look in looks.items() if renumbered and known[path][:3] == look[:3]}


def _looks(file: PhotoFile) -> tuple[int, ...]:
    look = file.size, file.mtime_ns, file.ctime_ns, file.inode
    return look if max(look) <= LARGEST_INTEGER else tuple(min(n, LARGEST_INTEGER) for n in look)
