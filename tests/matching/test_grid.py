from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from photomosaic.errors import InputError
from photomosaic.matching.grid import Grid, TileSize, largest_scale

SIDES = st.integers(1, 60)
FRAMES = st.tuples(SIDES, SIDES)


def test_tile_sides_are_aspect_times_scale():
    assert TileSize.from_scale(8, 4, 3) == TileSize(32, 24)
    assert TileSize.from_scale(3, 1.5, 0.9) == TileSize(4, 2)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ((0, 4, 3), "scale"),
        ((-3, 4, 3), "scale"),
        ((8, 0, 3), "height-aspect"),
        ((8, 4, -1), "width-aspect"),
        ((8, 4, float("nan")), "width-aspect"),
        ((8, float("inf"), 3), "height-aspect"),
        ((1, 0.5, 3), "3x0 pixels"),
    ],
)
def test_tile_refuses(arguments, named):
    with pytest.raises(InputError, match=named):
        TileSize.from_scale(*arguments)


@pytest.mark.parametrize(
    ("frame", "tile", "grid"),
    [
        ((160, 120), TileSize(16, 12), (10, 10, 0, 0)),
        ((96, 96), TileSize(32, 24), (3, 4, 0, 0)),
        ((100, 99), TileSize(32, 24), (3, 4, 2, 1)),
        ((32, 24), TileSize(32, 24), (1, 1, 0, 0)),
        ((33, 240), TileSize(32, 24), (1, 10, 0, 0)),
    ],
)
def test_trimmed_grid_keeps_all_whole_cells(frame, tile, grid):
    fitted = Grid.fit(frame, tile)
    assert (fitted.rows, fitted.cols, fitted.top, fitted.left) == grid


def test_covering_grid_reaches_beyond_the_frame_evenly():
    grid = Grid.fit((10, 9), TileSize(4, 3), cover=True)
    assert (grid.rows, grid.cols, grid.top, grid.left) == (3, 3, -1, 0)


@given(FRAMES, FRAMES)
def test_trimmed_grid_lies_centred_inside(frame, tile):
    if tile[0] > frame[0] or tile[1] > frame[1]:
        with pytest.raises(InputError, match="does not fit"):
            Grid.fit(frame, TileSize(*tile))
        return
    grid = Grid.fit(frame, TileSize(*tile))
    above, below = grid.top, frame[0] - grid.top - grid.height
    left, right = grid.left, frame[1] - grid.left - grid.width
    assert min(above, below, left, right) >= 0
    assert abs(above - below) <= 1
    assert abs(left - right) <= 1
    assert above + below < tile[0]
    assert left + right < tile[1]


@given(FRAMES, FRAMES)
def test_covering_grid_shows_the_whole_frame(one, other):
    frame, tile = np.maximum(one, other).tolist(), np.minimum(one, other).tolist()
    grid = Grid.fit(frame, TileSize(*tile), cover=True)
    picture = np.arange(frame[0] * frame[1] * 3).reshape(*frame, 3).astype(np.uint8)
    cells = grid.crop(picture)
    assert cells.shape == (grid.height, grid.width, 3)
    assert np.array_equal(grid.uncrop(cells, frame), picture)


def test_crop_repeats_the_border_beyond_the_frame():
    grid = Grid(1, 2, TileSize(4, 2), -1, 0)
    frame = np.arange(2 * 4 * 3, dtype=np.uint8).reshape(2, 4, 3)
    cells = grid.crop(frame)
    assert np.array_equal(cells[0], frame[0])
    assert np.array_equal(cells[1:3], frame)
    assert np.array_equal(cells[3], frame[1])


@given(FRAMES, st.floats(0.3, 9), st.floats(0.3, 9))
def test_largest_scale_is_the_last_that_fits(frame, height_aspect, width_aspect):
    scale = largest_scale(frame, height_aspect, width_aspect)
    assert int(height_aspect * scale) <= frame[0]
    assert int(width_aspect * scale) <= frame[1]
    larger = scale + 1
    assert int(height_aspect * larger) > frame[0] or int(width_aspect * larger) > frame[1]


@given(st.integers(1, 5000), st.integers(1, 5000))
def test_smaller_stand_in_keeps_the_aspect(height, width):
    small = TileSize(height, width).at_most(192)
    assert max(small.height, small.width) <= 192
    longest = max(height, width)
    if longest <= 192:
        assert small == TileSize(height, width)
    else:
        assert abs(small.height - height * 192 / longest) <= 1
        assert abs(small.width - width * 192 / longest) <= 1
