"""Frames of a montage: faces cut out of their photos and aligned by the eyes."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from photomosaic.arrays import BgrImage
from photomosaic.errors import NoMatchError, PictureError
from photomosaic.faces.align import (
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
from photomosaic.faces.pixels import photo_of
from photomosaic.faces.search import Finding, as_probability
from photomosaic.faces.shape import common_shape, shape_marks
from photomosaic.faces.small_faces import small_side, small_square
from photomosaic.faces.transaction import FRAME_SUFFIX
from photomosaic.files.names import printable
from photomosaic.files.regular import why_unread
from photomosaic.images.encode import write_picture
from photomosaic.options.montage import FrameOptions
from photomosaic.parallel.workers import Threads
from photomosaic.progress import Work

log = logging.getLogger(__name__)

LONGEST_STEM = 80


@dataclass(frozen=True)
class Frame:
    """A frame to be made, or the reason why it cannot be.

    Attributes
    ----------
    name : str
    finding : Finding
    marks : ndarray of shape (2, 2) or None
        Where the eyes are to lie, as (row, col).
    shape : ndarray of shape (N, 2) or None
        Where the points of the face are to lie as nearly as can be; None goes by the eyes.
    light : Light or None
        Which light the face is to have; None leaves it as it is.
    small : ndarray or None
        A small picture of it, once it is made.
    matrix : Matrix or None
        Which took the photo there, once it is made.
    problem : str
    """

    name: str
    finding: Finding
    marks: npt.NDArray[np.float64] | None = None
    shape: npt.NDArray[np.float64] | None = None
    light: Light | None = None
    small: BgrImage | None = None
    matrix: Matrix | None = None
    problem: str = ""

    @property
    def zoom(self) -> float:
        """By which the photo was enlarged."""
        return 1.0 if self.matrix is None else zoom_of(self.matrix)


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
    shapes: list[npt.NDArray[np.float64]] | list[None] = [None] * count
    if options.align == "face":
        shape = common_shape([_eyes_and_points(match) for match in matches])
        shapes = [shape_marks(shape, eyes) for eyes in marks]
    if options.even_light:
        lights = evened_lights([figure.skin for figure in figures])
    return [
        Frame(
            montage.free_name(f"{i + 1:0{digits}d}_{_name(match)}{FRAME_SUFFIX}"),
            match,
            marks[i],
            shapes[i],
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
    stem = f"{stem} {match.photo.time}".rstrip()
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
        factor = len(photo) / frame.finding.photo.found.height
        matrix = _placing(frame, factor)
        picture = aligned(photo, matrix, options.shape, options.border)
    figures = frame.finding.figures
    if frame.light is not None and figures is not None:
        picture = in_light(picture, figures.skin, frame.light)
    write_picture(picture, folder / frame.name, frame.finding.when)
    # Of the whole photo, in case it was decoded smaller.
    whole = matrix * [factor, factor, 1]
    whole[:, 2] += matrix[:, :2].sum(axis=1) * (factor - 1) / 2
    return replace(frame, small=small_square(picture, small), matrix=whole)


def _placing(frame: Frame, factor: float) -> Matrix:
    """Return the turn, zoom and shift that takes a photo, resized by a factor, into its frame."""
    if frame.marks is None:
        raise ValueError("a frame needs marks")
    if frame.shape is None or frame.finding.placed is not None:
        eyes = (frame.finding.eyes.astype(np.float64) + 0.5) * factor - 0.5
        return eyes_to_marks(eyes, frame.marks)
    _, points = _eyes_and_points(frame.finding)
    return points_to_marks((points + 0.5) * factor - 0.5, frame.shape)
