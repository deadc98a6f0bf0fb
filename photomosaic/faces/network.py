"""Faces seen in pictures by CenterFace, a network of three million weights that OpenCV runs."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from photomosaic.arrays import BgrImage
from photomosaic.faces.boxes import Box, is_same_face

# The network takes sides of whole steps, and tells of one place in four pixels.
_STEP, _STRIDE = 32, 4
# In the order in which they are asked for: how sure, the logarithm of the size, where within the
# four pixels, and five landmarks as shares of the box.
_OUTPUTS = ("537", "538", "539", "540")

Marks = npt.NDArray[np.float64]
"""Shape (5, 2) as (row, col): the left and the right eye as seen in an upright face, the tip of the
nose, the left and the right corner of the mouth."""


@dataclass(frozen=True, eq=False)
class Sighting:
    """A face as the network sees it, turned by any angle.

    Attributes
    ----------
    box : Box
    score : float
        How sure the network is, 0 to 1.
    marks : ndarray of shape (5, 2), float64
    """

    box: Box
    score: float
    marks: Marks

    @property
    def middle(self) -> npt.NDArray[np.float64]:
        """Row and column of the middle of the eyes."""
        return np.asarray(self.marks[:2].mean(axis=0))

    @property
    def roll(self) -> float:
        """The angle of the line through the eyes, in radians; positive if the right is lower."""
        down, right = self.marks[1] - self.marks[0]
        return math.atan2(down, right)

    def moved(self, top: float, left: float) -> Sighting:
        """Return the same in a picture that has so much more above and to the left."""
        box = self.box[0] + top, self.box[1] + left, *self.box[2:]
        return Sighting(box, self.score, self.marks + np.array([top, left]))

    def scaled(self, down: float, across: float) -> Sighting:
        """Return the same in a picture that is so many times as high and wide."""
        factors = np.array([down, across])
        top, left, height, width = self.box
        box = top * down, left * across, height * down, width * across
        return Sighting(box, self.score, (self.marks + 0.5) * factors - 0.5)


class FaceNetwork:
    """CenterFace (https://arxiv.org/abs/1911.03599).

    Parameters
    ----------
    weights : str
        Path of the ONNX file.
    """

    def __init__(self, weights: str) -> None:
        self._net = cv2.dnn.readNetFromONNX(weights)

    def look(self, picture: BgrImage, factor: float, least: float) -> list[Sighting]:
        """Return the faces in a picture, the surest first, each once.

        Parameters
        ----------
        picture : ndarray of shape (H, W, 3), uint8, BGR
        factor : float
            By which it is resized first. Faces of about 14 pixels and more are found.
        least : float
            The lowest score.
        """
        height, width = picture.shape[:2]
        rows, cols = (max(_STEP, round(n * factor / _STEP) * _STEP) for n in (height, width))
        way = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
        resized = cv2.resize(picture, (cols, rows), interpolation=way)
        self._net.setInput(cv2.dnn.blobFromImage(resized, swapRB=True))
        outputs = [np.asarray(part[0], np.float64) for part in self._net.forward(_OUTPUTS)]
        kept: list[Sighting] = []
        for sighting in _read(outputs, least):
            if not any(is_same_face(sighting.box, other.box) for other in kept):
                kept.append(sighting)
        return [sighting.scaled(height / rows, width / cols) for sighting in kept]


def _read(outputs: list[npt.NDArray[np.float64]], least: float) -> list[Sighting]:
    """Return what the network's outputs tell, the surest first."""
    scores, sizes, offsets, marks = outputs
    rows, cols = np.nonzero(scores[0] > least)
    order = np.argsort(-scores[0, rows, cols], kind="stable")
    found = []
    for row, col in zip(rows[order], cols[order], strict=True):
        size = np.exp(sizes[:, row, col]) * _STRIDE
        corner = (np.array([row, col]) + offsets[:, row, col] + 0.5) * _STRIDE - size / 2
        points = marks[:, row, col].reshape(5, 2) * size + corner
        box = float(corner[0]), float(corner[1]), float(size[0]), float(size[1])
        # Pixel 0 has its centre at 0.
        found.append(Sighting(box, float(scores[0, row, col]), points - 0.5))
    return found
