"""How good a face is for a frame, in figures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from photomosaic.arrays import BgrImage
from photomosaic.faces.align import aligned, eye_marks, eyes_to_marks
from photomosaic.faces.face import Points

Skin = npt.NDArray[np.uint8]
"""Pixels of the face from brow to chin, shape (N, 3), uint8, BGR."""

_SIDE, _CLOSENESS = 32, 0.3
# The ellipse that is taken for skin, in shares of that square: row and column of its middle, height
# and width.
_FACE = (0.58, 0.5, 0.72, 0.66)
# Luminance of linear sRGB, of blue, green and red (IEC 61966-2-1).
_LUMINANCE = np.array([0.0722, 0.7152, 0.2126])


@dataclass(frozen=True, eq=False)
class Figures:
    """Figures of a face.

    Attributes
    ----------
    skin : Skin
    padding : float
        Percent of the frame beyond the photo's edge, where the face is shown smallest.
    turned : float or None
        Degrees between where the face looks and the camera; None if not asked for.
    eyes_open : float or None
        Gap between the lids as a share of the eye's width; None if not asked for.
    exposure : float
        Stops by which the face is brighter than the median of those it is compared with.
    points : ndarray of shape (N, 2) or None
        What an alignment by more than the eyes needs, each as (row, col) in the photo.
    """

    skin: Skin
    padding: float
    turned: float | None = None
    eyes_open: float | None = None
    exposure: float = 0.0
    points: npt.NDArray[np.float64] | None = None


def skin_of(photo: BgrImage, eyes: Points) -> Skin:
    """Return the pixels of a face in a photo (H, W, 3), uint8, BGR, brought to a fixed size."""
    matrix = eyes_to_marks(eyes, eye_marks(_SIDE, _CLOSENESS))
    return np.ascontiguousarray(aligned(photo, matrix, _SIDE, "replicate")[_FACE_MASK])


def brightness(skin: Skin) -> float:
    """Return the brightness of skin in stops: the base 2 logarithm of its mean luminance."""
    return math.log2(max(float((to_linear(skin) @ _LUMINANCE).mean()), 1e-4))


def to_linear(values: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """Return sRGB values, 0 to 255, as linear light, 0 to 1 (IEC 61966-2-1)."""
    return np.asarray(_LINEAR[values])


def compared(figures: Sequence[Figures]) -> list[Figures]:
    """Return figures with their exposures, compared with their median."""
    stops = np.array([brightness(figure.skin) for figure in figures])
    middle = np.median(stops) if len(stops) else 0.0
    return [
        replace(figure, exposure=float(stop - middle))
        for figure, stop in zip(figures, stops, strict=True)
    ]


def _mask() -> npt.NDArray[np.bool_]:
    row, col, height, width = (share * _SIDE for share in _FACE)
    mask = np.zeros((_SIDE, _SIDE), np.uint8)
    cv2.ellipse(mask, ((col, row), (width, height), 0), 1, -1)
    return mask.astype(bool)


def _linear() -> npt.NDArray[np.float64]:
    values = np.arange(256) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


_FACE_MASK, _LINEAR = _mask(), _linear()
