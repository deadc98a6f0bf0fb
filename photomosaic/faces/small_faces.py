"""Small pictures of faces, as sheets show them."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Sequence
from functools import partial

import cv2
import numpy as np

from photomosaic.arrays import BgrImage
from photomosaic.errors import PictureError
from photomosaic.faces.align import EYE_LINE, aligned, eye_marks, eyes_to_marks, zoom_of
from photomosaic.faces.pixels import photo_of
from photomosaic.faces.search import Finding
from photomosaic.files.names import printable
from photomosaic.files.regular import why_unread
from photomosaic.parallel.workers import Threads
from photomosaic.progress import Work

log = logging.getLogger(__name__)

# Closeness of a face, and sides, of the small pictures on the sheets.
_CLOSENESS = 0.33
_SIDE, _SMALLER_SIDE, _MANY = 160, 96, 400


def small_square(picture: BgrImage, side: int) -> BgrImage:
    """Return the part of a frame around the face, as a square of `side` pixels."""
    height, width = picture.shape[:2]
    shorter = min(height, width)
    top, left = round(EYE_LINE * (height - shorter)), (width - shorter) // 2
    square = picture[top : top + shorter, left : left + shorter]
    return np.asarray(cv2.resize(square, (side, side), interpolation=cv2.INTER_AREA), np.uint8)


def small_faces(findings: Sequence[Finding], work: Work) -> Iterable[BgrImage | None]:
    """Yield small pictures of faces; None for each whose photo cannot be read any more."""
    make = partial(_small_face, side=small_side(len(findings)))
    made = Threads(work.workers).map(make, findings)
    return work.progress(made, total=len(findings), what="making the sheet", unit="face")


def _small_face(finding: Finding, side: int) -> BgrImage | None:
    found, marks = finding.photo.found, eye_marks(side, _CLOSENESS)
    zoom = min(1.0, 2 * zoom_of(eyes_to_marks(finding.face.eyes, marks)))
    sides = sorted((found.height, found.width))
    try:
        photo = photo_of(finding, (math.ceil(sides[0] * zoom), math.ceil(sides[1] * zoom)))
    except (OSError, PictureError) as error:
        log.warning(
            "%s: cannot be shown: %s", printable(finding.photo.file.path), why_unread(error)
        )
        return None
    eyes = finding.face.scaled(len(photo) / found.height).eyes
    return aligned(photo, eyes_to_marks(eyes, marks), side, "replicate")


def small_side(count: int) -> int:
    """Return the side of the small pictures of so many faces, in pixels."""
    return _SIDE if count <= _MANY else _SMALLER_SIDE
