"""Frames, sheets and the list of a montage, made of what a search found."""

from __future__ import annotations

import hashlib
import logging
import math
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from photomosaic.arrays import BgrImage
from photomosaic.errors import NoMatchError, PictureError
from photomosaic.faces.align import Border, aligned, eye_marks, eyes_to_marks, zoom_of
from photomosaic.faces.montage_list import Row
from photomosaic.faces.savedir import (
    FRAME_SUFFIX,
    MATCHES_SHEET,
    NEAR_MISSES_SHEET,
    REVIEW_FOLDER,
    SaveDir,
    new_content,
    sha256_text,
    write_new_list,
)
from photomosaic.faces.search import Finding, as_probability
from photomosaic.images.contact_sheet import contact_sheet
from photomosaic.images.decode import decode, on_white
from photomosaic.images.encode import write_picture
from photomosaic.images.listing import printable
from photomosaic.parallel import in_threads
from photomosaic.progress import Progress
from photomosaic.ranges import CLOSENESS, OUTPUT_SIZE

log = logging.getLogger(__name__)

MOST_ENLARGED = 2.0
LONGEST_STEM = 80

_SHEET_CLOSENESS = 0.33
_SHEET_SIDE, _SMALL_SHEET_SIDE, _MANY = 160, 96, 400
MOST_NEAR_MISSES = 120
FEWEST_NEAR_MISSES = 12


@dataclass(frozen=True)
class MontageOptions:
    """How frames look.

    Attributes
    ----------
    output_size : int
        Width and height of a frame, in pixels.
    start_closeness, end_closeness : float
        Share of the width to the left of the left eye, in the first and the last frame.
    border : str
        What is shown beyond a photo.
    """

    output_size: int = 800
    start_closeness: float = 0.4
    end_closeness: float = 0.4
    border: Border = "blur"

    def __post_init__(self) -> None:
        """Raise `InputError` for a value out of its range."""
        OUTPUT_SIZE.check("--output-size", self.output_size)
        CLOSENESS.check("--start-closeness", self.start_closeness)
        CLOSENESS.check("--end-closeness", self.end_closeness)

    def closeness(self, i: int, count: int) -> float:
        """Return the closeness of frame `i` of `count`: even steps from the first to the last."""
        share = i / (count - 1) if count > 1 else 0.0
        return self.start_closeness + share * (self.end_closeness - self.start_closeness)


@dataclass(frozen=True)
class _Frame:
    """A frame to be made, or the reason why it cannot be."""

    name: str
    finding: Finding
    closeness: float
    small: BgrImage | None = None
    zoom: float = 1.0
    problem: str = ""


def write_montage(
    savedir: SaveDir,
    matches: Sequence[Finding],
    unseen: Sequence[Finding],
    near: Sequence[Finding],
    options: MontageOptions,
    workers: int,
    progress: Progress,
) -> list[Row]:
    """Write the frames of matches in their order, both sheets, and the list, whose rows it returns.

    Photos that changed since they were searched are left out, with a warning.

    Parameters
    ----------
    savedir : SaveDir
    matches : sequence of Finding
    unseen : sequence of Finding
        What the list tells without a frame.
    near : sequence of Finding
        What the sheet of near misses shows, the nearest first.
    options : MontageOptions
    workers : int
        Number of threads.
    progress : Progress

    Raises
    ------
    NoMatchError
        If none of the photos is there any more.
    OutputError
        If something cannot be written.
    """
    with new_content(savedir) as folder:
        frames = _write_frames(savedir, folder, matches, options, workers, progress)
        _write_sheets(folder / REVIEW_FOLDER, frames, near, workers, progress)
        rows = [_frame_row(frame) for frame in frames]
        rows += _kept_decisions(savedir, rows + [row_of(finding) for finding in unseen])
        rows += [_unseen_row(savedir, finding) for finding in unseen]
        write_new_list(folder, rows)
    return rows


