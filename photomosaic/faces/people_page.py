"""The page of people, which a browser opens from disk, and a sheet of them."""

from __future__ import annotations

import base64
import html
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from photomosaic.arrays import BgrImage
from photomosaic.faces.corrections import Corrections
from photomosaic.faces.detect import PICTURE_SIDE
from photomosaic.faces.people import Member, People, Person
from photomosaic.files.names import printable
from photomosaic.files.regular import read_file
from photomosaic.images.contact_sheet import row_sheet
from photomosaic.wording import counted

SOURCES = Path(__file__).with_name("page")
# Faces of a person that are shown at once; the others when they are asked for.
SHOWN = 12
# Of people and faces on the sheet.
SHEET_ROWS, SHEET_FACES = 60, 10


@dataclass(frozen=True)
class PageWords:
    """What the page says besides the people.

    Attributes
    ----------
    title : str
        Name of the folder of photos.
    command : str
        What to type after changes were saved.
    kept : Corrections
        What was changed before; the page saves it with what is new.
    """

    title: str
    command: str
    kept: Corrections


def write_page(folder: Path, people: People, words: PageWords) -> None:
    """Write the page into an empty folder.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    for person in people.people:
        if rest := person.members[SHOWN:]:
            (folder / "faces").mkdir(exist_ok=True)
            faces = _script_text([_face(member) for member in rest])
            script = f"addFaces({person.number}, {faces});\n"
            (folder / "faces" / f"{person.number}.js").write_text(script, "ascii")
    data = {
        "summary": summary(people),
        "command": words.command,
        "off": words.kept.off,
        "joined": words.kept.joined,
        "people": [_person(person) for person in people.people],
    }
    (folder / "data.js").write_text(f"const PEOPLE = {_script_text(data)};\n", "ascii")
    for name in ("page.css", "page.js"):
        (folder / name).write_bytes(read_file(SOURCES / name))
    page = read_file(SOURCES / "index.html").decode()
    page = page.replace("{{title}}", html.escape(printable(words.title)))
    (folder / "index.html").write_text(page, "utf-8")


def summary(people: People) -> str:
    """Return how many people, faces and photos there are."""
    text = f"{counted(len(people.people), 'person', 'people')},"
    text += f" {counted(people.faces, 'face')} in {counted(people.photos, 'photo')}"
    if people.alone:
        text += f"; {counted(people.alone, 'face')} like no other"
    return text


def _script_text(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def _person(person: Person) -> dict[str, object]:
    first, last = person.dates or (None, None)
    return {
        "number": person.number,
        "name": person.name,
        "key": person.members[0].key,
        "faces": len(person.members),
        "photos": person.photos,
        "unsure": person.unsure,
        "first": f"{first:%Y-%m-%d}" if first else "",
        "last": f"{last:%Y-%m-%d}" if last else "",
        "shown": [_face(member) for member in person.members[:SHOWN]],
    }


def _face(member: Member) -> list[object]:
    """Return what the page shows of a face, in the order in which its script takes it."""
    picture = base64.b64encode(member.face.picture).decode("ascii")
    day = f"{member.when:%Y-%m-%d}" if member.when else ""
    name = printable(os.path.basename(member.photo.file.path))  # noqa: PTH119
    return [member.key, picture, day, int(not member.is_sure), name]


def people_sheet(title: str, people: Sequence[Person]) -> BgrImage:
    """Return a sheet with a row for each of the first people: what is known, and some faces."""
    rows = [
        (_label(person), [_picture(member) for member in person.members[:SHEET_FACES]])
        for person in people[:SHEET_ROWS]
    ]
    return row_sheet([title, "Shows faces; keep it private."], rows, PICTURE_SIDE)


def _label(person: Person) -> list[str]:
    head = f"{person.number}  {printable(person.name)}".rstrip()
    lines = [head, f"{counted(len(person.members), 'face')}, {counted(person.photos, 'photo')}"]
    if person.dates:
        first, last = person.dates
        lines.append(f"{first:%Y-%m-%d} to {last:%Y-%m-%d}")
    return [*lines, f"{person.unsure:,} unsure"] if person.unsure else lines


def _picture(member: Member) -> BgrImage:
    decoded = cv2.imdecode(np.frombuffer(member.face.picture, np.uint8), cv2.IMREAD_COLOR)
    if decoded is None:
        return np.full((PICTURE_SIDE, PICTURE_SIDE, 3), 110, np.uint8)
    return np.asarray(decoded, np.uint8)
