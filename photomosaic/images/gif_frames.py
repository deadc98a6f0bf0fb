"""Frames of a GIF: colours chosen and pixels packed, and read again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import GifImagePlugin, Image, ImageSequence

from photomosaic.arrays import BgrImage
from photomosaic.errors import PictureError
from photomosaic.files.regular import open_file
from photomosaic.images.opening import DECODER_ERRORS

LEFT_IN_PLACE = 1

END = b";"
_HEAD_BYTES, _DESCRIPTOR_BYTES = 13, 10
_FLAGS = 10
_EXTENSION, _IMAGE = ord("!"), ord(",")
_FRAME_CONTROL = 0xF9
_HAS_TABLE, _TABLE_SIZE = 0x80, 0x07


def gif_frame(
    frame: BgrImage,
    changed: npt.NDArray[np.bool_],
    corner: tuple[int, int],
    delay: int,
    colors: int,
    *,
    dither: bool,
) -> bytes:
    """Return a frame as it stands in a GIF file, with colours of its own.

    Parameters
    ----------
    frame : ndarray of shape (H, W, 3), uint8, BGR
    changed : ndarray of shape (H, W), bool
        Where it is False, what is shown already stays.
    corner : (int, int)
        Left and top of the frame on the screen, in pixels.
    delay : int
        Hundredths of a second.
    colors : int
        2 to 256.
    dither : bool
        Whether colours in between are made of dots.
    """
    picture = Image.fromarray(np.ascontiguousarray(frame[..., ::-1]))
    some_stay = not changed.all()
    # One place of the palette stands for what stays.
    colors = min(colors, 255) if some_stay else colors
    # Of Pillow's methods one keeps few colours exactly, and the other rare ones among many.
    few = picture.getcolors(colors) is not None
    method = Image.Quantize.MEDIANCUT if few else Image.Quantize.FASTOCTREE
    packed = picture.quantize(colors, method=method)
    if dither and not few:
        packed = picture.quantize(palette=packed, dither=Image.Dither.FLOYDSTEINBERG)
    # In milliseconds, of which Pillow takes the whole hundredths of a second.
    settings = {"duration": delay * 10, "disposal": LEFT_IN_PLACE, "include_color_table": True}
    if some_stay:
        palette = packed.getpalette() or []
        settings["transparency"] = len(palette) // 3
        pixels = np.where(changed, np.asarray(packed), len(palette) // 3)
        packed = Image.fromarray(pixels.astype(np.uint8))
        packed.putpalette([*palette, 0, 0, 0])
    return b"".join(GifImagePlugin.getdata(packed, corner, **settings))


def color_table(gif: bytes) -> bytes:
    """Return the colours, three bytes each, that the frames of a GIF share; maybe none.

    Raises
    ------
    PictureError
        If it is damaged.
    """
    with _whole():
        return gif[_HEAD_BYTES : _HEAD_BYTES + _table_bytes(gif[_FLAGS])]


def frames_of(gif: bytes, shared: bytes) -> bytes:
    """Return the frames of a GIF as they may stand in another, whose frames share some colours.

    Its blocks are those of the GIF89a specification; repetition and comments are left out.

    Raises
    ------
    PictureError
        If it is damaged.
    """
    with _whole():
        return b"".join(_frame_blocks(gif, shared))


def _frame_blocks(gif: bytes, shared: bytes) -> Iterator[bytes]:
    own = color_table(gif)
    at = _HEAD_BYTES + len(own)
    while gif[at] != END[0]:
        start = at
        if gif[at] == _EXTENSION:
            at = _after_data(gif, at + 2)
            if gif[start + 1] == _FRAME_CONTROL:
                yield gif[start:at]
        elif gif[at] == _IMAGE:
            pixels = start + _DESCRIPTOR_BYTES + _table_bytes(gif[start + 9])
            at = _after_data(gif, pixels + 1)
            table = gif[start + _DESCRIPTOR_BYTES : pixels] or own
            flags = gif[start + 9] & ~(_HAS_TABLE | _TABLE_SIZE)
            if table == shared:
                table = b""
            yield gif[start : start + 9] + bytes([flags | table_flags(table)]) + table
            yield gif[pixels:at]
        else:
            raise PictureError("damaged: a block of an unknown kind")


def table_flags(table: bytes) -> int:
    """Return the bits that tell of a table of colours, three bytes each, and of its size."""
    return _HAS_TABLE | (len(table) // 3).bit_length() - 2 if table else 0


def _table_bytes(flags: int) -> int:
    return 3 << (flags & _TABLE_SIZE) + 1 if flags & _HAS_TABLE else 0


def _after_data(gif: bytes, at: int) -> int:
    while gif[at]:
        at += 1 + gif[at]
    return at + 1


@contextmanager
def _whole() -> Iterator[None]:
    try:
        yield
    except IndexError as error:
        raise PictureError("damaged: it is cut off") from error


def gif_duration(path: Path) -> int:
    """Decode a GIF to its end and return how long it plays, in milliseconds.

    Raises
    ------
    PictureError
        If it is damaged.
    """
    try:
        with open_file(path) as file, Image.open(file, formats=["GIF"]) as picture:
            return sum(int(frame.info.get("duration", 0)) for frame in _decoded_frames(picture))
    except DECODER_ERRORS as error:
        raise PictureError(f"damaged: {error}") from error


def _decoded_frames(picture: Image.Image) -> Iterator[Image.Image]:
    for frame in ImageSequence.Iterator(picture):
        frame.load()
        yield frame
