"""Cells laid over a frame: where each lies and how it is shaped.

Boxes are in units, whole fractions of a tile's sides, so that the same layout serves pictures of
any size. A grid is the simplest layout: one box of one unit for each row and column.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt

from photomosaic.arrays import BgrImage, Ids, Ids32, Integers
from photomosaic.matching.grid import Grid, TileSize

CellShape = Literal["rectangle", "hexagon"]
Positions = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Layout:
    """The cells of a frame.

    Attributes
    ----------
    grid : Grid
        The area that the cells fill; its tile is that of `parts` units.
    boxes : ndarray of shape (cells, 4), int64
        Top, left, height and width of each cell in units from the area's corner. Cells may reach
        beyond the area, whose edges then cut them.
    addresses : ndarray of shape (cells, 2), int64
        Row and column that people call each cell by, all different.
    extent : (int, int)
        Numbers of rows and columns that addresses may have.
    parts : (int, int)
        Units down and across a tile.
    shape : {"rectangle", "hexagon"}
        What of its box each cell fills.
    """

    grid: Grid
    boxes: Ids
    addresses: Ids
    extent: tuple[int, int]
    parts: tuple[int, int] = (1, 1)
    shape: CellShape = "rectangle"

    def __post_init__(self) -> None:
        if self.boxes.ndim != 2 or self.boxes.shape[1] != 4 or not len(self.boxes):
            raise ValueError(f"boxes are {self.boxes.shape}, not (cells, 4) of at least one cell")
        if self.addresses.shape != (len(self.boxes), 2):
            raise ValueError(f"addresses {self.addresses.shape} for {len(self.boxes)} cells")

    @classmethod
    def of(cls, grid: Grid) -> Layout:
        """Return the layout that is a grid."""
        return cls(grid, *_one_by_one(grid.rows, grid.cols), (grid.rows, grid.cols))

    def __len__(self) -> int:
        """Return the number of cells."""
        return len(self.boxes)

    def on(self, grid: Grid) -> Layout:
        """Return the same cells on a grid of as many rows and columns, of another tile size."""
        if (grid.rows, grid.cols) != (self.grid.rows, self.grid.cols):
            raise ValueError(f"a layout of {self.grid} does not fit {grid}")
        return replace(self, grid=grid)

    def only(self, kept: Flags) -> Layout:
        """Return the layout of some of the cells."""
        return replace(self, boxes=self.boxes[kept], addresses=self.addresses[kept])

    @cached_property
    def is_grid(self) -> bool:
        """Whether the cells are all those of the grid, row by row."""
        if self.shape != "rectangle" or self.parts != (1, 1) or len(self) != self.grid.cells:
            return False
        return bool((self.boxes == _one_by_one(self.grid.rows, self.grid.cols)[0]).all())

    @property
    def array_shape(self) -> tuple[int, ...]:
        """Shape of arrays with a number for each cell: (rows, cols) of a grid, else (cells,)."""
        return (self.grid.rows, self.grid.cols) if self.is_grid else (len(self),)

    @cached_property
    def pixel_boxes(self) -> Ids:
        """Top, left, height and width of each cell in pixels of the area, (cells, 4), int64."""
        tile, parts = np.array([self.grid.tile.height, self.grid.tile.width]), self.parts
        corners, sides = self.boxes[:, :2] * tile // parts, self.boxes[:, 2:] * tile
        # Rounded up, so that nothing stays open between cells; they overlap there.
        return np.concatenate([corners, -(-sides // parts)], axis=1)

    @property
    def turned(self) -> Flags | None:
        """Which cells are tiles turned on their side, (cells,); None if the layout has no such."""
        if self.shape != "rectangle" or 1 in self.parts:
            return None
        return np.asarray(self.boxes[:, 2] == self.parts[1])

    @property
    def positions(self) -> Positions:
        """Row and column of each cell's centre, its height and width, in tiles; (cells, 4)."""
        boxes = self.boxes / np.array([*self.parts, *self.parts])
        return np.concatenate([boxes[:, :2] + boxes[:, 2:] / 2, boxes[:, 2:]], axis=1)

    @cached_property
    def sizes(self) -> dict[TileSize, Ids]:
        """Numbers of the cells of each size in pixels, smallest first."""
        sides, which = np.unique(self.pixel_boxes[:, 2:], axis=0, return_inverse=True)
        which = which.ravel()
        return {
            TileSize(height, width): np.flatnonzero(which == number)
            for number, (height, width) in enumerate(sides.tolist())
        }

    @cached_property
    def cell_sizes(self) -> tuple[TileSize, ...]:
        """Size of each cell in pixels."""
        return tuple(TileSize(height, width) for height, width in self.pixel_boxes[:, 2:].tolist())

    @cached_property
    def by_address(self) -> dict[tuple[int, int], int]:
        """Number of the cell at each address."""
        return {(row, col): cell for cell, (row, col) in enumerate(self.addresses.tolist())}


