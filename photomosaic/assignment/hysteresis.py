"""Which tiles of the last frame stay where they are."""

from __future__ import annotations

import numpy as np

from photomosaic.arrays import Floats
from photomosaic.assignment.assignment import Assignment
from photomosaic.matching.search import Matches, exact_distances


def hold(
    previous: Assignment,
    fresh: Assignment,
    matches: Matches,
    tiles: Floats,
    threshold: float,
) -> Assignment:
    """Keep the tile of each cell unless another is closer by a clear margin.

    A cell takes its fresh tile only if ratio * closest < threshold * held, where `closest` is the
    distance of the closest tile, `held` that of the tile which lies there, both to the patch as it
    is now, and `ratio` how far the held tile was from the closest when it was placed. So a cut to
    another scene replaces at once what does not fit, noise does not, and tiles that were drawn
    from the k closest are not punished for not being the closest.

    Parameters
    ----------
    previous, fresh : Assignment
        The last frame's, and the one chosen for this frame by itself.
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