def write_sheets_only(
    savedir: SaveDir,
    matches: Sequence[Finding],
    near: Sequence[Finding],
    workers: int,
    progress: Progress,
) -> None:
    """Write both sheets, and nothing else.

    Raises
    ------
    OutputError
        If one cannot be written.
    """
    made = in_threads(lambda match: _small_face(match, _side(matches)), matches, workers)
    shown = progress(made, total=len(matches), what="making the sheet", unit="face")
    frames = [
        _Frame(f"{i + 1:04d}", match, 0, small)
        for i, (match, small) in enumerate(zip(matches, shown, strict=True))
        if small is not None
    ]
    folder = savedir.path / REVIEW_FOLDER
    folder.mkdir(exist_ok=True)
    _write_sheets(folder, frames, near, workers, progress)


def row_of(finding: Finding) -> Row:
    """Return the row of the list that tells of a finding."""
    top, left, height, width = (round(value) for value in finding.face.box)
    date = finding.date
    p = finding.probability
    return Row(
        photo=printable(finding.photo.file.path),
        date=date.when.isoformat(sep=" ", timespec="seconds") if date else "",
        date_source=date.source if date else "",
        probability="" if p is None else f"{p:.4f}",
        distance=f"{finding.distance:.4f}",
        box=f"{width}x{height}{left:+d}{top:+d}",
        eyes=" ".join(f"{col:.1f},{row:.1f}" for row, col in finding.face.eyes),
        status=finding.status,
        reason=finding.reason,
        photo_sha256=sha256_text(finding.photo.hash),
    )


def _write_frames(
    savedir: SaveDir,
    folder: Path,
    matches: Sequence[Finding],
    options: MontageOptions,
    workers: int,
    progress: Progress,
) -> list[_Frame]:
    while matches:
        plan = _planned(savedir, matches, options)
        make = partial(_made, folder=folder, options=options, small_side=_side(matches))
        made = in_threads(make, plan, workers)
        frames = list(progress(made, total=len(plan), what="making frames", unit="frame"))
        failed = [frame for frame in frames if frame.problem]
        if not failed:
            return frames
        for frame in failed:
            log.warning("%s: left out: %s", printable(frame.finding.photo.file.path), frame.problem)
        # All again, since the numbers, and how close each comes, depend on how many there are.
        matches = [frame.finding for frame in frames if not frame.problem]
        for frame in frames:
            (folder / frame.name).unlink(missing_ok=True)
    raise NoMatchError("none of the photos that match can be read any more; run again")


def _planned(savedir: SaveDir, matches: Sequence[Finding], options: MontageOptions) -> list[_Frame]:
    digits = max(4, len(str(len(matches))))
    return [
        _Frame(
            savedir.free_name(f"{i + 1:0{digits}d}_{_name(match)}{FRAME_SUFFIX}"),
            match,
            options.closeness(i, len(matches)),
        )
        for i, match in enumerate(matches)
    ]


def _name(match: Finding) -> str:
    """Return the part of a frame's name that tells its date, probability and photo."""
    day = f"{match.when:%Y-%m-%d}" if match.when else "undated"
    stem = os.path.splitext(os.path.basename(match.photo.file.path))[0]  # noqa: PTH119, PTH122
    # What some file systems do not take, and what could not be shown.
    stem = re.sub(r'[<>:"/\\|?*]', "_", printable(stem))
    stem = stem.encode()[:LONGEST_STEM].decode("utf-8", "ignore").rstrip(" .")
    return f"{day}_{as_probability(match)}_{stem}"


def _made(frame: _Frame, *, folder: Path, options: MontageOptions, small_side: int) -> _Frame:
    """Write a frame, and return it with its small picture, or with a problem."""
    try:
        photo = _photo_of(frame.finding)
    except (OSError, PictureError) as error:
        return replace(frame, problem=str(error))
    side = options.output_size
    matrix = eyes_to_marks(frame.finding.face.eyes, eye_marks(side, frame.closeness))
    picture = aligned(photo, matrix, side, options.border)
    write_picture(picture, folder / frame.name, frame.finding.when)
    small = cv2.resize(picture, (small_side, small_side), interpolation=cv2.INTER_AREA)
    return replace(frame, small=np.asarray(small, np.uint8), zoom=zoom_of(matrix))


