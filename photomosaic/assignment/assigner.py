"""The interface of all ways to assign tiles to cells.

An assigner receives the patches of all cells at once, so it can choose each tile for itself or all
of them jointly. Only `placement`, `draws`, `repeats`, `error_diffusion` and `canvas` use the fact
that cells form a grid; everything else knows cells by number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from photomosaic.arrays import Floats, Ids
from photomosaic.assignment.assignment import Assignment
from photomosaic.assignment.edits import Edits
from photomosaic.matching.features import FeatureSpec
from photomosaic.matching.search import Matches
from photomosaic.options.look import RenderOptions
from photomosaic.progress import Work


class Assigner(Protocol):
    """Chooses a tile for each cell."""

    def assign(self, matches: Matches) -> Assignment:
        """Choose a tile for each cell of matched patches."""


@dataclass(frozen=True)
class Setup:
    """What every assigner is made from.

    Attributes
    ----------
    tiles : ndarray of shape (N, D), float32
        Features of the tiles.
    spec : FeatureSpec
        What the features are.
    groups : ndarray of shape (N,), int64, or None
        Tiles with the same number count as one photo; None if each is its own.
    options : RenderOptions
    edits : Edits
    rng : Generator
        Shared by the assigners of one mosaic or video.
    work : Work
    samples : ndarray of shape (N, h, w, 3), float32, BGR, or None
        Colours of the tiles, for the joint choice.
    photos : ndarray of shape (N,), int64, or None
        Tiles with the same number show the same photo, whatever else counts as one; None if each
        is its own.
    """

    tiles: Floats
    spec: FeatureSpec
    groups: Ids | None
    options: RenderOptions
    edits: Edits
    rng: np.random.Generator
    work: Work
    samples: Floats | None = None
    photos: Ids | None = None
