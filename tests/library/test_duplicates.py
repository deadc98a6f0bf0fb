from __future__ import annotations

import io
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from photomosaic.images.decode import read_target
from photomosaic.images.listing import list_photos
from photomosaic.library.duplicates import FINGERPRINT, near_duplicates

SIDE = FINGERPRINT.height


def square(photo):
    return cv2.resize(photo, (SIDE, SIDE), interpolation=cv2.INTER_AREA)


def drawn(count, seed=0, side=SIDE):
    """Draw pictures with different structure, coarse and fine."""
    rng = np.random.default_rng(seed)
    pictures = []
    for _ in range(count):
        layers = [
            cv2.resize(rng.normal(0, 1, (n, n, 3)), (side, side), interpolation=cv2.INTER_CUBIC)
            for n in (4, 12, 30)
        ]
        pictures.append(128 + 40 * layers[0] + 25 * layers[1] + 15 * layers[2])
    return np.array([np.clip(picture, 0, 255).astype(np.uint8) for picture in pictures])


def saved(picture, quality):
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer))


def levels(picture, factor, offset):
    return np.clip(picture * np.float64(factor) + offset, 0, 255).astype(np.uint8)


def moved(picture, rng):
    """Photograph again what is in the middle of a picture, by hand."""
    side = len(picture)
    turn = cv2.getRotationMatrix2D((side / 2, side / 2), rng.uniform(-0.5, 0.5), 1.1)
    turn[:, 2] += rng.uniform(-0.02, 0.02, 2) * side
    noise = rng.normal(0, 3, picture.shape)
    return levels(cv2.warpAffine(picture, turn, (side, side)) + noise, rng.uniform(0.96, 1.04), 0)


EDITS = {
    "saved again": lambda picture: saved(picture, 60),
    "at a third of the size": lambda picture: cv2.resize(picture, (80, 80), interpolation=3),
    "brightened": lambda picture: levels(picture, 1.1, 5),
    "darkened": lambda picture: levels(picture, 0.85, 0),
    "with a fiftieth cut off": lambda picture: picture[4:, 4:],
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS.keys())
def test_copies_count_as_one_and_others_do_not(edit):
    pictures = drawn(30, side=240)
    copies = [square(edit(picture)) for picture in pictures]
    groups = near_duplicates(np.array([*map(square, pictures), *copies]))
    assert list(groups) == [*range(30), *range(30)]


def test_photos_taken_by_hand_one_after_the_other_count_as_one():
    rng = np.random.default_rng(4)
    bursts = [[square(moved(picture, rng)) for _ in range(4)] for picture in drawn(10, side=240)]
    groups = near_duplicates(np.concatenate(bursts))
    assert list(groups) == [number for number in range(10) for _ in range(4)]


def test_something_that_comes_into_the_picture_does_not_part_a_burst():
    first, last = drawn(2, 3)
    burst = np.repeat(first[None], 5, axis=0)
    for number, picture in enumerate(burst):
        picture[15:25, 4 * number : 4 * number + 8] = last[15:25, 4 * number : 4 * number + 8]
    assert set(near_duplicates(burst)) == {0}


@pytest.mark.parametrize(
    ("factor", "offset"),
    [(0.15, 0), (0.07, 0), (0.08, 230), (0.1, 110)],
    ids=["dark", "night", "snow", "fog"],
)
def test_photos_of_little_contrast_are_told_apart(factor, offset):
    pictures = [levels(picture, factor, offset) for picture in drawn(40, side=240)]
    copies = [saved(picture, 80) for picture in pictures]
    groups = near_duplicates(np.array([square(picture) for picture in [*pictures, *copies]]))
    assert list(groups[:40]) == [*range(40)]
    assert (groups[40:] == groups[:40]).mean() > 0.9


def page(rng):
    """Draw a page of lines of words, each as long as it happens to be."""
    sheet = np.full((440, 310, 3), 250, np.uint8)
    for top in range(25, 415, 12):
        left, end = 25, 25 + int(rng.integers(90, 260)) if rng.random() < 0.9 else 0
        while left < end:
            right = min(end, left + int(rng.integers(8, 45)))
            sheet[top : top + 6, left:right:2] = 40
            left = right + 5
    return sheet


def test_pages_of_text_are_told_apart():
    rng = np.random.default_rng(6)
    pages = [page(rng) for _ in range(40)]
    copies = [saved(sheet, 60) for sheet in pages]
    groups = near_duplicates(np.array([square(sheet) for sheet in [*pages, *copies]]))
    assert list(groups) == [*range(40), *range(40)]


def test_no_chain_leads_from_one_picture_to_quite_another():
    first, last = drawn(2, 3)
    chain = [first * (1 - share) + last * share for share in np.linspace(0, 1, 40)]
    groups = near_duplicates(np.array(chain).astype(np.uint8))
    assert groups[0] != groups[-1]
    assert max(np.bincount(groups)) < 30


def test_pictures_of_one_shape_in_other_colours_are_told_apart():
    shape = np.zeros((SIDE, SIDE), bool)
    shape[10:40, 14:30] = True
    # Equally bright.
    red, green = np.uint8([20, 20, 200]), np.uint8([20, 108, 20])
    pictures = [np.where(shape[..., None], colour, np.uint8(250)) for colour in (red, green)]
    assert list(near_duplicates(np.array(pictures))) == [0, 1]


def test_one_picture_and_equal_pictures():
    assert list(near_duplicates(drawn(1))) == [0]
    assert list(near_duplicates(np.zeros((5, SIDE, SIDE, 3), np.uint8))) == [0] * 5


def test_flat_pictures_are_judged_by_their_colour():
    colours = [0, 40, 80, 2, 42, 255, 82]
    pictures = np.array([np.full((SIDE, SIDE, 3), colour, np.uint8) for colour in colours])
    assert list(near_duplicates(pictures)) == [0, 1, 2, 0, 1, 3, 2]


@pytest.mark.parametrize(("cut", "at_least"), [(0, 1), (0.01, 0.9)])
def test_real_photos_and_their_copies(shared_data, cut, at_least):
    files = list_photos(shared_data / "smoke" / "photos").photos
    photos = [read_target(Path(file.path)) for file in files]

    def copy(photo):
        height, width = photo.shape[:2]
        half = cv2.resize(photo, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
        return square(half[int(cut * height) :, int(cut * width) :])

    groups = near_duplicates(np.array([*map(square, photos), *map(copy, photos)]))
    originals, copies = np.split(groups, 2)
    assert list(originals) == [*range(len(photos))]
    assert (copies == originals).mean() >= at_least
