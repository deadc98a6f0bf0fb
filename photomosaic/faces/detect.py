"""Faces found in photos: boxes, eyes and embeddings, by dlib."""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from photomosaic.arrays import BgrImage
from photomosaic.faces.boxes import SAME_FACE, Box, Scored, centre_is_inside, merged, starts
from photomosaic.faces.face import Embedding, Face
from photomosaic.faces.weights import EMBEDDING, LANDMARKS, Weights, dlib_version
from photomosaic.progress import StageClock

# The detector's window of 80 pixels a side slides over an ever smaller photo; its boxes lie within.
SMALLEST_BOX = 72
# A photo is looked at in parts of at most that many pixels a side.
LONGEST_SIDE = 3640
# Parts share that many, so that each face lies in one of them whole; those of more than twice the
# smallest box are seen at half the size already.
OVERLAP = 240
# Unless a size is asked for: what is found in one look at a large photo, which takes a second.
DEFAULT_SMALLEST = 30
DEFAULT_SHARE = 50
BOX_SIDE = 400
# Shifts down and right, in box sides, and factors of size: the landmarks wander by a pixel or two
# with the box, and their median over a few boxes does not.
JITTER = (
    (0.0, 0.0, 1.0),
    (0.03, 0.0, 1.0),
    (-0.03, 0.0, 1.0),
    (0.0, 0.03, 1.0),
    (0.0, -0.03, 1.0),
    (0.0, 0.0, 1.05),
    (0.0, 0.0, 0.95),
)
# Of the five landmarks: the corners of the eyes as seen, left and right, and the base of the nose.
_LEFT_EYE, _RIGHT_EYE, _NOSE = [2, 3], [0, 1], 4

RgbImage = npt.NDArray[np.uint8]
"""As `BgrImage`, but red first, as dlib takes it."""


def default_smallest(longest: int) -> float:
    """Return the width of the smallest faces that are looked for, in pixels of the photo.

    It is 30, and a fiftieth of the photo's longer side where that is more.
    """
    return max(DEFAULT_SMALLEST, longest / DEFAULT_SHARE)


def method(smallest: int | None = None) -> str:
    """Return what the numbers of a face depend on, apart from the photo; see `FaceFinder`."""
    parts = (
        f"dlib {dlib_version()}",
        f"hog {smallest or (DEFAULT_SMALLEST, DEFAULT_SHARE)} {SMALLEST_BOX} {LONGEST_SIDE}"
        f" {OVERLAP} {SAME_FACE}",
        f"landmarks {LANDMARKS.sha256[:16]} {BOX_SIDE} {JITTER}",
        f"embedding {EMBEDDING.sha256[:16]}",
        "record 1",
    )
    return "; ".join(parts)


