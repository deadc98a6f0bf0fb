"""Picture files decoded to upright sRGB."""

from __future__ import annotations

import io
import logging
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from photomosaic.arrays import AnyImage, BgrImage
from photomosaic.errors import InputError, PictureError
from photomosaic.images.colour import plain_mode, to_srgb
from photomosaic.images.colour_tags import Colours, colours_of, exif_colours
from photomosaic.images.deep import deep_to_srgb, is_deep, is_turned
from photomosaic.images.kinds import HEAD_BYTES, PICTURE_FORMATS, kind_of
from photomosaic.images.listing import printable
from photomosaic.images.progressive import cut_to_block_means
from photomosaic.ranges import MAX_PIXELS

log = logging.getLogger(__name__)

SOFTWARE_TAG = 0x0131
DESCRIPTION_TAG = 0x010E
ORIENTATION_TAG = 0x0112
SOFTWARE = "photomosaic"
PAGE_COMMENT = b"part of a photomosaic page"
OWN_OUTPUT = "made by this toolkit"

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
"""What Pillow and its plugins raise on damaged files."""

_TRANSPOSITIONS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True)
class Decoded:
    """A decoded picture.

    Attributes
    ----------
    picture : PIL.Image.Image
        Upright, sRGB, mode RGB, or RGBA if anything in it is transparent.
    width, height : int
        Size of the upright original in pixels.
    own_output : bool
        Whether this toolkit made it.
    """

    picture: Image.Image
    width: int
    height: int
    own_output: bool


def decode(data: bytes, covers: tuple[int, int] | None = None) -> Decoded:
    """Decode a picture.

    Parameters
    ----------
    data : bytes
        A whole file of one of the supported formats, whatever its name.
    covers : (int, int), optional
        Shortest and longest side, in pixels, that are enough: the picture is shrunk to the
        smallest size with both sides at least that, which is much faster for JPEG.

    Raises
    ------
    PictureError
        If the file is no picture, too large, damaged, or without a single opaque pixel.
    """
    try:
        with _open(data) as picture:
            return _decoded(picture, data, covers)
    except PictureError:
        raise
    except MemoryError as error:
        raise PictureError("needs more memory than there is", lasting=False) from error
    except DECODER_ERRORS as error:
        raise PictureError(_reason(error)) from error


def is_own_output(data: bytes) -> bool:
    """Tell whether a picture file carries this toolkit's tag, without decoding its pixels.

    Raises
    ------
    PictureError
        If it is no picture, or damaged at its beginning.
    """
    try:
        with _open(data) as picture:
            return _is_own_output(picture)
    except PictureError as error:
        if str(error) == OWN_OUTPUT:
            return True
        raise
    except DECODER_ERRORS as error:
        raise PictureError(_reason(error)) from error


def read_target(path: Path) -> BgrImage:
    """Read a target in full size, transparent parts on white.

    Returns
    -------
    ndarray of shape (H, W, 3), uint8, BGR

    Raises
    ------
    InputError
        If there is no such picture or it cannot be read; the message names the file.
    """
    name = printable(path)
    if "\0" in str(path):
        raise InputError(f"{name}: is no path")
    try:
        if path.is_dir():
            raise InputError(f"{name}: is a folder, not a picture")
        data = path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"{name}: there is no such file") from None
    except OSError as error:
        raise InputError(f"{name}: cannot be read: {error.strerror}") from error
    try:
        picture = decode(data).picture
    except PictureError as error:
        raise InputError(f"{name}: {error}") from error
    return on_white(picture)


def on_white(picture: Image.Image) -> BgrImage:
    """Return a picture of mode RGB or RGBA as an array (H, W, 3), transparent parts white."""
    if picture.mode == "RGBA":
        white = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(white, picture).convert("RGB")
    return to_array(picture)


def to_array(picture: Image.Image) -> AnyImage:
    """Return a picture of mode RGB or RGBA as an array (H, W, 3) or (H, W, 4), BGR(A)."""
    pixels = np.asarray(picture)
    order = [2, 1, 0] if pixels.shape[2] == 3 else [2, 1, 0, 3]
    return np.ascontiguousarray(pixels[..., order])


