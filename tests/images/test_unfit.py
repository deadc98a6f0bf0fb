from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from photomosaic.images.decode import read_target
from photomosaic.images.unfit import unfit_by_name, unfit_of
from tests.conftest import PROJECT

PHOTOS = PROJECT.parent / "shared" / "data" / "smoke" / "photos"


def noise(rng, blur=0.0):
    picture = rng.integers(0, 256, (192, 256, 3)).astype(np.uint8)
    coarse = cv2.resize(picture[:12, :16], (256, 192), interpolation=cv2.INTER_CUBIC)
    mixed = cv2.addWeighted(picture, 0.3, coarse, 0.7, 0)
    return cv2.GaussianBlur(mixed, (0, 0), blur) if blur else mixed


def page(rng):
    image = Image.new("RGB", (192, 260), (236, 234, 230))
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(9)
    for top in range(10, 250, 11):
        draw.text((8, top), "".join(rng.choice(list("abcdefgh ijklmn"), 34)), (40, 40, 45), font)
    paper = np.asarray(image, np.float32) * np.linspace(0.85, 1, 192)[None, :, None]
    return np.clip(paper + rng.normal(0, 3, paper.shape), 0, 255).astype(np.uint8)


def screen(rng):
    image = Image.new("RGB", (192, 416), (18, 18, 18))
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(10)
    for top in range(10, 400, 34):
        draw.rectangle((8, top, 130 + int(rng.integers(0, 50)), top + 24), (40, 60, 50))
        draw.text((14, top + 6), "".join(rng.choice(list("abcdefgh"), 20)), (230, 230, 230), font)
    return np.array(image)


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (noise, ""),
        (lambda rng: noise(rng, 8), "blurred"),
        (lambda rng: noise(rng) // 16, "black"),
        (page, "text"),
        (screen, "screenshot"),
        # A clear sky has no edges, and is a good tile.
        (lambda _: np.full((192, 256, 3), (230, 180, 90), np.uint8), ""),
        (lambda rng: np.dstack([noise(rng) // 16, np.zeros((192, 256), np.uint8)]), ""),
    ],
    ids=["photo", "blurred", "black", "page", "screen", "sky", "transparent"],
)
def test_what_is_unfit(make, why):
    assert unfit_of(make(np.random.default_rng(4))) == why


def test_photos_are_fit():
    if not PHOTOS.is_dir():
        pytest.skip("needs ../shared/data")
    found = []
    for path in sorted(PHOTOS.iterdir()):
        photo = read_target(path)
        factor = 192 / min(photo.shape[:2])
        found.append(unfit_of(cv2.resize(photo, None, fx=factor, fy=factor)))
    assert found.count("") >= len(found) - 1


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("Screenshot_20200101.png", "screenshot"),
        ("Screen Shot 2020-01-01.png", "screenshot"),
        ("Bildschirmfoto 2020.png", "screenshot"),
        ("IMG_0001.jpg", ""),
        ("screen door.jpg", ""),
    ],
)
def test_names_that_systems_give_to_screenshots(name, why):
    assert unfit_by_name(name) == why
