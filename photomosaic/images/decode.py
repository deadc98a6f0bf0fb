"""Picture files decoded to upright sRGB."""

from __future__ import annotations

import logging
import math
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from photomosaic.arrays import AnyImage, BgrImage
from photomosaic.errors import InputError, PictureError
from photomosaic.files.names import printable
from photomosaic.images.colour import to_srgb
from photomosaic.images.colour_spaces import SRGB
from photomosaic.images.colour_tags import Colours, colours_of, exif_colours
from photomosaic.images.content import picture_content
from photomosaic.images.deep import deep_bytes, deep_to_srgb, is_deep, is_turned
from photomosaic.images.jpeg_end import with_end
from photomosaic.images.kinds import HEAD_BYTES, kind_of
from photomosaic.images.memory import LARGE_FILE, check_memory, decoding_memory
from photomosaic.images.opening import DECODER_ERRORS, open_picture, orientation_of
from photomosaic.images.own_output import OWN_OUTPUT, carries_own_tag
from photomosaic.images.pixels import on_white, turned, without_idle_alpha
from photomosaic.images.plain import decoding_bytes, plain_picture
from photomosaic.images.progressive import cut_to_block_means
from photomosaic.ranges import MAX_PIXELS

log = logging.getLogger(__name__)


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


@dataclass(frozen=True)
class _Wanted:
    """The size that is enough, and the memory for work, as `decode` takes them."""

    covers: tuple[int, int] | None
    most_pixels: int | None
    work: int

    def size(self, full: tuple[int, int]) -> tuple[int, int]:
        """Return the smallest size that is enough, for a picture of size `full`."""
        factor = 1.0
        if self.most_pixels and full[0] * full[1] > self.most_pixels:
            factor = 1 / math.ceil(math.sqrt(full[0] * full[1] / self.most_pixels))
        if self.covers:
            factor = min(1.0, max(self.covers[0] / min(full), self.covers[1] / max(full)))
        return max(1, round(full[0] * factor)), max(1, round(full[1] * factor))


def decode(
    data: bytes,
    covers: tuple[int, int] | None = None,
    *,
    most_pixels: int | None = None,
    memory: ExitStack | None = None,
    work: int = 0,
) -> Decoded:
    """Decode a picture.

    Parameters
    ----------
    data : bytes
        A whole file of one of the supported formats, whatever its name.
    covers : (int, int), optional
        Shortest and longest side, in pixels, that are enough: the picture is shrunk to the
        smallest size with both sides at least that, which is much faster for JPEG, and for HEIC
        with an embedded thumbnail of that size.
    most_pixels : int, optional
        A picture of more is shrunk by a whole number.
    memory : ExitStack, optional
        Keeps the memory that the picture takes reserved; without it that ends with the call.
    work : int
        Bytes to be reserved besides, for what is done with the picture.

    Raises
    ------
    PictureError
        If the file is no picture, too large, damaged, or without a single opaque pixel.
    """
    wanted = _Wanted(covers, most_pixels, work)
    with ExitStack() as own:
        try:
            decoded = _decoded_even_without_end(data, wanted, own)
        except PictureError:
            raise
        except MemoryError as error:
            raise PictureError("needs more memory than there is", lasting=False) from error
        except DECODER_ERRORS as error:
            raise PictureError(_reason(error)) from error
        if memory:
            memory.push(own.pop_all())
        return decoded


def is_own_output(data: bytes) -> bool:
    """Tell whether a picture file carries this toolkit's tag, without decoding its pixels.

    Raises
    ------
    PictureError
        If it is no picture, or damaged at its beginning.
    """
    try:
        with _open(data) as picture:
            return carries_own_tag(picture)
    except PictureError as error:
        if str(error) == OWN_OUTPUT:
            return True
        raise
    except DECODER_ERRORS as error:
        raise PictureError(_reason(error)) from error


def read_target(path: str | Path) -> BgrImage:
    """Read a picture in full size (H, W, 3), uint8, BGR, transparent parts on white.

    Raises
    ------
    InputError
        As `read_picture`.
    """
    return without_alpha(read_picture(path))


def without_alpha(picture: AnyImage) -> BgrImage:
    """Return a picture (H, W, 3 or 4) as `read_picture` returns it without its alpha."""
    return np.ascontiguousarray(picture[..., :3])


def read_picture(path: str | Path) -> AnyImage:
    """Read a picture in full size.

    Returns
    -------
    ndarray of shape (H, W, 3), uint8, BGR, or (H, W, 4)
        With alpha if anything in it is transparent; such parts have the colour that they have on
        white.

    Raises
    ------
    InputError
        If there is no such picture or it cannot be read; the message names the file.
    """
    path = Path(path)
    name = printable(path)
    if "\0" in str(path):
        raise InputError(f"{name}: is no path")
    try:
        if path.is_dir():
            raise InputError(f"{name}: is a folder, not a picture")
        content = picture_content(path)
        if kind_of(content[:HEAD_BYTES]) == "video":
            raise InputError(f"{name}: is a video; video.py makes mosaics of videos")
        picture = decode(content).picture
    except FileNotFoundError:
        raise InputError(f"{name}: there is no such file") from None
    except OSError as error:
        raise InputError(f"{name}: cannot be read: {error.strerror}") from error
    except PictureError as error:
        raise InputError(f"{name}: {error}") from error
    colours = on_white(picture)
    if picture.mode == "RGB":
        return colours
    alpha = np.asarray(picture.getchannel("A"))
    return np.concatenate([colours, alpha[..., None]], axis=2)


