"""The examples of a face montage: out of folders, or of the people of the searched photos."""

from __future__ import annotations

from dataclasses import dataclass, replace

from photomosaic.errors import InputError, naming
from photomosaic.faces.examples import Examples, other_examples, target_examples
from photomosaic.faces.face_library import FaceLibrary, Scan
from photomosaic.faces.people import People, Person
from photomosaic.files.names import printable
from photomosaic.images.listing import Listing
from photomosaic.jobs.montage_plan import MontagePlan
from photomosaic.jobs.people import chosen_person
from photomosaic.options.montage import FaceMontageOptions
from photomosaic.progress import Work
from photomosaic.wording import counted

# A folder in which none of so many photos shows a face is not searched any further.
FIRST_LOOK = 16
# Faces of each other person that are compared with; the surest.
MOST_OF_EACH, MOST_OTHERS = 8, 3000


@dataclass(frozen=True)
class ExamplesFound:
    """Notice of the examples of one folder: those used, and those left out with reasons."""

    option: str
    examples: Examples
    scan: Scan


@dataclass(frozen=True)
class ExamplesCompared:
    """Notice of all examples, before the search."""

    targets: Examples
    others: Examples
    confidence: float


def find_examples(
    library: FaceLibrary, options: FaceMontageOptions, plan: MontagePlan, work: Work
) -> tuple[Examples, Examples]:
    """Return the examples of the target and those of others.

    Raises
    ------
    InputError
        If they do not show who is meant.
    """
    targets, others = Examples(), Examples()
    scan: Scan | None = None
    if plan.targets is not None:
        with naming("--target-face-dir"):
            scan = _scanned(library, plan.targets, "looking at the target")
            targets = target_examples(scan)
        work.notify(ExamplesFound("--target-face-dir", targets, scan))
    if options.groups.person is not None:
        person, people = chosen_person(options, library.scan(plan.photos))
        _add(targets, person)
        for other in _others_of(person, people):
            _add(others, other)
    if plan.others is not None:
        hashes = frozenset(photo.hash for photo in scan.photos) if scan else frozenset()
        with naming("--other-face-dir"):
            other_scan = _scanned(library, plan.others, "looking at the others")
            more = other_examples(other_scan, targets, hashes)
        work.notify(ExamplesFound("--other-face-dir", more, other_scan))
        others.faces += more.faces
        others.paths += more.paths
    return targets, others


def _scanned(library: FaceLibrary, listing: Listing, what: str) -> Scan:
    """Return the faces of a folder of examples; raise `InputError` early if there seem to be none.

    Somebody who gives a folder of landscapes by mistake is told after seconds, not after minutes.
    """
    files = listing.photos
    if len(files) > 2 * FIRST_LOOK:
        some = [files[i * len(files) // FIRST_LOOK] for i in range(FIRST_LOOK)]
        first = library.scan(replace(listing, photos=some), what)
        if first.photos and not first.faces:
            raise InputError(
                f"{printable(listing.folder)}: no face was found in"
                f" {counted(len(first.photos), 'photo')} of {len(files):,}; name a folder of"
                " photos of people"
            )
    return library.scan(listing, what)


def _others_of(person: Person, people: People) -> list[Person]:
    """Return all other people, each with the surest faces, as many as are compared with."""
    others = [other for other in people.people if other is not person]
    each = max(2, min(MOST_OF_EACH, MOST_OTHERS // max(1, len(others))))
    return [replace(other, members=other.members[:each]) for other in others]


def _add(examples: Examples, person: Person) -> None:
    for member in person.members:
        examples.faces.append(member.face)
        examples.paths.append(member.photo.file.path)
