"""Boxes of faces, and the parts of photos that are searched for them."""

from __future__ import annotations

import math
from collections.abc import Sequence

# Boxes of one face at several sizes have more of their areas in common, those of two faces less.
SAME_FACE = 0.3
Box = tuple[float, float, float, float]
"""Top, left, height and width, in pixels."""


Scored = tuple[Box, float]
"""A box, and how sure the detector was of it."""


def starts(length: int, side: float, step: float) -> list[int]:
    """Return where parts of a side start that cover a length, each a step after the last."""
    count = max(1, math.ceil((length - side) / step) + 1)
    return [int(number * step) for number in range(count)]


def merged(found: Sequence[Scored]) -> list[Scored]:
    """Return the surest box of each face."""
    kept: list[Scored] = []
    for box, score in sorted(found, key=lambda one: (-one[1], one[0])):
        if all(_common(box, other) <= SAME_FACE for other, _ in kept):
            kept.append((box, score))
    return kept


def _common(one: Box, other: Box) -> float:
    """Return what two boxes have in common, as a share of what both cover."""
    down = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    across = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    common = max(0.0, down) * max(0.0, across)
    return common / (one[2] * one[3] + other[2] * other[3] - common)


def centre_is_inside(box: Box, height: int, width: int) -> bool:
    """Tell whether the middle of a box lies in a photo."""
    top, left, box_height, box_width = box
    return 0 <= top + box_height / 2 < height and 0 <= left + box_width / 2 < width
