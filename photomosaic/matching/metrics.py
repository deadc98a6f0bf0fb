"""Metrics: feature spaces in which the L2 distance approximates visual similarity."""

from __future__ import annotations

from functools import lru_cache
from typing import Protocol

import cv2
import numpy as np

from photomosaic.arrays import Floats
from photomosaic.matching.grid import TileSize

PERCEPTUAL_SAMPLES = 48
# OpenBLAS sums in an order that depends on the number of rows, and to divide so few among threads
# takes longer than to multiply them.
CELLS_AT_ONCE = 256

# The eye's sensitivity falls with spatial frequency, and for chroma earlier and steeper than for
# lightness (Mullen 1985, J. Physiol. 359). How far was found by trial on twelve targets and 385
# photos: of the weights that leave SSIM level with plain pixels, those of the lowest CIEDE2000 (see
# rendering/score.py). Frequencies are in half cycles per shorter side of the tile.
LIGHTNESS_DETAIL, LIGHTNESS_CUTOFF = 0.85, 2.5
CHROMA, CHROMA_DETAIL, CHROMA_CUTOFF = 0.55, 0.25, 2.0
# Coefficients of less weight change neither figure in the third place, and are left out.
SMALLEST_WEIGHT = 0.1


class Metric(Protocol):
    """A way to compare cells, each sampled as area means of `height` rows and `width` columns."""

    def samples(self, tile: TileSize) -> tuple[float, float]:
        """Return how many area means (height, width) a tile is sampled as, before rounding."""

    def dimension(self, height: int, width: int) -> int:
        """Return the length D of a feature vector."""

    def features(self, means: Floats) -> Floats:
        """Return the features (cells, D), float32, of area means.

        Parameters
        ----------
        means : ndarray of shape (cells, height, width, 3), float32, BGR, 0 to 255
        """

    def mean_directions(self, height: int, width: int) -> Floats:
        """Return the directions of length 1 along which a cell's mean colour changes, (C, D)."""


class Perceptual:
    """As the eye sees from a distance: CIELAB, as cosine coefficients weighted by frequency."""

    def samples(self, tile: TileSize) -> tuple[float, float]:
        """Return 48 samples in the tile's aspect."""
        height = (PERCEPTUAL_SAMPLES * tile.height / tile.width) ** 0.5
        return height, PERCEPTUAL_SAMPLES / height

    def dimension(self, height: int, width: int) -> int:
        """Return the number of coefficients of lightness and of both chroma channels."""
        lightness, chroma = _weighted_cosines(height, width)
        return len(lightness) + 2 * len(chroma)

    def features(self, means: Floats) -> Floats:
        """Return the coefficients of lightness, then of a, then of b.

        Those of a cell are the same to the bit whatever other cells there are.
        """
        cells, height, width, _ = means.shape
        row_by_cell = means.reshape(cells, height * width, 3) / np.float32(255)
        lab = cv2.cvtColor(row_by_cell, cv2.COLOR_BGR2LAB)
        features = np.empty((cells, self.dimension(height, width)), np.float32)
        block = np.zeros((CELLS_AT_ONCE, height * width, 3), np.float32)
        for start in range(0, cells, CELLS_AT_ONCE):
            part = lab[start : start + CELLS_AT_ONCE]
            block[: len(part)] = part
            features[start : start + len(part)] = _coefficients(block, height, width)[: len(part)]
        return features

    def mean_directions(self, height: int, width: int) -> Floats:
        """Return the directions of mean lightness, a and b."""
        lightness, chroma = _weighted_cosines(height, width)
        first = (0, len(lightness), len(lightness) + len(chroma))
        directions = np.zeros((3, self.dimension(height, width)), np.float32)
        directions[range(3), first] = 1
        return directions


class Rgb:
    """Plainly, pixel by pixel."""

    def samples(self, tile: TileSize) -> tuple[float, float]:
        """Return the tile's pixels."""
        return tile.height, tile.width

    def dimension(self, height: int, width: int) -> int:
        """Return the number of samples of all channels."""
        return height * width * 3

    def features(self, means: Floats) -> Floats:
        """Return the samples as they are."""
        return means.reshape(len(means), -1)

    def mean_directions(self, height: int, width: int) -> Floats:
        """Return the directions of mean blue, green and red."""
        directions = np.zeros((3, self.dimension(height, width)), np.float32)
        for channel in range(3):
            directions[channel, channel::3] = (height * width) ** -0.5
        return directions


BY_NAME: dict[str, Metric] = {"perceptual": Perceptual(), "rgb": Rgb()}
"""The first is the default."""
METRICS = tuple(BY_NAME)


def _coefficients(lab: Floats, height: int, width: int) -> Floats:
    lightness, chroma = _weighted_cosines(height, width)
    weighted = (lightness, chroma, chroma)
    return np.concatenate([lab[..., i] @ weighted[i].T for i in range(3)], axis=1)


@lru_cache(maxsize=64)
def _weighted_cosines(height: int, width: int) -> tuple[Floats, Floats]:
    """Return the weighted 2-D DCT-II matrices of lightness and of chroma, (coefficients, P)."""
    basis = np.kron(_cosines(height), _cosines(width))
    rows, cols = np.arange(height)[:, None] / height, np.arange(width)[None, :] / width
    frequency = np.hypot(rows, cols).ravel() * min(height, width)
    lightness = LIGHTNESS_DETAIL * np.exp(-((frequency / LIGHTNESS_CUTOFF) ** 2) / 2)
    chroma = CHROMA * CHROMA_DETAIL * np.exp(-((frequency / CHROMA_CUTOFF) ** 2) / 2)
    lightness[0], chroma[0] = 1, CHROMA
    kept = [weights >= SMALLEST_WEIGHT for weights in (lightness, chroma)]
    return (
        (basis * lightness[:, None])[kept[0]].astype(np.float32),
        (basis * chroma[:, None])[kept[1]].astype(np.float32),
    )


@lru_cache(maxsize=64)
def lowest_cosines(height: int, width: int, count: int) -> Floats:
    """Return the cosines of the lowest frequencies over a cell, orthonormal, (count, P)."""
    basis = np.kron(_cosines(height), _cosines(width))
    rows, cols = np.arange(height)[:, None] / height, np.arange(width)[None, :] / width
    order = np.argsort(np.hypot(rows, cols).ravel(), kind="stable")
    return np.asarray(basis[order[:count]], np.float32)


def _cosines(size: int) -> np.typing.NDArray[np.float64]:
    """Return the orthonormal DCT-II matrix of shape (size, size)."""
    k, n = np.arange(size)[:, None], np.arange(size)[None, :]
    matrix = np.cos(np.pi * k * (2 * n + 1) / (2 * size)) * np.sqrt(2 / size)
    matrix[0] /= np.sqrt(2)
    return np.asarray(matrix, np.float64)
