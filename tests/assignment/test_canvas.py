from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from codebooks import codebook_of, plain_look

from photomosaic.assignment.canvas import GridCanvas
from photomosaic.assignment.energy import Viewing
from photomosaic.assignment.layout_canvas import LayoutCanvas
from photomosaic.matching.detail import of_sides
from photomosaic.matching.grid import Grid, TileSize
from photomosaic.matching.layout import Layout, apart, brick, hexagon
from photomosaic.matching.mixed import mixed
from photomosaic.mosaic import Mosaicker
from photomosaic.progress import Work

TILE = TileSize(16, 12)
GRID = Grid(6, 8, TILE, 0, 0)
SAMPLES = 8, 6


def some(layout: Layout) -> Layout:
    """Return a layout without its corner and one cell inside."""
    kept = np.ones(len(layout), np.bool_)
    kept[[0, 1, 20]] = False
    return layout.only(kept)


def of_three_sizes() -> Layout:
    sides = np.ones((6, 8), np.int64)
    sides[:4, :4], sides[:2, 4:6], sides[4:, 2:4] = 4, 2, 2
    return of_sides(GRID, sides)


LAYOUTS = {
    "masked": some(Layout.of(GRID)),
    "brick": brick(GRID),
    "hexagon": hexagon(GRID),
    "masked hexagon": some(hexagon(GRID)),
    "three sizes": of_three_sizes(),
    "mixed": mixed(GRID, 0.5),
}
every_layout = pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)


def test_a_whole_grid_is_the_same_either_way():
    rng = np.random.default_rng(0)
    one, other = GridCanvas((6, 8), SAMPLES), LayoutCanvas.of(Layout.of(GRID), SAMPLES)
    cells = rng.normal(0, 1, (48, 3, 48)).astype(np.float32)
    picture = one.joined(cells)
    np.testing.assert_array_equal(other.joined(cells), picture)
    assert (other.cell, other.kinds, other.areas) == (one.cell, one.kinds, None)
    places = np.array([0, 13, 47])
    np.testing.assert_array_equal(one.of_cells(picture, places), other.of_cells(picture, places))
    values = np.arange(48)
    for canvas_of, reach in ((one, 1), (one, 3)):
        near, weights = canvas_of.nearby(values, places, reach)
        again, same = other.nearby(values, places, reach)
        for row in range(3):
            expected = {
                (int(n), round(float(w), 5))
                for n, w in zip(near[row], weights[0], strict=True)
                if n >= 0
            }
            found = zip(again[row], same[row], strict=True)
            assert {(int(n), round(float(w), 5)) for n, w in found if n >= 0} == expected


@every_layout
def test_cells_fill_their_places_once_and_nothing_else(layout):
    canvas = LayoutCanvas.of(layout, SAMPLES)
    picture = canvas.joined(np.ones((len(layout), 3, 48), np.float32))
    filled = canvas.filled()
    if any(layout is LAYOUTS[name] for name in ("brick", "hexagon", "three sizes", "mixed")):
        assert filled is None
        assert picture == pytest.approx(1)
    elif layout.shape == "rectangle":
        np.testing.assert_array_equal(picture[..., :1] == 1, filled)
        assert (filled == 0).sum() == 3 * 48
    else:
        assert picture.max() <= 1 + 1e-6
        assert not picture[~filled[..., 0]].any()


@every_layout
def test_slope_is_the_derivative_of_the_energy(layout):
    rng = np.random.default_rng(1)
    canvas = LayoutCanvas.of(layout, SAMPLES)
    wanted = rng.normal(50, 20, (len(layout), 3, 48)).astype(np.float32)
    viewing = Viewing(canvas.joined(wanted), canvas)
    assert viewing.energy(wanted) == 0
    cells = wanted + rng.normal(0, 20, wanted.shape).astype(np.float32)
    whole = viewing.slope(canvas.joined(cells) - viewing.target)
    for place in (0, len(layout) // 2, len(layout) - 1):
        slope = whole.at(np.array([place])).slope[0]
        for channel in range(3):
            change = np.zeros_like(cells)
            change[place, channel] = rng.normal(0, 1, 48)
            step = np.float32(0.05)
            numeric = viewing.energy(cells + step * change) - viewing.energy(cells - step * change)
            expected = 2 * float((slope * change[place]).sum())
            assert numeric / (2 * float(step)) == pytest.approx(expected, rel=0.05, abs=1)


@every_layout
@pytest.mark.parametrize("stride", [1, 2, 3, 5])
def test_cells_that_change_together_are_a_stride_apart(layout, stride):
    canvas = LayoutCanvas.of(layout, SAMPLES)
    is_open = np.arange(len(layout)) % 7 != 3
    seen = []
    for places in canvas.phases(is_open, stride):
        distances = apart(layout.positions, places[:, None], places[None])
        assert distances[~np.eye(len(places), dtype=bool)].min(initial=stride) >= stride
        assert len({canvas.kind_of(place) for place in places}) == 1
        seen += places.tolist()
    assert sorted(seen) == np.flatnonzero(is_open).tolist()


@every_layout
def test_neighbours_are_those_within_reach(layout):
    canvas = LayoutCanvas.of(layout, SAMPLES)
    everywhere = np.arange(len(layout))
    near, weights = canvas.nearby(everywhere, everywhere, 2)
    distances = apart(layout.positions, everywhere[:, None], everywhere[None])
    for cell in everywhere:
        expected = set(np.flatnonzero(distances[cell] < 3)) - {cell}
        assert set(near[cell][near[cell] >= 0]) == expected
        assert (weights[cell][near[cell] >= 0] > 0).all()


@every_layout
@pytest.mark.parametrize("limits", [{}, {"min_spacing": 2, "max_uses": 5}])
def test_any_layout_is_better_from_a_distance_within_the_limits(layout, limits):
    rng = np.random.default_rng(4)
    tiles = rng.integers(0, 256, (40, 4, 3, 3), dtype=np.uint8).repeat(4, axis=1).repeat(4, axis=2)
    down, right = np.mgrid[: GRID.height, : GRID.width]
    frame = (np.dstack([down * 3, right * 2, down + right]) % 256).astype(np.uint8)
    options = plain_look(refine=1.0, variety=0.5, **limits)
    book = codebook_of(tiles)
    if layout.turned is not None:
        book = replace(book, turned=np.arange(40) % 2 > 0, unfit=np.arange(40) < 2)
    chosen = [
        Mosaicker(book, options, work=Work(workers), layout=layout).assign(frame)
        for workers in (1, 2)
    ]
    np.testing.assert_array_equal(chosen[0].ids, chosen[1].ids)
    assert chosen[0].energy.after < chosen[0].energy.before
    ids = chosen[0].ids
    if layout.turned is not None:
        assert (ids % 2 == layout.turned).all()
        assert (ids > 1).all()
    if limits:
        assert np.bincount(ids).max() <= 5
        one, other = np.nonzero(ids[:, None] == ids[None])
        pairs = one < other
        assert apart(layout.positions, one[pairs], other[pairs]).min(initial=2) >= 2
