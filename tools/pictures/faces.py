"""A picture of a face montage."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

import face_montage
from photomosaic.example import ASTRONAUT
from photomosaic.images.decode import decode
from tools.pictures.layout import column, row
from tools.pictures.studio import Studio


class Occasion(NamedTuple):
    """How a photo is cut from the sample, in its pixels, turned by degrees, and coloured."""

    width: float
    left: float
    top: float = 0
    turn: float = 0
    mirrored: bool = False
    colour: float = 1.0
    light: float = 1.0


OCCASIONS = (
    Occasion(400, 40),
    Occasion(330, 60, turn=-9, colour=0.6, light=1.1),
    Occasion(320, 80, turn=6, mirrored=True, colour=0.25, light=0.9),
    Occasion(340, 80, turn=12, colour=1.3, light=0.95),
    Occasion(380, 30, turn=-5, mirrored=True, colour=0.0, light=1.05),
)
ASPECT = 4 / 3
PHOTO_WIDTH = 800
BEYOND = 100


def montage(studio: Studio) -> Image.Image:
    """Show photos of a face above the frames that are made of them."""
    photos, frames = studio.folder / "album", studio.folder / "frames"
    photos.mkdir()
    for number, occasion in enumerate(OCCASIONS):
        _photo(occasion).save(photos / f"{2001 + 4 * number}-06-01 party.jpg", quality=95)
    examples = studio.folder / "faces"
    examples.mkdir()
    for path in sorted(photos.iterdir())[:2]:
        (examples / path.name).write_bytes(path.read_bytes())
    options = ["--target-face-dir", examples, "--photos-dir", photos, "--savedir", frames]
    studio.run(face_montage.main, *options, "--order", "age", "--output-size", 400)
    return column([row(_opened(photos)), row(_opened(frames))])


def _photo(how: Occasion) -> Image.Image:
    sample = ASTRONAUT.find()
    if sample is None:
        raise FileNotFoundError("the sample photos are not installed")
    pixels = np.asarray(decode(sample.read_bytes()).picture.convert("RGB"))
    # Mirrored beyond its edges, so that a turned photo has no empty corner.
    picture = Image.fromarray(np.pad(pixels, ((BEYOND, 0), (BEYOND, BEYOND), (0, 0)), "symmetric"))
    left, top = how.left + BEYOND, how.top + BEYOND
    box = (left, top, left + how.width, top + how.width / ASPECT)
    middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    picture = picture.rotate(how.turn, Image.Resampling.BICUBIC, center=middle)
    size = (PHOTO_WIDTH, round(PHOTO_WIDTH / ASPECT))
    picture = picture.resize(size, Image.Resampling.LANCZOS, box)
    picture = ImageEnhance.Color(picture).enhance(how.colour)
    picture = ImageEnhance.Brightness(picture).enhance(how.light)
    return ImageOps.mirror(picture) if how.mirrored else picture


def _opened(folder: Path) -> list[Image.Image]:
    return [Image.open(path) for path in sorted(folder.glob("*.jpg"))]
