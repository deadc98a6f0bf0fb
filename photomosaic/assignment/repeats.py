"""How photos repeat in an assignment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from photomosaic.arrays import Ids
from photomosaic.assignment.assignment import Assignment
from photomosaic.assignment.places import Places
from photomosaic.matching.layout import Positions

ROUNDING = 1e-5


@dataclass(frozen=True)
class Repeats:
    """Figures of an assignment.

    Attributes
    ----------
    total_distance : float
    bound : float or None
        A total that no assignment within the limits can beat, with spacing left aside.
    photos_used : int
        Near-duplicates counted once.
    largest_use_count : int
    smallest_spacing : float or None
        Least distance of two places of a photo; None if no photo repeats.
    """

    total_distance: float
    bound: float | None
    photos_used: int
    largest_use_count: int
    smallest_spacing: float | None

    @classmethod
    def of(
        cls,
        assignment: Assignment,
        groups: Ids | None = None,
        positions: Positions | None = None,
    ) -> Repeats:
        """Work out the figures; photos of the same group (N,) count as one.

        `positions` are those of a layout that is no grid.
        """
        ids = assignment.ids if groups is None else groups[assignment.ids]
        counts = np.bincount(ids.ravel())
        total, bound = float(assignment.distances.sum(dtype=np.float64)), assignment.bound
        # That of a saved mosaic no longer holds once better photos came into the folder.
        broken = bound is not None and total < bound * (1 - ROUNDING)
        return cls(
            total,
            None if broken else bound,
            int(np.count_nonzero(counts)),
            int(counts.max()),
            smallest_spacing(ids)
            if positions is None
            else Places(ids.shape, positions).smallest_spacing(ids),
        )

    @property
    def gap_percent(self) -> float | None:
        """How much the total may be above the least possible, in percent."""
        if self.bound is None:
            return None
        if self.total_distance <= 0 or self.bound <= 0:
            return 0.0 if self.total_distance <= 1e-6 else None
        return max(0.0, 100 * (self.total_distance / self.bound - 1))


def smallest_spacing(ids: np.ndarray) -> int | None:
    """Return the least distance, larger of rows and columns, of two equal ids (rows, cols)."""
    rows, cols = ids.shape
    for spacing in range(1, max(rows, cols)):
        for down in range(min(spacing, rows - 1) + 1):
            for right in range(min(spacing, cols - 1) + 1):
                if max(down, right) == spacing and _meet(ids, down, right):
                    return spacing
    return None


def _meet(ids: np.ndarray, down: int, right: int) -> bool:
    rows, cols = ids.shape
    one, other = ids[: rows - down, : cols - right], ids[down:, right:]
    if (one == other).any():
        return True
    one, other = ids[: rows - down, right:], ids[down:, : cols - right]
    return bool((one == other).any())
