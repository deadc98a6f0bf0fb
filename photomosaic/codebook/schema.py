"""The tables of the photo library's file, and how a file comes to have them."""

from __future__ import annotations

import logging
import sqlite3
from pathlib import Path

from photomosaic.codebook.trouble import UnusableError
from photomosaic.images.listing import printable

log = logging.getLogger(__name__)

APPLICATION_ID = 0x50686D6F
SCHEMA_VERSION = 1

SCHEMA = """
CREATE TABLE IF NOT EXISTS photos (
    id INTEGER PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    height INTEGER NOT NULL,
    width INTEGER NOT NULL,
    thumbnail BLOB NOT NULL,
    checksum INTEGER NOT NULL,
    orphaned_at REAL
);
CREATE TABLE IF NOT EXISTS files (
    path BLOB PRIMARY KEY,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    photo INTEGER REFERENCES photos (id),
    problem TEXT
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS files_of_photo ON files (photo);
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
CREATE TABLE IF NOT EXISTS face_files (
    path BLOB PRIMARY KEY,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    hash BLOB,
    problem TEXT
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS face_files_of_photo ON face_files (hash);
"""


def prepare(connection: sqlite3.Connection, file: Path) -> None:
    """See that a file has the tables of this version; those of another version are dropped.

    Raises
    ------
    UnusableError
        If it is another program's.
    """
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA cell_size_check = ON")
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if (application, version) == (APPLICATION_ID, SCHEMA_VERSION):
            # Tables that came later are added, so that nobody's library is thrown away for them.
            _add_tables(connection)
            return
        tables = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        ).fetchall()
        if tables and application != APPLICATION_ID:
            raise UnusableError("the file there is another program's")
        if tables:
            log.info("%s: the cache is of another version and is built anew", printable(file))
        for (name,) in tables:
            connection.execute(f'DROP TABLE "{name}"')
        create(connection)


def _add_tables(connection: sqlite3.Connection) -> None:
    for statement in SCHEMA.split(";\n"):
        connection.execute(statement)


def create(connection: sqlite3.Connection) -> None:
    """Make the tables in an empty file, and mark it as ours."""
    _add_tables(connection)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
