from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from photomosaic.film.layers import Layer
from photomosaic.film.shown_photo import DENSITY, WHOLE, Framing, ShownPhoto
from photomosaic.film.view import Rect
from photomosaic.images.crop import Cut, to_tile
from photomosaic.matching.grid import TileSize
from photomosaic.options.photos import Crop

TILE = TileSize(8, 6)
sides = st.integers(2, 200)


def smooth(height, width):
    """Return a picture in which each place has a colour of its own."""
    rows, cols = np.mgrid[0:height, 0:width]
    stack = [rows * 250 / height, cols * 250 / width, (rows + cols) * 120 / (height + width)]
    return np.stack(stack, axis=2).astype(np.uint8)


@given(
    sides, sides, st.sampled_from(get_args(Crop)), st.tuples(st.integers(1, 30), st.integers(1, 30))
)
def test_the_frame_has_the_film_s_aspect_and_lies_on_the_photo(height, width, crop, size):
    framing = Framing.of((height, width), TILE, crop, None, size, point=(0.1, 0.8))
    shown = framing.frame
    assert shown.within(WHOLE, -1e-9)
    ratio = (shown.height * height) / (shown.width * width)
    assert ratio == pytest.approx(size[0] / size[1])
    assert max(shown.height, shown.width) == pytest.approx(1)


@pytest.mark.parametrize(
    ("crop", "part"),
    [
        ("center", Rect(0, 0.25, 1, 0.5)),
        ("stretch", WHOLE),
        ("pad", Rect(-0.5, 0, 2, 1)),
    ],
)
def test_the_tile_s_part_of_a_photo(crop, part):
    assert Framing.of((80, 120), TILE, crop, None, (9, 16)).tile == pytest.approx(part)


def test_a_mirrored_cut_is_the_other_side_of_a_mirrored_photo():
    cut = Cut(0.1, 0.2, 0.5, 0.3, mirrored=True)
    framing = Framing.of((90, 120), TILE, "center", cut, (9, 9), point=(0.5, 0.2))
    assert framing.tile == pytest.approx(Rect(0.1, 0.5, 0.5, 0.3))
    assert framing.frame.right == pytest.approx(1)
    assert framing.mirrored


@pytest.mark.parametrize("crop", ["center", "pad", "stretch", "attention"])
@pytest.mark.parametrize("cut", [None, Cut(0.1, 0.3, 0.5, 0.25), Cut(0.1, 0.3, 0.5, 0.25, True)])
def test_a_photo_lies_where_its_tile_shows_it(crop, cut):
    if crop == "attention" and cut is None:
        cut = Cut(0, 0.25, 1, 0.5)
    photo = smooth(96, 144)
    shown = ShownPhoto.of(photo, TILE, crop, cut, (90, 160))
    place = WHOLE.seen_from(shown.framing.tile, Rect(0, 0, 1, 1))
    view, size = Rect(0, 0, 1, 1), (64, 48)
    base = np.full((*size, 3), 255, np.uint8)
    over = shown.over(base, view, place, WHOLE, 1)
    tile = to_tile(photo, *size, crop, cut)
    seen = np.ones(size, bool) if tile.shape[2] == 3 else tile[..., 3] == 255
    assert (np.abs(over[..., :3].astype(int) - tile[..., :3])[seen] <= 6).all()
    assert (over[~seen] == 255).all() or crop != "pad"


def test_a_photo_is_kept_with_the_pixels_that_the_frame_needs():
    shown = ShownPhoto.of(smooth(400, 600), TILE, "center", None, (90, 160))
    assert shown.pixels.shape[1] == round(160 * DENSITY)
    frame = shown.frame_picture(45, 80)
    whole = Layer(shown.pixels, WHOLE).seen(shown.framing.frame, (45, 80))
    assert np.abs(frame.astype(int) - whole).max() <= 3


def test_a_long_photo_is_not_kept_in_endless_pixels():
    shown = ShownPhoto.of(smooth(4, 4000), TILE, "center", None, (90, 160))
    assert shown.pixels.shape[0] * shown.pixels.shape[1] <= 9 * 90 * 160


def test_transparent_parts_of_a_photo_have_its_mean_colour():
    photo = np.zeros((40, 60, 4), np.uint8)
    photo[:, :30] = (10, 100, 200, 255)
    shown = ShownPhoto.of(photo, TILE, "center", None, (90, 160))
    base = np.zeros((9, 16, 3), np.uint8)
    over = shown.over(base, shown.framing.frame, WHOLE, WHOLE, 1)
    assert (np.abs(over.astype(int) - (10, 100, 200)) <= 1).all()
