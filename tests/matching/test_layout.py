from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photomosaic.matching.cell_shapes import FULL, coverage_of, inset_coverage
from photomosaic.matching.features import (
    FeatureSpec,
    cell_samples,
    features_of,
    patch_features,
    seen,
    tile_samples,
)
from photomosaic.matching.grid import Grid, TileSize
from photomosaic.matching.layout import Layout, apart, brick, hexagon, patches_of
from photomosaic.matching.named_layouts import LAYOUTS

GRID = Grid(3, 4, TileSize(8, 6), 0, 0)


def filled(layout: Layout) -> np.ndarray:
    """Return how far all cells together fill each pixel of the area."""
    grid, around = layout.grid, 2 * max(layout.grid.tile.height, layout.grid.tile.width)
    total = np.zeros((grid.height + 2 * around, grid.width + 2 * around), int)
    for cell, (top, left, height, width) in enumerate(layout.pixel_boxes.tolist()):
        top, left = top + around, left + around
        coverage = coverage_of(layout, cell)
        total[top : top + height, left : left + width] += FULL if coverage is None else coverage
    return total[around:-around, around:-around]


def test_a_grid_is_the_layout_of_one_box_for_each_row_and_column():
    layout = Layout.of(GRID)
    assert layout.is_grid
    assert layout.array_shape == (3, 4)
    assert len(layout) == 12
    assert layout.pixel_boxes[5].tolist() == [8, 6, 8, 6]
    assert layout.by_address[2, 3] == 11
    part = layout.only(np.arange(12) != 5)
    assert not part.is_grid
    assert part.array_shape == (11,)
    assert part.by_address[1, 2] == 5


@pytest.mark.parametrize("make", [brick, hexagon])
@given(rows=st.integers(1, 4), cols=st.integers(1, 4), sides=st.tuples(*[st.integers(2, 33)] * 2))
@settings(max_examples=25, deadline=None)
def test_bricks_and_hexagons_fill_the_area_once(make, rows, cols, sides):
    layout = make(Grid(rows, cols, TileSize(*sides), 0, 0))
    total = filled(layout)
    # Where three hexagons of odd sizes meet, a little may be missing; a quarter at most.
    assert total.max() <= FULL
    assert total.min() >= FULL - 4
    assert (layout.pixel_boxes[:, 2:] == sides).all()
    assert len(layout.by_address) == len(layout)


def test_rows_of_bricks_are_shifted_by_half_a_cell():
    layout = brick(GRID)
    assert len(layout) == 4 + 5 + 4
    assert layout.pixel_boxes[:6, 1].tolist() == [0, 6, 12, 18, -3, 3]
    assert layout.addresses[4].tolist() == [1, 0]


def test_every_layout_lies_on_grids_of_other_sizes():
    larger = Grid(3, 4, TileSize(80, 60), 0, 0)
    for make in LAYOUTS.values():
        assert (make(GRID).on(larger).pixel_boxes == make(larger).pixel_boxes).all()
    with pytest.raises(ValueError, match="does not fit"):
        brick(GRID).on(Grid(3, 5, TileSize(8, 6), 0, 0))


def test_distances_are_rows_and_columns_in_a_grid_and_count_in_cells_elsewhere():
    positions = Layout.of(GRID).positions
    assert apart(positions, 0, [1, 5, 11]).tolist() == [1, 1, 3]
    assert apart(brick(GRID).positions, 0, [1, 4, 5]).tolist() == [1, 1, 1]
    assert apart(brick(GRID).positions, 0, 6) == 1.5


def test_patches_beyond_the_area_repeat_its_border():
    area = np.arange(24 * 24 * 3, dtype=np.uint32).reshape(24, 24, 3).astype(np.uint8)
    layout = brick(GRID)
    patch = list(patches_of(area, layout))[4]
    assert (patch[:, 3:] == area[8:16, :3]).all()
    assert (patch[:, :3] == area[8:16, :1]).all()


def test_features_of_a_layout_that_is_a_grid_are_those_of_the_grid():
    frame = np.random.default_rng(0).integers(256, size=(24, 24, 3)).astype(np.uint8)
    spec = FeatureSpec("perceptual", 4, 3)
    samples = cell_samples(frame, Layout.of(GRID), spec)
    assert (features_of(samples, spec) == patch_features(frame, GRID, spec)).all()


def test_only_what_a_hexagon_shows_is_compared():
    layout = hexagon(Grid(3, 4, TileSize(24, 18), 0, 0))
    tile = np.random.default_rng(0).integers(256, size=(1, 24, 18, 3)).astype(np.uint8)
    other, hidden = tile.copy(), coverage_of(layout, 0) == 0
    other[0, hidden] = 0
    spec = FeatureSpec("rgb", 24, 18)
    one, two = (seen(tile_samples(tiles, spec), layout) for tiles in (tile, other))
    assert np.allclose(one, two, atol=1e-3)
    assert not np.allclose(one, tile_samples(tile, spec))


def test_gaps_are_whole_pixels_and_corners_are_round():
    sharp = inset_coverage(TileSize(8, 6), "rectangle", 3, 0)
    assert (sharp[1:6, 1:4] == FULL).all()
    assert sharp.sum() == 15 * FULL
    round_ = inset_coverage(TileSize(20, 20), "rectangle", 0, 1)
    assert abs(round_.sum() / FULL - np.pi * 100) < 2
    assert (round_ == round_.T).all()
    assert (round_ == round_[::-1]).all()
    hexagonal = inset_coverage(TileSize(24, 20), "hexagon", 2, 0)
    assert (hexagonal == hexagonal[:, ::-1]).all()
    assert hexagonal[12, 0] == 0
    assert hexagonal[12, 1] == FULL
