"""The frames of clips as tiles."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from photomosaic.arrays import AnyImage, Floats, Ids
from photomosaic.matching.features import FeatureSpec


@dataclass(frozen=True)
class ClipTiles:
    """The frames of clips as tiles, in runs that have no cut in them.

    Attributes
    ----------
    tiles : ndarray of shape (N, h, w, 3), uint8, BGR
    features : ndarray of shape (N, D), float32
    starts, lengths : ndarray of shape (runs,), int64
        Where each run begins, and its number of frames.
    clips : ndarray of shape (runs,), int64
        The clip that each run is of.
    fps : Fraction
        Frames per second.
    spec : FeatureSpec
        Of the features.
    unreadable : tuple of (str, str)
        Paths of clips that cannot be read, and why.
    """

    tiles: AnyImage
    features: Floats
    starts: Ids
    lengths: Ids
    clips: Ids
    fps: Fraction
    spec: FeatureSpec
    unreadable: tuple[tuple[str, str], ...] = ()

    @property
    def clip_count(self) -> int:
        """Number of clips that have tiles."""
        return len(np.unique(self.clips))
