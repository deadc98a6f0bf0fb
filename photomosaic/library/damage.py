"""Errors of the photo library's file: it is damaged, or cannot be used."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator


class UnusableError(Exception):
    """The cache cannot be used where it lies; the message says why."""


class DamagedError(Exception):
    """The cache differs from what was written."""


CACHE_ERRORS = (DamagedError, UnusableError)

_UNUSABLE = frozenset(
    {
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


@contextlib.contextmanager
def damage_if_misread() -> Iterator[None]:
    """Raise `DamagedError` for errors while rows are interpreted."""
    try:
        yield
    except (LookupError, TypeError, ValueError) as error:
        raise DamagedError(f"{type(error).__name__}: {error}") from error


@contextlib.contextmanager
def sqlite_errors() -> Iterator[None]:
    """Turn errors of SQLite into `DamagedError` or `UnusableError`."""
    try:
        yield
    except sqlite3.Error as error:
        # The low byte is the kind of error, the rest its details.
        kind = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if kind == sqlite3.SQLITE_BUSY:
            raise UnusableError("another program keeps it locked") from error
        if kind in _UNUSABLE:
            raise UnusableError(str(error)) from error
        raise DamagedError(str(error)) from error
    except UnicodeDecodeError as error:
        # A message of SQLite that quotes damaged text.
        raise DamagedError(str(error)) from error