def to_map(layout: Layout, numbers: Integers) -> Ids32:
    """Return numbers of cells by row and column of their addresses, (rows, cols), -1 for none."""
    by_address = np.full(layout.extent, -1, np.int32)
    by_address[layout.addresses[:, 0], layout.addresses[:, 1]] = numbers.ravel()
    return by_address


def from_map(layout: Layout, by_address: Integers) -> Integers:
    """Return the numbers of cells, of `layout.array_shape`, out of what `to_map` returns."""
    flat = by_address[layout.addresses[:, 0], layout.addresses[:, 1]]
    return np.asarray(flat).reshape(layout.array_shape)


def patches_of(area: BgrImage, layout: Layout) -> Iterator[BgrImage]:
    """Yield the part of an area (H, W, 3) in each cell's box; beyond it, its border is repeated."""
    height, width = area.shape[:2]
    for top, left, tall, wide in layout.pixel_boxes.tolist():
        if top >= 0 and left >= 0 and top + tall <= height and left + wide <= width:
            yield area[top : top + tall, left : left + wide]
            continue
        rows = np.clip(np.arange(top, top + tall), 0, height - 1)
        cols = np.clip(np.arange(left, left + wide), 0, width - 1)
        yield area[rows[:, None], cols]


def apart(positions: Positions, one: npt.ArrayLike, other: npt.ArrayLike) -> Positions:
    """Return the distances of cells, in cells: the larger of vertical and horizontal distance.

    That of two centres, divided by the mean of the two cells' sides; in a grid, the larger
    difference of rows and columns.

    Parameters
    ----------
    positions : ndarray of shape (cells, 4)
        As `Layout.positions`.
    one, other : array of integers
        Numbers of cells, of shapes that fit together.
    """
    a, b = positions[np.asarray(one)], positions[np.asarray(other)]
    steps = 2 * np.abs(a[..., :2] - b[..., :2]) / (a[..., 2:] + b[..., 2:])
    return np.asarray(steps.max(axis=-1))


def brick(grid: Grid) -> Layout:
    """Return rows of cells of which every other is shifted by half a cell, and one cell longer."""
    rows = list(_shifted_rows(grid.rows, grid.cols))
    boxes = [(row, left, 1, 2) for row, lefts in rows for left in lefts]
    return _of_rows(grid, boxes, rows, (1, 2))


def hexagon(grid: Grid) -> Layout:
    """Return hexagons with a corner at the top, as high and wide as a tile, that fill the grid.

    Rows are three quarters of a tile apart, and every other is shifted by half a cell. The first
    begins a quarter of a tile above the area, so that nothing of it stays open.
    """
    rows = list(_shifted_rows(-(-(4 * grid.rows + 1) // 3), grid.cols))
    boxes = [(3 * row - 1, left, 4, 2) for row, lefts in rows for left in lefts]
    return replace(_of_rows(grid, boxes, rows, (4, 2)), shape="hexagon")


def _shifted_rows(rows: int, cols: int) -> Iterator[tuple[int, range]]:
    """Yield each row and the left edges of its cells, in halves of a cell."""
    for row in range(rows):
        shift = row % 2
        yield row, range(-shift, 2 * cols, 2)


def _of_rows(
    grid: Grid,
    boxes: list[tuple[int, int, int, int]],
    rows: list[tuple[int, range]],
    parts: tuple[int, int],
) -> Layout:
    addresses = [(row, col) for row, lefts in rows for col in range(len(lefts))]
    extent = len(rows), max(len(lefts) for _, lefts in rows)
    return Layout(grid, np.array(boxes), np.array(addresses), extent, parts)


def _one_by_one(rows: int, cols: int) -> tuple[Ids, Ids]:
    addresses = np.stack(np.divmod(np.arange(rows * cols), cols), axis=1)
    return np.concatenate([addresses, np.ones_like(addresses)], axis=1), addresses
