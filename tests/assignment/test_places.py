from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photomosaic.assignment.limits import Limits
from photomosaic.assignment.places import Places
from photomosaic.assignment.problem import Problem
from photomosaic.matching.grid import Grid, TileSize
from photomosaic.matching.layout import Layout
from photomosaic.matching.named_layouts import LAYOUTS


def places_of(name: str, rows: int, cols: int) -> tuple[Places, Places]:
    grid = Grid(rows, cols, TileSize(8, 6), 0, 0)
    layout: Layout = LAYOUTS[name](grid)
    return Places((rows, cols)), Places((len(layout),), layout.positions)


@given(st.integers(1, 6), st.integers(1, 6), st.integers(1, 5), st.integers(0, 9))
@settings(max_examples=30, deadline=None)
def test_positions_of_a_grid_give_its_numbers(rows, cols, spacing, seed):
    grid, anywhere = places_of("grid", rows, cols)
    assert grid.cells == anywhere.cells
    cells = np.arange(grid.cells)
    assert (grid.apart(0, cells) == anywhere.apart(0, cells)).all()
    assert grid.most_within(spacing) == anywhere.most_within(spacing)
    ids = np.random.default_rng(seed).integers(4, size=grid.cells)
    assert grid.smallest_spacing(ids) == anywhere.smallest_spacing(ids)


def test_cells_within_a_spacing():
    assert places_of("brick", 4, 4)[1].most_within(2) == 4
    # Rows are three quarters of a cell apart.
    assert places_of("hexagon", 4, 4)[1].most_within(2) == 6


@pytest.mark.parametrize("name", LAYOUTS)
def test_spacing_is_kept_in_any_layout(name):
    from photomosaic.assignment.solver import complete, solve

    rng = np.random.default_rng(0)
    places = places_of(name, 6, 6)[1]
    patches, tiles = (rng.random((n, 5), np.float32) for n in (places.cells, 40))
    limits = Limits(max_uses=4, min_spacing=3)
    problem = Problem(patches, tiles, places.shape, limits, positions=places.positions)
    ids = solve(problem).ids
    assert places.smallest_spacing(ids) >= 3
    assert np.bincount(ids).max() <= 4
    ids[::7] = -1
    assert places.smallest_spacing(complete(problem, ids)) >= 3


def test_neighbouring_hexagons_may_show_one_photo_without_a_spacing():
    from photomosaic.assignment.solver import solve

    places = places_of("hexagon", 4, 4)[1]
    patches = np.zeros((places.cells, 2), np.float32)
    tiles = np.array([[0, 0], [5, 5]], np.float32)
    limits = Limits(max_uses=places.cells)
    problem = Problem(patches, tiles, places.shape, limits, positions=places.positions)
    assert (solve(problem).ids == 0).all()


def test_a_grid_given_by_positions_is_solved_alike():
    from photomosaic.assignment.solver import solve

    rng = np.random.default_rng(0)
    grid, anywhere = places_of("grid", 6, 6)
    patches, tiles = (rng.random((n, 5), np.float32) for n in (36, 40))
    limits = Limits(max_uses=4, min_spacing=3)
    same = [
        solve(Problem(patches, tiles, places.shape, limits, positions=positions)).ids
        for places, positions in ((grid, None), (anywhere, anywhere.positions))
    ]
    assert (same[0] == same[1]).all()
