"""Tiles composed to a mosaic, their colours shifted, and blended with the target."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt

from photomosaic.arrays import AnyImage, BgrImage, Floats
from photomosaic.matching.grid import Grid

BAND_PIXELS = 1 << 20


def compose(tiles: AnyImage, ids: npt.NDArray[np.integer], target: BgrImage) -> BgrImage:
    """Lay out tiles; where one is transparent, the mean colour of its patch shows.

    Parameters
    ----------
    tiles : ndarray of shape (N, h, w, 3) or (N, h, w, 4), uint8, BGR(A)
    ids : ndarray of shape (rows, cols), integers
    target : ndarray of shape (rows * h, cols * w, 3), uint8, BGR
        The patches; looked at only if there is an alpha.

    Returns
    -------
    ndarray of shape (rows * h, cols * w, 3), uint8, BGR
    """
    joined = _join(tiles[ids])
    if tiles.shape[3] == 3:
        return joined
    mosaic, share = joined[..., :3], joined[..., 3:].astype(np.float32) / 255
    backdrop = _spread(cell_means(target.astype(np.float32), ids.shape), mosaic.shape)
    return np.rint(mosaic * share + backdrop * (1 - share)).astype(np.uint8)


def shift_cells(mosaic: BgrImage, shift: Floats) -> BgrImage:
    """Return a mosaic with each cell moved in CIELAB, as far as that lies within sRGB.

    Parameters
    ----------
    mosaic : ndarray of shape (H, W, 3), uint8, BGR
        Exactly covered by the cells.
    shift : ndarray of shape (rows, cols, 3), float32
    """
    shifted = np.empty_like(mosaic)
    for band, rows in _cell_bands(mosaic.shape, (shift.shape[0], shift.shape[1])):
        lab = to_lab(mosaic[band])
        shifted[band] = to_bgr(lab + _spread(shift[rows], lab.shape))
    return shifted


def tint_shift(mosaic: BgrImage, target: BgrImage, cells: tuple[int, int], share: float) -> Floats:
    """Return what moves each cell towards its patch in CIELAB, (rows, cols, 3), float32.

    Parameters
    ----------
    mosaic, target : ndarray of shape (H, W, 3), uint8, BGR
        Both exactly covered by the cells.
    cells : (int, int)
        Rows and columns.
    share : float
        Of the difference of their mean colours: 0 leaves the mosaic as it is, 1 gives each cell
        the mean colour of its patch.
    """
    shift = np.empty((*cells, 3), np.float32)
    for band, rows in _cell_bands(mosaic.shape, cells):
        part = rows.stop - rows.start, cells[1]
        means = [cell_means(to_lab(picture[band]), part) for picture in (target, mosaic)]
        shift[rows] = np.float32(share) * (means[0] - means[1])
    return shift


def blend(mosaic: BgrImage, target: BgrImage, opacity: float) -> BgrImage:
    """Return opacity * target + (1 - opacity) * mosaic, rounded; all (H, W, 3), uint8, BGR."""
    blended = cv2.addWeighted(target, opacity, mosaic, 1 - opacity, 0)
    return np.asarray(blended, np.uint8)


def cell_means(picture: Floats, cells: tuple[int, ...]) -> Floats:
    """Return the mean of each cell of a picture (H, W, 3), shape (rows, cols, 3), float32."""
    rows, cols = cells
    height, width = picture.shape[0] // rows, picture.shape[1] // cols
    split = picture.reshape(rows, height, cols, width, 3)
    return np.asarray(split.mean(axis=(1, 3), dtype=np.float64), np.float32)


def cut_to_frame(cells: BgrImage, grid: Grid, frame: tuple[int, int]) -> BgrImage:
    """Return what of a picture of all cells lies on a frame of (height, width) pixels."""
    return np.ascontiguousarray(grid.uncrop(cells, frame))


def _join(cells: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Turn (rows, cols, h, w, channels) into (rows * h, cols * w, channels)."""
    rows, cols, height, width, channels = cells.shape
    return cells.swapaxes(1, 2).reshape(rows * height, cols * width, channels)


def to_lab(picture: BgrImage) -> Floats:
    """Return a picture (H, W, 3), uint8, BGR, in CIELAB, float32."""
    lab = cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_BGR2LAB)
    return np.asarray(lab, np.float32)


def to_bgr(lab: Floats) -> BgrImage:
    """Return a picture (H, W, 3) in CIELAB in BGR, uint8, as far as it lies within sRGB."""
    bgr = cv2.cvtColor(lab, cv2.COLOR_LAB2BGR)
    return np.rint(np.clip(bgr, 0, 1) * 255).astype(np.uint8)


def _cell_bands(shape: tuple[int, ...], cells: tuple[int, int]) -> Iterator[tuple[slice, slice]]:
    """Yield bands of whole cells, as rows of pixels and of cells, small enough for floats."""
    height = shape[0] // cells[0]
    step = max(1, BAND_PIXELS // (height * shape[1]))
    for row in range(0, cells[0], step):
        below = min(row + step, cells[0])
        yield slice(row * height, below * height), slice(row, below)


def _spread(cells: Floats, shape: tuple[int, ...]) -> Floats:
    """Repeat each cell's value (rows, cols, 3) over its pixels."""
    height, width = shape[0] // cells.shape[0], shape[1] // cells.shape[1]
    return cells.repeat(height, axis=0).repeat(width, axis=1)
