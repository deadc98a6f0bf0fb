"""Feature vectors of patches and tiles: what the eye sees of them from a distance."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

import cv2
import numpy as np

from photomosaic.arrays import BgrImage, Floats
from photomosaic.errors import InputError
from photomosaic.matching.grid import Grid, TileSize
from photomosaic.ranges import VECTORIZATION_FACTOR

Metric = Literal["perceptual", "rgb"]
METRICS: tuple[Metric, ...] = get_args(Metric)

PERCEPTUAL_SAMPLES = 48

# The eye's sensitivity falls with spatial frequency, and for chroma earlier and steeper than for
# lightness (Mullen 1985, J. Physiol. 359). How far was found by trial on twelve targets and 385
# photos: of the weights that leave SSIM level with plain pixels, those of the lowest CIEDE2000 (see
# rendering/score.py). Frequencies are in half cycles per shorter side of the tile.
LIGHTNESS_DETAIL, LIGHTNESS_CUTOFF = 0.85, 2.5
CHROMA, CHROMA_DETAIL, CHROMA_CUTOFF = 0.55, 0.25, 2.0
# Coefficients of less weight change neither figure in the third place, and are left out.
SMALLEST_WEIGHT = 0.1

TILES_AT_ONCE = 1024


@dataclass(frozen=True)
class FeatureSpec:
    """How a cell's pixels become a feature vector.

    Attributes
    ----------
    metric : {"perceptual", "rgb"}
        "perceptual": area means in CIELAB, as weighted cosine coefficients; "rgb": plain pixels.
    height, width : int
        Number of area means down and across a cell.
    """

    metric: Metric
    height: int
    width: int

    def __post_init__(self) -> None:
        if self.metric not in METRICS:
            raise InputError(f"metric: {self.metric!r} is not one of {', '.join(METRICS)}")
        if self.height < 1 or self.width < 1:
            raise InputError(f"a feature of {self.height}x{self.width} samples is empty")

    @classmethod
    def for_tile(cls, tile: TileSize, metric: Metric, vectorization_factor: float) -> FeatureSpec:
        """Return the spec of a tile size; the factor (0 < f <= 1) scales both sides' samples."""
        VECTORIZATION_FACTOR.check("vectorization-factor", vectorization_factor)
        height, width = float(tile.height), float(tile.width)
        if metric == "perceptual":
            height = (PERCEPTUAL_SAMPLES * tile.height / tile.width) ** 0.5
            width = PERCEPTUAL_SAMPLES / height
        return cls(
            metric,
            min(tile.height, max(1, round(height * vectorization_factor))),
            min(tile.width, max(1, round(width * vectorization_factor))),
        )

    @property
    def dimension(self) -> int:
        """Length D of a feature vector."""
        if self.metric == "rgb":
            return self.height * self.width * 3
        lightness, chroma = _weighted_cosines(self.height, self.width)
        return len(lightness) + 2 * len(chroma)


def patch_features(frame: BgrImage, grid: Grid, spec: FeatureSpec) -> Floats:
    """Return the features of all patches of a frame, row by row.

    One area resize of the whole frame gives the same numbers as resizing patch by patch.

    Parameters
    ----------
    frame : ndarray of shape (H, W, 3), uint8, BGR
    grid : Grid
        Fitted to the frame.
    spec : FeatureSpec

    Returns
    -------
    ndarray of shape (grid.cells, D), float32
    """
    return _cell_features(grid.crop(frame), grid.rows, grid.cols, spec)


def tile_features(tiles: BgrImage, spec: FeatureSpec) -> Floats:
    """Return the features of tiles.

    Parameters
    ----------
    tiles : ndarray of shape (N, h, w, 3), uint8, BGR
    spec : FeatureSpec

    Returns
    -------
    ndarray of shape (N, D), float32
    """
    count, _, width, _ = tiles.shape
    features = np.empty((count, spec.dimension), np.float32)
    for start in range(0, count, TILES_AT_ONCE):
        chunk = tiles[start : start + TILES_AT_ONCE]
        column = chunk.reshape(-1, width, 3)
        features[start : start + len(chunk)] = _cell_features(column, len(chunk), 1, spec)
    return features


def mean_directions(spec: FeatureSpec) -> Floats:
    """Return the directions of length 1 along which a cell's mean colour changes, (3, D).

    Mean lightness, a and b with the perceptual metric, mean blue, green and red with the other.
    """
    directions = np.zeros((3, spec.dimension), np.float32)
    if spec.metric == "rgb":
        for channel in range(3):
            directions[channel, channel::3] = (spec.height * spec.width) ** -0.5
        return directions
    lightness, chroma = _weighted_cosines(spec.height, spec.width)
    first = (0, len(lightness), len(lightness) + len(chroma))
    directions[range(3), first] = 1
    return directions


def _cell_features(cells: BgrImage, rows: int, cols: int, spec: FeatureSpec) -> Floats:
    height, width = rows * spec.height, cols * spec.width
    if cells.shape[:2] != (height, width):
        means = cv2.resize(cells, (width, height), interpolation=cv2.INTER_AREA)
    else:
        means = cells
    if spec.metric == "rgb":
        return _by_cell(means.astype(np.float32), rows, cols, spec).reshape(rows * cols, -1)
    lab = cv2.cvtColor(means.astype(np.float32) / 255, cv2.COLOR_BGR2LAB).astype(np.float32)
    samples = _by_cell(lab, rows, cols, spec).reshape(rows * cols, -1, 3)
    lightness, chroma = _weighted_cosines(spec.height, spec.width)
    weighted = (lightness, chroma, chroma)
    coefficients = [samples[..., channel] @ weighted[channel].T for channel in range(3)]
    return np.concatenate(coefficients, axis=1)


def _by_cell(picture: Floats, rows: int, cols: int, spec: FeatureSpec) -> Floats:
    shape = (rows, spec.height, cols, spec.width, 3)
    cells = picture.reshape(shape).swapaxes(1, 2)
    return cells.reshape(rows * cols, spec.height, spec.width, 3)


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


def _cosines(size: int) -> np.typing.NDArray[np.float64]:
    """Return the orthonormal DCT-II matrix of shape (size, size)."""
    k, n = np.arange(size)[:, None], np.arange(size)[None, :]
    matrix = np.cos(np.pi * k * (2 * n + 1) / (2 * size)) * np.sqrt(2 / size)
    matrix[0] /= np.sqrt(2)
    return np.asarray(matrix, np.float64)
