"""Frames of a montage: faces cut out of their photos and aligned by the eyes."""

from __future__ import annotations

import hashlib
import logging
import math
import os
import re
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from photomosaic.arrays import BgrImage
from photomosaic.errors import NoMatchError, PictureError
from photomosaic.faces.align import (
    EYE_LINE,
    Matrix,
    aligned,
    eye_marks,
    eyes_to_marks,
    points_to_marks,
    zoom_of,
)
from photomosaic.faces.face import Points
from photomosaic.faces.light import Light, evened_lights, in_light
from photomosaic.faces.montage_folder import MontageFolder
from photomosaic.faces.reading import MOST_PIXELS
from photomosaic.faces.search import Finding, as_probability
from photomosaic.faces.shape import common_shape, shape_marks
from photomosaic.faces.transaction import FRAME_SUFFIX
from photomosaic.files.names import printable
from photomosaic.files.regular import read_file, why_unread
from photomosaic.images.decode import decode
from photomosaic.images.encode import write_picture
from photomosaic.images.memory import file_memory
from photomosaic.images.pixels import on_white
from photomosaic.options.montage import FrameOptions
from photomosaic.parallel.workers import Threads
from photomosaic.progress import Work

log = logging.getLogger(__name__)

LONGEST_STEM = 80
# Closeness of a face, and sides, of the small pictures on the sheets.
_SMALL_CLOSENESS = 0.33
_SMALL_SIDE, _SMALLER_SIDE, _MANY = 160, 96, 400


@dataclass(frozen=True)
class Frame:
    """A frame to be made, or the reason why it cannot be.

    Attributes
    ----------
    name : str
    finding : Finding
    marks : ndarray of shape (N, 2) or None
        Where the eyes are to lie, or all points of the face, as (row, col).
    light : Light or None
        Which light the face is to have; None leaves it as it is.
    small : ndarray or None
        A small picture of it, once it is made.
    zoom : float
        By which the photo was enlarged.
    problem : str
    """

    name: str
    finding: Finding
    marks: npt.NDArray[np.float64] | None = None
    light: Light | None = None
    small: BgrImage | None = None
    zoom: float = 1.0
    problem: str = ""


def write_frames(
    montage: MontageFolder,
    folder: Path,
    matches: Sequence[Finding],
    options: FrameOptions,
    work: Work,
) -> list[Frame]:
    """Write the frames of matches into a folder, numbered in their order.

    Photos that changed since they were searched are left out, with a warning.

    Raises
    ------
    NoMatchError
        If none of the photos is there any more.
    OutputError
        If a frame cannot be written.
    """
    while matches:
        plan = _planned(montage, matches, options)
        make = partial(_made, folder=folder, options=options, small=small_side(len(matches)))
        made = Threads(work.workers).map(make, plan)
        frames = list(work.progress(made, total=len(plan), what="making frames", unit="frame"))
        failed = [frame for frame in frames if frame.problem]
        if not failed:
            return frames
        for frame in failed:
            log.warning("%s: left out: %s", printable(frame.finding.photo.file.path), frame.problem)
        # All again, since numbers and closeness depend on the number of frames.
        matches = [frame.finding for frame in frames if not frame.problem]
        for frame in frames:
            (folder / frame.name).unlink(missing_ok=True)
    raise NoMatchError("none of the photos that match can be read any more; run again")


def _planned(
    montage: MontageFolder, matches: Sequence[Finding], options: FrameOptions
) -> list[Frame]:
    digits, count = max(4, len(str(len(matches)))), len(matches)
    marks = [eye_marks(options.shape, options.closeness(i, count)) for i in range(count)]
    lights: list[Light] | list[None] = [None] * count
    figures = [match.figures for match in matches if match.figures is not None]
    if options.align == "face":
        shape = common_shape([_eyes_and_points(match) for match in matches])
        marks = [shape_marks(shape, eyes) for eyes in marks]
    if options.even_light:
        lights = evened_lights([figure.skin for figure in figures])
    return [
        Frame(
            montage.free_name(f"{i + 1:0{digits}d}_{_name(match)}{FRAME_SUFFIX}"),
            match,
            marks[i],
            lights[i],
        )
        for i, match in enumerate(matches)
    ]


def _eyes_and_points(match: Finding) -> tuple[Points, npt.NDArray[np.float64]]:
    if match.figures is None or match.figures.points is None:
        raise ValueError("an alignment of the face needs its points")
    return match.face.eyes, match.figures.points


