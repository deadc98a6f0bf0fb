"""How far apart cells are, in a grid or in any layout."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from photomosaic.arrays import Ids
from photomosaic.matching.layout import Positions, apart

Distances = npt.NDArray[np.float64] | Ids
# Of two distances that differ by rounding alone.
ROUNDING = 1e-9


def _nowhere() -> Positions:
    return np.empty((0, 4))


@dataclass(frozen=True)
class Places:
    """The places of cells.

    Attributes
    ----------
    shape : tuple of int
        Of arrays with a number for each cell: (rows, cols) of a grid, else (cells,).
    positions : ndarray of shape (cells, 4), float64
        As `Layout.positions`; empty for a grid.
    """

    shape: tuple[int, ...]
    positions: Positions = field(default_factory=_nowhere)

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns; one row if it is no grid."""
        return (1, self.shape[0]) if len(self.shape) == 1 else (self.shape[0], self.shape[1])

    @property
    def cells(self) -> int:
        """Number of cells."""
        rows, cols = self.grid
        return rows * cols

    def apart(self, one: npt.ArrayLike, other: npt.ArrayLike) -> Distances:
        """Return the distances of cells, in cells: the larger of vertical and horizontal one."""
        if len(self.positions):
            return apart(self.positions, one, other)
        (rows, cols), (more_rows, more_cols) = (
            np.divmod(np.asarray(cells), self.grid[1]) for cells in (one, other)
        )
        steps: Ids = np.maximum(np.abs(rows - more_rows), np.abs(cols - more_cols))
        return steps

    def most_within(self, spacing: int) -> int:
        """Return how many cells at most are all closer than a spacing to one another.

        In a layout that is no grid, those with their centres in a square of as many tiles.
        """
        if not len(self.positions):
            return min(spacing, self.grid[0]) * min(spacing, self.grid[1])
        (ys, rows), (xs, cols) = (
            np.unique(self.positions[:, side], return_inverse=True) for side in range(2)
        )
        sums = np.zeros((len(ys) + 1, len(xs) + 1), np.int64)
        np.add.at(sums, (rows.ravel() + 1, cols.ravel() + 1), 1)
        sums = sums.cumsum(axis=0).cumsum(axis=1)
        below, right = (np.searchsorted(at, at + spacing - ROUNDING) for at in (ys, xs))
        within = sums[below][:, right] - sums[below, :-1] - sums[:-1, right] + sums[:-1, :-1]
        return int(within.max())

    def smallest_spacing(self, ids: npt.NDArray[np.integer]) -> float | None:
        """Return the least distance of two cells with equal ids, (cells,); None if none are."""
        order = np.argsort(ids.ravel(), kind="stable")
        least = np.inf
        _, starts = np.unique(ids.ravel()[order], return_index=True)
        for cells in np.split(order, starts[1:]):
            for number, cell in enumerate(cells[:-1].tolist()):
                least = min(least, float(self.apart(cell, cells[number + 1 :]).min()))
        return None if np.isinf(least) else least


def places_of(shape: tuple[int, ...], positions: Positions | None) -> Places:
    """Return the places of cells in a grid of (rows, cols), or at positions if there are some."""
    return Places(shape) if positions is None else Places(shape, positions)
