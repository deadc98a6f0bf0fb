"""Connections to the photo library's file, or to a stand-in in memory."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from pathlib import Path

from photomosaic.codebook.schema import create, prepare
from photomosaic.codebook.trouble import DamagedError, UnusableError, told_apart

BUSY_SECONDS = 60.0


def opened(file: Path) -> sqlite3.Connection:
    """Return a connection to a library's file, which is made if there is none.

    Raises
    ------
    UnusableError
        If it cannot be used where it lies.
    DamagedError
        If it is damaged.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        # Photos are private: only their owner may read what is made of them. An existing file is
        # not opened, since closing it would take away the locks of this process' other connections.
        with contextlib.suppress(FileExistsError):
            os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise UnusableError(error.strerror or str(error)) from error
    with told_apart():
        connection = sqlite3.connect(os.fspath(file), timeout=BUSY_SECONDS, isolation_level=None)
        try:
            prepare(connection, file)
            _use_write_ahead_log(connection)
            _see_that_it_is_whole(connection, file)
        except BaseException:
            connection.close()
            raise
    return connection


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


def in_memory(*, empty: bool = False) -> sqlite3.Connection:
    """Return a connection to a library in memory, without even the tables if `empty`."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    if not empty:
        create(connection)
    return connection
