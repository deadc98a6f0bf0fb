"""Picture files opened: their size, mode and metadata are known, their pixels not yet decoded."""

from __future__ import annotations

import io
import logging
import struct
import zlib
from typing import Any

from PIL import Image

from photomosaic.errors import PictureError
from photomosaic.images.jpeg2000 import open_jpeg2000
from photomosaic.images.kinds import HEAD_BYTES, PICTURE_FORMATS, kind_of
from photomosaic.images.png import open_png
from photomosaic.images.tiff import open_tiff

log = logging.getLogger(__name__)

ORIENTATION_TAG = 0x0112

# The limit of Pillow is lower than ours, and warns instead of refusing.
Image.MAX_IMAGE_PIXELS = None

DECODER_ERRORS = (
    ArithmeticError,
    EOFError,
    Image.DecompressionBombError,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)
"""What Pillow, its plugins and the other decoders raise on damaged files."""

_OPENERS = {"JPEG2000": open_jpeg2000, "PNG": open_png, "TIFF": open_tiff}
_OTHER_KINDS = {
    "empty": "the file is empty",
    "video": "a video, not a picture",
    "raw": "a camera RAW file, which is not supported",
    "JPEG XL": "a JPEG XL picture, which is not supported; export as JPEG",
    "Photoshop": "a Photoshop file, which is not supported; export as JPEG",
}


def open_picture(data: bytes) -> Image.Image:
    """Open a picture file of one of the supported formats, whatever its name.

    Raises
    ------
    PictureError
        If it is of another kind.
    `DECODER_ERRORS`
        If it is damaged.
    """
    kind = kind_of(data[:HEAD_BYTES])
    if kind not in PICTURE_FORMATS:
        raise PictureError(_OTHER_KINDS.get(kind, "not a picture of a supported format"))
    if kind in _OPENERS:
        return _OPENERS[kind](data)
    if kind == "HEIF":
        # Loaded here, since it is large and many folders hold none of its files.
        import pillow_heif

        pillow_heif.register_heif_opener()
    return Image.open(io.BytesIO(data), formats=[kind])


def orientation_of(picture: Image.Image) -> int:
    """Return how a stored picture is to be turned: 1 to 8 (EXIF 2.32, 4.6.4).

    Call this after the pixels are read, since Pillow turns some TIFF files as it reads them.
    """
    if picture.format == "HEIF":
        return 1  # turned as its own boxes say when it is decoded
    if picture.format == "AVIF":
        # What its boxes say was put there; `getexif` would look into XMP too.
        exif = Image.Exif()
        exif.load(picture.info.get("exif", b""))
        value = exif.get(ORIENTATION_TAG)
    else:
        value = exif_value(picture, ORIENTATION_TAG)
    return _as_number(value)


def _as_number(value: Any) -> int:
    """Return the number in a tag of whatever type; 1 if there is none."""
    if isinstance(value, tuple):
        value = next(iter(value), 1)
    if isinstance(value, bytes):
        value = value.strip(b"\0")[:1]
        value = value if value.isdigit() else int.from_bytes(value, "big")
    try:
        return int(value)
    except (TypeError, ValueError, ArithmeticError):
        return 1


def exif_value(picture: Image.Image, tag: int) -> Any:
    """Return the value of an EXIF tag; None without it, and if the EXIF data are damaged."""
    try:
        return picture.getexif().get(tag)
    except DECODER_ERRORS as error:
        log.debug("damaged EXIF data, taken as none: %s", error)
        return None
