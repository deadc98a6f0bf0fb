from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photomosaic.errors import InputError
from photomosaic.matching.features import FeatureSpec, patch_features, tile_features
from photomosaic.matching.grid import Grid, TileSize
from photomosaic.matching.metrics import METRICS, _cosines

SIDE = st.integers(1, 40)


@pytest.mark.parametrize(
    ("tile", "metric", "factor", "expected"),
    [
        (TileSize(32, 24), "perceptual", 1, (8, 6)),
        (TileSize(32, 24), "perceptual", 0.5, (4, 3)),
        (TileSize(32, 24), "perceptual", 0.01, (1, 1)),
        (TileSize(24, 32), "perceptual", 1, (6, 8)),
        (TileSize(4, 3), "perceptual", 1, (4, 3)),
        (TileSize(100, 1), "perceptual", 1, (69, 1)),
        (TileSize(32, 24), "rgb", 1, (32, 24)),
        (TileSize(32, 24), "rgb", 0.25, (8, 6)),
    ],
)
def test_samples_of_a_spec(tile, metric, factor, expected):
    spec = FeatureSpec.for_tile(tile, metric, factor)
    assert (spec.height, spec.width) == expected
    tiles = np.zeros((2, tile.height, tile.width, 3), np.uint8)
    assert tile_features(tiles, spec).shape == (2, spec.dimension)
    samples = expected[0] * expected[1] * 3
    assert spec.dimension == samples if metric == "rgb" else spec.dimension <= samples


@pytest.mark.parametrize("factor", [0, -0.1, 1.1, float("nan")])
def test_factor_out_of_range_is_refused(factor):
    with pytest.raises(InputError, match="vectorization-factor"):
        FeatureSpec.for_tile(TileSize(4, 3), "rgb", factor)


def test_unknown_metric_is_refused():
    with pytest.raises(InputError, match="perceptual, rgb"):
        FeatureSpec.for_tile(TileSize(4, 3), "hsv", 1)


def test_rgb_features_are_the_pixels():
    tiles = np.arange(2 * 2 * 2 * 3, dtype=np.uint8).reshape(2, 2, 2, 3)
    features = tile_features(tiles, FeatureSpec("rgb", 2, 2))
    assert features.dtype == np.float32
    assert np.array_equal(features, np.arange(24).reshape(2, 12))


def test_rgb_patches_come_row_by_row():
    frame = np.zeros((2, 4, 3), np.uint8)
    frame[:, 2:] = 7
    features = patch_features(frame, Grid.fit((2, 4), TileSize(2, 2)), FeatureSpec("rgb", 1, 1))
    assert np.array_equal(features, [[0, 0, 0], [7, 7, 7]])


@pytest.mark.parametrize("metric", METRICS)
@settings(max_examples=40, deadline=None)
@given(SIDE, SIDE, st.integers(1, 4), st.integers(1, 4), st.floats(0.05, 1))
def test_whole_frame_equals_patch_by_patch(metric, height, width, rows, cols, factor):
    rng = np.random.default_rng(0)
    tile = TileSize(height, width)
    frame = rng.integers(0, 256, (rows * height, cols * width, 3), np.uint8)
    spec = FeatureSpec.for_tile(tile, metric, factor)
    patches = [
        frame[row * height : (row + 1) * height, col * width : (col + 1) * width]
        for row in range(rows)
        for col in range(cols)
    ]
    features = patch_features(frame, Grid.fit(frame.shape[:2], tile), spec)
    one_by_one = [
        patch_features(np.ascontiguousarray(patch), Grid.fit((height, width), tile), spec)[0]
        for patch in patches
    ]
    # One level of 255 may round the other way between the two resizes.
    assert np.allclose(features, one_by_one, atol=1.01 if metric == "rgb" else 3)
    assert np.allclose(tile_features(np.stack(patches), spec), one_by_one, atol=3)


def test_cosines_are_orthonormal():
    for size in (1, 2, 6, 8):
        assert np.allclose(_cosines(size) @ _cosines(size).T, np.eye(size))


def test_perceptual_features_of_a_flat_tile_hold_its_lab_colour_alone():
    colour = np.uint8([[[40, 90, 200]]])
    lab = cv2.cvtColor(colour.astype(np.float32) / 255, cv2.COLOR_BGR2LAB)[0, 0]
    spec = FeatureSpec("perceptual", 4, 3)
    feature = tile_features(np.broadcast_to(colour, (1, 8, 6, 3)).copy(), spec)[0]
    # The constant cosine of 12 samples has the length sqrt(12); chroma counts 0.55.
    means = lab * np.sqrt(12) * [1, 0.55, 0.55]
    assert np.allclose(feature[np.abs(feature) > 1e-3], means, atol=1e-3)


def test_perceptual_distance_forgives_fine_detail_more_than_coarse():
    flat = np.full((32, 24, 3), 128, np.uint8)
    fine, coarse = flat.copy(), flat.copy()
    fine[:, :] = np.where(np.indices((32, 24))[0][..., None] % 8 < 4, 108, 148)
    coarse[:16] = 108
    coarse[16:] = 148
    spec = FeatureSpec.for_tile(TileSize(32, 24), "perceptual", 1)
    features = tile_features(np.stack([flat, fine, coarse]), spec)
    to_fine, to_coarse = np.linalg.norm(features[1:] - features[0], axis=1)
    assert to_fine < 0.5 * to_coarse
