"""Masks: which part of a frame the mosaic fills, and which cells that leaves."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from photomosaic.arrays import AnyImage, BgrImage
from photomosaic.errors import InputError
from photomosaic.matching.cell_shapes import coverage_of
from photomosaic.matching.layout import Flags, Layout
from photomosaic.options.shape import MaskFit, Outline

Mask = npt.NDArray[np.uint8]
"""Shape (H, W), uint8: 255 inside, 0 outside, between where an edge crosses the pixel."""

SAME_ASPECT = 0.02
LEAST_INSIDE = 0.5
# Samples of a pixel each way, and bits of a part of one.
_FINER, _SHIFT = 4, 4
_PIXELS_AT_ONCE = 1 << 24
_CURVE_POINTS = 720
# Of a pentagram: inner to outer radius.
_STAR_INNER = (3 - 5**0.5) / 2


def outline_mask(outline: Outline, size: tuple[int, int]) -> Mask:
    """Return the largest heart, circle or star that fits into a size (height, width)."""
    points = _CURVES[outline]()
    low, high = points.min(axis=0), points.max(axis=0)
    factor = min(size[side] / (high[side] - low[side]) for side in range(2))
    moved = (points - (low + high) / 2) * factor + np.array(size) / 2
    mask = np.empty(size, np.uint8)
    step = max(1, _PIXELS_AT_ONCE // (_FINER**2 * size[1]))
    for top in range(0, size[0], step):
        rows = mask[top : top + step]
        fine = np.zeros((len(rows) * _FINER, size[1] * _FINER), np.uint8)
        # In parts of a pixel, whose centre is at whole numbers; x comes before y.
        places = (moved[:, ::-1] - (0, top)) * _FINER - 0.5
        cv2.fillPoly(fine, [np.rint(places * (1 << _SHIFT)).astype(np.int32)], 255, shift=_SHIFT)
        rows[:] = cv2.resize(fine, (size[1], len(rows)), interpolation=cv2.INTER_AREA)
    return mask


def _circle() -> npt.NDArray[np.float64]:
    turn = np.linspace(0, 2 * np.pi, _CURVE_POINTS, endpoint=False)
    return np.stack([np.sin(turn), np.cos(turn)], axis=1)


def _heart() -> npt.NDArray[np.float64]:
    turn = np.linspace(0, 2 * np.pi, _CURVE_POINTS, endpoint=False)
    up = 13 * np.cos(turn) - 5 * np.cos(2 * turn) - 2 * np.cos(3 * turn) - np.cos(4 * turn)
    return np.stack([-up, 16 * np.sin(turn) ** 3], axis=1)


def _star() -> npt.NDArray[np.float64]:
    turn = np.arange(10) * np.pi / 5
    radius = np.where(np.arange(10) % 2 == 0, 1, _STAR_INNER)
    return np.stack([-radius * np.cos(turn), radius * np.sin(turn)], axis=1)


_CURVES = {"heart": _heart, "circle": _circle, "star": _star}


def fitted_mask(mask: Mask, size: tuple[int, int], fit: MaskFit | None) -> Mask:
    """Return a mask scaled to a size (height, width).

    Parameters
    ----------
    mask : ndarray of shape (h, w), uint8
    size : (int, int)
    fit : {"contain", "cover", "stretch"} or None
        What is done if its aspect is another: shown whole with nothing beside it, cut, or
        stretched; None refuses it.

    Raises
    ------
    InputError
        If its aspect differs by more than 2 % and `fit` is None.
    """
    tall, wide = size[0] / mask.shape[0], size[1] / mask.shape[1]
    if fit is None and abs(tall / wide - 1) > SAME_ASPECT:
        raise InputError(
            f"a mask of {mask.shape[1]}x{mask.shape[0]} pixels has another aspect than the target"
            f" of {size[1]}x{size[0]}"
        )
    if fit in (None, "stretch"):
        return _resized(mask, size)
    factor = min(tall, wide) if fit == "contain" else max(tall, wide)
    sides = [max(1, round(side * factor)) for side in mask.shape]
    scaled, fitted = _resized(mask, (sides[0], sides[1])), np.zeros(size, np.uint8)
    spare = [whole - side for whole, side in zip(size, sides, strict=True)]
    inner = tuple(
        slice(max(0, n // 2), max(0, n // 2) + min(size[i], sides[i])) for i, n in enumerate(spare)
    )
    part = tuple(
        slice(max(0, -(n // 2)), max(0, -(n // 2)) + min(size[i], sides[i]))
        for i, n in enumerate(spare)
    )
    fitted[inner] = scaled[part]
    return fitted


def _resized(mask: Mask, size: tuple[int, int]) -> Mask:
    if mask.shape == size:
        return mask
    way = cv2.INTER_AREA if size[0] < mask.shape[0] else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(mask, (size[1], size[0]), interpolation=way), np.uint8)


def mask_of(picture: AnyImage) -> Mask:
    """Return what a picture (H, W, 3 or 4), uint8, means as a mask, (H, W).

    The opaque part of one that is transparent somewhere; else what is lighter, white all of it.
    """
    if picture.shape[2] == 4:
        return np.ascontiguousarray(picture[..., 3])
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)


def cells_inside(layout: Layout, mask: Mask) -> Flags:
    """Tell which cells lie inside a mask by at least half of what is seen of them, (cells,).

    Parameters
    ----------
    layout : Layout
    mask : ndarray of shape (H, W), uint8
        Of the layout's area, which is its grid's.
    """
    shares = np.empty(len(layout))
    for cell, (top, left, height, width) in enumerate(layout.pixel_boxes.tolist()):
        part = np.s_[max(0, top) : top + height, max(0, left) : left + width]
        seen = mask[part]
        weights = coverage_of(layout, cell)
        if weights is None:
            shares[cell] = cv2.mean(seen)[0] / 255 if seen.size else 0
            continue
        weights = weights[max(0, -top) :, max(0, -left) :][: seen.shape[0], : seen.shape[1]]
        whole = float(weights.sum(dtype=np.int64))
        inside = float((weights.astype(np.int64) * seen).sum()) / 255
        shares[cell] = inside / whole if whole else 0
    return np.asarray(shares >= LEAST_INSIDE - 1e-9)


def filled_outside(frame: BgrImage, mask: Mask, reach: int) -> BgrImage:
    """Return a frame with what lies outside of a mask like what lies inside nearby.

    Parameters
    ----------
    frame : ndarray of shape (H, W, 3), uint8, BGR
    mask : ndarray of shape (H, W), uint8
    reach : int
        Pixels that count as near.
    """
    share = mask.astype(np.float32)[..., None] / 255
    window = (2 * reach + 1, 2 * reach + 1)
    colours = cv2.blur(frame * share, window)
    weights = cv2.blur(share, window)[..., None]
    near = np.divide(colours, weights, out=np.zeros_like(colours), where=weights > 1e-6)
    return np.rint(frame * share + near * (1 - share)).astype(np.uint8)
