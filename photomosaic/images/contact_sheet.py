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
# Of sheets of rows: the size of the title and of other text, the title's lines, the text's width.
_TITLE_SIZE, _SMALLER_TITLE, _TITLE_LINE, _LABEL = 15, 12, 20, 190
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
    draw.text((_GAP, _GAP), title, _INK, ImageFont.load_default(_TITLE_SIZE))
    font = ImageFont.load_default(_TEXT_SIZE)
    for i, (picture, caption) in enumerate(zip(pictures, captions, strict=True)):
        left, top = _GAP + i % cols * width, _TITLE + i // cols * height
        _paste(sheet, picture, (left, top))
        for line, text in enumerate(caption):
            at = left, top + side + line * _LINE
            draw.text(at, _cut(text, font, side), _FAINT if line else _INK, font)
    return _as_bgr(sheet)


def row_sheet(
    title: Sequence[str], rows: Sequence[tuple[Sequence[str], Sequence[BgrImage]]], side: int
) -> BgrImage:
    """Return a sheet of rows, each with lines of text at its left and pictures beside them.

    Parameters
    ----------
    title : sequence of str
        Lines above all rows; the first stands out.
    rows : sequence of (sequence of str, sequence of ndarray)
        Lines, of which the first stands out and what is too long is cut; and pictures of shape
        (side, side, 3), uint8, BGR.
    side : int
        Of each picture, in pixels.
    """
    most, step = max((len(pictures) for _, pictures in rows), default=0), side + _GAP
    top = _GAP + _TITLE_LINE * len(title)
    size = _LABEL + max(most, 3) * step + _GAP, top + len(rows) * step + _GAP
    sheet = Image.new("RGB", size, _PAPER)
    draw = ImageDraw.Draw(sheet)
    for line, text in enumerate(title):
        font = ImageFont.load_default(_SMALLER_TITLE if line else _TITLE_SIZE)
        draw.text((_GAP, _GAP + line * _TITLE_LINE), text, _FAINT if line else _INK, font)
    font = ImageFont.load_default(_SMALLER_TITLE)
    for row, (lines, pictures) in enumerate(rows):
        for line, text in enumerate(lines):
            shown = _cut(text, font, _LABEL - 2 * _GAP)
            place = _GAP, top + row * step + line * _LINE
            draw.text(place, shown, _FAINT if line else _INK, font)
        for col, picture in enumerate(pictures):
            _paste(sheet, picture, (_LABEL + col * step, top + row * step))
    return _as_bgr(sheet)


def _paste(sheet: Image.Image, picture: BgrImage, place: tuple[int, int]) -> None:
    sheet.paste(Image.fromarray(np.ascontiguousarray(picture[..., ::-1])), place)


def _as_bgr(sheet: Image.Image) -> BgrImage:
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
