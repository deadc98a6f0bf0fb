"""A montage's list, montage.csv: what its frames are, and what people decide about them.

Read by whatever uses the frames, so it loads nothing large.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from photomosaic.checked import check_name, checked, shown
from photomosaic.errors import InputError
from photomosaic.faces.edited_list import read_edited_list, write_edited_list

LIST_NAME = "montage.csv"
_LONGEST_NAME = 255

MATCH = "match"
NEAR_MISS = "near miss"
LEFT_OUT = "left out"
ACCEPTED = "accepted"
REJECTED = "rejected"


_Box = Annotated[str, Meta(pattern=r"^([0-9]{1,6}x[0-9]{1,6}([+-][0-9]{1,6}){2})?\Z")]
_NUMBER = r"-?[0-9]{1,6}(\.[0-9]{1,6})?"
_Eyes = Annotated[str, Meta(pattern=rf"^({_NUMBER},{_NUMBER} +{_NUMBER},{_NUMBER})?\Z")]
_Hash = Annotated[str, Meta(pattern=r"^(sha256:([0-9a-f]{2}){1,32})?\Z")]


@dataclass(frozen=True)
class Row:
    """A face in the list; all of it as text.

    Attributes
    ----------
    frame : str
        Name of the frame in the list's folder; empty if it has none.
    photo : str
        Path of the photo, or of the video.
    time : str
        Where the frame lies in the video, as 1m02.3s; empty for a photo.
    date, date_source : str
        When it was taken, and the source of that date.
    probability, distance : str
        Probability that it is the target; distance to the nearest example.
    box : str
        Of the face, as width x height + left + top.
    eyes : str
        The places in the photo, left and right, each as x,y, that are shown where the eyes belong.
    eyes_found : str
        Where the eyes were found; people place a frame by hand by changing `eyes` alone.
    status : str
        `MATCH`, `NEAR_MISS` or `LEFT_OUT`; or what people decided, `ACCEPTED` or `REJECTED`.
    reason : str
    photo_sha256, frame_sha256 : str
        Of the files' content, as sha256: and hexadecimal digits.
    turned, eyes_open, sharpness, exposure, padding : str
        Figures of the face, each in the unit of the option that limits it.
    """

    frame: str = ""
    photo: str = ""
    time: str = ""
    date: str = ""
    date_source: str = ""
    probability: str = ""
    distance: str = ""
    box: _Box = ""
    eyes: _Eyes = ""
    eyes_found: _Eyes = ""
    status: str = ""
    reason: str = ""
    photo_sha256: _Hash = ""
    frame_sha256: _Hash = ""
    turned: str = ""
    eyes_open: str = ""
    sharpness: str = ""
    exposure: str = ""
    padding: str = ""

    @property
    def decision(self) -> str:
        """`ACCEPTED` or `REJECTED` if the status begins like one of these, else an empty string."""
        status = self.status.strip().lower()
        return next((word for word in (ACCEPTED, REJECTED) if status.startswith(word[:6])), "")

    @property
    def placed(self) -> tuple[float, ...]:
        """The eyes' x, y, x, y if people placed the frame by hand, else nothing."""
        eyes, found = _numbers(self.eyes), _numbers(self.eyes_found)
        return eyes if eyes and found and eyes != found else ()


def _numbers(eyes: str) -> tuple[float, ...]:
    return tuple(float(number) for number in eyes.replace(",", " ").split())


COLUMNS = tuple(column.name for column in fields(Row))


def read_list(folder: Path, needed: Sequence[str] = ("frame", "status")) -> list[Row]:
    """Return the rows of a montage's list, or none if the folder holds no list.

    Parameters
    ----------
    folder : Path
    needed : sequence of str
        Required columns.

    Raises
    ------
    InputError
        If it cannot be read, or is no such list; the message names the row, as spreadsheets count.
    """
    return read_edited_list(folder / LIST_NAME, COLUMNS, needed, _row)


def write_list(folder: Path, rows: Sequence[Row]) -> None:
    """Write a montage's list.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    write_edited_list(folder / LIST_NAME, COLUMNS, (asdict(row) for row in rows))


def _row(place: str, values: dict[str, str]) -> Row:
    row = checked(values, Row, place)
    if row.frame:
        name = check_name(f"{place}.frame", row.frame)
        # Only files of the folder itself can be frames of it.
        if Path(name).name != name or name == ".." or len(os.fsencode(name)) > _LONGEST_NAME:
            raise InputError(f"{place}.frame: {shown(name)} is no name of a file in this folder")
    if row.placed and row.placed[:2] == row.placed[2:]:
        raise InputError(f"{place}.eyes: both are in one place; give left and right, each as x,y")
    return row
