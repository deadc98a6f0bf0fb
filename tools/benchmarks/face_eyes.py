"""How well the eyes lie on their marks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from photomosaic.faces.align import aligned, eye_marks, eyes_to_marks
from photomosaic.faces.detect import FaceFinder
from photomosaic.faces.face_library import ScannedPhoto
from photomosaic.faces.weights import find_weights
from photomosaic.images.decode import read_target

SIDE, CLOSENESS = 800, 0.4
# The distance between the eyes, in pixels of a frame, which errors are brought to.
EYE_DISTANCE = (1 - 2 * CLOSENESS) * SIDE


def eye_errors(photos: Sequence[ScannedPhoto], finder: FaceFinder) -> list[float]:
    """Return how far from their marks the eyes are found again on the frames."""
    marks, errors = eye_marks(SIDE, CLOSENESS), []
    for photo in photos:
        face = max(photo.faces, key=lambda face: face.size)
        picture = read_target(Path(photo.file.path))
        frame = aligned(picture, eyes_to_marks(face.eyes, marks), SIDE, "blur")
        found = finder.find(frame)
        if found:
            again = max(found, key=lambda face: face.size)
            errors += np.hypot(*(again.eyes - marks).T).tolist()
    return errors


def transform_errors(photos: Sequence[ScannedPhoto], finder: FaceFinder) -> list[float]:
    """Return how far the eyes are from where turning and resizing a photo takes them."""
    rng, errors = np.random.default_rng(0), []
    for photo in photos:
        picture = read_target(Path(photo.file.path))
        height, width = picture.shape[:2]
        face = max(photo.faces, key=lambda face: face.size)
        scale = float(rng.uniform(0.6, 1.2))
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), rng.uniform(-15, 15), scale)
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        turned = cv2.warpAffine(
            picture, turn, (width, height), flags=way, borderMode=cv2.BORDER_REPLICATE
        )
        found = finder.find(turned)
        if not found:
            continue
        again = max(found, key=lambda face: face.size)
        expected = face.eyes[:, ::-1] @ turn[:, :2].T + turn[:, 2]
        far = np.hypot(*(again.eyes[:, ::-1] - expected).T)
        errors += (far * EYE_DISTANCE / (face.eye_distance * scale)).tolist()
    return errors


def how_well_aligned(people: dict[str, list[ScannedPhoto]]) -> Iterator[str]:
    """Tell how well the eyes lie in frames of 800 pixels."""
    finder = FaceFinder(find_weights())
    photos = [photo for theirs in people.values() for photo in theirs if photo.faces]
    errors = np.array(eye_errors(photos, finder))
    yield (
        f"eyes found again on {len(errors) // 2} frames of {SIDE} pixels: median"
        f" {np.median(errors):.2f}, 95 % {np.percentile(errors, 95):.2f},"
        f" largest {errors.max():.1f} (bar: 1.0, 2.5)"
    )
    errors = np.array(transform_errors(photos, finder))
    yield (
        f"eyes of {len(errors) // 2} photos turned and resized: median {np.median(errors):.2f},"
        f" 90 % {np.percentile(errors, 90):.2f} (bar: 0.6, 1.2)"
    )
