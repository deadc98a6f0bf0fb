"""Which of the candidates is placed in each cell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from photomosaic.arrays import Floats
from photomosaic.matching.search import Candidates


@dataclass(frozen=True)
class Assignment:
    """The tile map: which tile lies in which cell.

    Attributes
    ----------
    ids : ndarray of shape (rows, cols), int32
        Rows of the codebook.
    distances : ndarray of shape (rows, cols), float32
        L2 distance of each placed tile to its patch.
    ratios : ndarray of shape (rows, cols), float32
        Distance of each tile when it was placed, relative to that of the closest tile then: 1 for
        the closest itself, infinity for a random one.
    bound : float or None
        Where the repeats of photos are limited, a total distance that no assignment can beat.
    """

    ids: npt.NDArray[np.int32]
    distances: Floats
    ratios: Floats
    bound: float | None = None

    def __post_init__(self) -> None:
        shapes = [self.ids.shape, self.distances.shape, self.ratios.shape]
        if self.ids.ndim != 2 or len(set(shapes)) > 1:
            raise ValueError(f"ids, distances and ratios {shapes} must be (rows, cols) alike")


def draw_best_k(candidates: Candidates, rng: np.random.Generator) -> npt.NDArray[np.intp]:
    """Draw one candidate per cell with a weight of 1 / distance.

    Where tiles match perfectly (distance 0), one of those is drawn.

    Returns
    -------
    ndarray of shape (cells,), intp
        Column of the drawn candidate.
    """
    distances = candidates.distances.astype(np.float64)
    perfect = distances == 0
    with np.errstate(divide="ignore"):
        weights = np.where(perfect.any(axis=1, keepdims=True), perfect, 1 / distances)
    steps = np.cumsum(weights, axis=1)
    marks = rng.random(len(steps))[:, None] * steps[:, -1:]
    return np.asarray(np.argmax(steps > marks, axis=1), np.intp)


def draw_random_cells(
    cells: int, tiles: int, randomness: float, rng: np.random.Generator
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.int64]]:
    """Draw the cells that take any tile, each with probability `randomness`, and their tiles.

    Returns
    -------
    cells, ids : ndarray of shape (drawn,)
    """
    drawn = np.flatnonzero(rng.random(cells) < randomness)
    return drawn, rng.integers(tiles, size=len(drawn))
