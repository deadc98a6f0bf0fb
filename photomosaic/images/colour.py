"""Pixel modes and colour profiles, brought to 8-bit sRGB."""

from __future__ import annotations

import io
import logging
from functools import lru_cache

import numpy as np
from PIL import Image, ImageCms

from photomosaic.errors import PictureError
from photomosaic.images.colour_spaces import SRGB, ColourSpace, as_profile
from photomosaic.images.colour_tags import Colours

log = logging.getLogger(__name__)

# Pixels of these profiles stay as they are if that is within the difference below.
_SRGB_NAMES = frozenset({"sRGB", "sRGB built-in", "sRGB IEC61966-2.1", "sRGB IEC61966-2-1"})
_DIFFERENCE_WITHIN_SRGB = 3
_PROFILE_SPACES = {"RGB": "RGB", "L": "GRAY", "CMYK": "CMYK"}


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


def to_srgb(picture: Image.Image, colours: Colours | None) -> Image.Image:
    """Return a picture of mode L, RGB, RGBA or CMYK as RGB or RGBA in sRGB.

    Parameters
    ----------
    picture : PIL.Image.Image
    colours : bytes, ColourSpace or None
        The ICC profile or the space of its colours; None means sRGB. A profile that is damaged, or
        made for another kind of pixels, is not used.
    """
    if isinstance(colours, ColourSpace):
        if colours == SRGB or picture.mode == "CMYK":
            return to_srgb(picture, None)
        return to_srgb(
            picture.convert("RGB") if picture.mode == "L" else picture, as_profile(colours)
        )
    if picture.mode == "RGBA":
        rgb = picture.convert("RGB")
        if _is_for_grey(colours) and _is_grey(rgb):
            # Grey with transparency arrives here as colour.
            rgb = rgb.convert("L")
        converted = to_srgb(rgb, colours)
        converted.putalpha(picture.getchannel("A"))
        return converted
    transform = _transform(colours, picture.mode) if colours else None
    if transform is None:
        return picture.convert("RGB")
    converted = transform.apply(picture)
    # It would be written into thumbnails, with the time at which it was made.
    del converted.info["icc_profile"]
    return converted


def _is_for_grey(profile: bytes | None) -> bool:
    # Bytes 16 to 20 of an ICC profile's header name its colour space (ICC.1, 7.2.6).
    return profile is not None and profile[16:20] == b"GRAY"


def _is_grey(picture: Image.Image) -> bool:
    red, green, blue = (picture.getchannel(channel).tobytes() for channel in "RGB")
    return red == green == blue


def _from_16_bit(picture: Image.Image) -> Image.Image:
    values = np.asarray(picture)
    if values.dtype != np.uint16:
        values = np.clip(values, 0, 65535)
    wide = picture.mode.startswith("I;16") or int(values.max(initial=0)) > 255
    grey = Image.fromarray((values / 257 + 0.5 if wide else values).astype(np.uint8))
    if not isinstance(transparent := picture.info.get("transparency"), int):
        return grey
    grey = grey.convert("RGBA")
    grey.putalpha(Image.fromarray(np.where(values == transparent, 0, 255).astype(np.uint8)))
    return grey


@lru_cache(maxsize=64)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """Return the transform to sRGB, or None if there is nothing (sensible) to do."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        space = source.profile.xcolor_space.strip()
        if space != _PROFILE_SPACES[mode]:
            log.debug("a profile for %s on pixels of mode %s is not used", space, mode)
            return None
        transform = ImageCms.ImageCmsTransform(
            source,
            ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")),
            mode,
            "RGB",
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
        called = (source.profile.profile_description or "").strip("\0 ")
        return None if called in _SRGB_NAMES and _changes_little(transform) else transform
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError) as error:
        log.debug("a colour profile that cannot be used: %s", error)
        return None


def _changes_little(transform: ImageCms.ImageCmsTransform) -> bool:
    levels = np.arange(0, 256, 15).astype(np.uint8)
    colours = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(1, -1, 3)
    changed = np.asarray(transform.apply(Image.fromarray(colours)), np.int16)
    return int(np.abs(changed - colours).max()) <= _DIFFERENCE_WITHIN_SRGB
