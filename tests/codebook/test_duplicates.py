from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from photomosaic.codebook.duplicates import near_duplicates
from photomosaic.images.decode import read_target
from photomosaic.images.listing import list_photos


def drawn(count, seed=0):
    """Draw pictures of clearly different blots."""
    rng = np.random.default_rng(seed)
    blots = rng.integers(0, 256, (count, 4, 4, 3), np.uint8)
    return np.array([cv2.resize(blot, (32, 32), interpolation=cv2.INTER_CUBIC) for blot in blots])


def test_copies_count_as_one_and_others_do_not():
    pictures = drawn(30)
    noise = np.random.default_rng(1).integers(-4, 5, pictures.shape)
    copies = np.clip(pictures + noise, 0, 255).astype(np.uint8)
    groups = near_duplicates(np.concatenate([pictures, copies]))
    assert list(groups) == [*range(30), *range(30)]


def test_a_burst_counts_as_one():
    first, last = drawn(2, 3)
    shares = np.linspace(0, 0.4, 20)
    burst = np.array([first * (1 - share) + last * share for share in shares])
    assert set(near_duplicates(burst.astype(np.uint8))) == {0}


def test_one_picture_and_equal_pictures():
    assert list(near_duplicates(drawn(1))) == [0]
    assert list(near_duplicates(np.zeros((5, 32, 32, 3), np.uint8))) == [0] * 5


@pytest.mark.parametrize(("cut", "at_least"), [(0, 1), (0.01, 0.9)])
def test_real_photos_and_their_copies(shared_data, cut, at_least):
    files = list_photos(shared_data / "smoke" / "photos").photos
    photos = [read_target(Path(file.path)) for file in files]

    def square(photo):
        return cv2.resize(photo, (32, 32), interpolation=cv2.INTER_AREA)

    def copy(photo):
        height, width = photo.shape[:2]
        half = cv2.resize(photo, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
        return square(half[int(cut * height) :, int(cut * width) :])

    groups = near_duplicates(np.array([*map(square, photos), *map(copy, photos)]))
    originals, copies = np.split(groups, 2)
    assert list(originals) == [*range(len(photos))]
    assert (copies == originals).mean() >= at_least
