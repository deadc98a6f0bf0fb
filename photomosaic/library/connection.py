"""Connections to the photo library's file, or to a stand-in in memory."""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import stat
from pathlib import Path

from photomosaic.files.names import printable
from photomosaic.files.regular import check_regular, open_file
from photomosaic.library.damage import DamagedError, UnusableError, sqlite_errors
from photomosaic.library.schema import APPLICATION_ID, create, prepare
from photomosaic.library.waiting import ATTEMPT_SECONDS, execute_waiting

log = logging.getLogger(__name__)

SUFFIXES = ("", "-wal", "-shm", "-journal")
KEEPERS = {".gitignore", ".gitkeep"}
_MAGIC, _APPLICATION_ID_AT = b"SQLite format 3\0", 68


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
        file.parent.mkdir(0o700, parents=True, exist_ok=True)
        for suffix in SUFFIXES:
            with contextlib.suppress(FileNotFoundError):
                check_regular(file.with_name(file.name + suffix))
        # An existing file is not opened, since closing it would take away the locks of this
        # process' other connections.
        with contextlib.suppress(FileExistsError):
            os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        where = f"{printable(Path(error.filename).name)}: " if error.filename else ""
        raise UnusableError(f"{where}{error.strerror or error}") from error
    with sqlite_errors():
        connection = sqlite3.connect(os.fspath(file), timeout=ATTEMPT_SECONDS, isolation_level=None)
        try:
            prepare(connection, file)
            _make_private(file)
            execute_waiting(connection, file, "PRAGMA journal_mode = WAL")
            _check_whole(connection, file)
        except BaseException:
            connection.close()
            raise
    return connection


def _make_private(file: Path) -> None:
    """See that only its owner may read a library: photos are private.

    Its folder is closed as well, if it is the user's own and nothing else lies there.
    """
    own = {file.name + suffix for suffix in SUFFIXES}
    names = {path.name for path in file.parent.iterdir()}
    for name in sorted(own & names):
        _restrict(file.with_name(name))
    folder = file.parent.stat()
    shared = folder.st_uid != os.geteuid() or folder.st_mode & stat.S_ISVTX
    if names <= own | KEEPERS and not shared:
        _restrict(file.parent)


def _restrict(path: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            try:
                path.chmod(mode & 0o700)
            except OSError as error:
                log.warning("%s: others may read it: %s", printable(path), error.strerror)


def _check_whole(connection: sqlite3.Connection, file: Path) -> None:
    """Raise `DamagedError` if the file is shorter than its first page says."""
    page_bytes = connection.execute("PRAGMA page_size").fetchone()[0]
    with connection:
        # Nobody else may write in between.
        execute_waiting(connection, file, "BEGIN IMMEDIATE")
        log_file = file.with_name(file.name + "-wal")
        if log_file.exists() and log_file.stat().st_size:
            return  # some pages are still there
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        if file.stat().st_size < pages * page_bytes:
            raise DamagedError("it is cut off")


def set_aside(file: Path) -> str | None:
    """Rename a file that is no library, not even a damaged one, and return its new name.

    It may be somebody's own; so None is returned, and nothing done, only for what begins as a
    library does (https://www.sqlite.org/fileformat.html, section 1.3).

    Raises
    ------
    OSError
        If it cannot be renamed.
    """
    try:
        with open_file(file) as opened_file:
            head = opened_file.read(_APPLICATION_ID_AT + 4)
    except FileNotFoundError:  # another run has begun anew
        return None
    if head.startswith(_MAGIC) and head[_APPLICATION_ID_AT:] == APPLICATION_ID.to_bytes(4, "big"):
        return None
    number = 1
    while os.path.lexists(kept := file.with_name(f"{file.name}.{number}")):
        number += 1
    file.rename(kept)
    return kept.name


def in_memory(*, empty: bool = False) -> sqlite3.Connection:
    """Return a connection to a library in memory, without even the tables if `empty`."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    if not empty:
        create(connection)
    return connection
