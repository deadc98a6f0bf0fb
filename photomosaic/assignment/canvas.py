"""Where the samples of all cells lie in one picture, and which cells are near one another.

A grid's cells lie side by side, so views of the picture serve; any other layout has an index.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from photomosaic.arrays import Floats, Ids

Places = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Kind:
    """Cells that are alike in size and shape.

    Attributes
    ----------
    tile : (int, int)
        Samples of a tile, h and w.
    box : (int, int)
        Samples down and across a cell in the picture, H and W.
    spread : ndarray of shape (H * W, h * w), or None
        What the samples of a tile contribute to those of a cell; None if they are the same.
    """

    tile: tuple[int, int]
    box: tuple[int, int]
    spread: Floats | None = None

    def shares(self) -> Floats | None:
        """Return how much each sample of a cell is seen, (H * W, 1), 1 in the mean."""
        if self.spread is None:
            return None
        seen = self.spread.sum(axis=1, keepdims=True)
        return np.asarray(seen / seen.mean(), np.float32)


class Canvas(Protocol):
    """The samples of all cells in one picture."""

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the picture."""

    @property
    def cell(self) -> tuple[int, int]:
        """Samples down and across a cell of mean size, by which blurs are measured."""

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of cells."""

    @property
    def areas(self) -> Floats | None:
        """Area of each cell as a share of the mean size's, (cells,); None if all are 1."""

    def kind_of(self, place: int) -> int:
        """Return the number of a cell's kind."""

    def joined(self, cells: Floats) -> Floats:
        """Turn the channels of all cells' tiles, (cells, 3, h * w), into one picture (H, W, 3).

        Where no cell is, it is 0.
        """

    def filled(self) -> Flags | None:
        """Tell where in the picture cells are, (H, W, 1); None if everywhere."""

    def of_cells(self, picture: Floats, places: Places) -> Floats:
        """Return the part of a picture (H, W, C) in some cells of one kind, (n, samples, C)."""

    def phases(self, open_cells: Flags, stride: int) -> Iterator[Places]:
        """Yield the open cells in sets of one kind, of which any two are a stride apart."""

    def nearby(self, values: Ids, places: Places, reach: int) -> tuple[Ids, Floats]:
        """Return the values (cells,), at least 0, of cells no further away than `reach` cells.

        Returns
        -------
        near : ndarray of shape (n, m)
            -1 for none; a cell itself is left out.
        weights : ndarray of shape (n, m) or (1, m), float32
            One divided by the squared distance.
        """


@dataclass(frozen=True)
class GridCanvas:
    """The samples of a grid's cells.

    Attributes
    ----------
    shape : (int, int)
        Rows and columns of cells.
    cell : (int, int)
        Samples down and across a cell, h and w.
    """

    shape: tuple[int, int]
    cell: tuple[int, int]

    areas = None

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the picture."""
        return self.shape[0] * self.cell[0], self.shape[1] * self.cell[1]

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The only kind of cells."""
        return (Kind(self.cell, self.cell),)

    def kind_of(self, place: int) -> int:
        """Return 0."""
        del place
        return 0

    def joined(self, cells: Floats) -> Floats:
        """Turn the channels of all cells into one picture, as `Canvas`."""
        rows, cols = self.shape
        by_cell = cells.reshape(rows, cols, 3, *self.cell).transpose(0, 3, 1, 4, 2)
        return np.ascontiguousarray(by_cell.reshape(*self.size, 3))

    def filled(self) -> None:
        """Return None, since cells are everywhere."""

    def of_cells(self, picture: Floats, places: Places) -> Floats:
        """Return the part of a picture in some cells, as `Canvas`."""
        (rows, cols), (height, width) = self.shape, self.cell
        split = picture.reshape(rows, height, cols, width, -1)
        part = split[places // cols, :, places % cols]
        return part.reshape(len(places), height * width, -1)

    def phases(self, open_cells: Flags, stride: int) -> Iterator[Places]:
        """Yield the open cells in sets of every `stride`-th row and column."""
        numbers = np.arange(len(open_cells)).reshape(self.shape)
        is_open = open_cells.reshape(self.shape)
        for down in range(stride):
            for right in range(stride):
                part = np.s_[down::stride, right::stride]
                places = numbers[part][is_open[part]]
                if len(places):
                    yield places

    def nearby(self, values: Ids, places: Places, reach: int) -> tuple[Ids, Floats]:
        """Return the values in the square of cells around some, as `Canvas`."""
        rows, cols = self.shape
        padded = np.full((rows + 2 * reach, cols + 2 * reach), -1, values.dtype)
        padded[reach : reach + rows, reach : reach + cols] = values.reshape(rows, cols)
        down, right = (steps.ravel() for steps in np.mgrid[: 2 * reach + 1, : 2 * reach + 1])
        apart = (down - reach) ** 2 + (right - reach) ** 2
        down, right, apart = down[apart > 0], right[apart > 0], apart[apart > 0]
        near = padded[places[:, None] // cols + down, places[:, None] % cols + right]
        return near, (1 / apart).astype(np.float32)[None]
