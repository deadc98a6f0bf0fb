"""Photos cut around what draws attention: the same cut at every size."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import Image

from photomosaic.images.crop import Cut
from photomosaic.library.originals import Original, enlarged, sharpened
from photomosaic.library.photo_library import PhotoLibrary
from photomosaic.matching.grid import TileSize
from photomosaic.progress import Work
from tests.codebooks import read_codebook, tiles_of

SMALL, LARGE = TileSize(24, 18), TileSize(240, 180)


@pytest.fixture(scope="module")
def wide_photos(tmp_path_factory):
    """Return a folder of photos with much detail, of which a part must be chosen."""
    folder = tmp_path_factory.mktemp("wide")
    rng = np.random.default_rng(2)
    for number in range(12):
        shape = (9, 24, 3) if number % 2 else (24, 9, 3)
        coarse = Image.fromarray(rng.integers(0, 256, shape, np.uint8))
        size = shape[1] * 30, shape[0] * 30
        coarse.resize(size, Image.Resampling.BICUBIC).save(folder / f"{number:02d}.jpg")
    return folder


def codebook(folder, cache, tile, crop="attention"):
    return read_codebook(folder, cache, tile, crop, metric="rgb")


def large_tiles(small, tile=LARGE):
    return tiles_of(sharpened(small, tile, "attention", Work(2)))


def difference(small, large):
    shrunk = [
        cv2.resize(t, (SMALL.width, SMALL.height), interpolation=cv2.INTER_AREA) for t in large
    ]
    return [np.abs(a.astype(int) - b).mean() for a, b in zip(small, shrunk, strict=True)]


def test_large_tiles_show_the_same_cut_as_small_ones(wide_photos, cache):
    small = codebook(wide_photos, cache, SMALL)
    assert max(difference(tiles_of(small), large_tiles(small))) < 5
    # Another cut would be far off.
    center = codebook(wide_photos, cache, SMALL, "center")
    assert np.median(difference(tiles_of(center), tiles_of(small))) > 30


def test_tiles_of_all_sizes_show_the_same_cut(wide_photos, cache):
    cuts = [
        tuple(codebook(wide_photos, cache, tile).cuts) for tile in (SMALL, TileSize(96, 72), LARGE)
    ]
    assert cuts[0] == cuts[1] == cuts[2]
    assert len(set(cuts[0])) > 8


def test_a_photo_that_went_away_shows_the_same_cut(wide_photos, tmp_path, cache):
    folder = tmp_path / "copy"
    folder.mkdir()
    for path in wide_photos.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    small = codebook(folder, cache, SMALL)
    for path in folder.iterdir():
        path.unlink()
    with PhotoLibrary(cache) as library:
        thumbnails = [Original(library.thumbnail(digest), None) for digest in small.hashes]
    from_thumbnails = [s.tile(LARGE, "attention", small.cut(i)) for i, s in enumerate(thumbnails)]
    for large in (from_thumbnails, [enlarged(small, i, LARGE) for i in range(12)]):
        assert max(difference(tiles_of(small), large)) < 5


def test_where_attention_is_is_found_once(wide_photos, cache, monkeypatch):
    before = codebook(wide_photos, cache, SMALL)
    monkeypatch.setattr("photomosaic.library.attention.attention_point", None)
    assert tuple(codebook(wide_photos, cache, TileSize(40, 30)).cuts) == tuple(before.cuts)


@pytest.mark.parametrize(
    ("point", "photo", "tile", "cut"),
    [
        ((0.5, 0.5), (100, 200), (50, 50), Cut(0, 0.25, 1, 0.5)),
        ((0.5, 0.5), (200, 100), (50, 50), Cut(0.25, 0, 0.5, 1)),
        ((0.5, 0.1), (100, 200), (50, 50), Cut(0, 0, 1, 0.5)),
        ((0.9, 1.0), (100, 200), (50, 50), Cut(0, 0.5, 1, 0.5)),
        ((0.9, 0.1), (100, 200), (1, 2), Cut(0, 0, 1, 1)),
    ],
)
def test_the_cut_around_a_point_stays_in_the_photo(point, photo, tile, cut):
    assert Cut.around(point, photo, tile) == cut


def test_a_cut_is_never_without_pixels():
    photo = np.zeros((1, 900, 3), np.uint8)
    assert Cut.around((0.5, 1), (1, 900), (900, 1)).of(photo).shape == (1, 1, 3)
