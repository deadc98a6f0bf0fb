from __future__ import annotations

import cv2
import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab
from skimage.metrics import structural_similarity

from photomosaic.matching.grid import TileSize
from photomosaic.rendering.score import score


@pytest.fixture
def pictures():
    rng = np.random.default_rng(0)
    target = cv2.resize(rng.integers(0, 256, (12, 9, 3), np.uint8), (180, 240))
    noise = rng.integers(-30, 30, target.shape)
    return target, np.clip(target + noise, 0, 255).astype(np.uint8)


def test_a_picture_equals_itself(pictures):
    likeness = score(pictures[0], pictures[0], TileSize(8, 6))
    assert likeness.ciede2000 == 0
    assert likeness.ssim == pytest.approx(1)


def test_progress_is_shown_of_each_figure(pictures):
    shown = []

    def progress(items, *, total, what, unit):
        for number, item in enumerate(items):
            shown.append((what, number, total, unit))
            yield item

    score(*pictures, TileSize(8, 6), progress)
    assert shown == [("comparing with the target", number, 2, "figure") for number in (0, 1)]


def test_figures_follow_their_definition(pictures):
    likeness = score(*pictures, TileSize(16, 12))
    far = [cv2.GaussianBlur(picture, (0, 0), 6)[::4, ::4, ::-1] for picture in pictures]
    near = [cv2.GaussianBlur(picture, (0, 0), 3) for picture in pictures]
    grey = [cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY) for picture in near]
    assert likeness.ciede2000 == pytest.approx(
        float(deltaE_ciede2000(*map(rgb2lab, far)).mean()), rel=1e-6
    )
    assert likeness.ssim == pytest.approx(structural_similarity(*grey), abs=1e-4)


def test_colour_difference_of_flat_pictures_is_that_of_their_colours():
    black, white = np.zeros((40, 40, 3), np.uint8), np.full((40, 40, 3), 255, np.uint8)
    assert score(black, white, TileSize(4, 3)).ciede2000 == pytest.approx(100, abs=0.01)


def test_a_wide_blur_gives_what_the_full_computation_gives(pictures, monkeypatch):
    tile = TileSize(80, 80)
    fast = score(*pictures, tile)
    monkeypatch.setattr("photomosaic.rendering.score.NARROW_SIGMA", 1e9)
    slow = score(*pictures, tile)
    assert fast.ciede2000 == pytest.approx(slow.ciede2000, abs=0.1)
    assert fast.ssim == pytest.approx(slow.ssim, abs=0.005)


@pytest.mark.parametrize("shape", [(1, 1, 3), (2, 50, 3)])
def test_a_tiny_picture_has_no_structure_to_compare(shape):
    likeness = score(np.zeros(shape, np.uint8), np.zeros(shape, np.uint8), TileSize(1, 1))
    assert likeness.ssim is None
    assert likeness.ciede2000 == 0


@pytest.mark.parametrize("side", [3, 4, 5, 6])
def test_a_small_picture_is_compared_in_a_smaller_window(side):
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (side, side, 3), np.uint8)
    assert score(picture, picture, TileSize(1, 1)).ssim == pytest.approx(1)
