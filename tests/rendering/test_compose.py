from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photomosaic.rendering.compose import blend, compose, shift_cells, tint_shift


def tint(mosaic, target, cells, share):
    return shift_cells(mosaic, tint_shift(mosaic, target, cells, share))


def test_tiles_are_laid_out_row_by_row():
    tiles = np.stack([np.full((1, 2, 3), value, np.uint8) for value in (10, 20, 30)])
    ids = np.int32([[0, 2], [1, 0]])
    mosaic = compose(tiles, ids, np.zeros((2, 4, 3), np.uint8))
    assert np.array_equal(mosaic[..., 0], [[10, 10, 30, 30], [20, 20, 10, 10]])


def test_a_tile_is_placed_upright():
    tile = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(1, 2, 3, 3)
    mosaic = compose(tile, np.int32([[0]]), np.zeros((2, 3, 3), np.uint8))
    assert np.array_equal(mosaic, tile[0])


def test_the_mean_of_the_patch_shows_through_a_transparent_tile():
    tiles = np.full((1, 2, 2, 3), 200, np.uint8)
    alpha = np.uint8([[[255, 0], [0, 51]]])
    target = np.zeros((2, 4, 3), np.uint8)
    target[:, 2:] = [[[100] * 3, [60] * 3], [[20] * 3, [20] * 3]]
    mosaic = compose(np.dstack([tiles[0], alpha[0]])[None], np.int32([[0, 0]]), target)
    assert np.array_equal(mosaic[..., 1], [[200, 0, 200, 50], [0, 40, 50, 80]])


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 5), st.integers(1, 5), st.integers(1, 4), st.integers(1, 4))
def test_same_as_placing_tile_by_tile(height, width, rows, cols):
    rng = np.random.default_rng(1)
    tiles = rng.integers(0, 256, (7, height, width, 3), np.uint8)
    ids = rng.integers(0, 7, (rows, cols)).astype(np.int32)
    mosaic = compose(tiles, ids, np.zeros((rows * height, cols * width, 3), np.uint8))
    for row in range(rows):
        for col in range(cols):
            cell = mosaic[row * height : (row + 1) * height, col * width : (col + 1) * width]
            assert np.array_equal(cell, tiles[ids[row, col]])


@pytest.mark.parametrize("share", [0, 0.5, 1])
def test_tint_moves_the_mean_colour_by_its_share(share):
    rng = np.random.default_rng(0)
    mosaic = rng.integers(90, 110, (20, 20, 3)).astype(np.uint8)
    target = rng.integers(120, 150, (20, 20, 3)).astype(np.uint8)

    def cell_means(picture):
        lab = cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_BGR2LAB)
        return lab.reshape(2, 10, 2, 10, 3).mean(axis=(1, 3))

    before, wanted = cell_means(mosaic), cell_means(target)
    after = cell_means(tint(mosaic, target, (2, 2), share))
    assert np.allclose(after, before + share * (wanted - before), atol=0.3)


def test_tint_keeps_the_detail_of_a_tile():
    mosaic = np.full((8, 8, 3), 100, np.uint8)
    mosaic[::2] = 120
    tinted = tint(mosaic, np.full((8, 8, 3), 180, np.uint8), (1, 1), 1)
    steps = tinted[::2].astype(int) - tinted[1::2].astype(int)
    assert (np.abs(steps - 20) <= 3).all()


def test_tint_beyond_the_gamut_is_clipped():
    mosaic = np.zeros((4, 4, 3), np.uint8)
    mosaic[:2] = 255
    tinted = tint(mosaic, np.full((4, 4, 3), 255, np.uint8), (1, 1), 1)
    assert (tinted[:2] == 255).all()


@pytest.mark.parametrize(("opacity", "expected"), [(0, 100), (0.4, 140), (0.25, 125), (1, 200)])
def test_opacity_is_the_share_of_the_target(opacity, expected):
    mosaic, target = np.full((2, 2, 3), 100, np.uint8), np.full((2, 2, 3), 200, np.uint8)
    assert (blend(mosaic, target, opacity) == expected).all()


@given(st.integers(0, 255), st.integers(0, 255), st.floats(0, 1))
def test_opacity_is_exact_to_the_rounding(mosaic, target, opacity):
    blended = blend(
        np.full((1, 1, 3), mosaic, np.uint8), np.full((1, 1, 3), target, np.uint8), opacity
    )
    assert abs(float(blended[0, 0, 0]) - (opacity * target + (1 - opacity) * mosaic)) <= 0.501
