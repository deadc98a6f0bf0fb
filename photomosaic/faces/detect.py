"""Faces found in photos: where the network sees some, and what dlib tells of each."""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from photomosaic.arrays import BgrImage
from photomosaic.faces.align import aligned
from photomosaic.faces.boxes import SAME_FACE, centre_is_inside, is_same_face, parts
from photomosaic.faces.face import Embedding, Face
from photomosaic.faces.network import FaceNetwork, Sighting
from photomosaic.faces.upright import back, box_of, in_photo, to_upright
from photomosaic.faces.weights import DETECTOR, EMBEDDING, LANDMARKS, Weights, dlib_version
from photomosaic.progress import StageClock

# Width of a face as small as the network finds it.
SMALLEST_BOX = 12
# A photo is looked at in parts of at most that many pixels a side.
LONGEST_SIDE = 960
# Parts share that many, so that each face lies in one of them whole; those of more are seen at a
# fraction of the size already.
OVERLAP = 96
# How much smaller the next look is, and the size of the last, in which a face may fill the photo.
SMALLER_BY, LAST_SIDE = 4, 640
# Unless a size is asked for: what is found in one look at a large photo, which takes half a second.
DEFAULT_SMALLEST = 30
DEFAULT_SHARE = 150
# A face that is seen at first sight is looked at again, upright and in this size. Of 450 such
# faces, all real ones scored more than 0.5 then, and nearly all others less than 0.3.
FIRST_SCORE, SECOND_SCORE = 0.35, 0.5
_SECOND_SIDE, _SECOND_BOX = 160, 96
# A face whose angle was wrong by more, in radians, is looked at once more.
_SURE_ROLL, _MOST_LOOKS = 0.2, 3
BOX_SIDE = 400
# Of the pictures on the page of people.
PICTURE_SIDE = 96
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

    It is 30, and a share of the photo's longer side where that is more.
    """
    return max(DEFAULT_SMALLEST, longest / DEFAULT_SHARE)


def method(smallest: int | None = None) -> str:
    """Return what the numbers of a face depend on, apart from the photo; see `FaceFinder`."""
    named = (
        f"dlib {dlib_version()}",
        f"centerface {DETECTOR.sha256[:16]} {smallest or (DEFAULT_SMALLEST, DEFAULT_SHARE)}"
        f" {SMALLEST_BOX} {LONGEST_SIDE} {OVERLAP} {SMALLER_BY} {LAST_SIDE} {SAME_FACE}"
        f" {FIRST_SCORE} {SECOND_SCORE}",
        f"landmarks {LANDMARKS.sha256[:16]} {BOX_SIDE} {JITTER}",
        f"embedding {EMBEDDING.sha256[:16]}",
        f"record 3 {PICTURE_SIDE}",
    )
    return "; ".join(named)


class FaceFinder:
    """Finds faces. It holds the models, so it is made once in each process.

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
        self._network = FaceNetwork(weights.detector)
        # Another, since changing between sizes takes as long as a look.
        self._second_network = FaceNetwork(weights.detector)
        self._landmarks = dlib.shape_predictor(weights.landmarks)
        self._embedding = dlib.face_recognition_model_v1(weights.embedding)

    def find(self, photo: BgrImage) -> tuple[Face, ...]:
        """Return the faces in an upright photo (H, W, 3), uint8, BGR, the topmost first."""
        with self._clock.stage("detect"):
            sightings = self._sightings(photo)
        faces = [self._describe(photo, sighting) for sighting in sightings]
        return tuple(sorted(faces, key=lambda face: face.box))

    def _sightings(self, photo: BgrImage) -> list[Sighting]:
        """Return the faces in a photo, each once, from looks at ever smaller sizes."""
        longest = max(photo.shape[:2])
        smallest = self._smallest or default_smallest(longest)
        # Faces that are turned are seen better with what is around them.
        factor = max(SMALLEST_BOX / smallest, min(1.0, LAST_SIDE / longest))
        found = self._look(photo, factor)
        while longest * factor > LONGEST_SIDE:
            factor = max(factor / SMALLER_BY, LAST_SIDE / longest)
            found += self._look(photo, factor)
        second_looks = [self._second_look(photo, one) for one in _each_once(found)]
        faces = _each_once([sighting for sighting in second_looks if sighting is not None])
        return [face for face in faces if box_of(face)[3] >= smallest]

    def _look(self, photo: BgrImage, factor: float) -> list[Sighting]:
        """Return the faces of `SMALLEST_BOX` and more in a photo that is resized by a factor."""
        found: list[Sighting] = []
        height, width = photo.shape[:2]
        side, overlap = LONGEST_SIDE / factor, OVERLAP / factor
        for top, bottom in parts(height, side, overlap):
            for left, right in parts(width, side, overlap):
                seen = self._network.look(photo[top:bottom, left:right], factor, FIRST_SCORE)
                found += [sighting.moved(top, left) for sighting in seen]
        return [one for one in found if centre_is_inside(one.box, height, width)]

    def _second_look(self, photo: BgrImage, sighting: Sighting) -> Sighting | None:
        """Return the face seen from near and upright, or None if it is none."""
        for _ in range(_MOST_LOOKS):
            matrix = to_upright(sighting, _SECOND_SIDE, _SECOND_BOX)
            upright = aligned(photo, matrix, _SECOND_SIDE, "replicate")
            middle = (_SECOND_SIDE - 1) / 2
            seen = [
                again
                for again in self._second_network.look(upright, 1.0, SECOND_SCORE)
                if math.dist(again.marks[2], (middle, middle)) < _SECOND_BOX / 3
            ]
            if not seen:
                return None
            sighting = in_photo(seen[0], matrix)
            if abs(seen[0].roll) < _SURE_ROLL:
                break
        return sighting

    def _describe(self, photo: BgrImage, sighting: Sighting) -> Face:
        with self._clock.stage("landmarks"):
            # The models see upright faces only. Their landmarks are whole pixels, so small faces
            # are enlarged and large ones shrunk.
            matrix = to_upright(sighting, 2 * BOX_SIDE, BOX_SIDE)
            near = aligned(photo, matrix, 2 * BOX_SIDE, "replicate")
            crop = np.asarray(cv2.cvtColor(near, cv2.COLOR_BGR2RGB), np.uint8)
            points = self._points(crop)
        eyes = np.stack([points[_LEFT_EYE].mean(axis=0), points[_RIGHT_EYE].mean(axis=0)])
        *eyes_there, nose = back(np.stack([*eyes, points[_NOSE]]), matrix)
        with self._clock.stage("embed"):
            chip = self._dlib.get_face_chip(crop, self._shape(points))
            embedding = self._embed(chip)
        return Face(
            box=box_of(sighting),
            eyes=np.asarray(eyes_there, np.float32),
            nose=(float(nose[0]), float(nose[1])),
            score=sighting.score,
            sharpness=_sharpness(chip),
            embedding=embedding,
            picture=_small_picture(near),
        )

    def _embed(self, chip: RgbImage) -> Embedding:
        return np.asarray(self._embedding.compute_face_descriptor(chip), np.float32)

    def _points(self, crop: RgbImage) -> npt.NDArray[np.float64]:
        """Return the five landmarks (5, 2) as (row, col) of the face in the middle of a crop."""
        found = []
        for down, right, size in JITTER:
            side = size * BOX_SIDE
            top = BOX_SIDE / 2 + down * BOX_SIDE + (BOX_SIDE - side) / 2
            left = BOX_SIDE / 2 + right * BOX_SIDE + (BOX_SIDE - side) / 2
            y0, x0, y1, x1 = (round(value) for value in (top, left, top + side, left + side))
            shape = self._landmarks(crop, self._dlib.rectangle(x0, y0, x1 - 1, y1 - 1))
            found.append([(point.y, point.x) for point in shape.parts()])
        return np.asarray(np.median(np.asarray(found, float), axis=0))

    def _shape(self, points: npt.NDArray[np.float64]) -> Any:
        first, last = BOX_SIDE // 2, BOX_SIDE // 2 + BOX_SIDE - 1
        box = self._dlib.rectangle(first, first, last, last)
        rounded = points.round().astype(int)
        parts = self._dlib.points([self._dlib.point(int(col), int(row)) for row, col in rounded])
        return self._dlib.full_object_detection(box, parts)


def _each_once(found: list[Sighting]) -> list[Sighting]:
    """Return the surest sighting of each face."""
    kept: list[Sighting] = []
    for one in sorted(found, key=lambda sighting: (-sighting.score, sighting.box)):
        if not any(is_same_face(one.box, other.box) for other in kept):
            kept.append(one)
    return kept


def _small_picture(near: BgrImage) -> bytes:
    """Return a JPEG of the face in the middle of a crop, with hair and chin."""
    margin = len(near) // 8
    face = near[margin:-margin, margin:-margin]
    small = cv2.resize(face, (PICTURE_SIDE, PICTURE_SIDE), interpolation=cv2.INTER_AREA)
    _, data = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 80])
    return data.tobytes()


def _sharpness(chip: RgbImage) -> float:
    grey = cv2.cvtColor(chip, cv2.COLOR_RGB2GRAY)
    return float(cv2.Laplacian(grey, cv2.CV_32F).var())
