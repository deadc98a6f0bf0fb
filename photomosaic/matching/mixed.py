"""Portrait and landscape cells in a pattern without gaps.

The picture is divided into bands, and a band into columns of cells of one shape. With a tile of
4 by 3 parts, a band is 12 parts high: three portrait cells or four landscape cells. Four columns of
portrait cells are as wide as three of landscape cells, so that many are exchanged at a time.
"""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from photomosaic.arrays import Ids, Ids32
from photomosaic.errors import InputError
from photomosaic.matching.grid import Grid, TileSize
from photomosaic.matching.layout import Layout

# A band is as high as their product.
MOST_PARTS = 9
# Moves the pattern from band to band so that no two of them are alike.
_GOLDEN = (5**0.5 - 1) / 2

Box = tuple[int, int, int, int]


def parts_of(tile: TileSize) -> tuple[int, int]:
    """Return a tile's aspect as two small numbers that share no factor.

    Raises
    ------
    InputError
        If it is square, or the numbers are above 9.
    """
    common = math.gcd(tile.height, tile.width)
    parts = tile.height // common, tile.width // common
    if parts == (1, 1):
        raise InputError("square tiles have no portrait and landscape shape; take other aspects")
    if max(parts) > MOST_PARTS:
        raise InputError(
            f"needs a simple aspect, such as 4:3 or 3:2, and tiles of {tile.width}x{tile.height}"
            " have none; take other sides"
        )
    return parts


def mixed(grid: Grid, share: float = 0.0) -> Layout:
    """Return a layout with a share of its cells turned on their side, as near as the pattern lets.

    It has as many cells as the grid. Rows of the grid that fill no band stay as they are.

    Parameters
    ----------
    grid : Grid
    share : float
        0 to 1, of turned cells.

    Raises
    ------
    InputError
        As `parts_of`.
    """
    height, width = parts_of(grid.tile)
    bands = grid.rows // width
    most = bands * (grid.cols // height)
    sets = min(most, round(share * grid.cells / (height * width)))
    boxes: list[Box] = []
    ends = [band * sets // max(1, bands) for band in range(bands + 1)]
    for band, (before, after) in enumerate(pairwise(ends)):
        turned = width * (after - before)
        columns = grid.cols - height * (after - before) + turned
        left = 0
        for is_turned in _evenly(columns, turned, band * _GOLDEN % 1):
            tall, wide = (width, height) if is_turned else (height, width)
            tops = range(band * height * width, (band + 1) * height * width, tall)
            boxes += [(top, left, tall, wide) for top in tops]
            left += wide
    for row in range(bands * width, grid.rows):
        boxes += [(row * height, col * width, height, width) for col in range(grid.cols)]
    return _of_boxes(grid, np.array(sorted(boxes)), (height, width))


def of_heights(grid: Grid, heights: Ids32) -> Layout:
    """Return the layout of cells whose corners are where numbers are positive: their heights.

    Raises
    ------
    InputError
        If they are no heights of these tiles, or cells overlap.
    """
    parts = parts_of(grid.tile)
    corners = np.argwhere(heights > 0)
    tall = heights[heights > 0].astype(np.int64)
    if not np.isin(tall, parts).all():
        raise InputError("sides: are not those of these tiles")
    taken = np.zeros((grid.rows * parts[0], grid.cols * parts[1]), np.int64)
    for (row, col), height in zip(corners.tolist(), tall.tolist(), strict=True):
        taken[row : row + height, col : col + sum(parts) - height] += 1
    if taken.max() > 1 or taken.sum() < len(tall) * parts[0] * parts[1]:
        raise InputError("sides: cells overlap, or reach beyond the grid")
    boxes = np.concatenate([corners, np.stack([tall, sum(parts) - tall], axis=1)], axis=1)
    return _of_boxes(grid, boxes, parts)


def _evenly(columns: int, turned: int, phase: float) -> list[bool]:
    """Tell which of some columns are turned, spread evenly."""
    counts = [math.floor(column * turned / columns + phase) for column in range(columns)]
    return [after > before for before, after in pairwise([*counts, turned])]


def _of_boxes(grid: Grid, boxes: Ids, parts: tuple[int, int]) -> Layout:
    extent = grid.rows * parts[0], grid.cols * parts[1]
    return Layout(grid, boxes, boxes[:, :2].copy(), extent, parts)
