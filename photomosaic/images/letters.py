"""Words as a mask: the largest letters that fit into a frame."""

from __future__ import annotations

from importlib.util import find_spec
from itertools import combinations
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from photomosaic.errors import InputError
from photomosaic.files.names import printable

PACKAGED = "OpenSans-ExtraBold.ttf"
# Of the frame's sides, left free around the words together.
MARGIN = 0.04
# Of the height of capitals.
LINE_SPACING = 1.485
MOST_LETTERS = 200
MOST_BREAKS = 6
_PROBE = 200


def letters_mask(
    text: str, size: tuple[int, int], font: Path | None
) -> tuple[npt.NDArray[np.uint8], float]:
    """Return words as a mask, and the height of their capitals in pixels.

    They are broken into lines at line breaks and at spaces so that they become largest.

    Parameters
    ----------
    text : str
    size : (int, int)
        Height and width.
    font : Path or None
        A TrueType or OpenType font; None for the packaged one.

    Returns
    -------
    mask : ndarray of shape (height, width), uint8
    capitals : float

    Raises
    ------
    InputError
        If there are no letters, too many, or some that the font does not have; or the font cannot
        be read.
    """
    words = [
        line.split() for line in text.replace("\\n", "\n").strip().splitlines() if line.strip()
    ]
    letters = sum(len(word) for line in words for word in line)
    if not letters:
        raise InputError("the text is empty")
    if letters > MOST_LETTERS:
        raise InputError(f"the text has {letters} letters, and at most {MOST_LETTERS} fit")
    probe = _font(font, _PROBE)
    _check_letters("".join(word for line in words for word in line), probe)
    room = size[0] * (1 - MARGIN), size[1] * (1 - MARGIN)
    lines, factor = max(
        ((lines, _factor(lines, probe, room)) for lines in _broken(words)), key=lambda way: way[1]
    )
    letter_size = max(1.0, _PROBE * factor)
    chosen = _font(font, letter_size)
    image = Image.new("L", (size[1], size[0]), 0)
    draw = ImageDraw.Draw(image)
    spacing = LINE_SPACING * _capitals(chosen)
    box = _box(lines, chosen)
    y = (size[0] - (box[3] - box[1])) / 2 - box[1]
    for number, line in enumerate(lines):
        left, _, right, _ = chosen.getbbox(line, anchor="ls")
        x = (size[1] - (right - left)) / 2 - left
        draw.text((x, y + number * spacing), line, fill=255, font=chosen, anchor="ls")
    return np.asarray(image), _capitals(chosen)


def _capitals(font: ImageFont.FreeTypeFont) -> float:
    _, top, _, _ = font.getbbox("H", anchor="ls")
    return float(-top)


def _box(lines: list[str], font: ImageFont.FreeTypeFont) -> tuple[float, float, float, float]:
    """Return the box around lines, the first of which stands on 0."""
    spacing = LINE_SPACING * _capitals(font)
    boxes = [font.getbbox(line, anchor="ls") for line in lines]
    top = min(box[1] + n * spacing for n, box in enumerate(boxes))
    bottom = max(box[3] + n * spacing for n, box in enumerate(boxes))
    return 0, top, max(box[2] - box[0] for box in boxes), bottom


def _factor(lines: list[str], font: ImageFont.FreeTypeFont, room: tuple[float, float]) -> float:
    box = _box(lines, font)
    return min(room[0] / (box[3] - box[1]), room[1] / (box[2] - box[0]))


def _broken(words: list[list[str]]) -> list[list[str]]:
    """Return the ways to break lines of words at a few spaces more."""
    flat = [word for line in words for word in line]
    fixed = set(np.cumsum([len(line) for line in words])[:-1].tolist())
    spaces = [n for n in range(1, len(flat)) if n not in fixed]
    ways = []
    for count in range(min(MOST_BREAKS, len(spaces)) + 1):
        for chosen in combinations(spaces[:12], count):
            ends = [*sorted(fixed | set(chosen)), len(flat)]
            starts = [0, *ends[:-1]]
            ways.append([" ".join(flat[a:b]) for a, b in zip(starts, ends, strict=True)])
    return ways


def _font(path: Path | None, size: float) -> ImageFont.FreeTypeFont:
    if path is None:
        spec = find_spec("ttf_opensans")
        places = (spec and spec.submodule_search_locations) or []
        found = [Path(place, "ttf", PACKAGED) for place in places]
        if not found or not found[0].is_file():
            raise InputError("the packaged font is not installed: pip install ttf-opensans")
        path = found[0]
    try:
        return ImageFont.truetype(str(path), size, layout_engine=ImageFont.Layout.BASIC)
    except OSError as error:
        raise InputError(f"{printable(path)}: is not a TrueType or OpenType font") from error


def _check_letters(letters: str, font: ImageFont.FreeTypeFont) -> None:
    missing = bytes(font.getmask("\uffff"))
    for letter in dict.fromkeys(letters):
        if bytes(font.getmask(letter)) == missing:
            raise InputError(f"the font has no {letter!r}")
