from __future__ import annotations

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from photomosaic.errors import InputError
from photomosaic.jobs.grid_choice import CELLS, FEWEST_CELLS, MOST_PIXELS, Cells, choose_grid
from photomosaic.matching.grid import Grid, TileSize
from photomosaic.options.look import RenderOptions
from photomosaic.options.photos import TileOptions
from photomosaic.ranges import PIXELS

TILES = TileOptions()
SIDES = st.integers(1, 9000)


def grid_of(size, choice, tiles=TILES, *, cover=False):
    width = choice.target_width or size[1]
    height = max(1, round(size[0] * width / size[1]))
    return Grid.fit((height, width), TileSize.of(tiles, choice.scale), cover=cover), height, width


def chosen(*how, **known):
    """Return the choice, or None and the message."""
    try:
        return choose_grid(*how, **known), ""
    except InputError as error:
        return None, str(error)


@pytest.mark.parametrize(
    ("photos", "limits", "cells"),
    [
        (1, {}, FEWEST_CELLS),
        (150, {}, 3000),
        (385, {}, CELLS),
        (50_000, {}, CELLS),
        (385, {"max_uses": 1}, 377),
        (1, {"max_uses": 1}, 1),
        (385, {"max_uses": 20}, CELLS),
        (5000, {"use_all": True}, 5000),
        (385, {"use_all": True, "max_uses": 1}, 385),
    ],
)
def test_how_many_cells_are_wanted(photos, limits, cells):
    assert Cells.of(photos, RenderOptions(**limits)).wanted == cells


@pytest.mark.parametrize(
    ("size", "scale", "width", "cells"),
    [
        ((512, 768), 11, 2970, (45, 90)),
        ((768, 512), 11, 1881, (64, 57)),
        ((3000, 4000), 16, None, (46, 83)),
        ((1, 1), 11, 2376, (54, 72)),
    ],
)
def test_the_grid_of_common_targets(size, scale, width, cells):
    choice = choose_grid(size, Cells(CELLS), TILES, cover=False)
    assert (choice.scale, choice.target_width) == (scale, width)
    grid, *_ = grid_of(size, choice)
    assert (grid.rows, grid.cols) == cells


@given(SIDES, SIDES, st.integers(1, 9000), st.booleans())
def test_any_target_gets_about_the_cells_wanted_or_one_line(height, width, photos, cover):
    cells = Cells.of(photos, RenderOptions())
    choice, refused = chosen((height, width), cells, TILES, cover=cover)
    if choice is None:
        assert "too narrow" in refused
        assert max(height, width) > 100 * min(height, width)
        return
    grid, tall, wide = grid_of((height, width), choice, cover=cover)
    assert max(tall, wide) <= PIXELS.high
    assert tall * wide <= max(1.2 * MOST_PIXELS, height * width)
    if max(height, width) < 4 * min(height, width):
        assert 0.8 * cells.wanted <= grid.cells <= 1.25 * cells.wanted
        assert choice.scale >= 11


@example(height=1, width=2, tall=0.75, wide=2.0, resizable=False)
@example(height=1, width=1, tall=1024.0, wide=0.015625, resizable=True)
@given(
    SIDES,
    SIDES,
    st.floats(0.001, 65_500),
    st.floats(0.001, 65_500),
    st.booleans(),
)
def test_odd_aspects_get_a_grid_or_one_line(height, width, tall, wide, resizable):
    tiles = TileOptions(height_aspect=tall, width_aspect=wide)
    choice, refused = chosen((height, width), Cells(CELLS), tiles, cover=False, resizable=resizable)
    assert "\n" not in refused
    if choice is not None:
        grid_of((height, width), choice, tiles)


@given(st.integers(100, 3000), st.integers(100, 3000), st.integers(2, 3000))
def test_limits_hold_in_a_chosen_grid(height, width, photos):
    if max(height, width) > 3 * min(height, width):
        return
    every = choose_grid(
        (height, width), Cells.of(photos, RenderOptions(use_all=True)), TILES, cover=False
    )
    assert grid_of((height, width), every)[0].cells >= photos
    once = choose_grid(
        (height, width), Cells.of(photos, RenderOptions(max_uses=1)), TILES, cover=False
    )
    number = grid_of((height, width), once)[0].cells
    assert number <= photos
    assert number >= 0.5 * photos - 2 * math.sqrt(photos)


def test_what_it_says_is_what_to_type():
    assert choose_grid((512, 768), Cells(CELLS), TILES, cover=False).words == (
        "--scale 11 --target-width 2970"
    )
    assert choose_grid((3000, 4000), Cells(CELLS), TILES, cover=False).words == "--scale 16"
