"""How visible a small change of a colour is, as a quadratic form.

Colours are compared in opponent coordinates, which are linear in sRGB: a blur of a picture and of
its coordinates come to the same, and the first is the grey picture of `rendering.score`.
"""

from __future__ import annotations

import cv2
import numpy as np

from photomosaic.arrays import Floats

# Luma of BT.601, as in OpenCV's grey, and what blue and red have beyond it; 0 to 100 for grey.
_LUMA = np.array([0.114, 0.587, 0.299])
TO_OPPONENT = (np.array([_LUMA, [1, 0, 0] - _LUMA, [0, 0, 1] - _LUMA]) * (100 / 255)).astype(
    np.float32
)
_TO_BGR = np.linalg.inv(TO_OPPONENT).astype(np.float32)
# Half the difference, of 255, by which derivatives are measured.
_STEP = 8.0


def opponent(bgr: Floats) -> Floats:
    """Return colours (..., 3), BGR, 0 to 255, in opponent coordinates."""
    return np.asarray(bgr @ TO_OPPONENT.T, np.float32)


def lab(bgr: Floats) -> Floats:
    """Return colours (..., 3), BGR, 0 to 255, in CIELAB."""
    row = np.ascontiguousarray(bgr, np.float32).reshape(1, -1, 3) / np.float32(255)
    return np.asarray(cv2.cvtColor(row, cv2.COLOR_BGR2LAB), np.float32).reshape(bgr.shape)


def colour_metric(colours: Floats) -> Floats:
    """Return the form whose square root is CIEDE2000, for small changes of colours.

    Parameters
    ----------
    colours : ndarray of shape (..., 3), float32
        In opponent coordinates.

    Returns
    -------
    ndarray of shape (..., 3, 3), float32
        Symmetric, in the same coordinates.
    """
    bgr = np.clip(colours @ _TO_BGR.T, _STEP, 255 - _STEP)
    slopes = np.empty((*colours.shape, 3), np.float32)
    for channel in range(3):
        step = np.zeros(3, np.float32)
        step[channel] = _STEP
        slopes[..., channel] = (lab(bgr + step) - lab(bgr - step)) / np.float32(2 * _STEP)
    slopes = _weighted(lab(bgr), slopes @ _TO_BGR)
    return np.asarray(np.swapaxes(slopes, -1, -2) @ slopes, np.float32)


def _weighted(colours: Floats, slopes: Floats) -> Floats:
    """Turn changes in CIELAB (..., 3, n) at colours (..., 3) into those that CIEDE2000 counts.

    Formulas of Luo, Cui and Rigg 2001, Color Research and Application 26.
    """
    lightness, a, b = (colours[..., c, None] for c in range(3))
    stretch = 1.5 - 0.5 * _saturation(np.hypot(a, b))
    chroma, hue = np.hypot(stretch * a, b), np.arctan2(b, stretch * a)
    cos, sin = np.cos(hue), np.sin(hue)
    da, db = stretch * slopes[..., 1, :], slopes[..., 2, :]
    by_hue = 1 - 0.17 * np.cos(hue - np.radians(30)) + 0.24 * np.cos(2 * hue)
    by_hue += 0.32 * np.cos(3 * hue + np.radians(6)) - 0.20 * np.cos(4 * hue - np.radians(63))
    off = (lightness - 50) ** 2
    dl = slopes[..., 0, :] / (1 + 0.015 * off / np.sqrt(20 + off))
    dc = (cos * da + sin * db) / (1 + 0.045 * chroma)
    dh = (cos * db - sin * da) / (1 + 0.015 * chroma * by_hue)
    from_blue = (np.degrees(hue) % 360 - 275) / 25
    turn = -2 * _saturation(chroma) * np.sin(np.radians(60) * np.exp(-(from_blue**2)))
    # dc^2 + dh^2 + turn dc dh as a sum of two squares.
    return np.stack([dl, dc + turn / 2 * dh, np.sqrt(1 - turn**2 / 4) * dh], axis=-2)


def _saturation(chroma: Floats) -> Floats:
    seventh = chroma**7
    return np.asarray(np.sqrt(seventh / (seventh + np.float32(25) ** 7)), np.float32)