def _open(data: bytes) -> Image.Image:
    picture = open_picture(data)
    if picture.width * picture.height > MAX_PIXELS:
        # A PNG without EXIF data before its pixels would be read to its end for them.
        if (picture.format != "PNG" or "exif" in picture.info) and carries_own_tag(picture):
            raise PictureError(OWN_OUTPUT)
        raise PictureError(
            f"claims {picture.width}x{picture.height} pixels, more than"
            f" {MAX_PIXELS // 1_000_000} megapixels"
        )
    return picture


def _decoded_even_without_end(data: bytes, wanted: _Wanted, memory: ExitStack) -> Decoded:
    try:
        with _open(data) as picture:
            return _decoded(picture, data, wanted, memory)
    except OSError:
        if kind_of(data[:HEAD_BYTES]) != "JPEG" or len(data) > LARGE_FILE:
            raise
        whole = with_end(data)
        if whole is None:
            raise
        memory.close()
        with _open(whole) as picture:
            return _decoded(picture, whole, wanted, memory)


def _decoded(picture: Image.Image, data: bytes, wanted: _Wanted, memory: ExitStack) -> Decoded:
    full_size = picture.size
    size = wanted.size(full_size)
    colours = colours_of(picture, data)
    if deep := is_deep(colours):
        _reserve(memory, deep_bytes(picture, size), data, wanted)
        plain, full_size = deep_to_srgb(picture, data, colours, size)
    else:
        picture = _drafted(picture, data, size) if wanted.covers else picture
        _reserve(memory, decoding_bytes(picture, full_size, size), data, wanted)
        plain = plain_picture(picture, size)
    # Not before the pixels are read: Pillow turns TIFF files itself, and it looks for a PNG's EXIF
    # data in all of the file, so that damage would be met, and passed over, here.
    orientation = 1 if deep and is_turned(picture) else orientation_of(picture)
    own_output = carries_own_tag(picture)
    if picture.format == "TIFF" and not deep:
        full_size = picture.size
    size = wanted.size(full_size)
    colours, alpha = colours or _exif_colours(picture), picture.info.get("alpha")
    if plain is not picture:
        picture.close()
    if plain.size != size:
        plain = plain.resize(size, Image.Resampling.HAMMING)
    is_srgb = deep or (plain.mode == "RGB" and colours in (None, SRGB))
    upright = plain if is_srgb else to_srgb(plain, colours)
    if upright is not plain:
        plain.close()
    if alpha:
        upright.putalpha(alpha.resize(size))
    upright = turned(upright, orientation)
    if orientation in (5, 6, 7, 8):
        full_size = full_size[1], full_size[0]
    return Decoded(without_idle_alpha(upright), *full_size, own_output)


def _reserve(memory: ExitStack, size: int, data: bytes, wanted: _Wanted) -> None:
    # A target may take what it takes; of photos there are many.
    if wanted.covers or wanted.most_pixels:
        check_memory(size + len(data))
    # Large files are accounted for by those who read them.
    content = len(data) if len(data) <= LARGE_FILE else 0
    memory.enter_context(decoding_memory(size + content + wanted.work))


def _drafted(picture: Image.Image, data: bytes, size: tuple[int, int]) -> Image.Image:
    """Let a picture be decoded smaller than it is, but at least at `size` (width, height).

    A JPEG is decoded at a fraction of its size. Of a HEIC file an embedded thumbnail is decoded, if
    the file refers to it from this picture, and shape, crop, rotation and colours are the same.
    """
    if picture.format == "HEIF":
        picture.draft(picture.mode, size)
    elif picture.format in ("JPEG", "MPO"):
        # Half as large again leaves something to resample, and lets 12 megapixels shrink by eight.
        wanted = size[0] * 3 // 2, size[1] * 3 // 2
        if picture.width >= 8 * wanted[0] and picture.height >= 8 * wanted[1]:
            means = cut_to_block_means(data) if picture.format == "JPEG" else None
            picture = picture if means is None else _open(means)
        picture.draft(picture.mode, wanted)
    return picture


def _exif_colours(picture: Image.Image) -> Colours | None:
    try:
        return exif_colours(picture.getexif())
    except DECODER_ERRORS as error:
        log.debug("damaged EXIF data, taken as none: %s", error)
        return None


def _reason(error: BaseException) -> str:
    """Return what is wrong with a file; the messages of decoders describe their internals."""
    log.debug("%s: %s", type(error).__name__, " ".join(str(error).split()))
    cut_off = isinstance(error, EOFError) or "truncated" in str(error).lower()
    return "damaged: truncated" if cut_off else "damaged, or not a picture of a supported format"
