"""Boxes of faces, and the parts of photos that are searched for them."""

from __future__ import annotations

import math

# Boxes of one face at several sizes have more of their areas in common, those of two faces less.
SAME_FACE = 0.3
Box = tuple[float, float, float, float]
"""Top, left, height and width, in pixels."""


def parts(length: int, side: float, overlap: float) -> list[tuple[int, int]]:
    """Return starts and ends of equal parts, at most a side long, that cover a length.

    Each shares `overlap` with the next.
    """
    count = max(1, math.ceil((length - overlap) / (side - overlap)))
    step = (length - overlap) / count
    return [
        (math.floor(number * step), min(length, math.ceil((number + 1) * step + overlap)))
        for number in range(count)
    ]


def is_same_face(one: Box, other: Box) -> bool:
    """Tell whether two boxes have so much in common that they are of one face."""
    down = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    across = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    common = max(0.0, down) * max(0.0, across)
    return common > SAME_FACE * (one[2] * one[3] + other[2] * other[3] - common)


def centre_is_inside(box: Box, height: int, width: int) -> bool:
    """Tell whether the middle of a box lies in a photo."""
    top, left, box_height, box_width = box
    return 0 <= top + box_height / 2 < height and 0 <= left + box_width / 2 < width
