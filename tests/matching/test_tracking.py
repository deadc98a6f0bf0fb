from __future__ import annotations

import faiss
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photomosaic.matching import tracking
from photomosaic.matching.features import FeatureSpec, patch_features, tile_features
from photomosaic.matching.grid import Grid, TileSize
from photomosaic.matching.search import find_matches
from photomosaic.matching.tracking import Tracker


def tracked(frames, tiles, k):
    """Match frames (cells, D) with a tracker, compare with plain matches, and return those."""
    tracker, made = Tracker(tiles, k), []
    for patches in frames:
        found = tracker.match(patches, (1, len(patches)))
        plain = find_matches(patches, tiles, k, shape=(1, len(patches)))
        np.testing.assert_array_equal(found.candidates.ids, plain.candidates.ids)
        np.testing.assert_array_equal(found.candidates.distances, plain.candidates.distances)
        made.append(found)
    return made


def moving(cells, dimension, step, *, frames=6, seed=0):
    """Return patches that move by random steps, each cell with a speed of its own."""
    rng = np.random.default_rng(seed)
    speed = step * rng.choice([0, 0.1, 1, 10], cells)[:, None]
    start = rng.normal(0, 10, (cells, dimension))
    steps = np.cumsum(rng.normal(size=(frames, cells, dimension)) * speed, axis=0)
    return list((start + steps).astype(np.float32))


@settings(max_examples=40, deadline=None)
@given(
    tiles=st.integers(1, 400),
    dimension=st.sampled_from([1, 3, 8]),
    k=st.integers(1, 20),
    step=st.sampled_from([0, 0.001, 0.1, 1, 30]),
    copies=st.integers(1, 12),
)
def test_the_same_as_without(tiles, dimension, k, step, copies):
    rng = np.random.default_rng(tiles)
    codebook = rng.normal(0, 10, (tiles, dimension)).astype(np.float32)
    codebook = np.repeat(codebook, copies, axis=0)[rng.permutation(tiles * copies)]
    made = tracked(moving(40, dimension, step), codebook, k)
    assert made[0].searched == 40


def test_slow_patches_need_no_search():
    tiles = np.random.default_rng(1).normal(0, 10, (3000, 8)).astype(np.float32)
    rng = np.random.default_rng(2)
    first = rng.normal(0, 10, (200, 8))
    noisy = [(first + rng.normal(0, 0.1, first.shape)).astype(np.float32) for _ in range(8)]
    searched = [found.searched for found in tracked(noisy, tiles, 1)]
    assert searched[:2] == [200, 200]
    assert max(searched[2:]) < 20


def test_lists_follow_slow_patches():
    tiles = np.random.default_rng(1).normal(0, 10, (3000, 8)).astype(np.float32)
    frames = moving(200, 8, 0.5, frames=30)
    searched = np.array([found.searched for found in tracked(frames, tiles, 4)])
    assert 0 < searched[10:].mean() < 120


def test_patches_that_jump_are_not_listed(monkeypatch):
    tiles = np.random.default_rng(1).normal(0, 10, (3000, 8)).astype(np.float32)
    listed = []
    make = tracking._Lists.make
    monkeypatch.setattr(
        tracking._Lists,
        "make",
        lambda self, patches, tiles, cells, k: (
            listed.append(len(cells)) or make(self, patches, tiles, cells, k)
        ),
    )
    rng = np.random.default_rng(3)
    tracked([rng.normal(0, 10, (50, 8)).astype(np.float32) for _ in range(12)], tiles, 1)
    assert sum(listed[1:]) < 50


def test_all_tiles_in_the_lists_never_need_another_search():
    tiles = np.random.default_rng(1).normal(0, 10, (tracking.NEAR_TILES, 3)).astype(np.float32)
    frames = moving(30, 3, 0.01, frames=5)
    assert [found.searched for found in tracked(frames, tiles, 2)][2:] == [0, 0, 0]


def test_lists_are_shorter_for_many_cells(monkeypatch):
    monkeypatch.setattr(tracking, "LIST_BYTES", 8 * 40 * 20)
    tiles = np.random.default_rng(1).normal(0, 10, (500, 3)).astype(np.float32)
    tracker = Tracker(tiles, 2)
    for patches in moving(40, 3, 0.01):
        tracker.match(patches, (1, 40))
    assert tracker._lists.ids.shape == (40, 20)


@pytest.mark.parametrize("products", [0, 1 << 60])
def test_threads_are_as_before(monkeypatch, products):
    monkeypatch.setattr(tracking, "PRODUCTS_OF_THREADS", products)
    before = faiss.omp_get_max_threads()
    tiles = np.random.default_rng(1).normal(0, 10, (500, 3)).astype(np.float32)
    tracked(moving(200, 3, 1.0), tiles, 2)
    assert faiss.omp_get_max_threads() == before


@pytest.mark.parametrize("aspect", [(40, 30), (30, 30), (20, 50)])
def test_features_of_a_cell_depend_on_no_other(aspect):
    tile = TileSize(*aspect)
    spec = FeatureSpec.for_tile(tile, "perceptual", 1)
    rng = np.random.default_rng(0)
    tiles = rng.integers(0, 256, (300, tile.height, tile.width, 3), np.uint8)
    together = tile_features(tiles, spec)
    for count in (1, 2, 255, 256, 257):
        np.testing.assert_array_equal(tile_features(tiles[-count:], spec), together[-count:])
    frame = np.concatenate(
        [np.concatenate(list(row), axis=1) for row in tiles.reshape(12, 25, *tiles.shape[1:])]
    )
    grid = Grid.fit(frame.shape[:2], tile, cover=False)
    np.testing.assert_array_equal(patch_features(frame, grid, spec), together)
