from __future__ import annotations

import numpy as np
import pytest

from photomosaic.film.layers import Layer, crossing, laid_over, mixed, smaller
from photomosaic.film.view import Rect

NOISE = np.random.default_rng(1).integers(0, 256, (6, 8, 3), np.uint8)


def test_a_layer_is_seen_as_it_is():
    seen = Layer(NOISE, Rect(2, 3, 6, 8)).seen(Rect(2, 3, 6, 8), (6, 8))
    assert (seen == NOISE).all()


def test_a_view_shows_a_part_of_a_layer():
    seen = Layer(NOISE, Rect(0, 0, 3, 4)).seen(Rect(1, 2, 1, 1.5), (2, 3))
    assert (seen == NOISE[2:4, 4:7]).all()


def test_beyond_a_layer_its_edge_goes_on():
    seen = Layer(NOISE, Rect(0, 0, 6, 8)).seen(Rect(-2, 0, 6, 8), (6, 8))
    assert (seen[:3] == NOISE[0]).all()
    assert (seen[2:] == NOISE[:4]).all()


def test_a_layer_moves_by_parts_of_a_pixel():
    ramp = np.arange(0, 160, 20, dtype=np.uint8)[None, :, None].repeat(4, 0).repeat(3, 2)
    seen = Layer(ramp, Rect(0, 0, 4, 8)).seen(Rect(0, 0.25, 4, 7), (4, 7))
    assert seen[0, :, 0].tolist() == [5, 25, 45, 65, 85, 105, 125]


def test_a_rectangle_is_laid_over_with_edges_between_pixels():
    black, white = np.zeros((4, 4, 3), np.uint8), np.full((4, 4, 3), 200, np.uint8)
    shown = laid_over(black, white, Rect(1, 0.5, 2, 1.75), 1)[..., 0]
    assert shown.tolist() == [[0] * 4, [100, 200, 50, 0], [100, 200, 50, 0], [0] * 4]
    assert laid_over(black, white, Rect(1, 1, 1, 1), 0.5).max() == 100
    assert laid_over(black, white, Rect(9, 9, 5, 5), 1).max() == 0


def test_half_as_large_pictures_are_area_means():
    one, half = smaller(NOISE, 1)
    assert one is NOISE
    assert half == pytest.approx(NOISE.reshape(3, 2, 4, 2, 3).mean(axis=(1, 3)), abs=0.5)
    assert [picture.shape[0] for picture in smaller(NOISE, 4)] == [6, 3, 1, 1, 1]


def test_two_layers_are_mixed_between_two_positions_only():
    assert crossing(3.0) == (3, 0)
    assert crossing(3.3) == (3, 0)
    assert crossing(3.5) == (3, pytest.approx(0.5))
    assert crossing(3.7) == (3, 1)
    assert mixed(np.zeros_like(NOISE), np.full_like(NOISE, 100), 0.25).max() == 25
