"""Photos that look alike: bursts, copies in other sizes, slight edits."""

from __future__ import annotations

import numpy as np

from photomosaic.arrays import BgrImage, Floats, Ids
from photomosaic.matching.features import FeatureSpec, tile_features
from photomosaic.matching.grid import TileSize
from photomosaic.memory import check_room_to_load

# Whole photos, whatever their aspect, as squares of this size.
FINGERPRINT = TileSize(32, 32)
# In units of the features' distance, found by trial on 385 photos: nine in ten of their copies at
# half the size, or with a fiftieth cut off, lie below 12, and no two different photos below 28.
THRESHOLD = 16.0


def near_duplicates(pictures: BgrImage) -> Ids:
    """Return a number for each picture, 0 up, that near-duplicates have in common.

    Two pictures are near-duplicates if their features are closer than `THRESHOLD`, or if a row of
    such pictures leads from one to the other, as in a burst.

    Parameters
    ----------
    pictures : ndarray of shape (N, 32, 32, 3), uint8, BGR
    """
    features = tile_features(pictures, FeatureSpec.for_tile(FINGERPRINT, "perceptual", 1))
    return _linked(features, THRESHOLD)


def _linked(features: Floats, threshold: float) -> Ids:
    # Loaded here, since it is large, and only near-duplicates need it.
    check_room_to_load("faiss")
    import faiss

    index = faiss.IndexFlatL2(features.shape[1])
    index.add(features)
    starts, _, found = index.range_search(features, threshold**2)
    leaders = np.arange(len(features))

    def leader(i: int) -> int:
        while leaders[i] != i:
            leaders[i] = leaders[leaders[i]]
            i = leaders[i]
        return i

    rows = np.repeat(np.arange(len(features)), np.diff(starts).astype(np.int64))
    for i, j in zip(rows[found > rows], found[found > rows], strict=True):
        one, other = sorted((leader(int(i)), leader(int(j))))
        leaders[other] = one
    firsts = np.array([leader(i) for i in range(len(features))])
    return np.unique(firsts, return_inverse=True)[1].astype(np.int64)
