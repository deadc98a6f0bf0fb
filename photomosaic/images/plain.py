"""Pixels as they are stored, in one of four modes, with little memory for large pictures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image, ImageChops
from PIL.GifImagePlugin import GifImageFile
from PIL.JpegImagePlugin import JpegImageFile

from photomosaic.images.colour import plain_mode
from photomosaic.images.tiff import TiffPicture

Box = tuple[int, int, int, int]

# Above that a picture that is to be shrunk is converted by strips, not as a whole.
_MANY_PIXELS = 40_000_000
_STRIP_PIXELS = 4_000_000
# What Pillow holds for a pixel; all other modes take four bytes.
_BYTES_OF_MODE = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2, "I;16L": 2}
# Peaks that were measured, less the bytes of the mode.
_BYTES_OF_DECODER = {"WEBP": 12, "AVIF": 12, "HEIF": 5, "JPEG2000": 24}


def plain_picture(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return the picture in mode L, RGB, RGBA or CMYK, 8 bits a channel, colours as stored.

    Parameters
    ----------
    picture : PIL.Image.Image
    size : (int, int)
        The size that is wanted in the end; a large picture is shrunk on the way to it.
    """
    factor = _factor(picture.size, size)
    if factor > 1 and picture.format == "HEIF":
        return _by_strips(_heif_rows(picture), picture.size, factor)
    shown = _frame_of_gif(picture)
    if factor == 1 or not isinstance(picture, TiffPicture):
        picture.load()
    no_alpha = _is_bitmap_of_no_alpha(picture)

    def plain(box: Box) -> Image.Image:
        part = picture if factor == 1 else picture.crop(box)
        part = plain_mode(part.convert("RGB") if no_alpha else part)
        if shown:
            part = part.convert("RGBA")
            part.putalpha(ImageChops.multiply(part.getchannel("A"), shown.crop(box)))
        return part

    if factor == 1:
        return plain((0, 0, *picture.size))
    return _by_strips(plain, picture.size, factor)


def decoding_bytes(picture: Image.Image, full_size: tuple[int, int], size: tuple[int, int]) -> int:
    """Return about how much memory it takes to decode a picture that is open.

    Parameters
    ----------
    picture : PIL.Image.Image
    full_size : (int, int)
        Its size before it was drafted.
    size : (int, int)
        The size that is wanted in the end.
    """
    pixels, strips = picture.width * picture.height, _factor(picture.size, size) > 1
    shrunk = 4 * size[0] * size[1] if strips else 0
    if strips and picture.format == "HEIF":
        return pixels * _BYTES_OF_DECODER["HEIF"] + shrunk
    held = pixels * (_BYTES_OF_MODE.get(picture.mode, 4))
    if not strips:
        held += pixels * 6  # a converted copy, or two arrays
    if isinstance(picture, TiffPicture):
        return picture.decoding_bytes + (shrunk or held)
    if isinstance(picture, JpegImageFile) and picture.info.get("progressive"):
        areas = [across * down for _, across, down, _ in picture.layer]
        held += 2 * full_size[0] * full_size[1] * sum(areas) // max(areas, default=1)
    return held + shrunk + pixels * _BYTES_OF_DECODER.get(picture.format or "", 0)


def _factor(stored: tuple[int, int], wanted: tuple[int, int]) -> int:
    """Return by what whole number a picture can be shrunk on the way; 1 if it is not large."""
    if stored[0] * stored[1] <= _MANY_PIXELS:
        return 1
    return max(1, min(min(stored) // min(wanted), max(stored) // max(wanted)))


def _by_strips(
    plain: Callable[[Box], Image.Image], size: tuple[int, int], factor: int
) -> Image.Image:
    width, height = size
    rows = max(1, _STRIP_PIXELS // width // factor) * factor
    first = plain((0, 0, width, min(rows, height))).reduce(factor)
    whole = Image.new(first.mode, (first.width, -(-height // factor)))
    whole.paste(first)
    for top in range(rows, height, rows):
        strip = plain((0, top, width, min(top + rows, height)))
        whole.paste(strip.reduce(factor), (0, top // factor))
    return whole


def _heif_rows(picture: Any) -> Callable[[Box], Image.Image]:
    """Decode a HEIF picture outside of Pillow, which would copy it; return what cuts rows out."""
    import pillow_heif

    picture.fp.seek(0)
    file = pillow_heif.open_heif(picture.fp)
    pixels = np.asarray(file)
    return lambda box: plain_mode(Image.fromarray(pixels[box[1] : box[3]], file.mode))


def _frame_of_gif(picture: Image.Image) -> Image.Image | None:
    """Return where a GIF's first frame covers its canvas, as mode L; None if it covers all."""
    if not isinstance(picture, GifImageFile) or not picture.tile:
        return None
    box, whole = picture.tile[0].extents, (0, 0, *picture.size)
    if box in (None, whole):
        return None
    shown = Image.new("L", picture.size, 0)
    shown.paste(255, box)
    return shown


def _is_bitmap_of_no_alpha(picture: Image.Image) -> bool:
    # Programs that write 32 bits a pixel leave the fourth byte zero.
    return (
        picture.format == "BMP"
        and picture.mode == "RGBA"
        and picture.getchannel("A").getextrema()[1] == 0
    )
