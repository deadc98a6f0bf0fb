from __future__ import annotations

import os

import cv2
import numpy as np
import pytest
from PIL import Image

from photomosaic.images.crop import to_tile
from photomosaic.library.originals import sharpened
from photomosaic.matching.grid import TileSize
from photomosaic.progress import Work
from tests.codebooks import alpha_of, read_codebook, tiles_of

TILE = TileSize(240, 320)


@pytest.fixture
def originals():
    """Return six pictures (240, 320, 3) with detail in every pixel."""
    rng = np.random.default_rng(3)
    return rng.integers(0, 256, (6, 240, 320, 3)).astype(np.uint8)


@pytest.fixture
def folder(tmp_path, originals):
    path = tmp_path / "originals"
    path.mkdir()
    for number, pixels in enumerate(originals):
        Image.fromarray(pixels[..., ::-1]).save(path / f"{number}.png")
    return path


@pytest.fixture
def codebook(folder, cache):
    return read_codebook(folder, cache, TILE)


def large_tiles(codebook, used, tile=TILE, crop="center", work=None):
    """Return large tiles (n, h, w, 3 or 4) of some of a codebook's."""
    return sharpened(codebook, tile, crop, work or Work(2)).take(np.array(used))


@pytest.mark.parametrize("workers", [1, 2])
def test_large_tiles_are_the_originals(codebook, originals, warned, workers):
    large = large_tiles(codebook, [5, 2, 0, 2], work=Work(workers))
    assert np.array_equal(large, originals[[5, 2, 0, 2]])
    assert warned() == []


def test_tiles_larger_than_all_are_sharper_than_the_small_ones(codebook):
    (large,) = large_tiles(codebook, [4], TileSize(360, 480))
    small = cv2.resize(tiles_of(codebook)[4], (480, 360))
    sharpness = [cv2.Laplacian(tile, cv2.CV_64F).var() for tile in (large, small)]
    assert large.shape == (360, 480, 3)
    assert sharpness[0] > 2 * sharpness[1]


def test_each_photo_is_read_when_it_is_used_and_once(codebook, originals, folder):
    codebook = sharpened(codebook, TILE, "center", Work(1))
    assert codebook.tile == TILE
    codebook.take(np.array([5, 2]))
    for path in folder.iterdir():
        path.unlink()
    assert np.array_equal(codebook.take(np.array([2, 5, 2])), originals[[2, 5, 2]])


def test_progress_counts_the_photos_used(codebook):
    told = []

    def progress(items, **about):
        told.append(about)
        return items

    large_tiles(codebook, [3, 1, 3, 3], work=Work(progress=progress))
    assert told == [{"total": 2, "what": "making large tiles", "unit": "photo"}]


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda path: path.unlink(), "No such file or directory"),
        (
            lambda path: Image.new("RGB", (320, 240)).save(path),
            "changed since it was indexed",
        ),
        (lambda path: path.write_bytes(b""), "changed since it was indexed"),
    ],
)
def test_a_photo_no_longer_there_is_enlarged(codebook, originals, warned, damage, reason, folder):
    path = folder / "2.png"
    damage(path)
    large = large_tiles(codebook, [1, 2, 3])
    assert warned() == [f"{path}: enlarged from its thumbnail: {reason}"]
    assert np.array_equal(large[[0, 2]], originals[[1, 3]])
    assert np.array_equal(large[1], to_tile(tiles_of(codebook)[2], 240, 320, "stretch"))


def test_a_photo_touched_since_is_read(codebook, originals, warned, folder):
    os.utime(folder / "2.png", ns=(0, 0))
    assert np.array_equal(large_tiles(codebook, [2]), originals[[2]])
    assert warned() == []


@pytest.fixture
def codebook_with_hole(folder, cache):
    """Return a codebook whose fourth photo has a hole, and that photo (240, 320, 4)."""
    pixels = np.asarray(Image.open(folder / "3.png").convert("RGBA")).copy()
    pixels[60:180, 80:240] = 0
    Image.fromarray(pixels).save(folder / "3.png")
    return read_codebook(folder, cache, TILE), pixels


def test_the_alpha_of_an_original_is_kept(codebook_with_hole, originals):
    codebook, pixels = codebook_with_hole
    large = large_tiles(codebook, [3, 1])
    assert np.array_equal(large[..., :3], [pixels[..., 2::-1], originals[1]])
    assert np.array_equal(large[0, ..., 3], pixels[..., 3])
    assert (large[1, ..., 3] == 255).all()


def test_large_tiles_are_opaque_if_no_transparent_photo_is_used(codebook_with_hole):
    assert large_tiles(codebook_with_hole[0], [4, 1]).shape == (2, 240, 320, 3)


def test_a_transparent_photo_no_longer_there_keeps_its_alpha(codebook_with_hole, folder, warned):
    codebook, _ = codebook_with_hole
    (folder / "3.png").unlink()
    (large,) = large_tiles(codebook, [3])
    assert np.array_equal(large[..., 3], cv2.resize(alpha_of(codebook)[3], (320, 240)))
    assert (large[120, 160, 3], large[0, 0, 3]) == (0, 255)
    assert len(warned()) == 1


def test_the_way_of_cropping_is_kept(codebook, originals):
    (narrow,) = large_tiles(codebook, [0], TileSize(240, 200))
    assert np.array_equal(narrow, originals[0][:, 60:260])
    (padded,) = large_tiles(codebook, [0], TileSize(320, 320), "pad")
    assert np.array_equal(padded[40:280, :, :3], originals[0])
    assert (padded[..., 3] == 255).sum() == 240 * 320
