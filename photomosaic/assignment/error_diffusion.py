"""Colour errors carried to neighbouring cells, so that large areas keep their colour."""

from __future__ import annotations

import numpy as np

from photomosaic.arrays import Floats, Ids
from photomosaic.assignment.compiled import compiled
from photomosaic.assignment.costs import Costs, fill_row

# The longest error that is carried on, as a share of the standard deviation of the tiles' mean
# colours: what no tile could make up for would only pile up.
LONGEST_ERROR = 1.0


def dithered(
    patches: Floats,
    tiles: Floats,
    means: Floats,
    cols: int,
    strength: float,
    k: int,
    fixed: Ids,
    rng: np.random.Generator,
) -> Ids:
    """Choose a tile for each cell, row by row, carrying on the error of each mean colour.

    As Floyd and Steinberg (1976, Proceedings of the SID 17), every other row from right to left.

    Parameters
    ----------
    patches : ndarray of shape (cells, D), float32
    tiles : ndarray of shape (N, D), float32
    means : ndarray of shape (C, D), float32
        Directions of length 1 along which a feature's mean colour changes.
    cols : int
    strength : float
        0 to 1: share of an error that is carried on.
    k : int
        Each tile is drawn from the k closest, with weight 1 / distance.
    fixed : ndarray of shape (cells,), int64
        Tile that is laid anyway, -1 for none; its error is not carried on.
    rng : Generator
    """
    spread = float(np.sqrt((tiles @ means.T).var(axis=0).sum()))
    cells, photos = len(patches), len(tiles)
    costs = Costs(
        patches.copy(),
        np.ascontiguousarray(tiles.T),
        np.arange(photos),
        np.arange(photos + 1),
        np.zeros(photos, np.bool_),
        np.empty((cells, 0), np.int32),
        np.empty((cells, 0), np.float32),
    )
    draws = rng.random(cells)
    limit = LONGEST_ERROR * spread
    return _dithered(costs, tiles, means, cols, strength, limit, min(k, photos), fixed, draws)


@compiled
def _dithered(
    costs: Costs,
    tiles: Floats,
    means: Floats,
    cols: int,
    strength: float,
    limit: float,
    k: int,
    fixed: Ids,
    draws: np.ndarray,
) -> Ids:
    cells = len(costs.patches)
    chosen = np.empty(cells, np.int64)
    errors = np.zeros((cells + 2 * cols, len(means)), np.float32)
    row = np.empty(costs.tiles.shape[1], np.float32)
    shares = np.array([7, 3, 5, 1], np.float32) / np.float32(16)
    for start in range(0, cells, cols):
        forward = 1 if (start // cols) % 2 == 0 else -1
        for step in range(cols):
            col = step if forward == 1 else cols - 1 - step
            cell = start + col
            if fixed[cell] >= 0:
                chosen[cell] = fixed[cell]
                continue
            patch = costs.patches[cell]
            _add_error(patch, errors[cell], means, limit)
            fill_row(costs, cell, row)
            chosen[cell] = _draw(row, k, draws[cell])
            left = means @ (patch - tiles[chosen[cell]]) * np.float32(strength)
            for n, (down, right) in enumerate(((0, 1), (1, -1), (1, 0), (1, 1))):
                at = col + right * forward
                if 0 <= at < cols:
                    errors[start + down * cols + at] += left * shares[n]
    return chosen


@compiled
def _add_error(patch: Floats, error: Floats, means: Floats, limit: float) -> None:
    length = np.sqrt((error * error).sum())
    share = np.float32(1) if length <= limit else np.float32(limit / length)
    for c in range(len(means)):
        for d in range(len(patch)):
            patch[d] += share * error[c] * means[c, d]


@compiled
def _draw(row: Floats, k: int, draw: float) -> int:
    if k == 1:
        return int(np.argmin(row))
    nearest = np.argsort(row)[:k]
    if row[nearest[0]] == 0:
        return int(nearest[0])
    weights = np.cumsum(1 / row[nearest].astype(np.float64))
    for n in range(k):
        if weights[n] > draw * weights[-1]:
            return int(nearest[n])
    return int(nearest[-1])