def _name(match: Finding) -> str:
    """Return the part of a frame's name with its date, probability and photo."""
    day = f"{match.when:%Y-%m-%d}" if match.when else "undated"
    stem = os.path.splitext(os.path.basename(match.photo.file.path))[0]  # noqa: PTH119, PTH122
    # Characters that some file systems or consoles cannot handle.
    stem = re.sub(r'[<>:"/\\|?*]', "_", printable(stem))
    stem = stem.encode()[:LONGEST_STEM].decode("utf-8", "ignore").rstrip(" .")
    return f"{day}_{as_probability(match)}_{stem}"


def _made(frame: Frame, *, folder: Path, options: FrameOptions, small: int) -> Frame:
    """Write a frame, and return it with a picture of `small` pixels a side, or with a problem."""
    with ExitStack() as memory:
        try:
            photo = photo_of(frame.finding, memory=memory)
        except (OSError, PictureError) as error:
            return replace(frame, problem=why_unread(error))
        matrix = _placing(photo, frame)
        picture = aligned(photo, matrix, options.shape, options.border)
    figures = frame.finding.figures
    if frame.light is not None and figures is not None:
        picture = in_light(picture, figures.skin, frame.light)
    write_picture(picture, folder / frame.name, frame.finding.when)
    return replace(frame, small=_small_square(picture, small), zoom=zoom_of(matrix))


def _placing(photo: BgrImage, frame: Frame) -> Matrix:
    """Return the turn, zoom and shift that takes a photo into its frame."""
    if frame.marks is None:
        raise ValueError("a frame needs marks")
    if len(frame.marks) == 2:
        return eyes_to_marks(_eyes_in(photo, frame.finding), frame.marks)
    zoom = len(photo) / frame.finding.photo.found.height
    _, points = _eyes_and_points(frame.finding)
    return points_to_marks((points + 0.5) * zoom - 0.5, frame.marks)


def _small_square(picture: BgrImage, side: int) -> BgrImage:
    """Return the part of a frame around the face, as a square of `side` pixels."""
    height, width = picture.shape[:2]
    shorter = min(height, width)
    top, left = round(EYE_LINE * (height - shorter)), (width - shorter) // 2
    square = picture[top : top + shorter, left : left + shorter]
    return np.asarray(cv2.resize(square, (side, side), interpolation=cv2.INTER_AREA), np.uint8)


def photo_of(
    finding: Finding, covers: tuple[int, int] | None = None, memory: ExitStack | None = None
) -> BgrImage:
    """Return a photo's pixels (H, W, 3), uint8, BGR, upright; smaller if `covers` are enough.

    `memory` is as for `decode`.

    Raises
    ------
    OSError, PictureError
        If it cannot be read, or is not what was searched.
    """
    with file_memory(finding.photo.file.size):
        data = read_file(finding.photo.file.path)
        if hashlib.sha256(data).digest() != finding.photo.hash:
            raise PictureError("changed while it was searched")
        decoded = decode(data, covers, most_pixels=MOST_PIXELS, memory=memory)
        return on_white(decoded.picture)


def _eyes_in(photo: BgrImage, finding: Finding) -> Points:
    """Return the eyes in a photo that may have been decoded smaller."""
    return finding.face.scaled(len(photo) / finding.photo.found.height).eyes


def small_faces(findings: Sequence[Finding], work: Work) -> Iterable[BgrImage | None]:
    """Yield small pictures of faces; None for each whose photo cannot be read any more."""
    make = partial(_small_face, side=small_side(len(findings)))
    made = Threads(work.workers).map(make, findings)
    return work.progress(made, total=len(findings), what="making the sheet", unit="face")


def _small_face(finding: Finding, side: int) -> BgrImage | None:
    found, marks = finding.photo.found, eye_marks(side, _SMALL_CLOSENESS)
    zoom = min(1.0, 2 * zoom_of(eyes_to_marks(finding.face.eyes, marks)))
    sides = sorted((found.height, found.width))
    try:
        photo = photo_of(finding, (math.ceil(sides[0] * zoom), math.ceil(sides[1] * zoom)))
    except (OSError, PictureError) as error:
        log.warning(
            "%s: cannot be shown: %s", printable(finding.photo.file.path), why_unread(error)
        )
        return None
    eyes = _eyes_in(photo, finding)
    return aligned(photo, eyes_to_marks(eyes, marks), side, "replicate")


def small_side(count: int) -> int:
    """Return the side of the small pictures of so many faces, in pixels."""
    return _SMALL_SIDE if count <= _MANY else _SMALLER_SIDE
