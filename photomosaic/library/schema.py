"""The tables of the photo library's file, and how a file comes to have them."""

from __future__ import annotations

import contextlib
import logging
import marshal
import sqlite3
import zlib
from pathlib import Path

from photomosaic.files.names import printable
from photomosaic.library.damage import UnusableError
from photomosaic.library.waiting import execute_waiting

log = logging.getLogger(__name__)

APPLICATION_ID = 0x50686D6F
SCHEMA_VERSION = 2

_FILE_COLUMNS = """
    path BLOB PRIMARY KEY,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    ctime_ns INTEGER NOT NULL,
    inode INTEGER NOT NULL,
    hash BLOB,
    problem TEXT,
    checksum INTEGER NOT NULL
"""
SCHEMA = f"""
CREATE TABLE IF NOT EXISTS photos (
    id INTEGER PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    height INTEGER NOT NULL,
    width INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    orphaned_at REAL,
    row_checksum INTEGER NOT NULL,
    thumbnail BLOB NOT NULL -- last, so that the rest is read without it
);
-- All but the thumbnails, so that a folder is looked up without reading pages that hold them.
CREATE INDEX IF NOT EXISTS photo_facts ON photos (
    hash, orphaned_at, height, width, checksum, row_checksum
);
CREATE INDEX IF NOT EXISTS orphans ON photos (orphaned_at) WHERE orphaned_at NOT NULL;
CREATE TABLE IF NOT EXISTS files ({_FILE_COLUMNS}) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS files_of_photo ON files (hash);
CREATE TABLE IF NOT EXISTS tile_sets (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    height INTEGER NOT NULL,
    width INTEGER NOT NULL,
    crop TEXT NOT NULL,
    used_at REAL NOT NULL,
    bytes INTEGER NOT NULL DEFAULT 0,
    UNIQUE (height, width, crop)
);
-- The key is the tile set's id times 2^32 plus the photo's, so that a set lies together on disk.
CREATE TABLE IF NOT EXISTS tiles (
    key INTEGER PRIMARY KEY,
    pixels BLOB NOT NULL,
    checksum INTEGER NOT NULL
);
-- Where a photo draws attention, in fractions of its height and width.
CREATE TABLE IF NOT EXISTS attention (
    hash BLOB PRIMARY KEY,
    y REAL NOT NULL,
    x REAL NOT NULL,
    checksum INTEGER NOT NULL
) WITHOUT ROWID;
-- Why a photo is unfit as a tile; empty if it is fit.
CREATE TABLE IF NOT EXISTS unfit (
    hash BLOB PRIMARY KEY,
    method INTEGER NOT NULL,
    why TEXT NOT NULL,
    checksum INTEGER NOT NULL
) WITHOUT ROWID;
-- Numbers of the groups of near-duplicates in a set of photos, by the digest of their hashes.
CREATE TABLE IF NOT EXISTS alike (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key BLOB NOT NULL UNIQUE,
    numbers BLOB NOT NULL,
    checksum INTEGER NOT NULL
);
-- Clips by their digest, and their scenes, each of which is also a photo.
CREATE TABLE IF NOT EXISTS clips (
    hash BLOB PRIMARY KEY,
    scenes INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    orphaned_at REAL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS scenes (
    hash BLOB PRIMARY KEY,
    clip BLOB NOT NULL,
    milliseconds INTEGER NOT NULL,
    checksum INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS scenes_of_clip ON scenes (clip);
CREATE TABLE IF NOT EXISTS clip_files ({_FILE_COLUMNS}) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS clip_files_of_clip ON clip_files (hash);
CREATE TABLE IF NOT EXISTS face_photos (
    hash BLOB PRIMARY KEY,
    method TEXT NOT NULL,
    height INTEGER NOT NULL,
    width INTEGER NOT NULL,
    own_output INTEGER NOT NULL,
    dates TEXT NOT NULL,
    faces BLOB NOT NULL,
    checksum INTEGER NOT NULL,
    orphaned_at REAL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS face_files ({_FILE_COLUMNS}) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS face_files_of_photo ON face_files (hash);
"""


def checksum_of(*values: bytes | float | str | None) -> int:
    """Return a checksum of a row's values, whose types count as well."""
    # In a form that does not depend on the version of Python, and a third of the time of text.
    return zlib.crc32(marshal.dumps(values, 2))


def prepare(connection: sqlite3.Connection, file: Path) -> None:
    """Give a file the tables of this version; those of any other are dropped.

    Raises
    ------
    UnusableError
        If it is another program's.
    """
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA cell_size_check = ON")
    # What is deleted is overwritten, thumbnails and faces among it.
    connection.execute("PRAGMA secure_delete = ON")
    if _has_other_tables(connection, file):
        # What was deleted before it was overwritten.
        with contextlib.suppress(sqlite3.OperationalError):
            connection.execute("VACUUM")


def _has_other_tables(connection: sqlite3.Connection, file: Path) -> bool:
    """Make the tables where need be; return whether there were others before."""
    with connection:
        execute_waiting(connection, file, "BEGIN IMMEDIATE")
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if (application, version) == (APPLICATION_ID, SCHEMA_VERSION):
            # Tables that came later are added, so that nobody's library is thrown away for them.
            _run(connection, SCHEMA)
            return False
        tables = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        ).fetchall()
        if tables and application != APPLICATION_ID:
            raise UnusableError("the file there is another program's")
        if tables:
            # Its thumbnails may be of other colours than photos are read with now.
            log.info("%s: the cache is of another version and is built anew", printable(file))
        for (name,) in tables:
            connection.execute(f'DROP TABLE "{name}"')
        create(connection)
    return bool(tables)


def _run(connection: sqlite3.Connection, statements: str) -> None:
    for statement in statements.split(";\n"):
        connection.execute(statement)


def create(connection: sqlite3.Connection) -> None:
    """Make the tables in an empty file, and mark it as ours."""
    _run(connection, SCHEMA)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
