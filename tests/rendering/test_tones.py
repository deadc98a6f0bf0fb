from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from photomosaic.rendering.tones import lacking_tones, tone_name


@pytest.mark.parametrize(
    ("lab", "name"),
    [
        ((0, 0, 0), "black"),
        ((100, 0, 0), "white"),
        ((50, 3, -3), "grey"),
        # sRGB primaries and a few paints in CIELAB.
        ((53, 80, 67), "red"),
        ((88, -86, 83), "green"),
        ((32, 79, -108), "blue"),
        ((97, -22, 94), "yellow"),
        ((91, -48, -14), "turquoise"),
        ((60, 98, -61), "purple"),
        ((75, 24, 79), "orange"),
        ((37, 27, 47), "brown"),
        ((84, 24, 3), "pink"),
        ((72, -5, -30), "blue"),
    ],
)
def test_colours_have_the_names_that_people_use(lab, name):
    assert tone_name(*lab) == name


@given(st.floats(0, 100), st.floats(-128, 128), st.floats(-128, 128))
def test_every_colour_has_a_name(lightness, a, b):
    assert tone_name(lightness, a, b)


def test_what_the_mosaic_lacks_is_named_with_its_cells():
    target = np.full((20, 40, 3), 128, np.uint8)
    target[:10, :10] = 255, 0, 0
    target[10:, 30:] = 0, 0, 255
    target[10:, 20:30] = 0, 0, 255
    mosaic = np.full_like(target, 130)
    red, blue = lacking_tones(target, mosaic, (2, 4))
    assert (red.name, red.share, red.colour, red.cells) == ("red", 0.25, (0, 0, 255), (6, 7))
    assert (blue.name, blue.share, blue.colour, blue.cells) == ("blue", 0.125, (255, 0, 0), (0,))


def test_nothing_is_lacking_where_the_mean_is_right():
    target = np.full((20, 40, 3), 128, np.uint8)
    mosaic = target.copy()
    mosaic[::2], mosaic[1::2] = 68, 188
    assert lacking_tones(target, mosaic, (2, 4)) == ()
