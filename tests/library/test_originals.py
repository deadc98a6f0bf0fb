from __future__ import annotations

import os
from dataclasses import fields

import cv2
import numpy as np
import pytest
from PIL import Image

from photomosaic.assignment.assignment import Assignment
from photomosaic.images.crop import to_tile
from photomosaic.library.originals import sharpened
from photomosaic.matching.grid import TileSize
from photomosaic.progress import Work
from tests.codebooks import read_codebook

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


def assignment(*rows):
    # What else it holds of each cell is only to be handed on.
    others = {field.name: np.float32(rows) / 8 for field in fields(Assignment)[1:]}
    return Assignment(np.int32(rows), **others)


@pytest.mark.parametrize("workers", [1, 2])
def test_large_tiles_are_the_originals(codebook, originals, warned, workers):
    large, _ = sharpened(codebook, assignment([5, 2], [2, 0]), TILE, "center", Work(workers))
    assert large.tile == TILE
    assert np.array_equal(large.tiles, originals[[0, 2, 5]])
    assert large.alpha is None
    assert warned() == []


def test_tiles_larger_than_all_are_sharper_than_the_small_ones(codebook):
    huge = TileSize(360, 480)
    large, _ = sharpened(codebook, assignment([4]), huge, "center", Work(1))
    enlarged = cv2.resize(codebook.tiles[4], (480, 360))
    sharpness = [cv2.Laplacian(tile, cv2.CV_64F).var() for tile in (large.tiles[0], enlarged)]
    assert large.tiles.shape == (1, 360, 480, 3)
    assert sharpness[0] > 2 * sharpness[1]


def test_only_photos_used_are_kept_and_renumbered(codebook):
    before = assignment([5, 2, 2], [0, 5, 2])
    large, after = sharpened(codebook, before, TILE, "center", Work(1))
    assert np.array_equal(after.ids, [[2, 1, 1], [0, 2, 1]])
    assert after.ids.dtype == np.int32
    for field in fields(Assignment)[1:]:
        assert np.array_equal(getattr(after, field.name), getattr(before, field.name))
    used = [0, 2, 5]
    assert large.paths == tuple(codebook.paths[i] for i in used)
    assert large.hashes == tuple(codebook.hashes[i] for i in used)
    assert np.array_equal(large.features, codebook.features[used])
    assert large.spec == codebook.spec
    assert np.array_equal(before.ids, [[5, 2, 2], [0, 5, 2]])


def test_progress_counts_the_photos_used(codebook):
    told = []

    def progress(items, **about):
        told.append(about)
        return items

    sharpened(codebook, assignment([3, 1], [3, 3]), TILE, "center", Work(progress=progress))
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
    large, after = sharpened(codebook, assignment([1, 2, 3]), TILE, "center", Work(2))
    assert warned() == [f"{path}: enlarged from its thumbnail: {reason}"]
    assert np.array_equal(large.tiles[[0, 2]], originals[[1, 3]])
    assert np.array_equal(large.tiles[1], to_tile(codebook.tiles[2], 240, 320, "stretch"))
    assert large.hashes == codebook.hashes[1:4]
    assert np.array_equal(after.ids, [[0, 1, 2]])


def test_a_photo_touched_since_is_read(codebook, originals, warned, folder):
    os.utime(folder / "2.png", ns=(0, 0))
    large, _ = sharpened(codebook, assignment([2]), TILE, "center", Work(1))
    assert np.array_equal(large.tiles, originals[[2]])
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
    large, _ = sharpened(codebook, assignment([3, 1]), TILE, "center", Work(1))
    assert np.array_equal(large.tiles, [originals[1], pixels[..., 2::-1]])
    assert (large.alpha[0] == 255).all()
    assert np.array_equal(large.alpha[1], pixels[..., 3])


def test_large_tiles_are_opaque_if_no_transparent_photo_is_used(codebook_with_hole):
    large, _ = sharpened(codebook_with_hole[0], assignment([4, 1]), TILE, "center", Work(1))
    assert large.alpha is None


def test_a_transparent_photo_no_longer_there_keeps_its_alpha(codebook_with_hole, folder, warned):
    codebook, _ = codebook_with_hole
    (folder / "3.png").unlink()
    large, _ = sharpened(codebook, assignment([3]), TILE, "center", Work(1))
    assert np.array_equal(large.alpha[0], cv2.resize(codebook.alpha[3], (320, 240)))
    assert (large.alpha[0, 120, 160], large.alpha[0, 0, 0]) == (0, 255)
    assert len(warned()) == 1


def test_the_way_of_cropping_is_kept(codebook, originals):
    narrow = TileSize(240, 200)
    large, _ = sharpened(codebook, assignment([0]), narrow, "center", Work(1))
    assert np.array_equal(large.tiles[0], originals[0][:, 60:260])
    padded, _ = sharpened(codebook, assignment([0]), TileSize(320, 320), "pad", Work(1))
    assert np.array_equal(padded.tiles[0, 40:280], originals[0])
    assert (padded.alpha[0] == 255).sum() == 240 * 320
