"""Files that are known: how they looked when they were read last, and what they held."""

from __future__ import annotations

import os
from typing import Literal, NamedTuple

from photomosaic.images.listing import Listing, PhotoFile
from photomosaic.library.damage import DamagedError, interpreting
from photomosaic.library.database import Database
from photomosaic.library.schema import checksum_of

LARGEST_INTEGER = 2**63 - 1
"""The largest number that SQLite holds."""

FileTable = Literal["files", "face_files"]

_BELOW = (
    "SELECT path, size, mtime_ns, ctime_ns, inode, hash, problem, checksum FROM {}"
    " WHERE path >= ? AND path < ?"
)


class KnownFile(NamedTuple):
    """A file as it was read last, with its content's SHA-256 or what was wrong with it."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    hash: bytes | None
    problem: str | None


def file_row(file: PhotoFile, digest: bytes | None, problem: str | None) -> tuple[object, ...]:
    """Return what is stored of a file: path, looks, content, and a checksum of all that."""
    row = os.fsencode(file.path), *_looks(file), digest, problem
    return *row, checksum_of(*row)


def known_files(database: Database, table: FileTable, listing: Listing) -> dict[str, KnownFile]:
    """Return what is known of the files in a folder, by path.

    Raises
    ------
    DamagedError
        If a row is not as it was stored.
    """
    folder = os.fsencode(listing.folder).rstrip(b"/")
    known = {}
    with interpreting():
        for *row, checksum in database.rows(_BELOW.format(table), (folder + b"/", folder + b"0")):
            if checksum != checksum_of(*row):
                raise DamagedError("what is known of a file is not what was stored")
            known[os.fsdecode(row[0])] = KnownFile._make(row[1:])
    return known


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
