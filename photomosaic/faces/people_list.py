"""The list of the people of a library, people.csv, in which they get names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from photomosaic.checked import checked
from photomosaic.faces.edited_list import read_edited_list, write_edited_list
from photomosaic.faces.face_keys import KEY_PATTERN

LIST_NAME = "people.csv"
NOTICE = "This list holds data on people's faces; keep it private."


@dataclass(frozen=True)
class PersonRow:
    """A person in the list; all of it as text.

    Attributes
    ----------
    person : str
        The number.
    name : str
        As people gave it; rows of the same name are one person.
    faces, photos, unsure : str
        How many.
    first, last : str
        Dates.
    example : str
        Path of the photo with the surest face.
    face : str
        Key of that face, by which the person is found again.
    notice : str
        That the list is private.
    """

    person: Annotated[str, Meta(pattern=r"^[0-9]{0,7}\Z")] = ""
    name: Annotated[str, Meta(max_length=200)] = ""
    faces: str = ""
    photos: str = ""
    unsure: str = ""
    first: str = ""
    last: str = ""
    example: str = ""
    face: Annotated[str, Meta(pattern=f"^$|{KEY_PATTERN}")] = ""
    notice: str = ""


COLUMNS = tuple(column.name for column in fields(PersonRow))


def read_people_list(folder: Path) -> list[PersonRow]:
    """Return the rows of a list of people, or none if the folder holds no list.

    Raises
    ------
    InputError
        If it cannot be read, or is no such list; the message names the row, as spreadsheets count.
    """
    needed = "person", "name", "face"
    return read_edited_list(folder / LIST_NAME, COLUMNS, needed, _row)


def write_people_list(folder: Path, rows: Sequence[PersonRow]) -> None:
    """Write a list of people.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    write_edited_list(folder / LIST_NAME, COLUMNS, (asdict(row) for row in rows))


def _row(place: str, values: dict[str, str]) -> PersonRow:
    return checked(values, PersonRow, place)
