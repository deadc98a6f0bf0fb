"""Pictures whose colours need more than 8 bits, such as HDR, brought to 8-bit sRGB."""

from __future__ import annotations

import logging
from typing import Any, TypeGuard

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from photomosaic.arrays import AnyImage
from photomosaic.images.colour_spaces import ColourSpace, encoded_srgb, to_light_of_srgb
from photomosaic.images.colour_tags import Colours
from photomosaic.images.plain import decoding_bytes, plain_picture

log = logging.getLogger(__name__)

Deep = npt.NDArray[np.unsignedinteger[Any]]

_STRIP_PIXELS = 1 << 19
# Larger pictures are read with 8 bits, which takes half of the memory.
_MOST_PIXELS = 50_000_000
_BYTES_PER_PIXEL = 20


def is_deep(colours: Colours | None) -> TypeGuard[ColourSpace]:
    """Tell whether a picture of these colours needs `deep_to_srgb`."""
    return isinstance(colours, ColourSpace) and colours.needs_depth


def is_turned(picture: Image.Image) -> bool:
    """Tell whether `deep_to_srgb` returns this picture upright, whatever its EXIF data say."""
    # libvips does so for AVIF; HEIC has no EXIF orientation left when it is opened.
    return picture.format == "AVIF" and picture.width * picture.height <= _MOST_PIXELS


def deep_to_srgb(
    picture: Image.Image, data: bytes, space: ColourSpace, size: tuple[int, int]
) -> tuple[Image.Image, tuple[int, int]]:
    """Read a picture with all of its bits and bring it to sRGB.

    Parameters
    ----------
    picture : PIL.Image.Image
        Opened, its pixels not read.
    data : bytes
        The file's content.
    space : ColourSpace
    size : (int, int)
        Width and height that are enough; what is more than twice as large is shrunk.

    Returns
    -------
    picture : PIL.Image.Image
        Mode RGB or RGBA.
    full_size : (int, int)
        Width and height before it was shrunk.
    """
    full_size = picture.size
    pixels = _read(picture, data, size)
    height, width = pixels.shape[:2]
    if full_size[0] * full_size[1] <= _MOST_PIXELS:
        full_size = width, height
    factor = min(height, width) // (2 * min(size))
    if factor > 1:
        smaller = max(1, width // factor), max(1, height // factor)
        pixels = np.asarray(cv2.resize(pixels, smaller, interpolation=cv2.INTER_AREA))
    return Image.fromarray(_converted(pixels, space)), full_size


def deep_bytes(picture: Image.Image, size: tuple[int, int]) -> int:
    """Return about how much memory `deep_to_srgb` takes, in bytes."""
    pixels = picture.width * picture.height
    if pixels > _MOST_PIXELS:
        return decoding_bytes(picture, picture.size, size)
    return _BYTES_PER_PIXEL * pixels


def _read(picture: Image.Image, data: bytes, size: tuple[int, int]) -> Deep:
    """Return the pixels as an array (H, W, 3) or (H, W, 4), uint8 or uint16, RGB(A)."""
    if picture.width * picture.height > _MOST_PIXELS:
        return _plain(picture, size)
    if picture.format == "HEIF":
        import pillow_heif

        pixels = np.asarray(pillow_heif.open_heif(data, convert_hdr_to_8bit=False))
    elif picture.format == "AVIF" or (picture.format == "PNG" and data[24] == 16):
        pixels = _read_by_libvips(data)
    else:
        return _plain(picture, size)
    if pixels.ndim == 2 or pixels.shape[2] < 3:
        pixels = pixels.reshape(*pixels.shape[:2], -1)
        pixels = np.dstack([pixels[..., :1]] * 3 + [pixels[..., 1:]])
    return pixels


def _plain(picture: Image.Image, size: tuple[int, int]) -> Deep:
    plain = plain_picture(picture, size)
    return np.asarray(plain if plain.mode == "RGBA" else plain.convert("RGB"))


def _read_by_libvips(data: bytes) -> Deep:
    # Loaded here, since that takes a quarter of a second and few folders hold such pictures.
    import pyvips

    try:
        return np.asarray(pyvips.Image.new_from_buffer(data, "").numpy())
    except pyvips.Error as error:
        raise OSError(str(error)) from error


def _converted(pixels: Deep, space: ColourSpace) -> AnyImage:
    last = np.iinfo(pixels.dtype).max
    light = space.light(np.arange(last + 1) / last).astype(np.float32)
    encoded = np.rint(255 * encoded_srgb(np.arange(65536) / 65535)).astype(np.uint8)
    made = np.empty(pixels.shape, np.uint8)
    rows = max(1, _STRIP_PIXELS // pixels.shape[1])
    for start in range(0, len(pixels), rows):
        strip = pixels[start : start + rows]
        linear = to_light_of_srgb(space, light[strip[..., :3]])
        made[start : start + rows, :, :3] = encoded[(linear.clip(0, 1) * 65535).astype(np.uint16)]
        made[start : start + rows, :, 3:] = strip[..., 3:] / (last / 255) + 0.5
    return made
