from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from photomosaic.library import index, orphans
from photomosaic.library.damage import DamagedError
from photomosaic.library.database import FILE_NAME, Database

PROJECT = Path(__file__).resolve().parents[2]
ADD = "INSERT INTO files VALUES (?, 1, 1, 1, 1, NULL, ?, 0)"
PATHS = "SELECT path FROM files ORDER BY path"


@pytest.fixture(params=["file", "memory"])
def folder(request, cache):
    return cache if request.param == "file" else None


@pytest.fixture
def database(folder):
    with contextlib.closing(Database(folder)) as database:
        yield database


def test_all_statements_of_a_change_run_with_all_their_rows(database):
    database.change([(ADD, [(b"/a", "x"), (b"/b", "x")]), (ADD, []), (ADD, [(b"/c", "x")])])
    assert list(database.rows(PATHS)) == [(b"/a",), (b"/b",), (b"/c",)]


def test_a_change_is_made_whole_or_not_at_all(database):
    database.change([(ADD, [(b"/a", "x")])])
    with pytest.raises(DamagedError):
        database.change([(ADD, [(b"/b", "x")]), (ADD, [(b"/c", "x"), (b"/a", "x")])])
    assert list(database.rows(PATHS)) == [(b"/a",)]
    database.change([(ADD, [(b"/d", "x")])])
    assert list(database.rows(PATHS)) == [(b"/a",), (b"/d",)]


def test_a_change_is_seen_by_others_at_once(cache):
    with contextlib.closing(Database(cache)) as one, contextlib.closing(Database(cache)) as other:
        one.change([(ADD, [(b"/a", "x")])])
        assert list(other.rows(PATHS)) == [(b"/a",)]
        other.change([(ADD, [(b"/b", "x")])])
        assert list(one.rows(PATHS)) == [(b"/a",), (b"/b",)]


def test_a_process_that_is_first_to_write_into_a_new_file_is_waited_for(cache, warned, monkeypatch):
    connect, holders = sqlite3.connect, []

    class Overtaken(sqlite3.Connection):
        """A connection that another one locks out just before its first write-ahead log."""

        def execute(self, query, *arguments):
            if "journal_mode" in query and not holders:
                holder = connect(cache / FILE_NAME, isolation_level=None, check_same_thread=False)
                holder.execute("BEGIN IMMEDIATE")
                timer = threading.Timer(0.3, holder.rollback)
                holders.extend([timer, holder])
                timer.start()
            return super().execute(query, *arguments)

    def connect_overtaken(database, **options):
        return connect(database, factory=Overtaken, **options)

    with monkeypatch.context() as patched:
        patched.setattr(sqlite3, "connect", connect_overtaken)
        with contextlib.closing(Database(cache)) as database:
            database.change([(ADD, [(b"/a", "x")])])
    timer, holder = holders
    timer.join()
    holder.close()
    assert warned() == []
    with contextlib.closing(Database(cache)) as database:
        assert list(database.rows(PATHS)) == [(b"/a",)]


def test_a_library_started_anew_is_empty_and_works(database):
    database.change([(ADD, [(b"/a", "x")])])
    database.recover(DamagedError())
    assert list(database.rows(PATHS)) == []
    database.change([(ADD, [(b"/b", "x")])])
    assert list(database.rows(PATHS)) == [(b"/b",)]


def test_what_is_stored_is_there_the_next_time(cache):
    with contextlib.closing(Database(cache)) as database:
        database.change([(ADD, [(b"/a", "x")])])
    with contextlib.closing(Database(cache)) as database:
        assert list(database.rows(PATHS)) == [(b"/a",)]


LOOKER = """
import sys
from pathlib import Path
from photomosaic.library.database import Database
database = Database(Path(sys.argv[1]))
print(*(path.decode() for path, in database.rows("SELECT path FROM files")))
database.close()
"""


def test_two_libraries_of_one_process_keep_the_cache_whole(cache):
    # POSIX drops all locks of a process on a file that it closes once.
    def seen_by_another_process():
        command = [sys.executable, "-c", LOOKER, str(cache)]
        return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)

    one, other = Database(cache), Database(cache)
    with contextlib.closing(one), contextlib.closing(other):
        seen_by_another_process()
        one.change([(ADD, [(b"/x", "x")])])
        assert seen_by_another_process().stdout == "/x\n"


def test_nothing_kept_in_memory_is_there_the_next_time():
    for _ in range(2):
        with contextlib.closing(Database(None)) as database:
            assert list(database.rows(PATHS)) == []
            database.change([(ADD, [(b"/a", "x")])])


def test_rows_that_nobody_takes_any_more_may_outlive_the_file():
    database = Database(None)
    rows = database.rows("VALUES (1), (2), (3)")
    assert next(rows) == (1,)
    database.close()
    rows.close()


@pytest.mark.parametrize("statement", [index._PHOTOS, orphans._MARK_ORPHANS[0]])
def test_photos_are_looked_up_without_the_pages_of_thumbnails(statement):
    database = Database(None)
    values = [None] * statement.count("?")
    plan = [row[3] for row in database.rows(f"EXPLAIN QUERY PLAN {statement}", values)]
    scans = [step for step in plan if "SCAN photos" in step]
    assert scans == ["SCAN photos USING COVERING INDEX photo_facts"]
