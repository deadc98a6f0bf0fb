"""What other processes, failing disks and odd files do to the photo library."""

from __future__ import annotations

import contextlib
import sqlite3

from photomosaic.images.listing import list_photos
from photomosaic.library.database import FILE_NAME, Database
from photomosaic.library.photo_library import PhotoLibrary
from photomosaic.matching.grid import TileSize
from photomosaic.options.photos import TileOptions


def opened(cache):
    return contextlib.closing(sqlite3.connect(cache / FILE_NAME, timeout=0, isolation_level=None))


def opened_with(monkeypatch, kind):
    """Let the caches' files be opened with another kind of connection."""
    connect = sqlite3.connect

    def connect_other(database, **options):
        if database != ":memory:":
            options["factory"] = kind
        return connect(database, **options)

    monkeypatch.setattr(sqlite3, "connect", connect_other)


def test_a_cache_that_grows_while_it_is_opened_is_not_taken_for_cut_off(
    album, cache, read_index, warned, monkeypatch
):
    read_index(album, cache)

    class Overtaken(sqlite3.Connection):
        """A connection that another run's first change comes between."""

        def execute(self, query, *arguments):
            if query == "PRAGMA page_count":
                with contextlib.suppress(sqlite3.OperationalError):  # held off, rightly
                    other.execute(
                        "REPLACE INTO files VALUES (x'2f', 1, 1, 1, 1, NULL, ?, 0)", ["x" * 9999]
                    )
            return super().execute(query, *arguments)

    with opened(cache) as other:
        other.execute("SELECT count(*) FROM files").fetchone()
        with monkeypatch.context() as patched:
            opened_with(patched, Overtaken)
            Database(cache).close()
    assert warned() == []
    assert read_index(album, cache).cached == 5


class FailingConnection(sqlite3.Connection):
    """A connection to a disk that fails as soon as thumbnails are read."""

    def execute(self, query, *arguments):
        if "thumbnail, checksum" in query:
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR_READ
            raise error
        return super().execute(query, *arguments)


def test_a_disk_that_fails_while_it_is_read_is_done_without(
    album, cache, read_codebook, contents, warned, monkeypatch
):
    fresh = contents(read_codebook(album, cache))
    with monkeypatch.context() as patched:
        opened_with(patched, FailingConnection)
        with PhotoLibrary(cache) as library:
            index = library.index(list_photos(album))
            codebook = library.codebook(index, TileSize(6, 8), TileOptions(cuts=1))
    assert contents(codebook) == contents(read_codebook(album, None, TileSize(6, 8)))
    (warning,) = warned()
    assert warning == f"{cache}: the cache cannot be used (disk I/O error); going on without it"
    assert contents(read_codebook(album, cache)) == fresh
