from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.color import deltaE_ciede2000, rgb2lab

from photomosaic.rendering.ciede2000 import ciede2000, exact_lab


def flat(*colour):
    return np.array([colour], np.float32)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000), st.sampled_from([0, 1, 5, 60]))
def test_the_same_as_another_implementation(seed, apart):
    rng = np.random.default_rng(seed)
    one = np.concatenate([rng.uniform(0, 100, (200, 1)), rng.normal(0, 40, (200, 2))], axis=1)
    other = one + rng.normal(0, apart, one.shape)
    one, other = one.astype(np.float32), other.astype(np.float32)
    expected = deltaE_ciede2000(one.astype(np.float64), other.astype(np.float64))
    found = ciede2000(one, other)
    assert found.dtype == np.float32
    assert found.mean() == pytest.approx(expected.mean(), rel=1e-4, abs=1e-4)
    # Hues that are opposite may be turned to either side.
    assert np.mean(np.abs(found - expected) > 1e-3 * (1 + expected)) < 0.02


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((50, 0, 0), (50, 0, 0)),
        ((0, 0, 0), (100, 0, 0)),
        ((50, 0, 0), (50, 30, -20)),
        ((50, 2, -80), (50, 0, -82)),
        ((30, 60, -0.5), (32, 60, 0.5)),
        ((60, -34, 36), (60, -33, 40)),
    ],
)
def test_greys_blues_and_hues_around_zero(one, other):
    expected = deltaE_ciede2000(np.array([one], float), np.array([other], float))
    for pair in ((one, other), (other, one)):
        assert ciede2000(*(flat(*each) for each in pair)) == pytest.approx(expected, abs=1e-3)


def test_cielab_of_all_levels():
    levels = np.arange(256, dtype=np.uint8)
    grey = np.stack([levels] * 3, axis=-1)[None]
    colours = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    for picture in (grey, colours):
        lab = exact_lab(picture)
        assert lab.dtype == np.float32
        np.testing.assert_allclose(lab, rgb2lab(picture[..., ::-1]), atol=2e-3)
