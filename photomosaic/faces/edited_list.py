"""Lists that people edit in spreadsheets: read however a spreadsheet saved them, and written."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from photomosaic.errors import InputError
from photomosaic.files.names import printable
from photomosaic.files.regular import read_file
from photomosaic.files.writing import replacing

LARGEST_LIST = 16 << 20
MOST_ROWS = 200_000
# What spreadsheets treat as a formula, also in the full-width forms of East Asian text.
_FORMULA = re.compile("'*[-=+@\t\r\n\uff1d\uff0b\uff0d\uff20]")

Row = TypeVar("Row")


def read_edited_list(
    path: Path,
    columns: Sequence[str],
    needed: Sequence[str],
    row_of: Callable[[str, dict[str, str]], Row],
) -> list[Row]:
    """Return the rows of a list, or none if there is no such file.

    Spreadsheets may have saved it: with semicolons or tabs, another encoding, other columns.

    Parameters
    ----------
    path : Path
    columns, needed : sequence of str
        All columns, and the required ones.
    row_of : callable
        Makes a row of its place, as spreadsheets count, and its values by column.

    Raises
    ------
    InputError
        If it cannot be read, or is no such list; the message names the row.
    """
    try:
        data = read_file(path, LARGEST_LIST)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise InputError(f"{printable(path)}: cannot be read: {error.strerror}") from error
    try:
        rows = _rows(_decoded(data), columns, needed)
        return [
            row_of(place, {name: _value(values.get(name, "").strip()) for name in columns})
            for place, values in rows
        ]
    except InputError as error:
        raise InputError(f"{printable(path)}: {error}") from error


def write_edited_list(
    path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, str]]
) -> None:
    """Write a list.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns)
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    with replacing(path) as file:
        # Without the mark, spreadsheets assume the encoding of the system.
        file.write(text.getvalue().encode("utf-8-sig"))


def _rows(
    text: str, columns: Sequence[str], needed: Sequence[str]
) -> Iterator[tuple[str, dict[str, str]]]:
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    names: list[str] = []
    number = 0
    try:
        for number, line in enumerate(lines, 1):
            if number == 1:
                names = [name.strip().lower() for name in line]
                _check_columns(names, columns, needed)
            elif number > MOST_ROWS:
                raise InputError(f"has more than {MOST_ROWS:,} rows, which no list made here has")
            elif any(line):
                yield f"row {number}", dict(zip(names, line, strict=False))
    except csv.Error as error:
        raise InputError(f"row {number + 1}: is damaged, or has far too long a text") from error
    if not number:
        _check_columns([], columns, needed)


def _check_columns(names: Sequence[str], columns: Sequence[str], needed: Sequence[str]) -> None:
    for column in needed:
        if column not in names:
            raise InputError(f"is no list made here; it has no column {column}")
    count = Counter(names)
    for column in columns:
        if count[column] > 1:
            raise InputError(f"has {count[column]} columns {column}; leave one")


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
