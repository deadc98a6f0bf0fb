"""Frames of a GIF: colours chosen and pixels packed, and read again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import GifImagePlugin, Image, ImageSequence

from photomosaic.arrays import BgrImage
from photomosaic.errors import PictureError
from photomosaic.images.decode import DECODER_ERRORS

LEFT_IN_PLACE = 1


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


def gif_duration(path: Path) -> int:
    """Decode a GIF to its end and return how long it plays, in milliseconds.

    Raises
    ------
    PictureError
        If it is damaged.
    """
    try:
        with Image.open(path, formats=["GIF"]) as picture:
            return sum(int(frame.info.get("duration", 0)) for frame in _decoded_frames(picture))
    except DECODER_ERRORS as error:
        raise PictureError(f"damaged: {error}") from error


def _decoded_frames(picture: Image.Image) -> Iterator[Image.Image]:
    for frame in ImageSequence.Iterator(picture):
        frame.load()
        yield frame
