"""The difference of a mosaic and its target as seen from a distance, where cells blend.

The energy of a mosaic with samples m of a target t, in opponent coordinates, is

    sum |G1 * (m - t)|  +  EDGES * sum w |grad(G2 * (m - t))|^2

G1 and G2 are Gaussians of half and a quarter of a cell's shorter side, as in `rendering.score`.
The length of a colour is that of `colour_metric` at the target, so the first term follows
CIEDE2000. The second is of luma alone, with w = 1 / (2 |grad(G2 * t)|^2 + 36), and follows
1 - SSIM: an edge that is missing counts less where the target has strong ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import cv2
import numpy as np

from photomosaic.arrays import Floats
from photomosaic.assignment.canvas import Canvas, Kind, Places
from photomosaic.assignment.colour_metric import colour_metric

EDGES = 29.6
# Below this difference a place counts by its square, which keeps weights finite.
SMALL = 1.0
# Cells around one cell that its blur is computed on.
MARGIN = 3


class CellSlope(NamedTuple):
    """How the energy changes with the samples of n cells.

    Attributes
    ----------
    slope : ndarray of shape (n, 3, h * w)
        Half of its derivative by each sample of the tile.
    colour : ndarray of shape (n, 3, 3)
        Mean weight in each cell of the products of two channels in the first term.
    edges : ndarray of shape (n,)
        The same of the squares of luma in the second.
    """

    slope: Floats
    colour: Floats
    edges: Floats


@dataclass(frozen=True)
class Slope:
    """How the energy changes with the samples of all cells.

    Attributes
    ----------
    viewing : Viewing
    slope : ndarray of shape (H, W, 3)
        Half of its derivative by each sample.
    weights : ndarray of shape (H, W)
        Of squares in the first term.
    """

    viewing: Viewing
    slope: Floats
    weights: Floats

    def at(self, places: Places) -> CellSlope:
        """Return the part of some cells of one kind."""
        viewing, canvas = self.viewing, self.viewing.canvas
        slope, weights, metric, edges = (
            canvas.of_cells(picture, places)
            for picture in (self.slope, self.weights, viewing.metric, viewing.edge_weights)
        )
        kind = canvas.kinds[canvas.kind_of(places[0])]
        shares = kind.shares()
        if kind.spread is not None and shares is not None:
            slope, weights, edges = kind.spread.T @ slope, weights * shares, edges * shares
        colour = np.matmul(weights.swapaxes(1, 2), metric).reshape(-1, 3, 3) / weights.shape[1]
        return CellSlope(
            np.ascontiguousarray(slope.swapaxes(1, 2)), colour, edges.mean(axis=(1, 2))
        )


@dataclass(frozen=True)
class Viewing:
    """How cells of a target look from a distance.

    Attributes
    ----------
    target : ndarray of shape (H, W, 3), float32
        Samples of all cells, in opponent coordinates; 0 where no cell is.
    canvas : Canvas
        Where the cells lie.
    """

    target: Floats
    canvas: Canvas

    @cached_property
    def _everywhere(self) -> Floats:
        """The target, and where no cell is what is nearest to there."""
        filled = self.canvas.filled()
        if filled is None:
            return self.target
        share = np.maximum(self.blurred(filled.astype(np.float32)), np.float32(1e-6))
        beside = np.where(filled, np.float32(0), self.blurred(self.target) / share)
        return self.target + beside

    def energy(self, cells: Floats) -> float:
        """Return the energy of a mosaic given as the channels of its cells, (cells, 3, h * w)."""
        error = self.canvas.joined(cells) - self.target
        blurred = self.blurred(error)
        squares = np.einsum("hwc,hwc->hw", blurred, self._measured(blurred))
        right, down = _gradient(self.softened(np.ascontiguousarray(error[..., 0])))
        edges = self.edge_weights * (right**2 + down**2)
        colour = np.sqrt(np.maximum(squares, 0))
        return float(colour.sum(dtype=np.float64) + edges.sum(dtype=np.float64))

    def blurred(self, picture: Floats) -> Floats:
        """Blur a picture as colours are seen, with G1."""
        return _blur(picture, min(self.canvas.cell) / 2)

    def softened(self, picture: Floats) -> Floats:
        """Blur a picture as edges are seen, with G2."""
        return _blur(picture, min(self.canvas.cell) / 4)

    @cached_property
    def edge_weights(self) -> Floats:
        """How much missing edges count at each place, EDGES * w."""
        right, down = _gradient(self.softened(np.ascontiguousarray(self._everywhere[..., 0])))
        weights = EDGES * 0.25 / (0.5 * (right**2 + down**2) + 9)
        return _blur(weights.astype(np.float32), self.canvas.cell[1] / 4)

    @cached_property
    def metric(self) -> Floats:
        """The form that measures colour differences at each place, (H, W, 3, 3)."""
        return colour_metric(self.blurred(self._everywhere))

    def _measured(self, blurred: Floats) -> Floats:
        return np.asarray(np.einsum("hwcd,hwd->hwc", self.metric, blurred), np.float32)

    def slope(self, error: Floats) -> Slope:
        """Return how the energy changes with each sample of a mosaic.

        Parameters
        ----------
        error : ndarray of shape (H, W, 3), float32
            m - t.
        """
        blurred = self.blurred(error)
        measured = self._measured(blurred)
        squares = np.einsum("hwc,hwc->hw", blurred, measured)
        # |x| is at most x^2 / (2 |x0|) + |x0| / 2, with equality at x0.
        weights = 0.5 / np.maximum(np.sqrt(np.maximum(squares, 0)), SMALL)
        slope = self.blurred(measured * weights[..., None])
        slope[..., 0] += self._edge_slope(np.ascontiguousarray(error[..., 0]), self.edge_weights)
        return Slope(self, slope, weights)

    def responses(self, kind: Kind) -> tuple[Floats, Floats]:
        """Return what a change of each sample of a tile does within its own cell, for weights of 1.

        Returns
        -------
        colour, edges : ndarray of shape (h * w, h * w), symmetric
        """
        (height, width), (above, beside) = kind.box, (MARGIN * side for side in self.canvas.cell)
        size = height + 2 * above, width + 2 * beside
        inner = np.s_[above:-above, beside:-beside]
        colour = np.empty((height * width, height * width), np.float32)
        edges = np.empty_like(colour)
        ones = np.ones(size, np.float32)
        for sample in range(height * width):
            impulse = np.zeros(size, np.float32)
            impulse[above + sample // width, beside + sample % width] = 1
            colour[sample] = self.blurred(self.blurred(impulse))[inner].ravel()
            edges[sample] = self._edge_slope(impulse, ones)[inner].ravel()
        if kind.spread is not None:
            colour, edges = (
                np.asarray(kind.spread.T @ each @ kind.spread, np.float32)
                for each in (colour, edges)
            )
        # Symmetric but for rounding.
        both = ((colour + colour.T) / 2, (edges + edges.T) / 2)
        return np.asarray(both[0], np.float32), np.asarray(both[1], np.float32)

    def _edge_slope(self, lightness: Floats, weights: Floats) -> Floats:
        right, down = _gradient(self.softened(lightness))
        return self.softened(_divergence(right * weights, down * weights))


def _blur(picture: Floats, sigma: float) -> Floats:
    blurred = cv2.GaussianBlur(picture, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)
    return np.asarray(blurred, np.float32).reshape(picture.shape)


def _gradient(picture: Floats) -> tuple[Floats, Floats]:
    """Return the differences to the right and below, 0 at the last column and row."""
    right = np.diff(picture, axis=1, append=picture[:, -1:])
    down = np.diff(picture, axis=0, append=picture[-1:])
    return np.asarray(right, np.float32), np.asarray(down, np.float32)


def _divergence(right: Floats, down: Floats) -> Floats:
    """Return the adjoint of `_gradient`."""
    total = np.zeros_like(right)
    total[:, :-1] -= right[:, :-1]
    total[:, 1:] += right[:, :-1]
    total[:-1] -= down[:-1]
    total[1:] += down[:-1]
    return total
