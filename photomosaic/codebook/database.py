"""The photo library's SQLite file."""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from photomosaic.images.listing import printable

log = logging.getLogger(__name__)

FILE_NAME = "photomosaic.sqlite3"
APPLICATION_ID = 0x50686D6F
SCHEMA_VERSION = 1
BUSY_SECONDS = 60.0

SCHEMA = """
CREATE TABLE photos (
    id INTEGER PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    height INTEGER NOT NULL,
    width INTEGER NOT NULL,
    thumbnail BLOB NOT NULL,
    orphaned_at REAL
);
CREATE TABLE files (
    path BLOB PRIMARY KEY,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    photo INTEGER REFERENCES photos (id),
    problem TEXT
) WITHOUT ROWID;
CREATE INDEX files_of_photo ON files (photo);
CREATE TABLE tile_sets (
    id INTEGER PRIMARY KEY,
    height INTEGER NOT NULL,
    width INTEGER NOT NULL,
    crop TEXT NOT NULL,
    used_at REAL NOT NULL,
    bytes INTEGER NOT NULL DEFAULT 0,
    UNIQUE (height, width, crop)
);
-- The key is the tile set's id times 2^32 plus the photo's, so that a set lies together on disk.
CREATE TABLE tiles (key INTEGER PRIMARY KEY, pixels BLOB NOT NULL);
"""


class Database:
    """One connection to the photo library's file, or to a stand-in in memory.

    A library that cannot be written (read-only folder, full disk) is replaced by one in memory,
    with one warning; a damaged one, or one of another schema, by an empty one.

    Parameters
    ----------
    folder : Path or None
        The cache folder; None keeps everything in memory.
    """

    def __init__(self, folder: Path | None) -> None:
        self.file = None if folder is None else folder / FILE_NAME
        try:
            self._connection = _in_memory() if self.file is None else _opened(self.file)
        except (OSError, sqlite3.OperationalError) as error:
            self._warn_without(error)
            self._connection = _in_memory()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def rows(self, query: str, values: Sequence[object] = ()) -> Iterator[tuple[Any, ...]]:
        """Run a query and hand on its rows one by one."""
        return self._connection.execute(query, values)

    def change(self, statements: Iterable[tuple[str, Sequence[Sequence[object]]]]) -> None:
        """Run statements, each with all of its rows of values, as one change.

        If the file cannot take it, its content goes on in memory.
        """
        statements = list(statements)
        try:
            self._run(statements)
        except sqlite3.OperationalError as error:
            if self.file is None:
                raise
            self._warn_without(error)
            memory = _in_memory(empty=True)
            self._connection.backup(memory)
            self._connection.close()
            self._connection = memory
            self._run(statements)

    def start_anew(self) -> None:
        """Throw away a damaged library and open an empty one."""
        self._connection.close()
        if self.file is None:
            self._connection = _in_memory()
            return
        log.warning("%s: the cache is damaged and is built anew", printable(self.file))
        _remove(self.file)
        self._connection = _opened(self.file)

    def size(self) -> int:
        """Return the bytes that the library takes up."""
        pages, page_bytes = (
            next(self._connection.execute(f"PRAGMA {name}"))[0]
            for name in ("page_count", "page_size")
        )
        return int(pages) * int(page_bytes)

    def _run(self, statements: list[tuple[str, Sequence[Sequence[object]]]]) -> None:
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            for statement, rows in statements:
                self._connection.executemany(statement, rows)

    def _warn_without(self, error: Exception) -> None:
        place = printable(self.file.parent) if self.file else ""
        log.warning("%s: the cache cannot be used (%s); going on without it", place, error)
        self.file = None


def _opened(file: Path) -> sqlite3.Connection:
    file.parent.mkdir(parents=True, exist_ok=True)
    # Photos are private: only their owner may read what is made of them.
    os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    try:
        return _connected(file)
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError as error:
        log.warning("%s: the cache is damaged (%s) and is built anew", printable(file), error)
        _remove(file)
        return _connected(file)


def _connected(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(os.fspath(file), BUSY_SECONDS, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        _prepare(connection, file)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, file: Path) -> None:
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if (application, version) == (APPLICATION_ID, SCHEMA_VERSION):
            return
        tables = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        ).fetchall()
        if tables and application != APPLICATION_ID:
            raise sqlite3.OperationalError("the file there is another program's")
        if tables:
            log.info("%s: the cache is of another version and is built anew", printable(file))
        for (name,) in tables:
            connection.execute(f'DROP TABLE "{name}"')
        _create(connection)


def _create(connection: sqlite3.Connection) -> None:
    for statement in SCHEMA.split(";\n"):
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _in_memory(*, empty: bool = False) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    if not empty:
        _create(connection)
    return connection


def _remove(file: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            file.with_name(file.name + suffix).unlink()
