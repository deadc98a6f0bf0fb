from __future__ import annotations

from typing import get_args

import cv2
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from photomosaic.faces.align import (
    EYE_LINE,
    aligned,
    eye_marks,
    eyes_to_marks,
    zoom_of,
)
from photomosaic.options.montage import Border

coordinate = st.floats(0, 4000)


def through(matrix, points):
    """Take points (row, col) through a matrix for (x, y)."""
    return (points[:, ::-1] @ matrix[:, :2].T + matrix[:, 2])[:, ::-1]


@given(coordinate, coordinate, coordinate, coordinate, st.floats(0.2, 0.49))
def test_both_eyes_come_to_their_marks(y0, x0, y1, x1, closeness):
    eyes = np.array([[y0, x0], [y1, x1]])
    assume(np.hypot(*(eyes[1] - eyes[0])) >= 5)
    marks = eye_marks(800, closeness)
    matrix = eyes_to_marks(eyes, marks)
    assert np.abs(through(matrix, eyes) - marks).max() <= 0.01
    a, b = matrix[0, 0], matrix[1, 0]
    assert matrix[:, :2] == pytest.approx(np.array([[a, -b], [b, a]]))


def test_marks_lie_evenly_about_the_middle():
    (row0, left), (row1, right) = eye_marks(100, 0.4)
    assert row0 == row1 == pytest.approx(100 * EYE_LINE - 0.5)
    assert (left + right) / 2 == pytest.approx(49.5)
    assert right - left == pytest.approx(20)


def dot(shape, row, col, radius):
    """Return a photo of a soft bright dot on black."""
    rows, cols = np.mgrid[0 : shape[0], 0 : shape[1]]
    bright = 255 * np.exp(-((rows - row) ** 2 + (cols - col) ** 2) / (2 * radius**2))
    return np.repeat(bright[..., None], 3, axis=2).astype(np.uint8)


def centre(picture):
    weights = picture[..., 0].astype(float)
    rows, cols = np.mgrid[0 : weights.shape[0], 0 : weights.shape[1]]
    return [float((weights * axis).sum() / weights.sum()) for axis in (rows, cols)]


@pytest.mark.parametrize("factor", [0.2, 0.4, 0.7, 1, 4])
@pytest.mark.parametrize("turn", [0, 25])
def test_pixels_follow_the_matrix(factor, turn):
    side, marks = 200, eye_marks(200, 0.4)
    distance = 40 / factor
    angle = np.deg2rad(turn)
    left = np.array([250.3, 280.7]) / min(1, factor)
    eyes = np.stack([left, left + distance * np.array([np.sin(angle), np.cos(angle)])])
    shape = round(700 / min(1, factor)), round(800 / min(1, factor))
    photo = dot(shape, *left, radius=6 / factor)
    frame = aligned(photo, eyes_to_marks(eyes, marks), side, "black")
    assert frame.shape == (side, side, 3)
    assert centre(frame) == pytest.approx(marks[0].tolist(), abs=0.1)


def test_what_is_finer_than_the_frames_pixels_becomes_grey():
    photo = np.zeros((1600, 1600, 3), np.uint8)
    photo[::2] = 255
    eyes = np.array([[600, 400], [600, 1200]])
    frame = aligned(photo, eyes_to_marks(eyes, eye_marks(100, 0.3)), 100, "replicate")
    assert np.abs(frame[20:80, 20:80].astype(int) - 127).max() <= 3


def test_an_unchanged_photo_keeps_its_pixels():
    photo = np.random.default_rng(0).integers(0, 256, (100, 100, 3), np.uint8)
    marks = eye_marks(100, 0.3)
    assert np.array_equal(aligned(photo, eyes_to_marks(marks, marks), 100, "black"), photo)


@pytest.mark.parametrize("border", get_args(Border))
def test_what_lies_beyond_the_photo(border):
    photo = np.full((60, 60, 3), 200, np.uint8)
    eyes = np.array([[5, 20], [5, 40]])
    frame = aligned(photo, eyes_to_marks(eyes, eye_marks(200, 0.4)), 200, border)
    assert frame[90, 100].tolist() == [200] * 3
    assert frame[2, 100].tolist() == ([0] * 3 if border == "black" else [200] * 3)


def test_the_blurred_border_has_no_edge_at_the_photos():
    rng = np.random.default_rng(1)
    photo = cv2.resize(rng.integers(0, 256, (20, 20, 3), np.uint8), (400, 400))
    eyes = np.array([[100, 10], [100, 170]])
    matrix = eyes_to_marks(eyes, eye_marks(400, 0.3))
    blurred = aligned(photo, matrix, 400, "blur")
    black = aligned(photo, matrix, 400, "black")
    inside = np.zeros((400, 400), bool)
    inside[150:250, 200:300] = True
    assert np.array_equal(blurred[inside], black[inside])
    outside = (black == 0).all(axis=2)
    assert outside.sum() > 400
    steps = np.abs(np.diff(blurred.astype(int), axis=1)).max(axis=2)
    assert steps[outside[:, 1:]].max() < 30


def test_eyes_beyond_the_photo_are_no_error():
    photo = np.full((50, 50, 3), 9, np.uint8)
    eyes = np.array([[-500.0, -500.0], [-500.0, -450.0]])
    frame = aligned(photo, eyes_to_marks(eyes, eye_marks(100, 0.4)), 100, "black")
    assert frame.shape == (100, 100, 3)


def test_zoom():
    assert zoom_of(eyes_to_marks(np.array([[0, 0], [3, 4]]), eye_marks(100, 0.4))) == (
        pytest.approx(4)
    )
