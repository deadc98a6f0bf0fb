"""Estimates of the time and space that a print or page takes, and of its sharpness."""

from __future__ import annotations

import math
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from photomosaic.errors import InputError
from photomosaic.files.names import printable
from photomosaic.matching.grid import TileSize
from photomosaic.options.photos import Crop

# Of two cores of a server of 2024, with tint and opacity.
SECONDS_PER_PHOTO = 0.003
SECONDS_PER_MEGAPIXEL_READ = 0.005
SECONDS_PER_MEGAPIXEL_WRITTEN = 0.05
SHARP_SHARE = 0.9
ROUGHLY = 3


@dataclass(frozen=True)
class Sharpness:
    """The size of tiles for which photos have enough pixels.

    Attributes
    ----------
    factor : float
        Nine of ten photos have pixels for tiles this many times as large as the cells.
    enlarged : int
        Photos that have fewer pixels than the tiles.
    """

    factor: float
    enlarged: int

    @classmethod
    def of(
        cls, photos: Sequence[tuple[float, float]], cell: TileSize, tile: TileSize, crop: Crop
    ) -> Sharpness:
        """Compare photos, each (height, width), with tiles that were matched to cells."""
        sizes = np.asarray(photos, np.float64)
        ratios = sizes / (cell.height, cell.width)
        # A padded photo is shown whole, and fills its tile one way only.
        factors = ratios.max(axis=1) if crop == "pad" else ratios.min(axis=1)
        factor = min(tile.height / cell.height, tile.width / cell.width)
        ninth = float(np.quantile(factors, 1 - SHARP_SHARE, method="lower"))
        return cls(ninth, int((factors < factor * 0.99).sum()))

    def largest_tile(self, cell: TileSize) -> TileSize:
        """Return the largest tile that nine of ten photos can fill."""
        height, width = math.floor(cell.height * self.factor), math.floor(cell.width * self.factor)
        return TileSize(max(1, height), max(1, width))


def seconds_to_make(photos: Sequence[tuple[float, float]], pixels: int) -> float:
    """Estimate the time of reading photos, each (height, width), and of writing pixels."""
    read = float(np.prod(np.asarray(photos, np.float64), axis=1).sum()) / 1e6
    written = pixels / 1e6 * SECONDS_PER_MEGAPIXEL_WRITTEN
    return len(photos) * SECONDS_PER_PHOTO + read * SECONDS_PER_MEGAPIXEL_READ + written


def pixels_of_copies(photos: Sequence[tuple[float, float]], longest: int) -> float:
    """Return how many pixels copies of photos, each (height, width), have together."""
    sizes = np.asarray(photos, np.float64)
    factors = np.minimum(1, longest / sizes.max(axis=1))
    return float((sizes.prod(axis=1) * factors**2).sum())


@dataclass(frozen=True)
class Room:
    """Bytes that an output takes, estimated, and bytes that are free where it goes."""

    path: Path
    needed: float
    free: int


def check_room(path: Path, needed: float) -> Room:
    """Return the room for an output.

    Raises
    ------
    InputError
        If it is too little even for a third of the estimate.
    """
    free = shutil.disk_usage(path.resolve().parent).free
    if free < needed / ROUGHLY:
        raise InputError(
            f"{printable(path)}: takes about {in_bytes(needed)}, and only {in_bytes(free)} are free"
            " there; make room, name another place, or take a smaller size"
        )
    return Room(path, needed, free)


def in_bytes(number: float) -> str:
    """Return a number of bytes in words."""
    return f"{number / 1e9:.1f} GB" if number >= 1e9 else f"{max(1, round(number / 1e6)):,} MB"
