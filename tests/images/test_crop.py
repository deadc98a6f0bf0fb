from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_pictures import noise

from photomosaic.images.crop import has_aspect, to_tile
from photomosaic.options.photos import Crop

SIDES = st.integers(1, 70)
RED = (0, 0, 200)

# Blue, green and red are told apart by their hundreds, and a pixel by its row and column.
PHOTO = np.array(
    [
        [[10 * row + col, 100 + 10 * row + col, 200 + 10 * row + col] for col in range(5)]
        for row in range(3)
    ],
    np.uint8,
)


@settings(deadline=None, max_examples=60)
@given(SIDES, SIDES, SIDES, SIDES, st.sampled_from((3, 4)), st.sampled_from(get_args(Crop)))
def test_any_photo_takes_the_shape_of_any_tile(rows, cols, height, width, channels, crop):
    photo = noise(rows, cols, channels)
    before = photo.copy()
    tile = to_tile(photo, height, width, crop)
    has_borders = crop == "pad" and channels == 3 and tile.shape[2] == 4
    assert tile.shape == (height, width, 4 if has_borders else channels)
    assert tile.dtype == np.uint8
    assert tile.flags.c_contiguous
    assert np.array_equal(photo, before)


@settings(deadline=None, max_examples=60)
@given(SIDES, SIDES, SIDES, SIDES, st.sampled_from(get_args(Crop)))
def test_a_photo_of_one_colour_keeps_it(rows, cols, height, width, crop):
    photo = np.full((rows, cols, 3), (10, 100, 250), np.uint8)
    tile = to_tile(photo, height, width, crop)
    opaque = tile[tile[..., 3] == 255] if tile.shape[2] == 4 else tile.reshape(-1, 3)
    assert (opaque[:, :3] == (10, 100, 250)).all()
    assert len(opaque) > 0


@pytest.mark.parametrize("crop", ["center", "skip"])
@pytest.mark.parametrize(
    ("height", "width", "kept"),
    [
        (3, 5, np.s_[:, :]),
        (3, 3, np.s_[:, 1:4]),
        (3, 1, np.s_[:, 2:3]),
        # Where nothing can be even, the smaller part is cut off above and left.
        (3, 2, np.s_[:, 1:3]),
        (1, 5, np.s_[1:2, :]),
        (2, 5, np.s_[0:2, :]),
    ],
)
def test_center_cuts_both_sides_evenly(height, width, kept, crop):
    assert np.array_equal(to_tile(PHOTO, height, width, crop), PHOTO[kept])


def test_center_shrinks_by_the_mean_of_what_it_keeps():
    photo = noise(8, 20)
    kept = photo[:, 6:14].astype(float)
    means = kept.reshape(2, 4, 2, 4, 3).mean(axis=(1, 3))
    assert np.abs(to_tile(photo, 2, 2, "center") - means).max() <= 0.5


def test_center_keeps_transparency():
    photo = noise(3, 5, 4)
    assert np.array_equal(to_tile(photo, 3, 3, "center"), photo[:, 1:4])


def test_stretch_keeps_all():
    photo = np.zeros((2, 6, 3), np.uint8)
    photo[:, :3] = (10, 20, 30)
    photo[:, 3:] = (110, 120, 130)
    assert to_tile(photo, 1, 2, "stretch").tolist() == [[[10, 20, 30], [110, 120, 130]]]
    assert to_tile(photo, 2, 1, "stretch").tolist() == [[[60, 70, 80]], [[60, 70, 80]]]


def test_pad_above_and_below():
    tile = to_tile(np.full((2, 4, 3), RED, np.uint8), 4, 4, "pad")
    assert tile[..., 3].tolist() == [[0] * 4, [255] * 4, [255] * 4, [0] * 4]
    assert tile[1:3].tolist() == [[[*RED, 255]] * 4] * 2


