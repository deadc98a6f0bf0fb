"""The job of face_montage.py --forget: all that was learned of faces is deleted."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from photomosaic.errors import OutputError, naming
from photomosaic.faces.corrections import FILE_NAME, read_corrections
from photomosaic.faces.people_list import LIST_NAME, read_people_list
from photomosaic.files.names import printable
from photomosaic.files.page_list import LIST_NAME as PAGE_LIST
from photomosaic.files.page_list import read_page_list
from photomosaic.files.regular import sha256_of
from photomosaic.images.overwriting import is_made_here
from photomosaic.jobs.people import PAGE_FOLDER, SHEET_NAME, people_dir
from photomosaic.library.database import FILE_NAME as CACHE_NAME
from photomosaic.library.database import Database
from photomosaic.options.montage import FaceMontageOptions

_FORGET = ("DELETE FROM face_files", "DELETE FROM face_photos")


@dataclass(frozen=True)
class Forgotten:
    """What was deleted.

    Attributes
    ----------
    cache : Path
        The cache's file.
    photos : int
        Photos whose faces it knew.
    folder : Path or None
        Of the people, if one was there.
    files : int
        Files of the page and the lists that were deleted.
    """

    cache: Path
    photos: int
    folder: Path | None
    files: int


def forget_faces(options: FaceMontageOptions) -> Forgotten:
    """Delete what the cache knows of faces, and the page and lists of people.

    Raises
    ------
    InputError
        If what lies in the folder of people was not made by this toolkit.
    OutputError
        If something cannot be deleted.
    """
    cache = options.cache.cache_dir
    folder = people_dir(options)
    given = options.groups.people_dir is not None or options.people.photos_dir is not None
    own = _own_files(folder) if given and folder.is_dir() else []
    photos = _forget_cache(cache) if (cache / CACHE_NAME).is_file() else 0
    for path in own:
        _delete(path)
    for place in sorted({path.parent for path in own} | {folder / PAGE_FOLDER}, reverse=True):
        if given and place.is_dir() and not any(place.iterdir()):
            place.rmdir()
    return Forgotten(cache / CACHE_NAME, photos, folder if own else None, len(own))


def _own_files(folder: Path) -> list[Path]:
    """Return the files of the page and the lists, each if it is as it was made."""
    with naming("--people-dir"):
        read_people_list(folder)
        own = [folder / LIST_NAME]
        try:
            read_corrections(folder / FILE_NAME)
            own.append(folder / FILE_NAME)
        except FileNotFoundError:
            pass
    if is_made_here(folder / SHEET_NAME):
        own.append(folder / SHEET_NAME)
    page = folder / PAGE_FOLDER
    known = read_page_list(page) or {}
    for name, digest in known.items():
        path = page / name
        inside = path.resolve().is_relative_to(page.resolve())
        if inside and path.is_file() and not path.is_symlink() and sha256_of(path) == digest:
            own.append(path)
    if known:
        own.append(page / PAGE_LIST)
    return [path for path in own if path.is_file()]


def _forget_cache(cache: Path) -> int:
    with closing(Database(cache)) as database:
        ((photos,),) = database.rows("SELECT COUNT(*) FROM face_photos")
        database.change([(statement, [()]) for statement in _FORGET])
        if database.file is None:
            raise OutputError(f"{printable(cache / CACHE_NAME)}: cannot be changed")
        # What was deleted is overwritten in the file, and the log that still holds it is emptied.
        list(database.rows("PRAGMA wal_checkpoint(TRUNCATE)"))
    return int(photos)


def _delete(path: Path) -> None:
    try:
        path.unlink()
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(f"{printable(path)}: could not be deleted: {reason}") from error
