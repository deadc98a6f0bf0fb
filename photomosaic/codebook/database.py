"""The photo library's SQLite file."""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from photomosaic.images.listing import printable

log = logging.getLogger(__name__)

FILE_NAME = "photomosaic.sqlite3"
APPLICATION_ID = 0x50686D6F
SCHEMA_VERSION = 1
BUSY_SECONDS = 60.0

_NOT_OUR_FAULT = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_READONLY,
    }
)

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


class UnusableError(Exception):
    """The cache cannot be used where it lies; the message says why."""


class DamagedError(Exception):
    """The cache holds something else than what was written."""


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
        except UnusableError as error:
            self._go_on_without(error)
        except DamagedError:
            self._start_anew()

    def close_to_others(self) -> None:
        """See that only its owner may read the file, whoever made it in whatever way."""
        if self.file is None:
            return
        for suffix in ("", "-wal", "-shm"):
            file = self.file.with_name(self.file.name + suffix)
            with contextlib.suppress(FileNotFoundError):
                mode = file.stat().st_mode
                if mode & 0o077:
                    try:
                        file.chmod(mode & 0o700)
                    except OSError as error:
                        log.warning("%s: others may read it: %s", printable(file), error.strerror)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def rows(self, query: str, values: Sequence[object] = ()) -> Iterator[tuple[Any, ...]]:
        """Run a query and hand on its rows one by one.

        Raises
        ------
        DamagedError
            If the file is damaged.
        """
        with _told_apart():
            # "yield from" would close the cursor of rows that nobody takes any more, which fails
            # once the file is closed.
            for row in self._connection.execute(query, values):  # noqa: UP028
                yield row

    def change(self, statements: Iterable[tuple[str, Sequence[Sequence[object]]]]) -> None:
        """Run statements, each with all of its rows of values, as one change.

        If the file cannot take it, its content goes on in memory.

        Raises
        ------
        DamagedError
            If the file is damaged.
        """
        statements = list(statements)
        try:
            self._run(statements)
        except UnusableError as error:
            if self.file is None:
                raise
            content = self._connection
            self._go_on_without(error, empty=True)
            with _told_apart(), contextlib.closing(content):
                content.backup(self._connection)
            self._run(statements)

    def recover(self, error: Exception) -> None:
        """Go on after an error with an empty library, if need be in memory."""
        if isinstance(error, UnusableError):
            self._connection.close()
            self._go_on_without(error)
        else:
            self._start_anew()

    def _start_anew(self) -> None:
        """Throw away a damaged library and open an empty one."""
        with contextlib.suppress(AttributeError):  # not even opened
            self._connection.close()
        if self.file is None:
            self._connection = _in_memory()
            return
        log.warning("%s: the cache is damaged and is built anew", printable(self.file))
        try:
            for suffix in ("", "-wal", "-shm"):
                self.file.with_name(self.file.name + suffix).unlink(missing_ok=True)
            self._connection = _opened(self.file)
        except (OSError, UnusableError, DamagedError) as error:
            self._go_on_without(error)

    def size(self) -> int:
        """Return the bytes that the library takes up."""
        ((pages,),) = self.rows("PRAGMA page_count")
        ((page_bytes,),) = self.rows("PRAGMA page_size")
        return int(pages) * int(page_bytes)

    def _run(self, statements: list[tuple[str, Sequence[Sequence[object]]]]) -> None:
        with _told_apart(), self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            for statement, rows in statements:
                self._connection.executemany(statement, rows)

    def _go_on_without(self, error: Exception, *, empty: bool = False) -> None:
        if self.file is not None:
            place = printable(self.file.parent)
            log.warning("%s: the cache cannot be used (%s); going on without it", place, error)
        self.file = None
        self._connection = _in_memory(empty=empty)


@contextlib.contextmanager
def interpreting() -> Iterator[None]:
    """Take values that do not fit together for damage, where rows are interpreted."""
    try:
        yield
    except (LookupError, TypeError, ValueError) as error:
        raise DamagedError(f"{type(error).__name__}: {error}") from error


@contextlib.contextmanager
def _told_apart() -> Iterator[None]:
    """Turn errors of SQLite into what they mean: damage, or a file that cannot be used."""
    try:
        yield
    except sqlite3.Error as error:
        # The low byte is the kind of error, the rest its details.
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in _NOT_OUR_FAULT:
            raise UnusableError(str(error)) from error
        raise DamagedError(str(error)) from error
    except UnicodeDecodeError as error:
        # A message of SQLite that quotes damaged text.
        raise DamagedError(str(error)) from error


def _opened(file: Path) -> sqlite3.Connection:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        # Photos are private: only their owner may read what is made of them. An existing file is
        # not opened, since closing it would take away the locks of this process' other connections.
        with contextlib.suppress(FileExistsError):
            os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise UnusableError(error.strerror or str(error)) from error
    with _told_apart():
        connection = sqlite3.connect(os.fspath(file), timeout=BUSY_SECONDS, isolation_level=None)
        try:
            _prepare(connection, file)
            _use_write_ahead_log(connection)
            _see_that_it_is_whole(connection, file)
        except BaseException:
            connection.close()
            raise
    return connection


def _prepare(connection: sqlite3.Connection, file: Path) -> None:
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
        _create(connection)


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    # Unlike other statements, this one does not wait for other processes by itself.
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def _see_that_it_is_whole(connection: sqlite3.Connection, file: Path) -> None:
    """Raise `DamagedError` if the file is shorter than its first page says."""
    page_bytes = connection.execute("PRAGMA page_size").fetchone()[0]
    with connection:
        # Nobody else may write in between.
        connection.execute("BEGIN IMMEDIATE")
        log_file = file.with_name(file.name + "-wal")
        if log_file.exists() and log_file.stat().st_size:
            return  # some pages are still there
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        if file.stat().st_size < pages * page_bytes:
            raise DamagedError("it is cut off")


def _add_tables(connection: sqlite3.Connection) -> None:
    for statement in SCHEMA.split(";\n"):
        connection.execute(statement)


def _create(connection: sqlite3.Connection) -> None:
    _add_tables(connection)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _in_memory(*, empty: bool = False) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    if not empty:
        _create(connection)
    return connection
