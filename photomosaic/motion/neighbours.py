"""Clips kept apart: a cell had better not play what its neighbours play."""

from __future__ import annotations

import numpy as np

from photomosaic.arrays import Floats, Ids

# Shares by which a clip counts as further off, if it plays one or two cells away.
NEAR = {1: 0.12, 2: 0.04}

# Above all distances, but of no harm in sums.
_LIMIT = 1e6


class Neighbours:
    """The clip that each cell of a grid plays, and what that costs its neighbours.

    Parameters
    ----------
    cells : (int, int)
        Rows and columns.
    clips : int
        Number of clips.
    spacing : int
        Cells between two places of a clip, as far as there are clips enough; 1 for no limit.
    """

    def __init__(self, cells: tuple[int, int], clips: int, spacing: int) -> None:
        reach = max(*NEAR, spacing - 1)
        rows, self._cols = cells
        self._reach = reach
        # Beyond the border there is a clip that does not exist, the last.
        self._playing = np.full((rows + 2 * reach, self._cols + 2 * reach), clips, np.int64)
        steps = np.abs(np.arange(-reach, reach + 1))
        steps = np.maximum(steps[:, None], steps).ravel()
        prices = np.array([NEAR.get(step, 0.0) for step in steps.tolist()], np.float32)
        prices[(steps > 0) & (steps < spacing)] = _LIMIT
        # The highest come last, so that they are what is kept of a clip.
        self._order = np.argsort(prices, kind="stable")
        self._order = self._order[prices[self._order] > 0]
        self._prices = prices[self._order]
        self._factors = np.ones(clips + 1, np.float32)

    def play(self, cell: int, clip: int) -> None:
        """Note the clip that a cell plays."""
        row, col = divmod(cell, self._cols)
        self._playing[row + self._reach, col + self._reach] = clip

    def playing(self, cells: Ids) -> Ids:
        """Return the clips that cells play."""
        rows, cols = np.divmod(cells, self._cols)
        return np.asarray(self._playing[rows + self._reach, cols + self._reach], np.int64)

    def factors(self, cell: int) -> Floats:
        """Return for each clip by how much further off it counts in a cell: 1 up, (clips,)."""
        row, col = divmod(cell, self._cols)
        side = 2 * self._reach + 1
        around = self._playing[row : row + side, col : col + side].ravel()[self._order]
        factors = self._factors.copy()
        factors[around] = 1 + self._prices
        return factors[:-1]
