"""Codebooks of drawn tiles, and of folders of photos."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from photomosaic.images.listing import list_photos
from photomosaic.library.codebook import Codebook
from photomosaic.library.photo_library import PhotoLibrary
from photomosaic.matching.features import FeatureSpec
from photomosaic.matching.grid import TileSize
from photomosaic.options.look import RenderOptions
from photomosaic.options.photos import Crop, TileOptions
from photomosaic.progress import Work

SMALL_TILE = TileSize(8, 6)


def codebook_of(tiles: np.ndarray, metric: str = "perceptual") -> Codebook:
    """Return a codebook of tiles (N, h, w, 3 or 4), uint8, BGR(A), from 0.png, 1.png and so on."""
    names = tuple(f"{number}.png" for number in range(len(tiles)))
    spec = FeatureSpec.for_tile(TileSize(*tiles.shape[1:3]), metric, 1)
    return Codebook.from_tiles(tiles, spec, names, tuple(name.encode() for name in names))


def plain_look(**options: Any) -> RenderOptions:
    """Return options with which each tile is chosen for its own cell, unless they say otherwise."""
    return RenderOptions(**{"refine": 0.0, "variety": 0.0, **options})


def tiles_of(codebook: Codebook) -> np.ndarray:
    """Return the colours of all tiles, (N, h, w, 3), uint8, BGR."""
    return codebook.take(np.arange(len(codebook)))[..., :3]


def alpha_of(codebook: Codebook) -> np.ndarray | None:
    """Return the opacity of all tiles, (N, h, w), uint8, or None if they have none."""
    pixels = codebook.take(np.arange(len(codebook)))
    return pixels[..., 3] if pixels.shape[3] == 4 else None


def read_codebook(
    folder: Path,
    cache: Path | None = None,
    tile: TileSize = SMALL_TILE,
    crop: Crop = "center",
    workers: int = 1,
    metric: str = "perceptual",
    cuts: int | None = 1,
) -> Codebook:
    """Return the codebook of a folder as a run of its own makes it."""
    how = TileOptions(crop=crop, metric=metric, cuts=cuts)
    with PhotoLibrary(cache, Work(workers)) as library:
        return library.codebook(library.index(list_photos(folder)), tile, how)
