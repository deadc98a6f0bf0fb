"""Small pictures with captions, side by side in one."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from photomosaic.arrays import BgrImage

_GAP = 8
_TEXT_SIZE = 11
_LINE = 14
_TITLE = 32
_PAPER, _INK, _FAINT = (250, 250, 250), (20, 20, 20), (110, 110, 110)


def contact_sheet(
    title: str, pictures: Sequence[BgrImage], captions: Sequence[Sequence[str]], side: int
) -> BgrImage:
    """Return a sheet of pictures under a title, about half as wide again as it is high.

    Parameters
    ----------
    title : str
    pictures : sequence of ndarray of shape (side, side, 3), uint8, BGR
    captions : sequence of sequence of str
        The lines under each picture; the first stands out, and what is too long is cut.
    side : int
        Of each picture, in pixels.
    """
    lines = max((len(caption) for caption in captions), default=0)
    width, height = side + _GAP, side + _GAP + lines * _LINE
    cols = max(4, math.ceil(math.sqrt(len(pictures) * 1.5 * height / width)))
    rows = math.ceil(len(pictures) / cols)
    sheet = Image.new("RGB", (cols * width + _GAP, _TITLE + rows * height + _GAP), _PAPER)
    draw = ImageDraw.Draw(sheet)
    draw.text((_GAP, _GAP), title, _INK, ImageFont.load_default(15))
    font = ImageFont.load_default(_TEXT_SIZE)
    for i, (picture, caption) in enumerate(zip(pictures, captions, strict=True)):
        left, top = _GAP + i % cols * width, _TITLE + i // cols * height
        sheet.paste(Image.fromarray(np.ascontiguousarray(picture[..., ::-1])), (left, top))
        for line, text in enumerate(caption):
            at = left, top + side + line * _LINE
            draw.text(at, _cut(text, font, side), _FAINT if line else _INK, font)
    return np.ascontiguousarray(np.asarray(sheet)[..., ::-1])


def _cut(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int) -> str:
    """Return as much of a text as fits, with dots in its middle if something is missing."""
    if font.getlength(text) <= width:
        return text
    for kept in range(len(text) - 1, 0, -1):
        shorter = f"{text[: (kept + 1) // 2]}…{text[len(text) - kept // 2 :]}"
        if font.getlength(shorter) <= width:
            return shorter
    return ""
