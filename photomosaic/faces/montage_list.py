"""A montage's list, montage.csv: what its frames are, and what people decide about them.

Read by whatever uses the frames, so it loads nothing large.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from photomosaic.checked import check_name, checked, shown
from photomosaic.errors import InputError
from photomosaic.files.names import printable
from photomosaic.files.regular import read_file
from photomosaic.files.writing import replacing

LIST_NAME = "montage.csv"
LARGEST_LIST = 16 << 20
# What spreadsheets treat as a formula, also in the full-width forms of East Asian text.
_FORMULA = re.compile("'*[-=+@\t\r\n\uff1d\uff0b\uff0d\uff20]")
MOST_ROWS = 200_000
_LONGEST_NAME = 255

MATCH = "match"
NEAR_MISS = "near miss"
LEFT_OUT = "left out"
ACCEPTED = "accepted"
REJECTED = "rejected"


_Box = Annotated[str, Meta(pattern=r"^([0-9]{1,6}x[0-9]{1,6}([+-][0-9]{1,6}){2})?\Z")]
_Hash = Annotated[str, Meta(pattern=r"^(sha256:([0-9a-f]{2}){1,32})?\Z")]


@dataclass(frozen=True)
class Row:
    """A face in the list; all of it as text.

    Attributes
    ----------
    frame : str
        Name of the frame in the list's folder; empty if it has none.
    photo : str
        Path of the photo.
    date, date_source : str
        When it was taken, and the source of that date.
    probability, distance : str
        Probability that it is the target; distance to the nearest example.
    box : str
        Of the face, as width x height + left + top.
    eyes : str
        Left and right, each as x,y.
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
    date: str = ""
    date_source: str = ""
    probability: str = ""
    distance: str = ""
    box: _Box = ""
    eyes: str = ""
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


COLUMNS = tuple(column.name for column in fields(Row))


def read_list(folder: Path, needed: Sequence[str] = ("frame", "status")) -> list[Row]:
    """Return the rows of a montage's list, or none if the folder holds no list.

    Spreadsheets may have saved it: with semicolons or tabs, another encoding, other columns.

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
    path = folder / LIST_NAME
    try:
        data = read_file(path, LARGEST_LIST)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise InputError(f"{printable(path)}: cannot be read: {error.strerror}") from error
    try:
        return list(_rows(_decoded(data), needed))
    except InputError as error:
        raise InputError(f"{printable(path)}: {error}") from error


def _rows(text: str, needed: Sequence[str]) -> Iterator[Row]:
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    names: list[str] = []
    number = 0
    try:
        for number, line in enumerate(lines, 1):
            if number == 1:
                names = [name.strip().lower() for name in line]
                _check_columns(names, needed)
            elif number > MOST_ROWS:
                raise InputError(f"has more than {MOST_ROWS:,} rows, which no montage has")
            elif any(line):
                yield _row(f"row {number}", dict(zip(names, line, strict=False)))
    except csv.Error as error:
        raise InputError(f"row {number + 1}: is damaged, or has far too long a text") from error
    if not number:
        _check_columns([], needed)


def _check_columns(names: Sequence[str], needed: Sequence[str]) -> None:
    for column in needed:
        if column not in names:
            raise InputError(f"is no list of a montage; it has no column {column}")
    count = Counter(names)
    for column in COLUMNS:
        if count[column] > 1:
            raise InputError(f"has {count[column]} columns {column}; leave one")


def write_list(folder: Path, rows: Sequence[Row]) -> None:
    """Write a montage's list.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in asdict(row).items()} for row in rows)
    with replacing(folder / LIST_NAME) as file:
        # Without the mark, spreadsheets assume the encoding of the system.
        file.write(text.getvalue().encode("utf-8-sig"))


def _decoded(data: bytes) -> str:
    for encoding in ("utf-16", "utf-8-sig", "cp1252"):
        if encoding == "utf-16" and data[:2] not in (b"\xff\xfe", b"\xfe\xff"):
            continue
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def _cell(value: str) -> str:
    """Escape a value that a spreadsheet would treat as a formula; `_value` undoes it."""
    return f"'{value}" if _FORMULA.match(value) else value


def _value(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def _row(place: str, values: dict[str, str]) -> Row:
    known = {name: _value(values.get(name, "").strip()) for name in COLUMNS}
    row = checked(known, Row, place)
    if row.frame:
        name = check_name(f"{place}.frame", row.frame)
        # Only files of the folder itself can be frames of it.
        if Path(name).name != name or name == ".." or len(os.fsencode(name)) > _LONGEST_NAME:
            raise InputError(f"{place}.frame: {shown(name)} is no name of a file in this folder")
    return row
