"""Statements that wait while another program locks the photo library's file."""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path

from photomosaic.files.names import printable

log = logging.getLogger(__name__)

# SQLite's own waiting logs nothing, and some statements do not wait at all.
ATTEMPT_SECONDS = 0.1
SILENT_SECONDS = 2.0
BUSY_SECONDS = 60.0


def execute_waiting(
    connection: sqlite3.Connection,
    file: Path | None,
    statement: str,
    values: Sequence[object] = (),
) -> sqlite3.Cursor:
    """Run a statement; wait, and log it, while another program locks the file.

    Raises
    ------
    sqlite3.OperationalError
        If it is still locked after a minute.
    """
    start, logged = time.monotonic(), False
    while True:
        try:
            return connection.execute(statement, values)
        except sqlite3.OperationalError as error:
            waited = time.monotonic() - start
            busy = getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY
            if file is None or not busy or waited > BUSY_SECONDS:
                raise
        if waited > SILENT_SECONDS and not logged:
            log.info("%s: waiting for another program that is writing to it", printable(file))
            logged = True
        time.sleep(ATTEMPT_SECONDS / 10)
