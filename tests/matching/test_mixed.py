from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photomosaic.errors import InputError
from photomosaic.images.crop import Cut
from photomosaic.matching.features import FeatureSpec, cell_samples, far, features_of, marked
from photomosaic.matching.grid import Grid, TileSize
from photomosaic.matching.layout import to_map
from photomosaic.matching.mixed import mixed, of_heights, parts_of


@given(
    rows=st.integers(1, 13),
    cols=st.integers(1, 13),
    tile=st.sampled_from([TileSize(8, 6), TileSize(6, 8), TileSize(9, 6), TileSize(10, 4)]),
    share=st.floats(0, 1),
)
@settings(max_examples=40, deadline=None)
def test_cells_of_both_shapes_fill_the_grid_once(rows, cols, tile, share):
    layout = mixed(Grid(rows, cols, tile, 0, 0), share)
    assert len(layout) == rows * cols
    filled = np.zeros((rows * tile.height, cols * tile.width), np.int64)
    for top, left, tall, wide in layout.pixel_boxes.tolist():
        assert (tall, wide) in ((tile.height, tile.width), (tile.width, tile.height))
        filled[top : top + tall, left : left + wide] += 1
    assert (filled == 1).all()
    assert len(layout.by_address) == len(layout)
    again = of_heights(layout.grid, to_map(layout, layout.boxes[:, 2]))
    assert (again.boxes == layout.boxes).all()


@pytest.mark.parametrize("share", [0, 0.2, 0.5, 0.9, 1])
def test_the_share_of_turned_cells_is_as_asked_for(share):
    layout = mixed(Grid(60, 64, TileSize(4, 3), 0, 0), share)
    assert layout.turned.mean() == pytest.approx(share, abs=0.01)
    sizes = {(4, 3): TileSize(4, 3), (3, 4): TileSize(3, 4)}
    assert set(layout.sizes) <= set(sizes.values())


def test_larger_tiles_leave_nothing_open_between_cells():
    layout = mixed(Grid(6, 8, TileSize(4, 3), 0, 0), 0.5).on(Grid(6, 8, TileSize(37, 28), 0, 0))
    filled = np.zeros((6 * 37, 8 * 28), np.int64)
    for top, left, tall, wide in layout.pixel_boxes.tolist():
        filled[top : top + tall, left : left + wide] += 1
    assert (filled > 0).all()


def test_tiles_need_two_shapes_and_a_simple_aspect():
    assert parts_of(TileSize(24, 18)) == (4, 3)
    with pytest.raises(InputError, match="square"):
        parts_of(TileSize(8, 8))
    with pytest.raises(InputError, match="simple aspect"):
        parts_of(TileSize(17, 12))


def test_saved_cells_must_fit_together():
    layout = mixed(Grid(3, 4, TileSize(4, 3), 0, 0), 1)
    heights = to_map(layout, layout.boxes[:, 2])
    heights[heights == 3] = 4
    with pytest.raises(InputError, match="overlap"):
        of_heights(layout.grid, heights)
    heights[heights == 4] = 2
    with pytest.raises(InputError, match="not those"):
        of_heights(layout.grid, heights)


def test_turned_cells_are_sampled_with_rows_and_columns_exchanged():
    layout = mixed(Grid(3, 4, TileSize(8, 6), 0, 0), 1)
    assert layout.turned.all()
    frame = np.zeros((24, 24, 3), np.uint8)
    frame[:, :4] = 200
    samples = cell_samples(frame, layout, FeatureSpec("perceptual", 8, 6))
    left = samples[(layout.boxes[:, 1] == 0).argmax()]
    assert (left[:4] == 200).all()
    assert (left[4:] == 0).all()


@pytest.mark.parametrize("metric", ["perceptual", "rgb"])
def test_marks_are_further_apart_than_any_features(metric):
    spec = FeatureSpec(metric, 8, 6)
    rng = np.random.default_rng(0)
    samples = 255 * rng.integers(0, 2, (60, 8, 6, 3)).astype(np.float32)
    samples[:8] = 255 * np.array(list(np.ndindex(2, 2, 2)), np.float32)[:, None, None]
    features = features_of(samples, spec)
    apart = np.linalg.norm(features[:, None] - features[None], axis=2)
    assert apart.max() < far(spec)
    turned, unfit = np.arange(60) % 2 > 0, np.arange(60) % 3 > 1
    patches = marked(features, spec, turned)
    tiles = marked(features, spec, turned, unfit)
    again = np.linalg.norm(patches[:, None] - tiles[None], axis=2)
    choice = (turned[:, None] == turned) & ~unfit
    np.testing.assert_allclose(again[choice], apart[choice], atol=1e-2)
    assert (again[~choice] >= far(spec)).all()


def test_cuts_that_fit_leave_nine_tenths():
    whole = Cut.around((0.5, 0.5), (300, 400), (3, 4))
    assert (whole, whole.fits) == (Cut(0, 0, 1, 1), True)
    # 3:2 in 4:3 would lose a ninth of its width; a tenth and 1.25 % of distortion do as well.
    wide = Cut.around((0.5, 1.0), (200, 300), (3, 4))
    assert not wide.fits
    assert wide.nearly_whole() == Cut(0, pytest.approx(0.1), 1, 0.9)
    assert Cut.around((0.5, 0.5), (300, 300), (3, 4)).nearly_whole().height == 0.75
