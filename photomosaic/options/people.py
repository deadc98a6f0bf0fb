"""The options of face_montage.py on the people of a library, grouped without examples."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from photomosaic.options.fields import Options, option


@dataclass(frozen=True, kw_only=True)
class GroupOptions(Options):
    """The people of a library."""

    heading: ClassVar[str] = "everybody in the photos"

    who: bool = option(
        False, "group all faces by person; make a page, a sheet and the list people.csv"
    )
    person: str | None = option(
        None,
        "person to find: a number or name from people.csv, in place of or beside --target-face-dir",
        metavar="WHO",
    )
    people_dir: Path | None = option(
        None,
        "folder of the page and of people.csv (default: media/output/people/ and the name of the"
        " photos' folder)",
        metavar="DIR",
        writes="people",
    )
    corrections: Path | None = option(
        None,
        "file of changes to people or frames that a page saved; they are kept",
        metavar="FILE",
    )
    forget: bool = option(
        False, "delete all that is known of faces from the cache, and the page and lists of people"
    )
