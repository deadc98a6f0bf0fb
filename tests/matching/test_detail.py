from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from photomosaic.matching.detail import (
    FACE,
    TileSamples,
    Wanted,
    detailed_layout,
    importance,
    layout_of,
)
from photomosaic.matching.features import FeatureSpec, tile_features, tile_samples
from photomosaic.matching.grid import Grid, TileSize


def grid_of(rows, cols):
    return Grid(rows, cols, TileSize(4, 4), 0, 0)


def costs_of(rows, cols, seed=0):
    rng = np.random.default_rng(seed)
    return {side: side**2 * rng.random((rows // side, cols // side)) for side in (1, 2, 4)}


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 90), st.integers(0, 5))
@settings(max_examples=40, deadline=None)
def test_cells_fill_the_grid_once_whatever_their_number(rows, cols, cells, seed):
    layout = layout_of(grid_of(rows, cols), costs_of(rows, cols, seed), cells)
    taken = np.zeros((rows, cols), int)
    for top, left, height, width in layout.boxes.tolist():
        assert height == width
        assert top % height == left % width == 0
        taken[top : top + height, left : left + width] += 1
    assert (taken == 1).all()


def test_the_number_of_cells_is_kept():
    for cells in (4, 10, 25, 40, 64):
        number = len(layout_of(grid_of(8, 8), costs_of(8, 8), cells))
        assert number <= cells
        # A price may change one block by as many cells as it has. With room for all, cells are
        # large wherever that costs less.
        assert cells - 15 < number or cells == 64


def test_small_cells_go_where_they_save_most():
    costs = {1: np.zeros((8, 8)), 2: np.full((4, 4), 1.0), 4: np.full((2, 2), 8.0)}
    costs[2][1, 2] = 50
    layout = layout_of(grid_of(8, 8), costs, 16 + 3)
    small = layout.boxes[layout.boxes[:, 2] == 1]
    assert sorted(map(tuple, small[:, :2].tolist())) == [(2, 4), (2, 5), (3, 4), (3, 5)]


def test_faces_count_more():
    area = np.zeros((40, 40, 3), np.uint8)
    weights = importance(area, [(10, 20, 10, 10)], 0.5)
    assert abs(weights.mean() - 1) < 1e-5
    assert np.isclose(weights[15, 25] / weights[0, 0], 1 + FACE / 2)
    edges = importance(np.repeat(area[:, ::2] + np.uint8(9), 2, 1), [], 0.5)
    assert np.ptp(edges) < 1e-5


def test_a_face_gets_small_cells():
    rng = np.random.default_rng(0)
    area = rng.integers(256, size=(64, 64, 3)).astype(np.uint8)
    tiles = np.broadcast_to(np.arange(0, 256, 8)[:, None, None, None], (32, 4, 4, 3))
    tiles = np.ascontiguousarray(tiles, np.uint8)
    spec = FeatureSpec("perceptual", 4, 4)
    known = TileSamples(tile_features(tiles, spec), tile_samples(tiles, spec), spec)
    weights = importance(area, [(0, 0, 16, 16)], 1.0)
    layout = detailed_layout(grid_of(16, 16), area, weights, known, Wanted(64))
    sides = layout.boxes[:, 2]
    inside = (layout.boxes[:, :2] < 4).all(axis=1)
    assert sides[inside].mean() < sides[~inside].mean()
    coarse = detailed_layout(grid_of(16, 16), area, weights, known, Wanted(64, smallest=2))
    assert coarse.boxes[:, 2].min() == 2