def _photo_of(finding: Finding, covers: tuple[int, int] | None = None) -> BgrImage:
    """Return a photo's pixels (H, W, 3), uint8, BGR, upright; smaller if `covers` are enough.

    Raises
    ------
    OSError, PictureError
        If it cannot be read, or is not what was searched.
    """
    with open(finding.photo.file.path, "rb") as file:  # noqa: PTH123 (may not be UTF-8)
        data = file.read()
    if hashlib.sha256(data).digest() != finding.photo.hash:
        raise PictureError("changed while it was searched")
    return on_white(decode(data, covers).picture)


def _small_face(finding: Finding, side: int) -> BgrImage | None:
    """Return a small picture of a face, or None if its photo cannot be read any more."""
    found, marks = finding.photo.found, eye_marks(side, _SHEET_CLOSENESS)
    zoom = min(1.0, 2 * zoom_of(eyes_to_marks(finding.face.eyes, marks)))
    sides = sorted((found.height, found.width))
    try:
        photo = _photo_of(finding, (math.ceil(sides[0] * zoom), math.ceil(sides[1] * zoom)))
    except (OSError, PictureError) as error:
        log.warning("%s: cannot be shown: %s", printable(finding.photo.file.path), error)
        return None
    factor = len(photo) / found.height
    eyes = ((finding.face.eyes + 0.5) * factor - 0.5).astype(np.float32)
    return aligned(photo, eyes_to_marks(eyes, marks), side, "replicate")


def _write_sheets(
    folder: Path,
    frames: Sequence[_Frame],
    near: Sequence[Finding],
    workers: int,
    progress: Progress,
) -> None:
    pictures = [frame.small for frame in frames if frame.small is not None]
    captions = [_caption(frame.finding, frame.name.partition("_")[0]) for frame in frames]
    side = len(pictures[0]) if pictures else _SHEET_SIDE
    title = f"{len(pictures)} matches"
    write_picture(contact_sheet(title, pictures, captions, side), folder / MATCHES_SHEET)
    made = in_threads(lambda finding: _small_face(finding, _SHEET_SIDE), near, workers)
    shown = progress(made, total=len(near), what="making the sheet", unit="face")
    pairs = [
        (small, _caption(finding, "near miss" if finding.status else "other"))
        for finding, small in zip(near, shown, strict=True)
        if small is not None
    ]
    title = f"near misses: {sum(bool(finding.status) for finding in near)}, and the next closest"
    sheet = contact_sheet(title, [pair[0] for pair in pairs], [pair[1] for pair in pairs], 160)
    write_picture(sheet, folder / NEAR_MISSES_SHEET)


def _side(matches: Sequence[Finding]) -> int:
    return _SHEET_SIDE if len(matches) <= _MANY else _SMALL_SHEET_SIDE


def _caption(finding: Finding, what: str) -> list[str]:
    name = printable(os.path.basename(finding.photo.file.path))  # noqa: PTH119
    distance = "" if finding.probability is None else f"  d{finding.distance:.2f}"
    day = f"{finding.when:%Y-%m-%d}" if finding.when else "undated"
    first = f"{what}  {as_probability(finding)}{distance}"
    return [first, f"{day}  {name}", *finding.reason.split("; ")]


def _frame_row(frame: _Frame) -> Row:
    row, reasons = row_of(frame.finding), [frame.finding.reason] * bool(frame.finding.reason)
    if frame.finding.when is None:
        reasons.append("undated")
    if frame.zoom > MOST_ENLARGED:
        reasons.append(f"enlarged {frame.zoom:.1f} times")
    return replace(row, frame=frame.name, reason="; ".join(reasons))


def _unseen_row(savedir: SaveDir, finding: Finding) -> Row:
    row = row_of(finding)
    # A rejected face's frame is known again if it is put back.
    before = [old for old in savedir.rows if _place(old) == _place(row)]
    return replace(row, frame_sha256=before[0].frame_sha256) if before and row.decision else row


def _kept_decisions(savedir: SaveDir, rows: Sequence[Row]) -> list[Row]:
    """Return the rows of decisions on faces that this run did not meet."""
    met = {_place(row) for row in rows}
    return [
        replace(row, frame="") for row in savedir.rows if row.decision and _place(row) not in met
    ]


def _place(row: Row) -> tuple[str, str]:
    """Return what tells a face, whatever the photo is called."""
    return row.photo_sha256, row.box
