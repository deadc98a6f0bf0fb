"""Single bits of the photo library's file that turn, as on worn disks."""

from __future__ import annotations

import contextlib
import sqlite3

import numpy as np
import pytest
from PIL import Image

from photomosaic.images.listing import list_photos
from photomosaic.library.database import FILE_NAME
from photomosaic.library.file_index import FileIndex
from photomosaic.library.photo_library import PhotoLibrary
from photomosaic.matching.grid import TileSize
from photomosaic.options.photos import TileOptions
from tests.codebooks import tiles_of

TILE, OTHER_TILE = TileSize(8, 6), TileSize(6, 8)
FLIPS = 60


@pytest.fixture(scope="module")
def tiny_photos(tmp_path_factory):
    """Return a folder of four photos whose library takes few pages, most of them rows."""
    folder = tmp_path_factory.mktemp("tiny")
    for number in range(4):
        pixels = np.random.default_rng(number).integers(0, 256, (4, 5, 3), np.uint8)
        Image.fromarray(pixels).save(folder / f"photo {number}.bmp")
    return folder


def made(folder, cache):
    """Return all that a run makes of a library: what it tells, and tiles stored and not stored."""
    with PhotoLibrary(cache) as library:
        index = library.index(list_photos(folder))
        photos = [(photo.path, photo.hash, photo.height, photo.width) for photo in index.photos]
        codebooks = [
            library.codebook(index, tile, TileOptions(cuts=1, crop="attention", metric="rgb"))
            for tile in (TILE, OTHER_TILE)
        ]
    tiles = [tiles_of(codebook).tobytes() for codebook in codebooks]
    return photos, index.unreadable, [tuple(codebook.cuts) for codebook in codebooks], tiles


@pytest.fixture(scope="module")
def healthy(tiny_photos, tmp_path_factory):
    """Return the bytes of a whole library, which knows one size of tiles, and what it makes."""
    cache = tmp_path_factory.mktemp("healthy")
    with PhotoLibrary(cache) as library:
        index = library.index(list_photos(tiny_photos))
        library.codebook(index, TILE, TileOptions(cuts=1, crop="attention", metric="rgb"))
    return (cache / FILE_NAME).read_bytes(), made(tiny_photos, None)


def flipped(content, bit):
    damaged = bytearray(content)
    damaged[bit // 8] ^= 1 << bit % 8
    return bytes(damaged)


def test_whatever_bit_flips_the_same_comes_out(tiny_photos, healthy, cache):
    content, expected = healthy
    # Unused space of the pages would only dilute the sample.
    used = np.flatnonzero(np.frombuffer(content, np.uint8))
    rng = np.random.default_rng(5)
    bits = rng.choice(used, FLIPS, replace=False) * 8 + rng.integers(0, 8, FLIPS)
    cache.mkdir()
    wrong = []
    for bit in bits.tolist():
        for path in cache.iterdir():
            path.unlink()
        (cache / FILE_NAME).write_bytes(flipped(content, bit))
        if made(tiny_photos, cache) != expected:
            wrong.append(bit)
    assert wrong == []


AIMED = {
    "the key of a file's row": "UPDATE files SET path = replace(path, x'20', x'21')",
    "the size of a file": "UPDATE files SET size = size + 1",
    "which photo a file holds": "UPDATE files SET hash = (SELECT max(hash) FROM photos)",
    "a problem of a file": "UPDATE files SET problem = 'made up'",
    "the size of a photo": "UPDATE photos SET height = height + 4",
    "a thumbnail in another's row": "UPDATE photos SET (thumbnail, checksum) ="
    " (SELECT thumbnail, checksum FROM photos WHERE id = 1)",
    "the numbers of photos": "UPDATE photos SET id = id + 1 WHERE id = 4",
    "a tile in another's row": "UPDATE tiles SET (pixels, checksum) ="
    " (SELECT pixels, checksum FROM tiles ORDER BY key LIMIT 1)",
    "the way of cropping of tiles": "UPDATE tile_sets SET crop = 'center'",
    "where attention is": "UPDATE attention SET y = 0.9",
    "a photo gone": "DELETE FROM photos WHERE id = 2",
}


@pytest.mark.parametrize("damage", AIMED.values(), ids=AIMED.keys())
def test_whatever_is_changed_in_a_row_the_same_comes_out(tiny_photos, healthy, cache, damage):
    content, expected = healthy
    cache.mkdir()
    (cache / FILE_NAME).write_bytes(content)
    with contextlib.closing(sqlite3.connect(cache / FILE_NAME)) as connection, connection:
        connection.execute(damage)
    assert made(tiny_photos, cache) == expected


def test_a_photo_that_was_just_stored_and_is_not_found_is_damage(
    tiny_photos, cache, warned, monkeypatch
):
    store, stored = FileIndex._store, []

    def lose_the_first(index, reading):
        stored.append(reading)
        if len(stored) > 1:
            store(index, reading)

    monkeypatch.setattr(FileIndex, "_store", lose_the_first)
    with PhotoLibrary(cache) as library:
        index = library.index(list_photos(tiny_photos))
    assert (len(index.photos), index.unreadable) == (4, [])
    assert warned() == [f"{cache / FILE_NAME}: the cache is damaged and is built anew"]
