"""Error diffusion (dithering): colour errors are passed to neighbouring cells."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from photomosaic.arrays import Floats, Ids
from photomosaic.assignment.compiled import compiled
from photomosaic.assignment.costs import Costs, fill_row

# The longest error that is passed on, as a share of the standard deviation of the tiles' mean
# colours: an error that no tile can correct would only accumulate.
LONGEST_ERROR = 1.0


class Diffusion(NamedTuple):
    """How errors are passed on.

    Attributes
    ----------
    means : ndarray of shape (C, D), float32
        Directions of length 1 along which a feature's mean colour changes.
    cols : int
        Columns of the grid.
    strength : float
        0 to 1: share of an error that is passed on.
    k : int
        Each tile is drawn from the k closest, with weight 1 / distance.
    """

    means: Floats
    cols: int
    strength: float
    k: int


def diffuse(
    patches: Floats, tiles: Floats, diffusion: Diffusion, fixed: Ids, rng: np.random.Generator
) -> Ids:
    """Choose a tile for each cell, row by row, passing on the error of each mean colour.

    As Floyd and Steinberg (1976, Proceedings of the SID 17), every other row from right to left.

    Parameters
    ----------
    patches : ndarray of shape (cells, D), float32
    tiles : ndarray of shape (N, D), float32
    diffusion : Diffusion
    fixed : ndarray of shape (cells,), int64
        Tile that a cell gets in any case, -1 for none; its error is not passed on.
    rng : Generator
    """
    spread = float(np.sqrt((tiles @ diffusion.means.T).var(axis=0).sum()))
    cells, photos = len(patches), len(tiles)
    costs = Costs(
        patches=patches.copy(),
        tiles=np.ascontiguousarray(tiles.T),
        order=np.arange(photos),
        starts=np.arange(photos + 1),
        banned=np.zeros(photos, np.bool_),
        override_ids=np.empty((cells, 0), np.int32),
        override_costs=np.empty((cells, 0), np.float32),
    )
    draws = rng.random(cells)
    diffusion = diffusion._replace(strength=float(diffusion.strength), k=min(diffusion.k, photos))
    return _diffuse(costs, tiles, diffusion, LONGEST_ERROR * spread, fixed=fixed, draws=draws)


@compiled
def _diffuse(
    costs: Costs,
    tiles: Floats,
    diffusion: Diffusion,
    limit: float,
    fixed: Ids,
    draws: np.ndarray,
) -> Ids:
    means, cols = diffusion.means, diffusion.cols
    strength = np.float32(diffusion.strength)
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
            chosen[cell] = _draw(row, diffusion.k, draws[cell])
            left = means @ (patch - tiles[chosen[cell]]) * strength
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
