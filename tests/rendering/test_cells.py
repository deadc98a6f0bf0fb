from __future__ import annotations

import numpy as np
import pytest

from photomosaic.matching.grid import Grid, TileSize
from photomosaic.matching.layout import Layout, brick, hexagon
from photomosaic.rendering import cells
from photomosaic.rendering.cells import Finish, Tiles, Tones, finished, on_colour, painted_bands
from photomosaic.rendering.compose import compose, shift_cells, tint_shift

GRID = Grid(3, 4, TileSize(8, 6), 0, 0)


def picture(layout, tiles, places, finish=None, *, tint=0.0, target=None):
    finish = finish or Finish()
    area = np.zeros((24, 24, 3), np.uint8) if target is None else target
    tile_at = Tiles(tiles, places)
    tones = Tones.of(area, layout, tile_at, tint)
    bands = painted_bands(layout, finish, tile_at, tones)
    return np.concatenate([finished(rows, layers, finish) for rows, layers in bands])


def flat_tiles(count):
    colours = np.random.default_rng(1).integers(256, size=(count, 1, 1, 3))
    return np.broadcast_to(colours, (count, 8, 6, 3)).astype(np.uint8)


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("band", [1, 24 * 5, 1 << 20])
def test_a_grid_is_painted_as_by_compose(monkeypatch, channels, band):
    monkeypatch.setattr(cells, "BAND_PIXELS", band)
    rng = np.random.default_rng(0)
    tiles = rng.integers(256, size=(5, 8, 6, channels)).astype(np.uint8)
    target = rng.integers(256, size=(24, 24, 3)).astype(np.uint8)
    places = rng.integers(5, size=12)
    plain = compose(tiles, places.reshape(3, 4), target)
    own = picture(Layout.of(GRID), tiles, places, target=target)
    assert np.abs(plain.astype(int) - own).max() <= (channels == 4)


def test_tint_is_that_of_a_grid():
    rng = np.random.default_rng(0)
    tiles, target = (
        rng.integers(256, size=s).astype(np.uint8) for s in ((5, 8, 6, 3), (24, 24, 3))
    )
    places = rng.integers(5, size=12)
    plain = compose(tiles, places.reshape(3, 4), target)
    tinted = shift_cells(plain, tint_shift(plain, target, (3, 4), 0.6))
    own = picture(Layout.of(GRID), tiles, places, tint=0.6, target=target)
    assert np.abs(tinted.astype(int) - own).max() <= 1


@pytest.mark.parametrize("make", [brick, hexagon])
def test_tiles_of_one_colour_leave_no_seam(make):
    layout = make(GRID)
    tiles = np.full((1, 8, 6, 3), (10, 120, 250), np.uint8)
    own = picture(layout, tiles, np.zeros(len(layout), int))
    assert own.shape == (24, 24, 3)
    assert (own == (10, 120, 250)).all()


def test_gaps_have_their_colour_between_the_cells():
    tiles, places = flat_tiles(12), np.arange(12)
    finish = Finish(gap=2 / 6, gap_color=(1, 2, 3))
    own = picture(Layout.of(GRID), tiles, places, finish)
    assert (own[7:9] == (1, 2, 3)).all()
    assert (own[:, 5:7] == (1, 2, 3)).all()
    assert (own[1:7, 1:5] == tiles[0, 0, 0]).all()


def masked(**more):
    mask = np.zeros((24, 24), np.uint8)
    mask[:, :9] = 255
    keep = np.arange(12) % 4 < 2
    finish = Finish(mask=mask, **more)
    return picture(Layout.of(GRID).only(keep), flat_tiles(6), np.arange(6), finish)


def test_the_mask_cuts_cells_and_the_rest_is_transparent():
    own = masked()
    assert own.shape == (24, 24, 4)
    assert (own[:, :9, 3] == 255).all()
    assert (own[:, 9:] == 0).all()


def test_cells_at_the_edge_may_stay_whole():
    own = masked(whole_edges=True)
    assert (own[:, :12, 3] == 255).all()
    assert (own[:, 12:] == 0).all()


def test_a_background_leaves_nothing_transparent():
    own = on_colour(masked(), (9, 8, 7))
    assert own.shape == (24, 24, 3)
    assert (own[:, 9:] == (9, 8, 7)).all()
    assert (own[:, :9] == masked()[:, :9, :3]).all()


def test_a_mask_is_scaled_to_the_size_of_a_print():
    mask = np.zeros((4, 4), np.uint8)
    mask[:, :2] = 255
    large = Finish(mask=mask).at_size((40, 40)).mask
    assert (large[:, :15] == 255).all()
    assert (large[:, 25:] == 0).all()
