"""Photos that change behind the library's back, and caches of earlier versions."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from photomosaic.images.listing import list_photos
from photomosaic.library.database import FILE_NAME
from photomosaic.library.originals import sharpened
from photomosaic.library.photo_library import PhotoLibrary
from photomosaic.matching.grid import TileSize
from photomosaic.options.photos import TileOptions
from photomosaic.progress import Work
from tests.codebooks import tiles_of

LARGE_TILE = TileSize(240, 200)


@pytest.fixture
def bitmaps(tmp_path):
    """Return a folder of three photos whose files are equally large whatever they show."""
    folder = tmp_path / "bitmaps"
    folder.mkdir()
    for number in range(3):
        Image.new("RGB", (40, 30), (60 * number, 90, 120)).save(folder / f"{number}.bmp")
    return folder


def overwrite(path):
    """Give a photo other content of the same size and time."""
    before = path.stat()
    Image.new("RGB", (40, 30), (250, 0, 0)).save(path, "BMP")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)


def is_red(tile):
    return np.abs(tile - [0.0, 0.0, 250.0]).max() < 9


def replace(path):
    """Put another file of the same size and time in a photo's place, as exiftool -P does."""
    other = path.with_name("new")
    other.write_bytes(path.read_bytes())
    os.utime(other, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    overwrite(other)
    other.replace(path)


@pytest.mark.parametrize("change", [overwrite, replace])
def test_a_change_that_keeps_size_and_time_is_noticed(bitmaps, cache, read_codebook, change):
    before = read_codebook(bitmaps, cache)
    change(bitmaps / "1.bmp")
    after = read_codebook(bitmaps, cache)
    assert after.hashes[::2] == before.hashes[::2]
    assert is_red(tiles_of(after)[1])


def renumbered(listing, *numbers):
    for i in numbers:
        file = listing.photos[i]
        listing.photos[i] = file._replace(inode=file.inode + 1000)
    return listing


@pytest.mark.parametrize(("numbers", "read"), [((0, 1, 2), []), ((1,), ["1.bmp"])])
def test_files_numbered_anew_by_a_mount_are_not_read(
    bitmaps, cache, read_index, numbers, read, monkeypatch
):
    read_index(bitmaps, cache)
    opened = []

    def noted(path):
        opened.append(Path(path).name)
        return Path(path).open("rb")

    monkeypatch.setattr("photomosaic.images.content.open_file", noted)
    with PhotoLibrary(cache) as library:
        assert library.index(renumbered(list_photos(bitmaps), *numbers)).cached == 3
    assert opened == read


def test_a_file_number_larger_than_sqlite_holds(bitmaps, cache):
    listing = renumbered(list_photos(bitmaps))
    listing.photos[0] = listing.photos[0]._replace(inode=2**64 - 1)
    for cached in (0, 3):
        with PhotoLibrary(cache) as library:
            assert library.index(listing).cached == cached


def test_a_large_tile_that_meets_a_changed_photo_heals_the_cache(bitmaps, cache, warned):
    # The listing is that of before, as on file systems that keep no time of change.
    listing = list_photos(bitmaps)
    with PhotoLibrary(cache) as library:
        library.index(listing)
    overwrite(bitmaps / "1.bmp")
    codebooks = []
    for _ in range(2):
        with PhotoLibrary(cache) as library:
            index = library.index(listing)
            codebooks.append(library.codebook(index, LARGE_TILE, TileOptions(cuts=1)))
        tiles_of(sharpened(codebooks[-1], LARGE_TILE, "center", Work(2)))
    path = bitmaps / "1.bmp"
    assert warned() == [f"{path}: enlarged from its thumbnail: changed since it was indexed"]
    assert is_red(tiles_of(codebooks[1])[1])
    assert codebooks[1].hashes[::2] == codebooks[0].hashes[::2]


def test_a_cache_of_another_version_is_built_anew(
    bitmaps, cache, read_codebook, contents, read_index, decoded
):
    before = contents(read_codebook(bitmaps, cache))
    decoded.clear()
    with contextlib.closing(sqlite3.connect(cache / FILE_NAME)) as connection:
        connection.execute("PRAGMA user_version = 1")
    assert str(read_index(bitmaps, cache)).startswith("3 photos: 0 from the cache, 3 new")
    assert len(decoded) == 3
    assert contents(read_codebook(bitmaps, cache)) == before
