"""The job of face_montage.py --who: all people of a folder, as a page, a sheet and a list."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from photomosaic.errors import InputError, NoMatchError, naming
from photomosaic.faces.corrections import (
    FILE_NAME,
    Corrections,
    read_corrections,
    write_corrections,
)
from photomosaic.faces.examples import nothing_readable
from photomosaic.faces.face_keys import FaceKeys
from photomosaic.faces.face_library import FaceLibrary, Scan
from photomosaic.faces.people import People, Person, faces_of, find_people
from photomosaic.faces.people_list import (
    NOTICE,
    PersonRow,
    read_people_list,
    write_people_list,
)
from photomosaic.faces.people_page import PageWords, people_sheet, summary, write_page
from photomosaic.files.names import printable
from photomosaic.files.output_place import prepare_folder
from photomosaic.images.encode import write_picture
from photomosaic.images.listing import Listing
from photomosaic.images.overwriting import refuse_others_file
from photomosaic.jobs.photos import list_folder
from photomosaic.murals.page_folder import check_page_folder, replacing_folder
from photomosaic.options.montage import FaceMontageOptions
from photomosaic.progress import Work

PAGE_FOLDER, SHEET_NAME = "page", "people.jpg"
DEFAULT_PEOPLE = Path(__file__).resolve().parents[2] / "media" / "output" / "people"


@dataclass(frozen=True)
class PeopleResult:
    """What was made.

    Attributes
    ----------
    folder : Path
        Of the page and the list.
    people : People
    scan : Scan
    """

    folder: Path
    people: People
    scan: Scan


def group_people(options: FaceMontageOptions, work: Work | None = None) -> PeopleResult:
    """Group all faces of a folder by person, and write page, sheet and list.

    Raises
    ------
    InputError
        If the options, the folder, the list or the corrections cannot be used.
    NoMatchError
        If nobody is in two photos.
    """
    work = work or Work(options.people.workers)
    if options.people.videos:
        raise InputError("--videos: --who groups the faces of photos only; leave one of them out")
    listing = list_photos_of(options, work)
    folder = people_dir(options)
    rows, corrections = _what_people_said(options, folder)
    with naming("--people-dir"):
        _check_place(folder, Path(listing.folder))
    smallest = options.faces.min_face_size
    with FaceLibrary(options.cache.folder, work, smallest=smallest) as library:
        scan = library.scan(listing)
    if not scan.photos:
        raise InputError(f"--photos-dir {nothing_readable(scan)}")
    with work.clock.stage("groups"):
        people = find_people(scan.photos, rows, corrections)
    if not people.people:
        raise NoMatchError(
            f"--photos-dir {printable(listing.folder)}: {summary(people)}; nobody is there twice"
        )
    words = PageWords(Path(listing.folder).name, _command(options), corrections)
    _write(folder, people, rows, words)
    return PeopleResult(folder, people, scan)


def list_photos_of(options: FaceMontageOptions, work: Work) -> Listing:
    """List the photos that are searched; raise `InputError` if there are none."""
    folder = options.people.photos_dir
    if folder is None:
        raise InputError("--photos-dir is missing: the folder of photos to search")
    with naming("--photos-dir"):
        return list_folder(folder, options.people, work, videos=options.people.videos)


def people_dir(options: FaceMontageOptions) -> Path:
    """Return the folder of the page and the list of people."""
    if options.groups.people_dir is not None:
        return options.groups.people_dir
    photos = options.people.photos_dir
    return DEFAULT_PEOPLE / (photos.resolve().name if photos else "")


def chosen_person(options: FaceMontageOptions, scan: Scan) -> tuple[Person, People]:
    """Return the person whom --person names, and all people of the photos.

    Raises
    ------
    InputError
        If there is no list of people, or nobody of that number or name in it or in the photos.
    """
    who, folder = (options.groups.person or "").strip(), people_dir(options)
    rows, corrections = _what_people_said(options, folder)
    if not rows:
        raise InputError(
            f"--person {who}: {printable(folder)} holds no list of people; run"
            " face_montage.py --who first"
        )
    named = [row for row in rows if row.name.strip().casefold() == who.casefold()]
    found = named or [row for row in rows if who.isdecimal() and row.person == str(int(who))]
    if not who or not found:
        raise InputError(f"--person {who}: {printable(folder)} lists nobody of this number or name")
    people = find_people(scan.photos, rows, corrections)
    index = FaceKeys(faces_of(people.people)).find(found[0].face)
    if index is None:
        raise InputError(f"--person {who}: is in none of the photos any more; run --who again")
    owners = [person for person in people.people for _ in person.members]
    return owners[index], people


def _what_people_said(
    options: FaceMontageOptions, folder: Path
) -> tuple[list[PersonRow], Corrections]:
    with naming("--people-dir"):
        rows = read_people_list(folder)
        corrections = Corrections()
        with suppress(FileNotFoundError):
            corrections = read_corrections(folder / FILE_NAME)
    return rows, corrections.with_more(given_corrections(options))


def given_corrections(options: FaceMontageOptions) -> Corrections:
    """Return the changes in the file that an option names; raises `InputError` if it cannot."""
    path = options.groups.corrections
    if path is None:
        return Corrections()
    with naming("--corrections"):
        try:
            return read_corrections(path)
        except FileNotFoundError as error:
            raise InputError(f"{printable(path)}: there is no such file") from error


def _check_place(folder: Path, photos: Path) -> None:
    if folder.resolve().is_relative_to(photos.resolve()):
        raise InputError(
            f"{printable(folder)}: lies among the photos; name a folder outside of them"
        )
    prepare_folder(folder)
    check_page_folder(folder / PAGE_FOLDER, photos, photos)
    refuse_others_file(folder / SHEET_NAME, "--people-dir")


def _write(folder: Path, people: People, rows: Sequence[PersonRow], words: PageWords) -> None:
    with replacing_folder(folder / PAGE_FOLDER) as page:
        write_page(page, people, words)
    write_picture(people_sheet(summary(people), people.people), folder / SHEET_NAME)
    # Names are in the list from now on, where they can be changed.
    write_corrections(folder / FILE_NAME, Corrections(words.kept.off, words.kept.joined))
    write_people_list(folder, _new_rows(people, rows))


def _new_rows(people: People, rows: Sequence[PersonRow]) -> list[PersonRow]:
    """Return the rows of people, and those of people with a name who were not met."""
    keys = FaceKeys(faces_of(people.people))
    lost = [row for row in rows if row.name.strip() and keys.find(row.face) is None]
    kept = [PersonRow(name=row.name, faces="0", face=row.face) for row in lost]
    new = [_row(person) for person in people.people] + kept
    return [PersonRow(**{**vars(new[0]), "notice": NOTICE}), *new[1:]]


def _row(person: Person) -> PersonRow:
    first, last = person.dates or (None, None)
    surest = person.members[0]
    return PersonRow(
        person=str(person.number),
        name=person.name,
        faces=str(len(person.members)),
        photos=str(person.photos),
        unsure=str(person.unsure),
        first=f"{first:%Y-%m-%d}" if first else "",
        last=f"{last:%Y-%m-%d}" if last else "",
        example=printable(surest.photo.file.path),
        face=surest.key,
    )


def _command(options: FaceMontageOptions) -> str:
    words = ["python face_montage.py --who --photos-dir"]
    words.append(shlex.quote(printable(options.people.photos_dir or "")))
    if options.groups.people_dir is not None:
        words.append(f"--people-dir {shlex.quote(printable(options.groups.people_dir))}")
    return " ".join([*words, f"--corrections Downloads/{FILE_NAME}"])
