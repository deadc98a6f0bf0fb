from __future__ import annotations

import numpy as np
import pytest

from photomosaic.assignment.error_diffusion import Diffusion, diffuse
from photomosaic.matching.features import FeatureSpec, mean_directions, tile_features
from photomosaic.matching.metrics import METRICS

NOT_FIXED = np.full(600, -1)


def greys(metric, *values):
    spec = FeatureSpec(metric, 8, 6)
    pictures = np.array([np.full((8, 6, 3), value, np.uint8) for value in values])
    return tile_features(pictures, spec), mean_directions(spec)


def choose(patches, tiles, means, strength, k=1, fixed=NOT_FIXED, seed=0):
    rng = np.random.default_rng(seed)
    return diffuse(patches, tiles, Diffusion(means, 30, strength, k), fixed, rng)


@pytest.mark.parametrize("metric", METRICS)
def test_directions_are_those_of_the_mean_colour(metric):
    spec = FeatureSpec(metric, 8, 6)
    pictures = np.random.default_rng(0).integers(0, 256, (2, 8, 6, 3), np.uint8)
    flat = np.broadcast_to(pictures.mean(axis=(1, 2), keepdims=True), pictures.shape)
    means = mean_directions(spec)
    assert np.allclose(means @ means.T, np.eye(len(means)))
    if metric == "rgb":
        some, all_ = (tile_features(p.astype(np.uint8), spec) @ means.T for p in (pictures, flat))
        assert np.abs(some - all_).max() < 7


@pytest.mark.parametrize("metric", METRICS)
def test_an_area_keeps_its_mean_grey_with_two_tiles(metric):
    tiles, means = greys(metric, 40, 220)
    patches = np.repeat(greys(metric, 100)[0], 600, axis=0)
    assert set(choose(patches, tiles, means, 0)) == {0}
    ids = choose(patches, tiles, means, 1.0)
    wanted, made = patches[0] @ means[0], (tiles[ids] @ means[0]).mean()
    step = abs((tiles[1] - tiles[0]) @ means[0])
    assert abs(wanted - made) < 0.04 * step
    assert ids[:300].mean() == pytest.approx(ids[300:].mean(), abs=0.04)


def test_a_metric_of_brightness_alone_keeps_it():
    tiles, patches = np.float32([[40, 40], [220, 220]]), np.full((600, 2), 100, np.float32)
    # With more behind it, which compiled code would read without a word.
    means = np.full((3, 2), 0.5**0.5, np.float32)[:1]
    made = tiles[choose(patches, tiles, means, 1.0)]
    assert np.abs(made.mean() - 100) < 4


def test_an_error_that_no_tile_makes_up_for_does_not_pile_up():
    tiles, means = greys("perceptual", 100, 120)
    dark, light = greys("perceptual", 0)[0], greys("perceptual", 109)[0]
    patches = np.concatenate([dark.repeat(540, axis=0), light.repeat(60, axis=0)])
    ids = choose(patches, tiles, means, 1.0)
    assert set(ids[:540]) == {0}
    assert (ids[-30:] == 1).any()


def test_fixed_cells_stay_and_draws_follow_the_seed():
    tiles = np.random.default_rng(1).normal(size=(20, 44)).astype(np.float32)
    patches = np.random.default_rng(2).normal(size=(600, 44)).astype(np.float32)
    means = mean_directions(FeatureSpec("perceptual", 8, 6))[:, :44]
    fixed = np.where(np.arange(600) % 7 == 0, 5, -1)
    ids = choose(patches, tiles, means, 0.8, 4, fixed, 1)
    assert (ids[::7] == 5).all()
    assert np.array_equal(ids, choose(patches, tiles, means, 0.8, 4, fixed, 1))
    assert not np.array_equal(ids, choose(patches, tiles, means, 0.8, 4, fixed, 2))


def test_without_strength_it_is_the_closest():
    tiles = np.random.default_rng(1).normal(size=(20, 44)).astype(np.float32)
    patches = np.random.default_rng(2).normal(size=(600, 44)).astype(np.float32)
    means = mean_directions(FeatureSpec("perceptual", 8, 6))
    closest = np.linalg.norm(patches[:, None] - tiles[None], axis=2).argmin(axis=1)
    assert np.array_equal(choose(patches, tiles, means, 0.0), closest)
