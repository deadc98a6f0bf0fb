"""What of its box a cell fills, in parts of each pixel."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from photomosaic.arrays import Alpha
from photomosaic.matching.grid import TileSize
from photomosaic.matching.layout import CellShape, Layout

FULL = 16
"""A pixel that is filled; edges of shapes fill less, and neighbours the rest."""
_SIDE = 4
# All of it would leave outlines of no area.
MOST_ROUND = 0.999

Points = npt.NDArray[np.float64]


def coverage_of(layout: Layout, cell: int) -> Alpha | None:
    """Return how far a cell fills each pixel of its box, (h, w), uint8, 0 to FULL; None for all.

    The cells of a layout fill each pixel of its area once; where three hexagons of odd sizes meet,
    a little of a pixel may be missing.
    """
    if layout.shape == "rectangle":
        return None
    row, odd = int(layout.boxes[cell, 0]), bool(layout.boxes[cell, 1] % 2)
    tile = layout.grid.tile
    tops = tuple((row + step) * tile.height // 4 - row * tile.height // 4 for step in (-3, 3))
    half = -(-tile.width // 2) if odd else tile.width // 2
    return _hexagon(tile, tops, (half - tile.width, half))


@lru_cache(maxsize=32)
def _hexagon(tile: TileSize, tops: tuple[int, ...], lefts: tuple[int, int]) -> Alpha:
    """Return what of a box is nearer to its centre than to that of the six boxes around it.

    In coordinates in which the hexagon is regular. Boxes lie on whole pixels, above and below by
    `tops` and aside by `lefts`; places as near to two belong to the one further up or left.
    """
    height, width = tile.height, tile.width
    around = [(top, left) for top in tops for left in lefts] + [(0, -width), (0, width)]
    filled = np.zeros((height, width), np.uint8)
    # In eighths of a pixel, so that all numbers are whole.
    down = 8 * np.arange(height, dtype=np.int64)[:, None] - 4 * height
    right = 8 * np.arange(width, dtype=np.int64) - 4 * width
    for part in range(_SIDE**2):
        y, x = down + 2 * (part // _SIDE) + 1, right + 2 * (part % _SIDE) + 1
        own = 3 * (x * height) ** 2 + 4 * (y * width) ** 2
        inside = np.ones((height, width), np.bool_)
        for top, left in around:
            other = 3 * ((x - 8 * left) * height) ** 2 + 4 * ((y - 8 * top) * width) ** 2
            inside &= own < other if (top, left) < (0, 0) else own <= other
        filled += inside
    return filled


@lru_cache(maxsize=32)
def inset_coverage(tile: TileSize, shape: CellShape, gap: float, rounding: float) -> Alpha:
    """Return how far a cell with a gap around it fills each pixel of its box, as `coverage_of`.

    Parameters
    ----------
    tile : TileSize
    shape : CellShape
    gap : float
        Pixels between two cells, half of them of either; whole pixels where sides are upright.
    rounding : float
        0 to 1: radius of the corners, as a share of the largest that fits.
    """
    outline = _outline(tile, shape)
    insets = np.full(len(outline), gap / 2)
    if shape == "rectangle":
        upper, lower = gap // 2, np.ceil(gap) - gap // 2
        insets = np.array([upper, lower, lower, upper])
    moved = _inset(outline, insets)
    y, x = np.mgrid[0.5 : tile.height, 0.5 : tile.width]
    centre = moved.mean(axis=0)
    largest = -float(_distance(moved, centre[:1], centre[1:])[0])
    radius = MOST_ROUND * rounding * max(0.0, largest)
    distance = _distance(_inset(outline, insets + radius), y, x) - radius
    return np.rint(np.clip(0.5 - distance, 0, 1) * FULL).astype(np.uint8)


def _outline(tile: TileSize, shape: CellShape) -> Points:
    """Return the corners (y, x) of a cell, clockwise from the upper left or the top."""
    height, width = float(tile.height), float(tile.width)
    if shape == "rectangle":
        return np.array([(0, 0), (0, width), (height, width), (height, 0)])
    ys = np.array([0, 1, 3, 4, 3, 1]) * height / 4
    xs = np.array([1, 2, 2, 1, 0, 0]) * width / 2
    return np.stack([ys, xs], axis=1)


def _inset(corners: Points, insets: Points) -> Points:
    """Return a convex outline with each side, from its corner to the next, moved inwards."""
    along = np.roll(corners, -1, axis=0) - corners
    length = np.hypot(along[:, 0], along[:, 1])[:, None]
    inwards = np.stack([along[:, 1], -along[:, 0]], axis=1) / length
    offsets = (inwards * corners).sum(axis=1) + insets
    moved = [
        np.linalg.solve(np.stack([inwards[i - 1], inwards[i]]), [offsets[i - 1], offsets[i]])
        for i in range(len(corners))
    ]
    return np.array(moved)


def _distance(corners: Points, y: Points, x: Points) -> Points:
    """Return the distance of places to a convex outline, negative inside."""
    nearest, outside = np.full(y.shape, np.inf), np.full(y.shape, -np.inf)
    for one, other in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        along = other - one
        square = float(along @ along)
        if square == 0:
            along, square = np.zeros(2), 1.0
        share = np.clip(((y - one[0]) * along[0] + (x - one[1]) * along[1]) / square, 0, 1)
        gap = np.hypot(y - one[0] - share * along[0], x - one[1] - share * along[1])
        nearest = np.minimum(nearest, gap)
        cross = along[0] * (x - one[1]) - along[1] * (y - one[0])
        outside = np.maximum(outside, cross)
    return np.where(outside > 0, nearest, -nearest)
