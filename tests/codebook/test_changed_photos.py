"""Photos that change behind the library's back, and caches of earlier versions."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from photomosaic.codebook.database import FILE_NAME, Database
from photomosaic.codebook.library import PhotoLibrary
from photomosaic.codebook.originals import sharpened
from photomosaic.codebook.schema import checksum_of
from photomosaic.images.listing import list_photos
from photomosaic.matching.grid import TileSize
from photomosaic.matching.selection import Assignment
from photomosaic.progress import silent

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
    assert is_red(after.tiles[1])


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

    monkeypatch.setattr("photomosaic.images.listing.open_file", noted)
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
            codebooks.append(library.codebook(index, LARGE_TILE, "center", "perceptual", 1))
        zeros = np.zeros((1, 3), np.float32)
        used = Assignment(np.int32([[0, 1, 2]]), zeros, zeros)
        sharpened(codebooks[-1], used, LARGE_TILE, "center", 2, silent)
    path = bitmaps / "1.bmp"
    assert warned() == [f"{path}: enlarged from its thumbnail: changed since it was indexed"]
    assert is_red(codebooks[1].tiles[1])
    assert codebooks[1].hashes[::2] == codebooks[0].hashes[::2]


VERSION_1 = """
DROP INDEX files_of_photo;
DROP INDEX face_files_of_photo;
DROP INDEX orphans;
DROP TABLE attention;
CREATE TABLE old (path BLOB PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
    photo INTEGER REFERENCES photos (id), problem TEXT) WITHOUT ROWID;
INSERT INTO old SELECT path, size, mtime_ns, photos.id, problem
    FROM files LEFT JOIN photos ON photos.hash = files.hash;
DROP TABLE files;
CREATE TABLE old_photos (id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE,
    height INTEGER NOT NULL, width INTEGER NOT NULL, thumbnail BLOB NOT NULL,
    checksum INTEGER NOT NULL, orphaned_at REAL);
INSERT INTO old_photos SELECT id, hash, height, width, thumbnail, checksum, orphaned_at FROM photos;
DROP TABLE photos;
ALTER TABLE old_photos RENAME TO photos;
ALTER TABLE old RENAME TO files;
CREATE INDEX files_of_photo ON files (photo);
DROP TABLE face_files;
PRAGMA user_version = 1;
"""
FACES_OF_VERSION_1 = """
CREATE TABLE face_files (path BLOB PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
    hash BLOB, problem TEXT) WITHOUT ROWID;
CREATE INDEX face_files_of_photo ON face_files (hash);
INSERT INTO face_files VALUES (x'2f61', 5, 6, x'aa', NULL);
INSERT INTO face_photos VALUES (x'aa', 'm', 1, 2, 0, '[]', x'bb', 77, NULL);
"""


def convert_back(cache, script):
    with contextlib.closing(sqlite3.connect(cache / FILE_NAME)) as connection:
        connection.executescript(script)


@pytest.mark.parametrize("faces", ["", FACES_OF_VERSION_1], ids=["none", "faces"])
def test_a_cache_of_the_first_version_keeps_its_thumbnails(
    bitmaps, cache, read_codebook, contents, read_index, decoded, warned, faces
):
    (bitmaps / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0" + bytes(99))
    before = contents(read_codebook(bitmaps, cache))
    decoded.clear()
    convert_back(cache, VERSION_1 + faces)
    index = read_index(bitmaps, cache)
    assert str(index) == "4 photos: 3 from the cache, 0 new, 0 removed, 1 unreadable"
    assert contents(read_codebook(bitmaps, cache)) == before
    assert len(decoded) == 1
    assert warned() == []


def test_faces_of_the_first_version_are_kept(bitmaps, cache, read_index):
    read_index(bitmaps, cache)
    convert_back(cache, VERSION_1 + FACES_OF_VERSION_1)
    with contextlib.closing(Database(cache)) as database:
        ((*row, checksum, orphaned_at),) = database.rows("SELECT * FROM face_photos")
        ((*file_row, file_checksum),) = database.rows("SELECT * FROM face_files")
    assert row == [b"\xaa", "m", 1, 2, 0, "[]", b"\xbb"]
    assert (checksum, orphaned_at) == (checksum_of(*row), None)
    assert file_row == [b"/a", 5, 6, 0, 0, b"\xaa", None]
    assert file_checksum == checksum_of(*file_row)


def test_a_photo_changed_while_an_earlier_version_knew_it_is_noticed(
    bitmaps, cache, read_index, read_codebook
):
    read_index(bitmaps, cache)
    convert_back(cache, VERSION_1)
    overwrite(bitmaps / "1.bmp")
    assert is_red(read_codebook(bitmaps, cache).tiles[1])
