"""Pixel modes and colour profiles, brought to 8-bit sRGB."""

from __future__ import annotations

import io
import logging
from functools import lru_cache

import numpy as np
from PIL import Image, ImageCms

from photomosaic.errors import PictureError

log = logging.getLogger(__name__)

_PROFILE_SPACES = {"RGB": "RGB", "RGBA": "RGB", "L": "GRAY", "CMYK": "CMYK"}


def plain_mode(picture: Image.Image) -> Image.Image:
    """Return the picture in mode L, RGB, RGBA or CMYK, 8 bits a channel, colours as stored.

    Raises
    ------
    PictureError
        If its pixels are of a kind that cannot be shown as they are.
    """
    mode = picture.mode
    if mode.startswith("I"):
        return _from_16_bit(picture)
    if "transparency" in picture.info or mode in ("PA", "LA", "La", "RGBa"):
        return picture.convert("RGBA")
    if mode in ("L", "RGB", "RGBA", "CMYK"):
        picture.load()
        return picture
    if mode == "1":
        return picture.convert("L")
    if mode in ("P", "YCbCr", "HSV", "RGBX"):
        return picture.convert("RGB")
    raise PictureError(f"pixels of the kind {mode!r} are not supported")


def to_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """Return a picture of mode L, RGB, RGBA or CMYK as RGB or RGBA in sRGB.

    Parameters
    ----------
    picture : PIL.Image.Image
    profile : bytes or None
        The ICC profile of its colours; None means sRGB. One that is damaged, or made for another
        kind of pixels, is not used.
    """
    mode = "RGBA" if picture.mode == "RGBA" else "RGB"
    transform = _transform(profile, picture.mode) if profile else None
    if transform is None:
        return picture.convert(mode)
    if picture.mode != "RGBA":
        return _applied(transform, picture)
    converted = _applied(transform, picture.convert("RGB"))
    converted.putalpha(picture.getchannel("A"))
    return converted


def _applied(transform: ImageCms.ImageCmsTransform, picture: Image.Image) -> Image.Image:
    # apply() works on Pillow images in C without holding the interpreter lock.
    return transform.apply(picture)


def _from_16_bit(picture: Image.Image) -> Image.Image:
    values = np.asarray(picture)
    if values.dtype != np.uint16:
        values = np.clip(values, 0, 65535)
    wide = picture.mode.startswith("I;16") or int(values.max(initial=0)) > 255
    return Image.fromarray((values / 257 + 0.5 if wide else values).astype(np.uint8))


@lru_cache(maxsize=64)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """Return the transform to sRGB, or None if there is nothing (sensible) to do."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        space = source.profile.xcolor_space.strip()
        if space != _PROFILE_SPACES[mode]:
            log.debug("a profile for %s on pixels of mode %s is not used", space, mode)
            return None
        if space == "RGB" and "srgb" in (source.profile.profile_description or "").lower():
            return None
        return ImageCms.ImageCmsTransform(
            source,
            ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")),
            "RGB" if mode == "RGBA" else mode,
            "RGB",
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError) as error:
        log.debug("a colour profile that cannot be used: %s", error)
        return None
