"""Points of a face, and how its eyes are open, by networks that OpenCV runs."""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from photomosaic.arrays import BgrImage
from photomosaic.faces.align import Matrix, aligned
from photomosaic.faces.boxes import Box
from photomosaic.faces.weights import MeshWeights

Mesh = npt.NDArray[np.float64]
"""Shape (468, 3) as (x, y, depth), in pixels; the depth grows away from the camera. Numbered as in
MediaPipe's canonical face model; "left" is the left of the picture."""

POINTS = 468
_SIDE, _EYE_SIDE = 192, 64
# Of the crops: in sides of the face's box, from brow to chin, and in widths of an eye.
_CROP, _EYE_CROP = 1.6, 2.3

# The outer and the inner corner of each eye.
LEFT_EYE, RIGHT_EYE = (33, 133), (263, 362)
_FOREHEAD, _CHIN = 10, 152
# How far the line from forehead to chin leans in a face that looks straight ahead, in degrees: the
# median of 162 portraits.
_LEAN = 8.0
# Of the eye's contour: both corners, and three points of the lower lid below three of the upper.
_CONTOUR = "output_eyes_contours_and_brows"
_EYE_ENDS, _LOWER, _UPPER = (0, 8), (3, 4, 5), (11, 12, 13)


class FaceMesh:
    """MediaPipe's networks for faces and for eyes.

    Described in https://arxiv.org/abs/1907.06724 and https://arxiv.org/abs/2006.11341. It holds
    what it works on, so there is one for each thread.

    Parameters
    ----------
    weights : MeshWeights
    """

    def __init__(self, weights: MeshWeights) -> None:
        self._face = cv2.dnn.readNetFromTFLite(weights.mesh)
        self._eye = cv2.dnn.readNetFromTFLite(weights.eyes)

    def find(self, photo: BgrImage, box: Box, eyes: npt.NDArray[np.floating[Any]]) -> Mesh:
        """Return the mesh of a face in a photo, in the photo's pixels.

        Parameters
        ----------
        photo : ndarray of shape (H, W, 3), uint8, BGR
        box, eyes
            As those of a `Face`.
        """
        matrix = _to_crop(box, eyes)
        points = _run(self._face, aligned(photo, matrix, _SIDE, "replicate")).reshape(POINTS, 3)
        inverse = cv2.invertAffineTransform(matrix)
        flat = points[:, :2] @ inverse[:, :2].T + inverse[:, 2]
        depth = points[:, 2:] * math.hypot(inverse[0, 0], inverse[1, 0])
        return np.hstack([flat, depth])

    def eyes_open(self, photo: BgrImage, mesh: Mesh) -> float:
        """Return how far the eyes are open: the gap between the lids as a share of the width.

        The mean of both eyes; about 0.37 of open eyes, and 0.15 of closed ones. After Soukupova
        and Cech, "Real-Time Eye Blink Detection using Facial Landmarks", 2016; the mesh itself
        hardly tells closed eyes from open ones.
        """
        return (self._open(photo, mesh, LEFT_EYE) + self._open(photo, mesh, RIGHT_EYE)) / 2

    def _open(self, photo: BgrImage, mesh: Mesh, corners: tuple[int, int]) -> float:
        outer, inner = mesh[corners[0], :2], mesh[corners[1], :2]
        mirrored = corners == LEFT_EYE
        left, right = (outer, inner) if mirrored else (inner, outer)
        (x, y), (across, down) = (left + right) / 2, right - left
        zoom = _EYE_SIDE / (_EYE_CROP * max(math.hypot(across, down), 1.0))
        matrix = _upright((y, x), math.atan2(down, across), zoom, _EYE_SIDE)
        crop = aligned(photo, matrix, _EYE_SIDE, "replicate")
        # The network knows the eye whose outer corner is on the right.
        crop = np.ascontiguousarray(crop[:, ::-1]) if mirrored else crop
        points = _run(self._eye, crop, _CONTOUR).reshape(-1, 3)[:, :2]
        width = math.dist(points[_EYE_ENDS[0]], points[_EYE_ENDS[1]])
        gaps = np.linalg.norm(points[list(_UPPER)] - points[list(_LOWER)], axis=1)
        return float(gaps.mean() / max(width, 1e-6))


def pose(mesh: Mesh) -> tuple[float, float]:
    """Return how far a head is turned to a side and lowered, in degrees; 0 to the camera.

    Tilting it to a shoulder changes neither.
    """
    across, down = mesh[RIGHT_EYE[0]] - mesh[LEFT_EYE[0]], mesh[_CHIN] - mesh[_FOREHEAD]
    along = np.array([across[0], across[1], 0.0]) / max(math.hypot(*across[:2]), 1e-6)
    below = np.array([-along[1], along[0], 0.0])
    away = np.cross(across, down)
    turned = -math.degrees(math.atan2(float(away @ along), away[2]))
    lowered = -math.degrees(math.atan2(float(away @ below), away[2]))
    return turned, lowered - _LEAN


def _run(net: Any, crop: BgrImage, output: str = "") -> npt.NDArray[np.float64]:
    net.setInput(cv2.dnn.blobFromImage(crop, 1 / 255, swapRB=True))
    return np.asarray(net.forward(output) if output else net.forward(), np.float64)


def _to_crop(box: Box, eyes: npt.NDArray[np.floating[Any]]) -> Matrix:
    top, left, height, width = box
    down, across = eyes[1] - eyes[0]
    zoom = _SIDE / (_CROP * max(width, 1.0))
    middle = top + height / 2, left + width / 2
    return _upright(middle, math.atan2(down, across), zoom, _SIDE)


def _upright(middle: tuple[float, float], roll: float, zoom: float, side: int) -> Matrix:
    """Return the turn, zoom and shift that takes a (row, col) into the middle of a square."""
    (row, col), half = middle, (side - 1) / 2
    a, b = zoom * math.cos(roll), zoom * math.sin(roll)
    return np.array([[a, b, half - a * col - b * row], [-b, a, half + b * col - a * row]])
