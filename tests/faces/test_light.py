from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photomosaic.faces.align import eye_marks, points_to_marks
from photomosaic.faces.figures import to_linear
from photomosaic.faces.light import evened_lights, in_light
from photomosaic.faces.shape import common_shape, shape_marks


def skin(bright, cast=(1.0, 1.0, 1.0), seed=0):
    """Return skin of a mean in linear light, with some texture."""
    rng = np.random.default_rng(seed)
    linear = bright * np.array(cast) * rng.uniform(0.6, 1.4, (400, 1))
    return np.rint(255 * np.clip(linear, 0, 1) ** (1 / 2.2)).astype(np.uint8)


@settings(max_examples=20, deadline=None)
@given(st.floats(0.1, 0.3), st.floats(0.1, 0.3), st.floats(0.7, 1.4), st.integers(0, 99))
def test_skin_gets_the_light_that_it_should_have(bright, wanted, blue, seed):
    pixels = skin(bright, (blue, 1.0, 1 / blue), seed)
    light = np.array([wanted, wanted * 0.9, wanted * 1.1])
    frame = in_light(pixels[None], pixels, light)
    assert to_linear(frame).mean(axis=(0, 1)) == pytest.approx(light, rel=0.03)


def test_black_and_white_stay_and_order_is_kept():
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    for light in (0.05, 0.5):
        frame = in_light(ramp, skin(0.2), np.full(3, light))
        assert (frame[0, 0] == 0).all()
        assert (frame[0, 255] == 255).all()
        assert (np.diff(frame[0].astype(int), axis=0) >= 0).all()


def test_light_is_the_running_mean_of_stops():
    lights = np.stack(evened_lights([skin(0.1), skin(0.4)] * 20))
    # Halfway in stops, and nearly the same throughout.
    assert lights[10:-10] == pytest.approx(np.full((20, 3), 0.2), rel=0.06)
    slope = np.stack(evened_lights([skin(0.05 * 1.05**i) for i in range(30)]))
    assert (np.diff(slope, axis=0) > 0).all()
    assert evened_lights([]) == []
    assert evened_lights([skin(0.2)])[0] == pytest.approx(to_linear(skin(0.2)).mean(axis=0))


def test_the_spread_of_light_falls_to_a_third_or_less():
    rng = np.random.default_rng(3)
    skins = [skin(0.15 * 2 ** rng.normal(0, 0.6), seed=i) for i in range(40)]
    evened = [
        in_light(s[None], s, light) for s, light in zip(skins, evened_lights(skins), strict=True)
    ]
    before, after = (
        np.log2([to_linear(each).mean() for each in group]).std() for group in (skins, evened)
    )
    assert after <= before / 3


def turned(points, degrees, zoom, shift):
    sine, cosine = np.sin(np.radians(degrees)) * zoom, np.cos(np.radians(degrees)) * zoom
    return points @ np.array([[cosine, -sine], [sine, cosine]]).T + shift


def test_a_face_comes_to_the_common_shape_and_the_eyes_to_their_marks():
    rng = np.random.default_rng(1)
    shape = np.array(
        [[0, -14], [0, -6], [0, 14], [0, 6], [-2, 0], [10, 0], [16, -6], [16, 6], [26, 0]], float
    )
    faces = []
    for i in range(7):
        points = turned(shape, 10 * i - 30, 2 + i, rng.uniform(50, 300, 2))
        eyes = np.stack([points[:2].mean(axis=0), points[2:4].mean(axis=0)]).astype(np.float32)
        faces.append((eyes, points))
    marks = eye_marks((300, 200), 0.35)
    placed = shape_marks(common_shape(faces), marks)
    assert placed[:2].mean(axis=0) == pytest.approx(marks[0], abs=0.01)
    for _, points in faces:
        matrix = points_to_marks(points, placed)
        moved = (points[:, ::-1] @ matrix[:, :2].T + matrix[:, 2])[:, ::-1]
        assert moved == pytest.approx(placed, abs=0.01)
