from __future__ import annotations

import numpy as np
import pytest

from photomosaic.errors import InputError
from photomosaic.matching.grid import Grid, TileSize
from photomosaic.matching.layout import Layout, hexagon
from photomosaic.matching.masks import (
    cells_inside,
    filled_outside,
    fitted_mask,
    mask_of,
    outline_mask,
)

LAYOUT = Layout.of(Grid(2, 3, TileSize(4, 4), 0, 0))


@pytest.mark.parametrize("outline", ["heart", "circle", "star"])
@pytest.mark.parametrize("size", [(60, 80), (80, 60), (1, 1)])
def test_outlines_fill_the_frame_one_way_and_are_symmetric(outline, size):
    mask = outline_mask(outline, size)
    assert mask.shape == size
    inside = np.argwhere(mask > 0)
    sides = inside.max(axis=0) - inside.min(axis=0) + 1
    assert max(sides / size) >= 0.97
    assert np.abs(mask.astype(int) - mask[:, ::-1]).max() <= 70


def test_areas_of_outlines():
    assert (outline_mask("circle", (200, 300)) / 255).sum() == pytest.approx(np.pi * 1e4, rel=0.005)
    star = (outline_mask("star", (200, 300)) / 255).sum()
    # Ten triangles between an outer and an inner corner.
    radius = 200 / (1 + np.cos(np.pi / 5))
    inner = radius * (3 - 5**0.5) / 2
    assert star == pytest.approx(5 * radius * inner * np.sin(np.pi / 5), rel=0.01)


def test_cells_half_inside_are_kept():
    mask = np.zeros((8, 12), np.uint8)
    mask[:4, :6] = 255
    assert cells_inside(LAYOUT, mask).tolist() == [True, True, False, False, False, False]
    mask[0, 5] = 0
    assert cells_inside(LAYOUT, mask).tolist() == [True, False, False, False, False, False]


def test_all_cells_are_inside_of_a_full_mask():
    layout = hexagon(Grid(4, 3, TileSize(13, 9), 0, 0))
    assert cells_inside(layout, np.full((52, 27), 255, np.uint8)).all()
    assert not cells_inside(layout, np.zeros((52, 27), np.uint8)).any()


def test_masks_are_scaled_and_those_of_another_aspect_refused():
    mask = np.zeros((10, 10), np.uint8)
    mask[:, :5] = 255
    assert (fitted_mask(mask, (20, 20), None)[:, :9] == 255).all()
    with pytest.raises(
        InputError, match="10x10 pixels has another aspect than the target of 40x20"
    ):
        fitted_mask(mask, (20, 40), None)
    inside = {
        fit: fitted_mask(mask, (20, 40), fit)[10] > 127 for fit in ("contain", "cover", "stretch")
    }
    assert np.flatnonzero(inside["contain"])[[0, -1]].tolist() == [10, 19]
    assert inside["cover"].sum() == inside["stretch"].sum() == 20
    assert (fitted_mask(mask, (40, 20), "contain")[:10] == 0).all()


def test_what_is_opaque_or_else_light_is_inside():
    picture = np.zeros((1, 2, 4), np.uint8)
    picture[0, 1, 3] = 200
    assert mask_of(picture).tolist() == [[0, 200]]
    assert mask_of(np.array([[[255, 255, 255], [0, 0, 0]]], np.uint8)).tolist() == [[255, 0]]


def test_what_lies_outside_becomes_like_what_lies_inside_nearby():
    frame = np.full((4, 8, 3), 200, np.uint8)
    frame[:, 4:] = 0
    mask = np.zeros((4, 8), np.uint8)
    mask[:, :4] = 255
    filled = filled_outside(frame, mask, 2)
    assert (filled[:, :6] == 200).all()
