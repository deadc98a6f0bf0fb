from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from photomosaic.assignment.assignment import Assignment
from photomosaic.library.codebook import Codebook
from photomosaic.library.tile_pictures import on_own_mean
from photomosaic.library.usage import Usage
from photomosaic.matching.features import FeatureSpec, tile_features
from photomosaic.matching.grid import TileSize
from tests.codebooks import alpha_of, tiles_of

SPEC = FeatureSpec("rgb", 2, 1)


@pytest.fixture
def codebook():
    tiles = np.arange(3 * 4 * 2 * 3, dtype=np.uint8).reshape(3, 4, 2, 3)
    return Codebook.from_tiles(tiles, SPEC, ("/a", "/b", "/c"), (b"1", b"2", b"3"))


def test_a_codebook_of_opaque_tiles(codebook):
    assert len(codebook) == 3
    assert codebook.tile == TileSize(4, 2)
    assert alpha_of(codebook) is None
    assert codebook.features.dtype == np.float32
    # The means of the upper and lower 2x2 pixels of each tile.
    first = [[4.5, 5.5, 6.5], [16.5, 17.5, 18.5]]
    expected = np.array([np.add(first, 24 * i).ravel() for i in range(3)])
    assert np.abs(codebook.features - expected).max() <= 0.5


def test_the_alpha_of_tiles_is_kept_apart():
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (2, 4, 2, 4)).astype(np.uint8)
    codebook = Codebook.from_tiles(pixels, SPEC, ("/a", "/b"), (b"1", b"2"))
    assert np.array_equal(tiles_of(codebook), pixels[..., :3])
    assert np.array_equal(alpha_of(codebook), pixels[..., 3])
    filled = on_own_mean(tiles_of(codebook), alpha_of(codebook))
    assert np.array_equal(codebook.features, tile_features(filled, SPEC))


def test_a_subset_keeps_what_belongs_together():
    pixels = np.random.default_rng(0).integers(0, 256, (3, 4, 2, 4)).astype(np.uint8)
    whole = Codebook.from_tiles(pixels, SPEC, ("/a", "/b", "/c"), (b"1", b"2", b"3"))
    whole = replace(whole, groups=np.array([0, 1, 0]))
    part = whole.subset(np.array([2, 0]))
    expected = Codebook.from_tiles(pixels[[2, 0]], SPEC, ("/c", "/a"), (b"3", b"1"))
    assert (part.paths, part.hashes) == (expected.paths, expected.hashes)
    assert np.array_equal(part.features, expected.features)
    assert np.array_equal(tiles_of(part), tiles_of(expected))
    assert np.array_equal(alpha_of(part), alpha_of(expected))
    assert part.groups.tolist() == [0, 0]


def test_a_subset_of_opaque_tiles_without_groups(codebook):
    part = codebook.subset(np.array([1]))
    assert part.paths == ("/b",)
    assert alpha_of(part) is None
    assert part.groups is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"paths": ("/a", "/b")}, r"features are \(3, 6\), not \(2, 6\)"),
        ({"hashes": (b"1",)}, "1 hashes for 3 tiles"),
        ({"features": np.zeros((2, 6), np.float32)}, r"features are \(2, 6\), not \(3, 6\)"),
        ({"spec": FeatureSpec("rgb", 2, 2)}, r"features are \(3, 6\), not \(3, 12\)"),
    ],
)
def test_parts_that_do_not_fit_are_refused(codebook, change, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        replace(codebook, **change)


@pytest.mark.parametrize(
    ("tiles", "message"),
    [
        (np.zeros((2, 4, 2, 3), np.uint8), r"tiles are uint8 \(2, 4, 2, 3\), for 1 paths"),
        (np.zeros((4, 2, 3), np.uint8), r"tiles are uint8 \(4, 2, 3\), for 1 paths"),
        (np.zeros((1, 4, 2, 3), np.float32), r"tiles are float32 \(1, 4, 2, 3\), for 1 paths"),
    ],
)
def test_tiles_that_do_not_fit_are_refused(tiles, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        Codebook.from_tiles(tiles, SPEC, ("/a",), (b"1",))


def test_a_codebook_without_tiles_is_refused():
    with pytest.raises(ValueError, match="at least one tile"):
        Codebook.from_tiles(np.zeros((0, 4, 2, 3), np.uint8), SPEC, (), ())


def test_what_is_transparent_takes_the_mean_of_what_is_opaque():
    tiles = np.zeros((1, 2, 2, 3), np.uint8)
    tiles[0, ..., 0] = [[100, 60], [7, 9]]
    tiles[0, ..., 2] = [[255, 0], [255, 255]]
    alpha = np.uint8([[[255, 255], [0, 0]]])
    filled = on_own_mean(tiles, alpha)
    assert np.array_equal(filled[0, ..., 0], [[100, 60], [80, 80]])
    assert np.array_equal(filled[0, ..., 1], np.zeros((2, 2)))
    assert np.array_equal(filled[0, ..., 2], [[255, 0], [128, 128]])


def test_what_is_half_transparent_counts_by_its_share():
    tiles = np.uint8([[[[100] * 3, [200] * 3]]])
    # A fifth of 200 on (100 + 200 / 5) / 1.2 = 116.67.
    filled = on_own_mean(tiles, np.uint8([[[255, 51]]]))
    assert np.array_equal(filled[0, 0, :, 0], [100, 133])


def test_opaque_tiles_stay_and_nothing_is_changed_in_place():
    tiles = np.uint8([[[[1, 2, 3], [4, 5, 6]]], [[[9, 9, 9], [0, 0, 0]]]])
    before = tiles.copy()
    filled = on_own_mean(tiles, np.uint8([[[255, 255]], [[255, 0]]]))
    assert np.array_equal(filled, [[[[1, 2, 3], [4, 5, 6]]], [[[9, 9, 9], [9, 9, 9]]]])
    assert np.array_equal(tiles, before)


def test_a_tile_without_an_opaque_pixel_is_black():
    filled = on_own_mean(np.full((1, 1, 2, 3), 200, np.uint8), np.zeros((1, 1, 2), np.uint8))
    assert (filled == 0).all()


def test_tiles_of_one_photo_count_as_one():
    tiles = np.zeros((5, 4, 2, 3), np.uint8)
    names, hashes = ("/a", "/a", "/b", "/c", "/c"), (b"1", b"1", b"2", b"3", b"3")
    codebook = Codebook.from_tiles(tiles, SPEC, names, hashes)
    assert codebook.photos.tolist() == [0, 0, 1, 2, 2]
    assert codebook.counted_as_one(dedupe=False).tolist() == [0, 0, 1, 2, 2]
    grouped = replace(codebook, groups=np.array([0, 0, 1, 0, 0]))
    assert grouped.counted_as_one(dedupe=True).tolist() == [0, 0, 1, 0, 0]
    assert grouped.counted_as_one(dedupe=False).tolist() == [0, 0, 1, 2, 2]
    assert codebook.subset(np.array([4, 2])).counted_as_one(dedupe=True) is None
    ids = np.array([[4, 0, 3], [2, 2, 1]], np.int32)
    zeros = np.zeros(ids.shape, np.float32)
    # Photos a, b and c lie in two cells each, and the first counts.
    assert Usage.of(Assignment(ids, zeros, zeros), codebook) == Usage(3, "/a", 2)
    ids[1] = 3
    assert Usage.of(Assignment(ids, zeros, zeros), codebook) == Usage(2, "/c", 5)
