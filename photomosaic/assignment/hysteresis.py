"""Hysteresis for videos: a cell keeps its tile unless another is clearly closer."""

from __future__ import annotations

import numpy as np

from photomosaic.arrays import Floats
from photomosaic.assignment.assignment import Assignment
from photomosaic.matching.search import Matches, exact_distances


def apply_hysteresis(
    previous: Assignment,
    fresh: Assignment,
    matches: Matches,
    tiles: Floats,
    threshold: float,
) -> Assignment:
    """Keep the tile of each cell unless another is closer by a clear margin.

    A cell takes its fresh tile only if ratio * closest < threshold * held, where `closest` is the
    distance of the closest tile and `held` that of the tile in the cell, both to the current patch;
    `ratio` is the distance of the held tile relative to the closest when it was placed. So a cut to
    another scene replaces at once the tiles that no longer fit, and noise replaces none. Tiles
    drawn from the k closest are not replaced only because they are not the closest.

    Parameters
    ----------
    previous, fresh : Assignment
        That of the last frame, and one chosen for this frame alone.
    matches : Matches
        Of this frame.
    tiles : ndarray of shape (N, D), float32
    threshold : float
        Above 0 to 1; smaller holds longer.
    """
    closest = matches.candidates.distances[:, 0].reshape(matches.shape)
    held = exact_distances(matches.patches, tiles, previous.ids.reshape(-1, 1).astype(np.int64))
    held = held.reshape(matches.shape)
    with np.errstate(invalid="ignore"):  # a random tile (infinity) on a perfect match (0) stays
        replaced = previous.ratios * closest < threshold * held
    return Assignment(
        np.where(replaced, fresh.ids, previous.ids),
        np.where(replaced, fresh.distances, held),
        np.where(replaced, fresh.ratios, previous.ratios),
    )