class FaceFinder:
    """Finds faces. It holds dlib's models, so it is made once in each process.

    Parameters
    ----------
    weights : Weights
    clock : StageClock, optional
        Of "detect", "landmarks" and "embed".
    smallest : int, optional
        Width of the smallest faces, in pixels of the photo; by default that of `default_smallest`.
        The time goes by the square of the photo's size over this.
    """

    def __init__(
        self, weights: Weights, clock: StageClock | None = None, smallest: int | None = None
    ) -> None:
        # Loaded here, since only face montages need it.
        import dlib

        self._dlib: Any = dlib
        self._clock = clock or StageClock()
        self._smallest = smallest
        self._detector = dlib.get_frontal_face_detector()
        self._landmarks = dlib.shape_predictor(weights.landmarks)
        self._embedding = dlib.face_recognition_model_v1(weights.embedding)

    def find(self, photo: BgrImage) -> tuple[Face, ...]:
        """Return the faces in an upright photo (H, W, 3), uint8, BGR, the topmost first."""
        rgb = np.asarray(cv2.cvtColor(photo, cv2.COLOR_BGR2RGB), np.uint8)
        with self._clock.stage("detect"):
            boxes = self._boxes(rgb)
        faces = [self._describe(rgb, box, score) for box, score in boxes]
        return tuple(sorted(faces, key=lambda face: face.box))

    def _boxes(self, rgb: RgbImage) -> list[Scored]:
        """Return boxes and scores, from looks at the photo at ever smaller sizes."""
        longest = max(rgb.shape[:2])
        factor = SMALLEST_BOX / (self._smallest or default_smallest(longest))
        found = self._look(rgb, factor)
        while longest * factor > LONGEST_SIDE:
            factor /= 2
            found += self._look(rgb, factor)
        return merged(found)

    def _look(self, rgb: RgbImage, factor: float) -> list[Scored]:
        """Return the faces of about 72 pixels and more in a photo that is resized by a factor."""
        found: list[Scored] = []
        height, width = rgb.shape[:2]
        side, step = LONGEST_SIDE / factor, (LONGEST_SIDE - OVERLAP) / factor
        for top in starts(height, side, step):
            for left in starts(width, side, step):
                part = rgb[top : math.ceil(top + side), left : math.ceil(left + side)]
                found += [
                    ((box[0] + top, box[1] + left, *box[2:]), score)
                    for box, score in self._detected(part, factor)
                ]
        return [(box, score) for box, score in found if centre_is_inside(box, height, width)]

    def _detected(self, part: RgbImage, factor: float) -> list[Scored]:
        height, width = part.shape[:2]
        size = max(1, round(width * factor)), max(1, round(height * factor))
        way = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
        resized = np.ascontiguousarray(part) if factor == 1 else _resized(part, size, way)
        across, down = width / size[0], height / size[1]
        boxes, scores, _ = self._detector.run(resized, 0, 0.0)
        return [
            (
                (box.top() * down, box.left() * across, box.height() * down, box.width() * across),
                float(score),
            )
            for box, score in zip(boxes, scores, strict=True)
        ]

    def _describe(self, rgb: RgbImage, box: Box, score: float) -> Face:
        with self._clock.stage("landmarks"):
            points = self._points(rgb, box)
        eyes = np.stack([points[_LEFT_EYE].mean(axis=0), points[_RIGHT_EYE].mean(axis=0)])
        nose = float(points[_NOSE][0]), float(points[_NOSE][1])
        with self._clock.stage("embed"):
            chip = self._dlib.get_face_chip(rgb, self._shape(box, points))
            embedding = self._embed(chip)
        return Face(
            box=box,
            eyes=eyes.astype(np.float32),
            nose=nose,
            score=score,
            sharpness=_sharpness(chip),
            embedding=embedding,
        )

    def _embed(self, chip: RgbImage) -> Embedding:
        return np.asarray(self._embedding.compute_face_descriptor(chip), np.float32)

    def _points(self, rgb: RgbImage, box: Box) -> npt.NDArray[np.float64]:
        """Return the five landmarks (5, 2) as (row, col), from the face brought to a fixed size.

        The models' landmarks are whole pixels, so small faces are enlarged and large ones shrunk.
        """
        crop, origin, factors = _fixed_size(rgb, box)
        found = []
        for down, right, size in JITTER:
            side_y, side_x = box[2] * size, box[3] * size
            top = box[0] + down * box[2] + (box[2] - side_y) / 2
            left = box[1] + right * box[3] + (box[3] - side_x) / 2
            corners = (np.array([[top, left], [top + side_y, left + side_x]]) - origin) * factors
            (y0, x0), (y1, x1) = corners.round().astype(int).tolist()
            shape = self._landmarks(crop, self._dlib.rectangle(x0, y0, x1 - 1, y1 - 1))
            found.append([(point.y, point.x) for point in shape.parts()])
        middle = np.median(np.asarray(found, float), axis=0)
        return np.asarray((middle + 0.5) / factors - 0.5 + origin)

    def _shape(self, box: Box, points: npt.NDArray[np.float64]) -> Any:
        y, x, height, width = (round(value) for value in box)
        rectangle = self._dlib.rectangle(x, y, x + width - 1, y + height - 1)
        rounded = points.round().astype(int)
        parts = self._dlib.points([self._dlib.point(int(col), int(row)) for row, col in rounded])
        return self._dlib.full_object_detection(rectangle, parts)


def _fixed_size(
    rgb: RgbImage, box: Box
) -> tuple[RgbImage, npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return what lies around a box with the box at a fixed size, its origin and its factors."""
    top, left, height, width = box
    y0, x0 = max(0, int(top - height / 2)), max(0, int(left - width / 2))
    y1, x1 = (int(np.ceil(top + 1.5 * height)), int(np.ceil(left + 1.5 * width)))
    crop = np.ascontiguousarray(rgb[y0:y1, x0:x1])
    factor = BOX_SIDE / width
    size = max(1, round(crop.shape[1] * factor)), max(1, round(crop.shape[0] * factor))
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    factors = np.array([size[1] / crop.shape[0], size[0] / crop.shape[1]])
    return _resized(crop, size, way), np.array([y0, x0], float), factors


def _resized(picture: RgbImage, size: tuple[int, int], way: int) -> RgbImage:
    return np.asarray(cv2.resize(picture, size, interpolation=way), np.uint8)


def _sharpness(chip: RgbImage) -> float:
    grey = cv2.cvtColor(chip, cv2.COLOR_RGB2GRAY)
    return float(cv2.Laplacian(grey, cv2.CV_32F).var())
