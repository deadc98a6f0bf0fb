"""Decoded pictures: turned upright, their transparency, and their pixels as arrays."""

from __future__ import annotations

import numpy as np
from PIL import Image

from photomosaic.arrays import AnyImage, BgrImage
from photomosaic.errors import PictureError

_PIXELS_AT_ONCE = 1 << 20
_TRANSPOSITIONS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def turned(picture: Image.Image, orientation: int) -> Image.Image:
    """Return a picture upright; `orientation` is that of EXIF, 1 to 8."""
    if orientation not in _TRANSPOSITIONS:
        return picture
    return picture.transpose(_TRANSPOSITIONS[orientation])


def without_idle_alpha(picture: Image.Image) -> Image.Image:
    """Return a picture, as RGB if it is RGBA and opaque.

    Raises
    ------
    PictureError
        If everything in it is transparent.
    """
    if picture.mode != "RGBA":
        return picture
    lowest, highest = picture.getchannel("A").getextrema()
    if highest == 0:
        raise PictureError("everything in it is transparent")
    return picture.convert("RGB") if lowest == 255 else picture


def on_white(picture: Image.Image) -> BgrImage:
    """Return a picture of mode RGB or RGBA as an array (H, W, 3), transparent parts white."""
    if picture.mode == "RGBA":
        white = Image.new("RGBA", picture.size, "white")
        white.alpha_composite(picture)
        picture = white.convert("RGB")
    return to_array(picture)


def to_array(picture: Image.Image) -> AnyImage:
    """Return a picture of mode RGB or RGBA as an array (H, W, 3) or (H, W, 4), BGR(A)."""
    order = [2, 1, 0] if picture.mode == "RGB" else [2, 1, 0, 3]
    pixels = np.empty((picture.height, picture.width, len(order)), np.uint8)
    # By strips, since Pillow copies what it hands over, and more than once.
    rows = max(1, _PIXELS_AT_ONCE // picture.width)
    for top in range(0, picture.height, rows):
        strip = picture.crop((0, top, picture.width, min(top + rows, picture.height)))
        pixels[top : top + rows] = np.asarray(strip)[..., order]
    return pixels
