"""Contact sheets of matches and near misses, for review."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from photomosaic.faces.frames import Frame
from photomosaic.faces.montage_list import LEFT_OUT, NEAR_MISS
from photomosaic.faces.search import Finding, as_probability
from photomosaic.faces.small_faces import small_faces, small_side
from photomosaic.faces.transaction import MATCHES_SHEET, NEAR_MISSES_SHEET
from photomosaic.images.contact_sheet import contact_sheet
from photomosaic.images.encode import write_picture
from photomosaic.progress import Work
from photomosaic.wording import counted


def write_sheets(
    folder: Path,
    frames: Sequence[Frame],
    near: Sequence[Finding],
    work: Work,
) -> None:
    """Write a sheet of the frames, and one of what was left out, near misses and others.

    Raises
    ------
    OutputError
        If one cannot be written.
    """
    pictures = [frame.small for frame in frames if frame.small is not None]
    captions = [_caption(frame.finding, frame.name.partition("_")[0]) for frame in frames]
    title = counted(len(pictures), "match", "matches")
    sheet = contact_sheet(title, pictures, captions, small_side(len(frames)))
    write_picture(sheet, folder / MATCHES_SHEET)
    pairs = zip(near, small_faces(near, work), strict=True)
    readable = [(finding, small) for finding, small in pairs if small is not None]
    captions = [_caption(face, face.status or "other") for face, _ in readable]
    count = Counter(finding.status for finding in near)
    title = f"near misses: {count[NEAR_MISS]}, and the next closest"
    title = f"left out: {count[LEFT_OUT]}; {title}" if count[LEFT_OUT] else title
    pictures = [small for _, small in readable]
    sheet = contact_sheet(title, pictures, captions, small_side(len(near)))
    write_picture(sheet, folder / NEAR_MISSES_SHEET)


def _caption(finding: Finding, what: str) -> list[str]:
    distance = "" if finding.probability is None else f"  d{finding.distance:.2f}"
    day = f"{finding.when:%Y-%m-%d}" if finding.when else "undated"
    first = f"{what}  {as_probability(finding)}{distance}"
    return [first, f"{day}  {finding.photo.title}", *finding.reason.split("; ")]
