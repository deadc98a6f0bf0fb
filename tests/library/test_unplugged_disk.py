"""A disk that goes away while the photo library is in use."""

from __future__ import annotations

import sqlite3

from photomosaic.images.listing import list_photos
from photomosaic.library.photo_library import PhotoLibrary
from photomosaic.matching.grid import TileSize
from photomosaic.options.photos import TileOptions


class UnpluggedConnection(sqlite3.Connection):
    """A connection to a disk that, from when tiles are stored, can neither be written nor read."""

    def executemany(self, query, rows):
        if "tiles" in query:
            raise self.error()
        return super().executemany(query, rows)

    def backup(self, *arguments, **options):
        del arguments, options
        raise self.error()

    def error(self):
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR_WRITE
        return error


def test_an_unplugged_disk_is_told_of_once(
    album, cache, read_codebook, contents, warned, monkeypatch
):
    connect = sqlite3.connect

    def connect_unplugged(database, **options):
        if database != ":memory:":
            options["factory"] = UnpluggedConnection
        return connect(database, **options)

    with monkeypatch.context() as patched:
        patched.setattr(sqlite3, "connect", connect_unplugged)
        with PhotoLibrary(cache) as library:
            index = library.index(list_photos(album))
            codebook = library.codebook(index, TileSize(6, 8), TileOptions(cuts=1))
    assert contents(codebook) == contents(read_codebook(album, None, TileSize(6, 8)))
    assert warned() == [f"{cache}: the cache cannot be used (disk I/O error); going on without it"]
