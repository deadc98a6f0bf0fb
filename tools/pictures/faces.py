"""A picture of a face montage."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

import face_montage
from photomosaic.example import ASTRONAUT
from photomosaic.images.decode import decode
from tools.pictures.layout import column, row
from tools.pictures.studio import Studio

# Width, left and top of each photo in pixels of the sample, degrees that it is turned by, whether
# it is mirrored, share of its colour, and its brightness: as if taken on five occasions.
OCCASIONS = (
    (400, 40, 0, 0, False, 1.0, 1.0),
    (330, 60, 0, -9, False, 0.6, 1.1),
    (320, 80, 0, 6, True, 0.25, 0.9),
    (340, 80, 0, 12, False, 1.3, 0.95),
    (380, 30, 0, -5, True, 0.0, 1.05),
)
ASPECT = 4 / 3
PHOTO_WIDTH = 800
BEYOND = 100


def montage(studio: Studio) -> Image.Image:
    """Show photos of a face above the frames that are made of them."""
    photos, frames = studio.folder / "album", studio.folder / "frames"
    photos.mkdir()
    for number, occasion in enumerate(OCCASIONS):
        _photo(*occasion).save(photos / f"{2001 + 4 * number}-06-01 party.jpg", quality=95)
    examples = studio.folder / "faces"
    examples.mkdir()
    for path in sorted(photos.iterdir())[:2]:
        (examples / path.name).write_bytes(path.read_bytes())
    options = ["--target-face-dir", examples, "--photos-dir", photos, "--savedir", frames]
    studio.run(face_montage.main, *options, "--order", "age", "--output-size", 400)
    return column([row(_opened(photos)), row(_opened(frames))])


def _photo(
    width: float, left: float, top: float, turn: float, mirrored: bool, colour: float, light: float
) -> Image.Image:
    sample = ASTRONAUT.find()
    if sample is None:
        raise FileNotFoundError("the sample photos are not installed")
    pixels = np.asarray(decode(sample.read_bytes()).picture.convert("RGB"))
    # Mirrored beyond its edges, so that a turned photo has no empty corner.
    picture = Image.fromarray(np.pad(pixels, ((BEYOND, 0), (BEYOND, BEYOND), (0, 0)), "symmetric"))
    left, top = left + BEYOND, top + BEYOND
    box = (left, top, left + width, top + width / ASPECT)
    middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    picture = picture.rotate(turn, Image.Resampling.BICUBIC, center=middle)
    size = (PHOTO_WIDTH, round(PHOTO_WIDTH / ASPECT))
    picture = picture.resize(size, Image.Resampling.LANCZOS, box)
    picture = ImageEnhance.Brightness(ImageEnhance.Color(picture).enhance(colour)).enhance(light)
    return ImageOps.mirror(picture) if mirrored else picture


def _opened(folder: Path) -> list[Image.Image]:
    return [Image.open(path) for path in sorted(folder.glob("*.jpg"))]