def _open(data: bytes) -> Image.Image:
    kind = kind_of(data[:HEAD_BYTES])
    if kind not in PICTURE_FORMATS:
        reasons = {
            "empty": "the file is empty",
            "video": "a video, not a picture",
            "raw": "a camera RAW file, which is not supported",
            "JPEG XL": "a JPEG XL picture, which is not supported; export as JPEG",
            "Photoshop": "a Photoshop file, which is not supported; export as JPEG",
        }
        raise PictureError(reasons.get(kind, "not a picture of a supported format"))
    if kind == "HEIF":
        # Loaded here, since it is large and many folders hold none of its files.
        import pillow_heif

        pillow_heif.register_heif_opener()
    picture = Image.open(io.BytesIO(data), formats=[kind])
    if picture.width * picture.height > MAX_PIXELS:
        # A PNG without EXIF data before its pixels would be read to its end for them.
        if (picture.format != "PNG" or "exif" in picture.info) and _is_own_output(picture):
            raise PictureError(OWN_OUTPUT)
        raise PictureError(
            f"claims {picture.width}x{picture.height} pixels, more than"
            f" {MAX_PIXELS // 1_000_000} megapixels"
        )
    return picture


def _decoded(picture: Image.Image, data: bytes, covers: tuple[int, int] | None) -> Decoded:
    full_size = picture.size
    if picture.format in ("JPEG", "MPO") and covers:
        picture = _drafted(picture, data, _covering_size(full_size, covers))
    colours = colours_of(picture, data)
    if deep := is_deep(colours):
        plain, full_size = deep_to_srgb(picture, data, colours, _covering_size(full_size, covers))
    else:
        plain = plain_mode(picture)
    # Not before the pixels are read: Pillow turns TIFF files itself, and it looks for a PNG's EXIF
    # data in all of the file, so that damage would be met, and passed over, here.
    orientation = _exif_value(picture, ORIENTATION_TAG)
    if deep and is_turned(picture):
        orientation = None
    own_output = _is_own_output(picture)
    if picture.format == "TIFF" and not deep:
        full_size = plain.size
    size = _covering_size(full_size, covers)
    if plain.size != size:
        plain = plain.resize(size, Image.Resampling.HAMMING)
    upright = plain if deep else to_srgb(plain, colours or _exif_colours(picture))
    if orientation in _TRANSPOSITIONS:
        upright = upright.transpose(_TRANSPOSITIONS[orientation])
    if orientation in (5, 6, 7, 8):
        full_size = full_size[1], full_size[0]
    return Decoded(_without_idle_alpha(upright), *full_size, own_output)


def _drafted(picture: Image.Image, data: bytes, size: tuple[int, int]) -> Image.Image:
    """Let a JPEG be decoded at a fraction of its size that is above `size` (width, height)."""
    # Half as large again leaves something to resample, and lets 12 megapixels shrink by eight.
    wanted = size[0] * 3 // 2, size[1] * 3 // 2
    if picture.width >= 8 * wanted[0] and picture.height >= 8 * wanted[1]:
        means = cut_to_block_means(data) if picture.format == "JPEG" else None
        picture = picture if means is None else _open(means)
    picture.draft(picture.mode, wanted)
    return picture


def _is_own_output(picture: Image.Image) -> bool:
    comment = picture.info.get("comment")
    if isinstance(comment, bytes):
        start = f"{SOFTWARE} ".encode() if picture.format == "GIF" else PAGE_COMMENT
        if comment.startswith(start):
            return True
    tags = [SOFTWARE_TAG, DESCRIPTION_TAG] if picture.format == "TIFF" else [SOFTWARE_TAG]
    return any(str(_exif_value(picture, tag)).startswith(f"{SOFTWARE} ") for tag in tags)


def _exif_value(picture: Image.Image, tag: int) -> object:
    try:
        return picture.getexif().get(tag)
    except DECODER_ERRORS as error:
        log.debug("damaged EXIF data, taken as none: %s", error)
        return None


def _exif_colours(picture: Image.Image) -> Colours | None:
    try:
        return exif_colours(picture.getexif())
    except DECODER_ERRORS as error:
        log.debug("damaged EXIF data, taken as none: %s", error)
        return None


def _covering_size(size: tuple[int, int], covers: tuple[int, int] | None) -> tuple[int, int]:
    if covers is None:
        return size
    factor = min(1.0, max(covers[0] / min(size), covers[1] / max(size)))
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))


def _without_idle_alpha(picture: Image.Image) -> Image.Image:
    if picture.mode != "RGBA":
        return picture
    lowest, highest = picture.getchannel("A").getextrema()
    if highest == 0:
        raise PictureError("everything in it is transparent")
    return picture.convert("RGB") if lowest == 255 else picture


def _reason(error: BaseException) -> str:
    text = " ".join(str(error).split())
    if "cannot identify image file" in text or not text:
        return "damaged, or not a picture of a supported format"
    return f"damaged: {text}"
