"""A generic index of known files and data on their contents; thumbnails and faces have one each."""

from __future__ import annotations

import hashlib
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Generic, Literal, NamedTuple, TypeVar

from photomosaic.errors import PictureError
from photomosaic.files.regular import why_unread
from photomosaic.images.content import file_content
from photomosaic.images.listing import Listing, PhotoFile
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


Change = tuple[str, Sequence[Sequence[object]]]
"""A statement and the rows of values that it is run with."""
_Held = tuple[bytes, str | None]
"""Hash of a file's content, and the problem that it has."""


class KnownFile(NamedTuple):
    """A file's stat when it was last read, and its content's SHA-256 or problem."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    hash: bytes | None
    problem: str | None


@dataclass(frozen=True)
class Reading(Generic[Found]):
    """The result of reading a file.

    Attributes
    ----------
    file : PhotoFile
    hash : bytes
        SHA-256 of its content; empty if it has a problem.
    found : Found or None
        None if the content was known before, or the file has a problem.
    problem : str or None
    lasting : bool
        False for a problem that may be temporary.
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
    """The result of updating an index for a folder.

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

    def add(self, file: PhotoFile, held: _Held, new: Collection[bytes]) -> None:
        """Count the next file of the listing; `new` are contents that are new to the library."""
        digest, problem = held
        if problem is not None:
            self.problems.append((file.path, problem))
            return
        self.new += digest in new
        self.duplicates += digest in self.first
        self.first.setdefault(digest, file)


class FileIndex(ABC, Generic[Found]):
    """An index in two tables: the known files, and data on their contents.

    Files are recognised by path and stat; contents by their SHA-256.

    Parameters
    ----------
    database : Database
    clock : StageClock
        Of storing.
    """

    files: ClassVar[Literal["files", "clip_files", "face_files"]]
    contents: ClassVar[Literal["photos", "clips", "face_photos"]]
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

    def besides(self, digest: bytes, found: Found) -> list[Change]:
        """Return what is stored besides of a content."""
        del digest, found
        return []

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
        usable = [(path, known[path]) for path in unchanged(known, listing)]
        held: dict[str, _Held] = {
            path: (file.hash or b"", file.problem)
            for path, file in usable
            if file.problem is not None or file.hash in hashes
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
            found.add(file, held[file.path], new)
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
        added, besides = [], []
        if reading.found is not None:
            added = [self.content_row(reading.hash, reading.found)]
            besides = self.besides(reading.hash, reading.found)
        path, digest = os.fsencode(reading.file.path), reading.hash or None
        row = path, *_stat(reading.file), digest, reading.problem
        self._database.change(
            [
                (self.add_content, added),
                *besides,
                (_ADOPT.format(self.contents), [(reading.hash,)]),
                (_ADD_FILE.format(self.files, self.contents), [(*row, checksum_of(*row))]),
            ]
        )


def unchanged(known: dict[str, KnownFile], listing: Listing) -> set[str]:
    """Return the paths of those files whose stat is as it was when they were read last.

    Programs can preserve size and mtime, so ctime and inode are compared as well.
    """
    stats = {file.path: _stat(file) for file in listing.photos if file.path in known}
    same = {path for path, stat in stats.items() if known[path][:4] == stat}
    if same:
        return same
    # Some file systems, such as those of memory cards, assign new inodes with each mount.
    renumbered = all(known[path].inode != stat[3] for path, stat in stats.items())
    return {path for path, stat in stats.items() if renumbered and known[path][:3] == stat[:3]}


def _stat(file: PhotoFile) -> tuple[int, ...]:
    stat = file.size, file.mtime_ns, file.ctime_ns, file.inode
    return stat if max(stat) <= LARGEST_INTEGER else tuple(min(n, LARGEST_INTEGER) for n in stat)
