"""Feature vectors of patches and tiles: what the eye sees of them from a distance."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from photomosaic.arrays import BgrImage, Floats
from photomosaic.errors import InputError
from photomosaic.matching.cell_shapes import FULL, coverage_of
from photomosaic.matching.grid import Grid, TileSize
from photomosaic.matching.layout import Flags, Layout, patches_of
from photomosaic.matching.metrics import BY_NAME, METRICS
from photomosaic.ranges import VECTORIZATION_FACTOR

TILES_AT_ONCE = 1024


@dataclass(frozen=True)
class FeatureSpec:
    """How a cell's pixels become a feature vector.

    Attributes
    ----------
    metric : str
        One of `METRICS`.
    height, width : int
        Number of area means down and across a cell.
    """

    metric: str
    height: int
    width: int

    def __post_init__(self) -> None:
        _check_metric(self.metric)
        if self.height < 1 or self.width < 1:
            raise InputError(f"a feature of {self.height}x{self.width} samples is empty")

    @classmethod
    def for_tile(cls, tile: TileSize, metric: str, vectorization_factor: float) -> FeatureSpec:
        """Return the spec of a tile size; the factor (0 < f <= 1) scales both sides' samples."""
        VECTORIZATION_FACTOR.check("vectorization-factor", vectorization_factor)
        _check_metric(metric)
        height, width = BY_NAME[metric].samples(tile)
        return cls(
            metric,
            min(tile.height, max(1, round(height * vectorization_factor))),
            min(tile.width, max(1, round(width * vectorization_factor))),
        )

    @property
    def dimension(self) -> int:
        """Length D of a feature vector."""
        return BY_NAME[self.metric].dimension(self.height, self.width)


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


def cell_samples(frame: BgrImage, layout: Layout, spec: FeatureSpec) -> Floats:
    """Return area means of the patches of any layout's cells, as far as they are seen.

    Those of turned cells have rows and columns exchanged, as those of turned tiles.

    Parameters
    ----------
    frame : ndarray of shape (H, W, 3), uint8, BGR
        That the layout's grid was fitted to.
    layout : Layout
    spec : FeatureSpec

    Returns
    -------
    ndarray of shape (cells, h, w, 3), float32, BGR
    """
    area, size = layout.grid.crop(frame), (spec.width, spec.height)
    samples = np.empty((len(layout), spec.height, spec.width, 3), np.float32)
    turned = np.zeros(len(layout), np.bool_) if layout.turned is None else layout.turned
    for cell, patch in enumerate(patches_of(area, layout)):
        upright = np.ascontiguousarray(patch.swapaxes(0, 1)) if turned[cell] else patch
        samples[cell] = cv2.resize(upright, size, interpolation=cv2.INTER_AREA)
    return seen(samples, layout)


def far(spec: FeatureSpec) -> float:
    """Return a distance that is larger than that of any two features: twice black to white."""
    ends = np.zeros((2, spec.height, spec.width, 3), np.float32)
    ends[1] = 255
    black, white = features_of(ends, spec)
    return 2 * float(np.linalg.norm(white - black))


def marked(
    features: Floats, spec: FeatureSpec, turned: Flags, unfit: Flags | None = None
) -> Floats:
    """Return features (n, D) with two more numbers, (n, D + 2), that keep some of them far apart.

    An upright tile is at least twice `far` away from a turned cell, and an unfit one once from all.

    Parameters
    ----------
    features : ndarray of shape (n, D), float32
    spec : FeatureSpec
    turned : ndarray of shape (n,), bool
        Which cells or tiles are turned on their side.
    unfit : ndarray of shape (n,), bool, optional
        Which tiles are taken only where no other may be.
    """
    marks = np.zeros((len(features), 2), np.float32)
    marks[:, 0] = np.where(turned, far(spec), -far(spec))
    marks[:, 1] = 0 if unfit is None else far(spec) * unfit
    return np.concatenate([features, marks], axis=1)


def seen(samples: Floats, layout: Layout) -> Floats:
    """Return samples (n, h, w, 3) of cells or tiles in which only what cells show counts.

    What a cell's shape leaves out becomes the mean colour of the rest.
    """
    coverage = coverage_of(layout, 0)
    if coverage is None:
        return samples
    shares = coverage.astype(np.float32) / FULL
    height, width = samples.shape[1:3]
    weights = cv2.resize(shares, (width, height), interpolation=cv2.INTER_AREA)[..., None]
    means = (samples * weights).sum(axis=(1, 2), keepdims=True) / weights.sum()
    return np.asarray(samples * weights + means * (1 - weights), np.float32)


def features_of(samples: Floats, spec: FeatureSpec) -> Floats:
    """Return the features (n, D), float32, of area means (n, h, w, 3), float32, BGR."""
    return BY_NAME[spec.metric].features(samples)


def patch_samples(frame: BgrImage, grid: Grid, spec: FeatureSpec) -> Floats:
    """Return area means of all patches of a frame, (cells, h, w, 3), float32, BGR."""
    return _cell_means(grid.crop(frame), grid.rows, grid.cols, spec)


def tile_samples(tiles: BgrImage, spec: FeatureSpec) -> Floats:
    """Return area means of tiles (N, h, w, 3), uint8, BGR, as `patch_samples`."""
    samples = np.empty((len(tiles), spec.height, spec.width, 3), np.float32)
    for start in range(0, len(tiles), TILES_AT_ONCE):
        chunk = tiles[start : start + TILES_AT_ONCE]
        column = chunk.reshape(-1, tiles.shape[2], 3)
        samples[start : start + len(chunk)] = _cell_means(column, len(chunk), 1, spec)
    return samples


def mean_directions(spec: FeatureSpec) -> Floats:
    """Return the directions of length 1 along which a cell's mean colour changes, (C, D)."""
    return BY_NAME[spec.metric].mean_directions(spec.height, spec.width)


def _cell_features(cells: BgrImage, rows: int, cols: int, spec: FeatureSpec) -> Floats:
    return BY_NAME[spec.metric].features(_cell_means(cells, rows, cols, spec))


def _cell_means(cells: BgrImage, rows: int, cols: int, spec: FeatureSpec) -> Floats:
    """Return area means of cells, (rows * cols, h, w, 3), float32, BGR, 0 to 255."""
    height, width = rows * spec.height, cols * spec.width
    if cells.shape[:2] != (height, width):
        means = cv2.resize(cells, (width, height), interpolation=cv2.INTER_AREA)
    else:
        means = cells
    shape = (rows, spec.height, cols, spec.width, 3)
    by_cell = means.reshape(shape).swapaxes(1, 2)
    cell_means = by_cell.reshape(rows * cols, spec.height, spec.width, 3)
    return cell_means.astype(np.float32)


def _check_metric(name: str) -> None:
    if name not in METRICS:
        raise InputError(f"metric: {name!r} is not one of {', '.join(METRICS)}")
