"""The photo library's SQLite file."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from photomosaic.files.names import printable
from photomosaic.library.connection import SUFFIXES, in_memory, opened, set_aside
from photomosaic.library.damage import CACHE_ERRORS, DamagedError, UnusableError, sqlite_errors
from photomosaic.library.waiting import execute_waiting

log = logging.getLogger(__name__)

T = TypeVar("T")

FILE_NAME = "photomosaic.sqlite3"


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
            self._connection = in_memory() if self.file is None else opened(self.file)
        except UnusableError as error:
            self._continue_in_memory(error)
        except DamagedError:
            self._start_anew()

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
        with sqlite_errors():
            # "yield from" would close the cursor of rows that nobody takes any more, which fails
            # once the file is closed.
            for row in execute_waiting(self._connection, self.file, query, values):  # noqa: UP028
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
            self._continue_in_memory(error, empty=True)
            with sqlite_errors(), contextlib.closing(content):
                content.backup(self._connection)
            self._run(statements)

    def retried(self, run: Callable[[], T]) -> T:
        """Return what a call returns; if the library cannot be used, recover and call again."""
        try:
            return run()
        except CACHE_ERRORS as error:
            self.recover(error)
            return run()

    def recover(self, error: Exception) -> None:
        """Go on after an error with an empty library, if need be in memory."""
        if isinstance(error, UnusableError):
            self._connection.close()
            self._continue_in_memory(error)
        else:
            self._start_anew()

    def _start_anew(self) -> None:
        """Throw away a damaged library and open an empty one."""
        with contextlib.suppress(AttributeError):  # not even opened
            self._connection.close()
        if self.file is None:
            self._connection = in_memory()
            return
        try:
            kept = set_aside(self.file)
            what = f", is kept as {kept}," if kept else ""
            log.warning("%s: the cache is damaged%s and is built anew", printable(self.file), what)
            for suffix in SUFFIXES:
                self.file.with_name(self.file.name + suffix).unlink(missing_ok=True)
            self._connection = opened(self.file)
        except (OSError, UnusableError, DamagedError) as error:
            self._continue_in_memory(error)

    def size(self) -> int:
        """Return the bytes that the library takes up."""
        ((pages,),) = self.rows("PRAGMA page_count")
        ((page_bytes,),) = self.rows("PRAGMA page_size")
        return int(pages) * int(page_bytes)

    def _run(self, statements: list[tuple[str, Sequence[Sequence[object]]]]) -> None:
        with sqlite_errors(), self._connection:
            execute_waiting(self._connection, self.file, "BEGIN IMMEDIATE")
            for statement, rows in statements:
                self._connection.executemany(statement, rows)

    def _continue_in_memory(self, error: Exception, *, empty: bool = False) -> None:
        if self.file is not None:
            place = printable(self.file.parent)
            log.warning("%s: the cache cannot be used (%s); going on without it", place, error)
        self.file = None
        self._connection = in_memory(empty=empty)
