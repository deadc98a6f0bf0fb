"""The result of an assignment: which tile is in which cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from photomosaic.arrays import Floats, Ids, Ids32
from photomosaic.matching.search import Matches, exact_distances


class Energy(NamedTuple):
    """Difference of a mosaic and its target from a distance, per cell; see `energy.Viewing`.

    Attributes
    ----------
    before : float
        With each cell's own best tile.
    after : float
        With tiles chosen together.
    """

    before: float
    after: float


@dataclass(frozen=True)
class Assignment:
    """The tile map: which tile is in which cell.

    Its arrays have the shape (rows, cols) for a grid, else (cells,), as `Layout.array_shape`.

    Attributes
    ----------
    ids : ndarray, int32
        Rows of the codebook.
    distances : ndarray, float32
        L2 distance of each placed tile to its patch.
    ratios : ndarray, float32
        Distance of each tile when it was placed, relative to that of the closest tile then: 1 for
        the closest itself, infinity for a random one.
    bound : float or None
        Where the repeats of photos are limited, a total distance that no assignment can beat.
    energy : Energy or None
        If tiles were chosen together.
    """

    ids: Ids32
    distances: Floats
    ratios: Floats
    bound: float | None = None
    energy: Energy | None = None

    def __post_init__(self) -> None:
        shapes = [self.ids.shape, self.distances.shape, self.ratios.shape]
        if self.ids.ndim not in (1, 2) or len(set(shapes)) > 1:
            raise ValueError(
                f"ids, distances and ratios {shapes} must be (rows, cols) or (cells,) alike"
            )

    @classmethod
    def of(
        cls,
        ids: Ids,
        matches: Matches,
        tiles: Floats,
        *,
        random: npt.NDArray[np.bool_] | None = None,
        bound: float | None = None,
        energy: Energy | None = None,
    ) -> Assignment:
        """Return tiles chosen for matched patches as an assignment.

        Parameters
        ----------
        ids : ndarray of shape (cells,), int64
        matches : Matches
        tiles : ndarray of shape (N, D), float32
        random : ndarray of shape (cells,), bool, optional
            Cells whose tile was drawn from all tiles.
        bound : float, optional
        energy : Energy, optional
        """
        distances = exact_distances(matches.patches, tiles, ids[:, None])[:, 0]
        closest = matches.candidates.distances[:, 0]
        ratios = np.divide(distances, closest, out=np.ones_like(closest), where=closest > 0)
        if random is not None:
            ratios[random] = np.inf
        return cls(
            ids.astype(np.int32).reshape(matches.shape),
            distances.reshape(matches.shape),
            np.maximum(ratios, 1).reshape(matches.shape),
            bound,
            energy,
        )
