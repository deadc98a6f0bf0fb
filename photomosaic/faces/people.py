"""The people of a library: all of its faces, grouped, named and in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from photomosaic.dates.dates import FILE_TIME, best_date
from photomosaic.faces.corrections import Corrections
from photomosaic.faces.face import Face, embeddings_of
from photomosaic.faces.face_keys import FaceKeys, PhotoFace, key_of
from photomosaic.faces.face_library import ScannedPhoto
from photomosaic.faces.groups import SURE_DISTANCE, Wishes, grouped
from photomosaic.faces.people_list import PersonRow


@dataclass(frozen=True, eq=False)
class Member:
    """A face of a person.

    Attributes
    ----------
    photo : ScannedPhoto
    face : Face
    apart : float
        Mean distance to the nearest other faces of the person.
    when : datetime or None
    """

    photo: ScannedPhoto
    face: Face
    apart: float
    when: datetime | None

    @property
    def key(self) -> str:
        """The face's name in files."""
        return key_of(self.photo, self.face)

    @property
    def is_sure(self) -> bool:
        """Whether it is as near to the others as one person's faces mostly are."""
        return self.apart < SURE_DISTANCE


@dataclass(frozen=True)
class Person:
    """A group of faces.

    Attributes
    ----------
    number : int
        From 1, the largest group first.
    name : str
        Empty if nobody gave one.
    members : list of Member
        The surest first.
    """

    number: int
    name: str
    members: list[Member]

    @property
    def photos(self) -> int:
        """The number of photos."""
        return len({member.photo.hash for member in self.members})

    @property
    def unsure(self) -> int:
        """The number of faces that are not sure."""
        return sum(not member.is_sure for member in self.members)

    @property
    def dates(self) -> tuple[datetime, datetime] | None:
        """The first and the last date, or None if no photo has one."""
        dates = sorted(member.when for member in self.members if member.when)
        return (dates[0], dates[-1]) if dates else None


@dataclass(frozen=True)
class People:
    """All people of a library, and the number of faces that are like no other."""

    people: list[Person]
    photos: int
    faces: int
    alone: int


def find_people(
    photos: Sequence[ScannedPhoto], rows: Sequence[PersonRow], corrections: Corrections
) -> People:
    """Group the faces of photos by person, except those that this toolkit made.

    Parameters
    ----------
    photos : sequence of ScannedPhoto
    rows : sequence of PersonRow
        Of the last list, with the names that people gave.
    corrections : Corrections
        What people changed on the page.
    """
    photos = [photo for photo in photos if not photo.found.own_output]
    faces = [(photo, face) for photo in photos for face in photo.faces]
    names: dict[int, str] = {}
    wishes = _wishes(FaceKeys(faces), rows, corrections, names)
    of_photo = [number for number, photo in enumerate(photos) for _ in photo.faces]
    embeddings = embeddings_of([face for _, face in faces])
    grouping = grouped(embeddings, np.array(of_photo, np.int64), wishes)
    members: list[list[Member]] = [[] for _ in range(grouping.count)]
    name_of: dict[int, str] = {}
    dates: dict[bytes, datetime | None] = {}
    for index, (photo, face) in enumerate(faces):
        number = int(grouping.numbers[index])
        if number < 0:
            continue
        if photo.hash not in dates:
            dates[photo.hash] = _date_of(photo)
        apart = float(grouping.apart[index])
        members[number].append(Member(photo, face, apart, dates[photo.hash]))
        if index in names:
            name_of.setdefault(number, names[index])
    people = [
        Person(number + 1, name_of.get(number, ""), sorted(theirs, key=_by_certainty))
        for number, theirs in enumerate(members)
    ]
    alone = int((grouping.numbers < 0).sum())
    return People(people, len(photos), len(faces), alone)


def _by_certainty(member: Member) -> tuple[float, str]:
    return member.apart, member.key


def _date_of(photo: ScannedPhoto) -> datetime | None:
    date = best_date(photo.file.path, photo.found.dates)
    return None if date is None or date.source == FILE_TIME else date.when


def _wishes(
    keys: FaceKeys, rows: Sequence[PersonRow], corrections: Corrections, names: dict[int, str]
) -> Wishes:
    """Return what people said, by the indices of faces; put the faces' names into `names`."""
    wishes = Wishes()
    of_name: dict[str, int] = {}
    renamed = dict(corrections.names)
    for row in rows:
        name = row.name.strip() or renamed.get(row.face, "")
        index = keys.find(row.face)
        if not name or index is None:
            continue
        names[index] = name
        first = of_name.setdefault(name.casefold(), index)
        wishes.named[index] = first
        if first != index:
            wishes.together.append((first, index))
    for one, other in corrections.joined:
        _add(wishes.together, keys.find(one), keys.find(other))
    for face, person in corrections.off:
        _add(wishes.apart, keys.find(face), keys.find(person))
    return wishes


def _add(pairs: list[tuple[int, int]], one: int | None, other: int | None) -> None:
    if one is not None and other is not None and one != other:
        pairs.append((one, other))


def faces_of(people: Sequence[Person]) -> list[PhotoFace]:
    """Return all faces of people."""
    return [(member.photo, member.face) for person in people for member in person.members]
