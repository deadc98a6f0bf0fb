from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photomosaic.animation.morph import morphed


def dot(col, row, size=(60, 80)):
    """Return a soft bright dot on black, and points around it."""
    rows, cols = np.indices(size)
    bright = 255 * np.exp(-((cols - col) ** 2 + (rows - row) ** 2) / 18)
    corners = [(col + x, row + y) for x in (-8, 0, 8) for y in (-8, 0, 8)]
    return np.repeat(bright[..., None], 3, axis=2).astype(np.uint8), np.array(corners, float)


def middle(frame):
    rows, cols = np.indices(frame.shape[:2])
    weights = frame[..., 0] / frame[..., 0].sum(dtype=float)
    return float((cols * weights).sum()), float((rows * weights).sum())


def test_points_move_evenly_and_nothing_shows_twice():
    frames = list(morphed([dot(25, 30), dot(50, 22)], 4))
    assert len(frames) == 6
    for i, frame in enumerate(frames):
        assert middle(frame) == pytest.approx((25 + 5 * i, 30 - 1.6 * i), abs=0.3)
        assert frame.max() > 240


def test_the_pictures_themselves_are_unchanged():
    pictures = [dot(25, 30), dot(50, 22), dot(30, 30)]
    frames = list(morphed(pictures, 2))
    assert all(np.array_equal(frames[3 * i], picture) for i, (picture, _) in enumerate(pictures))


def test_without_points_of_both_they_are_blended_in_place():
    (one, points), (other, _) = dot(20, 30), dot(60, 30)
    (blend,) = list(morphed([(one, points), (other, None)], 1))[1:2]
    assert np.abs(blend.astype(int) - (one.astype(int) + other) / 2).max() <= 1


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.tuples(st.floats(-40, 120), st.floats(-40, 120)), min_size=3, max_size=12),
    st.integers(0, 2**32 - 1),
    st.sampled_from([(1, 1), (2, 3), (17, 30), (30, 17)]),
)
def test_any_points_make_whole_frames(points, seed, size):
    one, rng = np.array(points), np.random.default_rng(seed)
    other = one + rng.normal(0, 20, one.shape)
    pictures = [np.full((*size, 3), value, np.uint8) for value in (100, 200)]
    frames = list(morphed(zip(pictures, (one, other), strict=True), 1))
    # All of a flat picture is flat, wherever it is taken from.
    assert [frame.shape for frame in frames] == [(*size, 3)] * 3
    assert np.abs(frames[1].astype(int) - 150).max() <= 1
