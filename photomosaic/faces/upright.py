"""Faces turned upright and brought to one size, for what sees only such faces."""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt

from photomosaic.faces.align import Matrix
from photomosaic.faces.boxes import Box
from photomosaic.faces.network import Marks, Sighting

# Of the boxes of dlib's own detector, which reach from the brows to the chin: their sides in
# distances of the eyes from each other or from the mouth, whichever is larger since one of them is
# foreshortened in a face that is turned; and how far their middle lies below the eyes, in sides.
# Medians of 406 faces that both detectors find.
_SIDE, _BELOW_EYES = 2.25, 0.22


def box_of(sighting: Sighting) -> Box:
    """Return the square that dlib's models expect around an upright face, but not turned."""
    middle, side = _middle_and_side(sighting)
    return float(middle[0] - side / 2), float(middle[1] - side / 2), side, side


def to_upright(sighting: Sighting, side: float, box_side: float) -> Matrix:
    """Return the turn, zoom and shift that takes a face upright into the middle of a square.

    Parameters
    ----------
    sighting : Sighting
    side : float
        Of the square, in pixels.
    box_side : float
        Of the face's box in it.
    """
    (row, col), face_side = _middle_and_side(sighting)
    zoom = box_side / face_side
    a, b = zoom * math.cos(sighting.roll), zoom * math.sin(sighting.roll)
    middle = (side - 1) / 2
    return np.array([[a, b, middle - a * col - b * row], [-b, a, middle + b * col - a * row]])


def back(points: npt.NDArray[np.float64], matrix: Matrix) -> npt.NDArray[np.float64]:
    """Return where points (N, 2) of (row, col) in the square lie in the photo."""
    inverse = cv2.invertAffineTransform(matrix)
    return np.asarray((points[:, ::-1] @ inverse[:, :2].T + inverse[:, 2])[:, ::-1])


def in_photo(sighting: Sighting, matrix: Matrix) -> Sighting:
    """Return a sighting in the square as one in the photo, around the same middle."""
    top, left, height, width = sighting.box
    zoom = float(np.hypot(matrix[0, 0], matrix[0, 1]))
    row, col = back(np.array([[top + height / 2, left + width / 2]]), matrix)[0]
    height, width = height / zoom, width / zoom
    box = float(row - height / 2), float(col - width / 2), height, width
    return Sighting(box, sighting.score, back(sighting.marks, matrix))


def _middle_and_side(sighting: Sighting) -> tuple[npt.NDArray[np.float64], float]:
    marks: Marks = sighting.marks
    eyes, mouth = sighting.middle, marks[3:].mean(axis=0)
    apart = max(math.dist(marks[0], marks[1]), math.dist(eyes, mouth), 1.0)
    side = _SIDE * apart
    down = np.array([math.cos(sighting.roll), -math.sin(sighting.roll)])
    return np.asarray(eyes + down * _BELOW_EYES * side), side