def test_pad_left_and_right():
    tile = to_tile(np.full((3, 1, 3), RED, np.uint8), 6, 5, "pad")
    assert tile[..., 3].tolist() == [[0, 255, 255, 0, 0]] * 6
    assert tile[:, 1:3].tolist() == [[[*RED, 255]] * 2] * 6


def test_pad_of_the_same_aspect_has_no_borders():
    assert to_tile(np.full((4, 6, 3), RED, np.uint8), 2, 3, "pad").tolist() == [[[*RED]] * 3] * 2


def test_pad_keeps_transparency():
    tile = to_tile(np.full((2, 4, 4), (*RED, 128), np.uint8), 4, 4, "pad")
    assert tile[..., 3].tolist() == [[0] * 4, [128] * 4, [128] * 4, [0] * 4]
    assert tile[1:3, :, :3].tolist() == [[[*RED]] * 4] * 2


def test_pad_of_a_very_long_photo_keeps_one_row():
    assert to_tile(np.full((1, 500, 3), RED, np.uint8), 9, 9, "pad")[..., 3].sum() == 9 * 255


def test_colour_of_transparent_pixels_does_not_bleed():
    photo = np.zeros((4, 4, 4), np.uint8)
    photo[:, :1] = (*RED, 255)
    photo[:, 1:] = (0, 255, 0, 0)
    assert to_tile(photo, 2, 2, "stretch").tolist() == [[[*RED, 128], [0, 0, 0, 0]]] * 2


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize(
    ("shape", "busy", "tile"),
    [
        ((60, 180), np.s_[:, 5:45], (60, 60)),
        ((60, 180), np.s_[:, 130:170], (60, 60)),
        ((180, 60), np.s_[5:45, :], (60, 60)),
        ((180, 60), np.s_[130:170, :], (60, 60)),
    ],
)
def test_attention_keeps_the_busy_part(shape, busy, tile, channels):
    photo = np.full((*shape, channels), 128, np.uint8)
    photo[..., 3:] = 255
    detail = photo[busy][..., :3]
    detail[:] = noise(*detail.shape[:2])
    cut = to_tile(photo, *tile, "attention")
    offsets = range(121)
    wide = shape[1] > shape[0]
    parts = [photo[:, i : i + 60] if wide else photo[i : i + 60] for i in offsets]
    (offset,) = [i for i in offsets if np.array_equal(parts[i], cut)]
    first, last = (busy[1] if wide else busy[0]).indices(180)[:2]
    assert offset <= first < last <= offset + 60
    # What the other crop would show, to be sure that there was something to decide.
    assert not np.array_equal(to_tile(photo, *tile, "center"), cut)


@pytest.mark.parametrize(("skin", "other"), [(10, 130), (130, 10)])
def test_attention_goes_to_skin(skin, other):
    colour = np.array([140, 170, 225]) + noise(40, 40, 1).astype(int) % 25
    photo = np.full((60, 180, 3), 128, np.uint8)
    photo[10:50, skin : skin + 40] = colour
    photo[10:50, other : other + 40] = colour[..., ::-1]
    cut = to_tile(photo, 60, 60, "attention")
    # The part is at an edge of the photo, so that the skin lies at the same place in either.
    assert (cut[10:50, 10:50] == colour).all()


def test_attention_has_nothing_to_decide_for_the_same_aspect():
    photo = noise(6, 8)
    assert np.array_equal(to_tile(photo, 6, 8, "attention"), photo)


@pytest.mark.parametrize(
    ("size", "tile", "fits"),
    [
        ((300, 400), (30, 40), True),
        ((400, 300), (30, 40), False),
        ((1020, 1000), (50, 50), True),
        ((1021, 1000), (50, 50), False),
        ((980, 1000), (50, 50), True),
        ((979, 1000), (50, 50), False),
        ((3024, 4032), (24, 32), True),
        ((2000, 3000), (24, 32), False),
        ((1, 1), (7, 7), True),
    ],
)
def test_skip_tolerates_two_percent(size, tile, fits):
    assert has_aspect(size, tile) is fits
