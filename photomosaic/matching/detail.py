"""Cells of one, two and four units: small where the target needs them, large where it is calm.

Of each size, the whole area is laid out with the closest tiles. What the eye sees of the
difference, from a distance at which it blurs most of a unit, is the cost of each cell; where it
matters more it counts more. Blocks of four by four units are then divided so that the total is
least at a number of cells, which takes one price for a cell, the same everywhere (Lagrange).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from photomosaic.arrays import BgrImage, Floats, Ids, Ids32
from photomosaic.matching.features import FeatureSpec, features_of
from photomosaic.matching.grid import Grid
from photomosaic.matching.layout import Flags, Layout
from photomosaic.matching.search import search

SIZES = (1, 2, 4)
"""Sides of cells in units."""
BLOCK = SIZES[-1]
# How much more a face counts than the rest, and where there is none, an edge of the mean strength,
# at a detail of 1. Found by trial on six portraits: faces gain as much as without CIEDE2000 losing.
FACE, EDGE = 12.0, 1.0
STRONGEST_EDGE = 4.0
# Of a face's box, how far around it counts.
FACE_MARGIN = 0.1
# Of the blur in widths of a unit: between those of the two figures of `rendering.score`.
BLUR = 0.75
_ROUNDS = 60

Box = tuple[float, float, float, float]
"""Top, left, height and width."""


@dataclass(frozen=True)
class TileSamples:
    """Tiles as they are compared: features (N, D), and area means (N, h, w, 3), float32, BGR."""

    features: Floats
    samples: Floats
    spec: FeatureSpec


def importance(area: BgrImage, faces: Sequence[Box], detail: float) -> Floats:
    """Return how much a difference counts at each place of an area, (H, W), float32, 1 in the mean.

    Parameters
    ----------
    area : ndarray of shape (H, W, 3), uint8, BGR
    faces : sequence of Box
        In pixels of the area.
    detail : float
        0 to 1: how much faces count more, and hidden differences less.
    """
    weights = np.ones(area.shape[:2], np.float32)
    if not faces:
        weights += np.float32(EDGE * detail) * _edges(area)
    for top, left, tall, wide in faces:
        y, x = top - FACE_MARGIN * tall, left - FACE_MARGIN * wide
        bottom, right = top + (1 + FACE_MARGIN) * tall, left + (1 + FACE_MARGIN) * wide
        rows = slice(max(0, round(y)), max(0, round(bottom)))
        weights[rows, max(0, round(x)) : max(0, round(right))] = 1 + FACE * detail
    return np.asarray(weights / weights.mean(), np.float32)


def _edges(area: BgrImage) -> Floats:
    """Return the strength of coarse edges, 1 in the mean, (H, W), float32."""
    grey = cv2.cvtColor(area, cv2.COLOR_BGR2GRAY).astype(np.float32)
    soft = cv2.GaussianBlur(grey, (0, 0), max(1.0, min(grey.shape) / 200))
    strength = np.hypot(cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1))
    mean = float(strength.mean())
    return np.asarray(np.minimum(strength / max(mean, 1e-6), STRONGEST_EDGE), np.float32)


@dataclass(frozen=True)
class Wanted:
    """How many cells there may be, and the least side of one in units: 1, 2 or 4."""

    cells: int
    smallest: int = 1


def detailed_layout(
    grid: Grid, area: BgrImage, weights: Floats, tiles: TileSamples, wanted: Wanted
) -> Layout:
    """Return the layout of an area with cells of several sizes.

    Parameters
    ----------
    grid : Grid
        Of units.
    area : ndarray of shape (H, W, 3), uint8, BGR
        The grid's.
    weights : ndarray of shape (H, W), float32
        How much a difference counts, as from `importance`.
    tiles : TileSamples
    wanted : Wanted
    """
    view = _View.of(grid, area, weights, tiles.spec)
    costs = {size: view.costs(size, tiles) for size in SIZES if size >= wanted.smallest}
    return layout_of(grid, costs, wanted.cells)


@dataclass(frozen=True)
class _View:
    """The target as it is compared: samples in CIELAB, some for each unit, and their weights."""

    grid: Grid
    samples: Floats
    lab: Floats
    weights: Floats
    unit: tuple[int, int]

    @classmethod
    def of(cls, grid: Grid, area: BgrImage, weights: Floats, spec: FeatureSpec) -> _View:
        unit = max(1, spec.height // 2), max(1, spec.width // 2)
        size = grid.cols * unit[1], grid.rows * unit[0]
        samples = cv2.resize(area, size, interpolation=cv2.INTER_AREA).astype(np.float32)
        small = cv2.resize(weights, size, interpolation=cv2.INTER_AREA)
        return cls(grid, samples, _lab(samples), np.asarray(small, np.float32), unit)

    def costs(self, size: int, tiles: TileSamples) -> npt.NDArray[np.float64]:
        """Return what whole cells of a size cost, (rows, cols) of those that fit."""
        rows, cols = self.grid.rows // size, self.grid.cols // size
        if not (rows and cols):
            return np.empty((rows, cols))
        tall, wide = size * self.unit[0], size * self.unit[1]
        part = np.s_[: rows * tall, : cols * wide]
        spec = tiles.spec
        shrunk = _resized(
            self.samples[part], (rows * spec.height, cols * spec.width), smaller=size > 1
        )
        by_cell = shrunk.reshape(rows, spec.height, cols, spec.width, 3).swapaxes(1, 2)
        patches = np.ascontiguousarray(by_cell).reshape(rows * cols, spec.height, spec.width, 3)
        found = search(features_of(patches, spec), tiles.features, 1).ids[:, 0]
        placed = tiles.samples[found].reshape(rows, cols, spec.height, spec.width, 3)
        mosaic = np.ascontiguousarray(placed.swapaxes(1, 2)).reshape(shrunk.shape)
        mosaic = _resized(mosaic, (rows * tall, cols * wide), smaller=size == 1)
        error = cv2.GaussianBlur(_lab(mosaic) - self.lab[part], (0, 0), BLUR * self.unit[1])
        lengths = np.sqrt((error**2).sum(axis=2)) * self.weights[part]
        by_cell = lengths.reshape(rows, tall, cols, wide)
        return np.asarray(by_cell.sum(axis=(1, 3), dtype=np.float64))


def layout_of(grid: Grid, costs: dict[int, npt.NDArray[np.float64]], cells: int) -> Layout:
    """Divide a grid of units into cells of least total cost, near a number of cells.

    Parameters
    ----------
    grid : Grid
    costs : dict of int to ndarray
        By the side of the cells in units, what each whole cell costs, (rows, cols). Where a larger
        cell does not fit, smaller ones are taken, of one unit at the edges.
    cells : int
    """
    blocks = -(-grid.rows // BLOCK), -(-grid.cols // BLOCK)
    whole = {size: _padded(costs.get(size), grid, blocks, size) for size in SIZES}
    low, high = 0.0, 1.0 + max(float(c[np.isfinite(c)].max(initial=0)) for c in whole.values()) * 16
    for _ in range(_ROUNDS):
        price = (low + high) / 2
        low, high = (price, high) if _count(whole, grid, price) > cells else (low, price)
    return _as_layout(grid, *_divided(whole, grid, high)[1:])


def _padded(
    costs: npt.NDArray[np.float64] | None, grid: Grid, blocks: tuple[int, int], size: int
) -> npt.NDArray[np.float64]:
    """Return costs of all cells of a size in whole blocks; infinite where there is no such cell."""
    padded = np.full((blocks[0] * BLOCK // size, blocks[1] * BLOCK // size), np.inf)
    if costs is not None:
        padded[: costs.shape[0], : costs.shape[1]] = costs
    if size == 1:
        # What no larger cell can fill has to be filled all the same; beyond the grid nothing has.
        padded[: grid.rows, : grid.cols] = np.minimum(padded[: grid.rows, : grid.cols], 1e12)
        padded[grid.rows :] = padded[:, grid.cols :] = 0
    return padded


def _divided(
    costs: dict[int, npt.NDArray[np.float64]], grid: Grid, price: float
) -> tuple[int, Flags, Flags]:
    """Return the number of cells at a price, and which cells of four and two units are whole."""
    ones = np.zeros(costs[1].shape)
    ones[: grid.rows, : grid.cols] = 1
    split, number = _by_four(costs[1] + price * ones), _by_four(ones)
    twos = costs[2] + price <= split
    best, number = np.where(twos, costs[2] + price, split), np.where(twos, 1, number)
    split, split_number = _by_four(best), _by_four(number)
    fours = costs[4] + price <= split
    return int(np.where(fours, 1, split_number).sum()), fours, twos


def _count(costs: dict[int, npt.NDArray[np.float64]], grid: Grid, price: float) -> int:
    return _divided(costs, grid, price)[0]


def _by_four(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    rows, cols = values.shape
    return np.asarray(values.reshape(rows // 2, 2, cols // 2, 2).sum(axis=(1, 3)))


def _as_layout(grid: Grid, fours: Flags, twos: Flags) -> Layout:
    side = np.ones((fours.shape[0] * BLOCK, fours.shape[1] * BLOCK), np.int64)
    side[np.kron(twos, np.ones((2, 2), np.bool_))] = 2
    side[np.kron(fours, np.ones((4, 4), np.bool_))] = 4
    return of_sides(grid, side[: grid.rows, : grid.cols])


def of_sides(grid: Grid, sides: Ids) -> Layout:
    """Return the layout in which each unit lies in a cell of `sides` (rows, cols) units."""
    rows, cols = np.indices(sides.shape)
    first = (rows % sides == 0) & (cols % sides == 0)
    return of_corners(grid, np.where(first, sides, -1).astype(np.int32))


def of_corners(grid: Grid, corners: Ids32) -> Layout:
    """Return the layout of cells that begin at each positive number, which is their side."""
    addresses = np.argwhere(corners > 0)
    sides = corners[corners > 0].astype(np.int64)
    boxes = np.concatenate([addresses, np.stack([sides, sides], axis=1)], axis=1)
    return Layout(grid, boxes, addresses, (grid.rows, grid.cols))


def _resized(picture: Floats, size: tuple[int, int], *, smaller: bool) -> Floats:
    way = cv2.INTER_AREA if smaller else cv2.INTER_NEAREST
    return np.asarray(cv2.resize(picture, size[::-1], interpolation=way), np.float32)


def _lab(samples: Floats) -> Floats:
    return np.asarray(cv2.cvtColor(samples / np.float32(255), cv2.COLOR_BGR2LAB), np.float32)
