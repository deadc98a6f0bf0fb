"""The folder of a page to zoom into: whole or as it was before, and never another's."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from photomosaic.errors import InputError, OutputError
from photomosaic.files.names import printable
from photomosaic.files.one_file import GENERATOR
from photomosaic.files.output_place import prepare_folder
from photomosaic.files.page_list import (
    LIST_NAME,
    files_below,
    read_page_list,
    write_page_list,
)
from photomosaic.files.regular import read_file, sha256_of
from photomosaic.files.swapping import replace_folder
from photomosaic.files.working import working_folder
from photomosaic.images.own_tag import tagged_jpeg

# What file managers leave in every folder that is looked at; a new page takes it over.
_OF_FILE_MANAGERS = frozenset({".ds_store", "thumbs.db", "desktop.ini"})


def check_page_folder(folder: Path, photos: Path, target: Path) -> None:
    """See that a page can be made in a folder.

    Parameters
    ----------
    folder : Path
    photos : Path
        The folder of photos.
    target : Path

    Raises
    ------
    InputError
        If it holds anything but an unchanged page with its list, lies among the photos, holds these
        or the target, or cannot be written.
    """
    page = folder.resolve()
    if page.is_relative_to(photos.resolve()):
        raise InputError(
            f"{printable(folder)}: lies among the photos, and its pictures would be taken as such;"
            " name another"
        )
    for path in (photos, target):
        if path.resolve().is_relative_to(page):
            raise InputError(
                f"{printable(folder)}: holds {printable(path)}; name a new or an empty folder"
            )
    _refuse_others_files(folder)
    prepare_folder(folder, beside=True)


@contextmanager
def replacing_folder(folder: Path) -> Iterator[Path]:
    """Hand out a new folder that takes the place of `folder` if the `with` block ends well.

    Its JPEG files get the mark of this toolkit, and the folder a list of all its files.

    Raises
    ------
    InputError
        If something else than an earlier page lies there meanwhile.
    OutputError
        If it cannot be written; what lay there before still does.
    """
    place = folder.resolve()
    try:
        with working_folder(place.parent) as work:
            fresh = work / "page"
            fresh.mkdir()
            yield fresh
            for path in fresh.rglob("*.jpg"):
                path.write_bytes(tagged_jpeg(read_file(path)))
            write_page_list(fresh)
            _put_in_place(fresh, place, work)
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(f"{printable(folder)}: could not be written: {reason}") from error


def _put_in_place(fresh: Path, place: Path, work: Path) -> None:
    known = _refuse_others_files(place)
    for name in _others_names(place, known):
        (fresh / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(place / name, fresh / name, follow_symlinks=False)
    replaced = replace_folder(fresh, place, work)
    if replaced is not None and (came := list(_strangers(replaced, known))):
        # In the moment between looking and replacing.
        replace_folder(replaced, place, work)
        raise _holds(place, came[0])


def _refuse_others_files(folder: Path) -> dict[str, str]:
    """Return the files of the page in a folder, after seeing that there is nothing else in it."""
    if not os.path.isdir(folder):  # noqa: PTH112 (not an error where its name is too long)
        return {}
    known = read_page_list(folder)
    stranger = next(_strangers(folder, known or {}), None)
    if known is None and _is_listless_page(folder):
        raise InputError(
            f"{printable(folder)}: holds a page without a list of its files ({LIST_NAME}), as"
            " earlier versions made them; name a new folder, or delete this one yourself"
        )
    if stranger is not None:
        raise _holds(folder, stranger)
    known = known or {}
    for name in set(files_below(folder)) & set(known):
        path = folder / name
        if path.is_symlink() or not path.is_file() or sha256_of(path) != known[name]:
            raise InputError(
                f"{printable(folder)}: {printable(name)} was changed since the page was made; name"
                " a new or an empty folder"
            )
    return known


def _others_names(folder: Path, known: dict[str, str]) -> list[str]:
    """Return the paths of files below a folder that are not of its page."""
    own = {*known, LIST_NAME} if known else set()
    return [name for name in files_below(folder) if name not in own]


def _strangers(folder: Path, known: dict[str, str]) -> Iterator[str]:
    """Yield the paths of what is neither of the page nor of a file manager."""
    others = _others_names(folder, known)
    for name in others:
        if name.rpartition("/")[2].lower() not in _OF_FILE_MANAGERS:
            yield name
    expected = {above.as_posix() for name in (*known, *others) for above in Path(name).parents}
    for place, folders, _ in os.walk(folder):
        for name in folders:
            inside = Path(place, name).relative_to(folder).as_posix()
            if inside not in expected:
                yield inside


def _is_listless_page(folder: Path) -> bool:
    index = folder / "index.html"
    try:
        return index.is_file() and GENERATOR in read_file(index).decode("utf-8", "replace")
    except OSError:
        return False


def _holds(folder: Path, stranger: str) -> InputError:
    return InputError(
        f"{printable(folder)}: holds {printable(stranger)}, which is not part of a page made here;"
        " name a new or an empty folder"
    )
