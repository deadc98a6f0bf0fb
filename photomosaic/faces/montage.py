"""Frames, sheets and list of a montage, from the findings of a search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from photomosaic.faces.face import Points
from photomosaic.faces.frames import Frame, write_frames
from photomosaic.faces.montage_folder import (
    MontageFolder,
    new_content,
    sha256_text,
    write_new_list,
)
from photomosaic.faces.montage_list import Row
from photomosaic.faces.placing_page import write_placing_page
from photomosaic.faces.search import Finding
from photomosaic.faces.sheets import write_sheets
from photomosaic.faces.small_faces import small_faces
from photomosaic.faces.transaction import REVIEW_FOLDER
from photomosaic.files.names import printable
from photomosaic.options.montage import FrameOptions
from photomosaic.progress import Work

MOST_ENLARGED = 2.0


def write_montage(
    montage: MontageFolder,
    matches: Sequence[Finding],
    unframed: Sequence[Finding],
    near: Sequence[Finding],
    options: FrameOptions,
    work: Work,
) -> list[Finding]:
    """Write the frames of matches in their order, both sheets, the page, and the list.

    Photos that changed since they were searched are left out, with a warning; the others' matches
    are returned.

    Parameters
    ----------
    montage : MontageFolder
    matches : sequence of Finding
    unframed : sequence of Finding
        Other findings that the list contains.
    near : sequence of Finding
        For the sheet of near misses, the nearest first.
    options : FrameOptions
    work : Work

    Raises
    ------
    NoMatchError
        If none of the photos is there any more.
    OutputError
        If something cannot be written.
    """
    with new_content(montage) as folder:
        frames = write_frames(montage, folder, matches, options, work)
        write_sheets(folder / REVIEW_FOLDER, frames, near, work)
        write_placing_page(folder / REVIEW_FOLDER, frames, options)
        rows = [_frame_row(frame) for frame in frames]
        rows += _kept_decisions(montage, rows + [row_of(finding) for finding in unframed])
        rows += [_unframed_row(montage, finding) for finding in unframed]
        write_new_list(folder, rows)
    return [frame.finding for frame in frames]


def write_sheets_only(
    montage: MontageFolder,
    matches: Sequence[Finding],
    near: Sequence[Finding],
    work: Work,
) -> None:
    """Write both sheets, and nothing else.

    Raises
    ------
    OutputError
        If one cannot be written.
    """
    shown = small_faces(matches, work)
    frames = [
        Frame(f"{i + 1:04d}", match, small=small)
        for i, (match, small) in enumerate(zip(matches, shown, strict=True))
        if small is not None
    ]
    folder = montage.path / REVIEW_FOLDER
    folder.mkdir(exist_ok=True)
    write_sheets(folder, frames, near, work)


def row_of(finding: Finding) -> Row:
    """Return the row of the list for a finding."""
    top, left, height, width = (round(value) for value in finding.face.box)
    date = finding.date
    p = finding.probability
    return Row(
        photo=printable(finding.photo.file.path),
        time=finding.photo.time,
        date=date.when.isoformat(sep=" ", timespec="seconds") if date else "",
        date_source=date.source if date else "",
        probability="" if p is None else f"{p:.4f}",
        distance=f"{finding.distance:.4f}",
        box=f"{width}x{height}{left:+d}{top:+d}",
        eyes=_as_text(finding.eyes),
        eyes_found=_as_text(finding.face.eyes),
        status=finding.status,
        reason=finding.reason,
        photo_sha256=sha256_text(finding.photo.hash),
        sharpness=f"{finding.face.sharpness:.1f}",
        **_figures(finding),
    )


def _as_text(eyes: Points) -> str:
    return " ".join(f"{col:.1f},{row:.1f}" for row, col in eyes)


def _figures(finding: Finding) -> dict[str, str]:
    figures = finding.figures
    if figures is None:
        return {}
    known = {"exposure": f"{figures.exposure:+.2f}", "padding": f"{figures.padding:.1f}"}
    if figures.turned is not None and figures.eyes_open is not None:
        known |= {"turned": f"{figures.turned:.1f}", "eyes_open": f"{figures.eyes_open:.3f}"}
    return known


def _frame_row(frame: Frame) -> Row:
    row, reasons = row_of(frame.finding), [frame.finding.reason] * bool(frame.finding.reason)
    if row.placed:
        reasons.append("placed by hand")
    if frame.finding.when is None:
        reasons.append("undated")
    if frame.zoom > MOST_ENLARGED:
        reasons.append(f"enlarged {frame.zoom:.1f} times")
    return replace(row, frame=frame.name, reason="; ".join(reasons))


def _unframed_row(montage: MontageFolder, finding: Finding) -> Row:
    row = row_of(finding)
    # So that a rejected frame is recognised if it is put back.
    before = [old for old in montage.rows if _place(old) == _place(row)]
    return replace(row, frame_sha256=before[0].frame_sha256) if before and row.decision else row


def _kept_decisions(montage: MontageFolder, rows: Sequence[Row]) -> list[Row]:
    """Return the rows of faces that people decided on or placed, and this run did not find."""
    met = {_place(row) for row in rows}
    return [
        replace(row, frame="", status=row.decision)
        for row in montage.rows
        if (row.decision or row.placed) and _place(row) not in met
    ]


def _place(row: Row) -> tuple[str, str]:
    """Return a key of a face that does not depend on the photo's name."""
    return row.photo_sha256, row.box
