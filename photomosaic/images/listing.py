"""The photos of a folder, found without opening more than needed."""

from __future__ import annotations

import fnmatch
import logging
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from photomosaic.errors import InputError, PictureError
from photomosaic.files.page_list import LIST_NAME, read_page_list
from photomosaic.images.kinds import (
    HEAD_BYTES,
    PHOTO_SUFFIXES,
    PICTURE_FORMATS,
    RAW_SUFFIXES,
    kind_of,
)

log = logging.getLogger(__name__)

LARGEST_FILE = 2 << 30
SYSTEM_FOLDERS = frozenset(
    {
        "@eadir",
        "__macosx",
        "#recycle",
        "$recycle.bin",
        "lost+found",
        "system volume information",
    }
)
OTHER_SUFFIXES = frozenset(
    ".aae .json .xmp .txt .md .csv .html .xml .ini .db .log .pdf .zip .py .js .css .svg .ds_store"
    " .mov .mp4 .m4v .avi .mkv .webm .3gp .mpg .mpeg .mts .m2ts .wmv .flv .mp3 .m4a .wav .aac .thm"
    " .lrv .ithmb .psd .sqlite .sqlite3".split()
)
PHOTOS_LIBRARY_ORIGINALS = frozenset({"originals", "masters"})


class PhotoFile(NamedTuple):
    """A file that should be a photo.

    Attributes
    ----------
    path : str
        Absolute path; bytes that are no UTF-8 are kept as surrogate escapes.
    size : int
        Bytes.
    mtime_ns : int
        Time of the last change, nanoseconds since 1970.
    device, inode : int
        The file itself, whatever it is called.
    """

    path: str
    size: int
    mtime_ns: int
    device: int
    inode: int


@dataclass
class Listing:
    """What lies in a folder.

    Attributes
    ----------
    folder : str
        Absolute path.
    photos : list of PhotoFile
        In the order of their paths' bytes below the folder.
    raw_files : list of str
        Camera RAW files, which are not supported.
    unreadable_folders : list of str
        Subfolders that the user may not look into.
    excluded : int
        How many files and folders were left out as asked for.
    """

    folder: str
    photos: list[PhotoFile] = field(default_factory=list)
    raw_files: list[str] = field(default_factory=list)
    unreadable_folders: list[str] = field(default_factory=list)
    excluded: int = 0


def list_photos(folder: Path, *, recursive: bool = True, exclude: Sequence[str] = ()) -> Listing:
    """List the photos of a folder.

    Passed over without a word are hidden files, side files, videos, thumbnail folders, the files of
    pages to zoom into, everything that is no regular file, and folders met before (loops of links).

    Parameters
    ----------
    folder : Path
    recursive : bool
        Whether to look into subfolders.
    exclude : sequence of str
        Shell patterns; files and folders whose name, or path below `folder`, matches one are left
        out.

    Raises
    ------
    InputError
        If the folder does not exist, is no folder, or may not be read.
    """
    root = os.path.abspath(folder)  # noqa: PTH100 (Path.resolve would follow links)
    if not os.path.isdir(root):  # noqa: PTH112 (strings carry names that are no UTF-8)
        problem = "is a file, not a folder" if os.path.exists(root) else "the folder does not exist"  # noqa: PTH110
        raise InputError(f"{printable(folder)}: {problem}")
    listing = Listing(root)
    for entry in _walk(listing, root, recursive, exclude):
        _sort_in(listing, entry)
    if root in listing.unreadable_folders:
        raise InputError(f"{printable(folder)}: the folder may not be read")
    listing.photos.sort(key=lambda photo: os.fsencode(photo.path))
    return listing


def check_holds_photos(listing: Listing) -> None:
    """Raise `InputError` if there is no photo in a folder."""
    if not listing.photos:
        raise InputError(no_photo_in(listing))


def no_photo_in(listing: Listing) -> str:
    """Return why there is no photo in a folder, for a message."""
    reason = "there is no photo in it; name a folder of photos"
    if listing.raw_files:
        reason = "holds camera RAW files only, which are not supported; export them as JPEG"
    elif listing.excluded:
        reason = "there is no photo in it but what --exclude leaves out"
    return f"{printable(listing.folder)}: {reason}"


def file_content(photo: PhotoFile) -> bytes:
    """Return what a photo's file holds, or just its beginning if it is no picture.

    Raises
    ------
    OSError
        If it cannot be read.
    PictureError
        If it is too large to be held in memory.
    """
    if photo.size > LARGEST_FILE:
        raise PictureError(f"larger than {LARGEST_FILE >> 30} GB")
    with open(photo.path, "rb") as file:  # noqa: PTH123 (a name that may not be UTF-8)
        data = file.read(HEAD_BYTES)
        return data + file.read() if kind_of(data) in PICTURE_FORMATS else data


def printable(path: str | Path) -> str:
    """Return a path for a message: on one line, with what cannot be shown escaped."""
    text = os.fsencode(path).decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _walk(
    listing: Listing, root: str, recursive: bool, exclude: Sequence[str]
) -> Iterator[os.DirEntry[str]]:
    pending, seen, of_pages = [root], set[tuple[int, int]](), set[str]()
    while pending:
        folder = pending.pop()
        try:
            identity = os.stat(folder)  # noqa: PTH116
            if (identity.st_dev, identity.st_ino) in seen:
                continue
            seen.add((identity.st_dev, identity.st_ino))
            with os.scandir(folder) as entries:
                found = sorted(entries, key=lambda entry: os.fsencode(entry.name))
        except OSError as error:
            log.debug("%s: %s", printable(folder), error)
            listing.unreadable_folders.append(folder)
            continue
        if any(entry.name == LIST_NAME for entry in found):
            of_pages |= {os.path.join(folder, n) for n in read_page_list(Path(folder)) or ()}  # noqa: PTH118
        subfolders = []
        for entry in found:
            if entry.name.startswith(".") or entry.path in of_pages:
                continue
            if _excluded(entry, root, exclude):
                listing.excluded += 1
            elif not _is_folder(entry):
                yield entry
            elif recursive and _may_hold_photos(entry):
                subfolders.append(entry.path)
        pending.extend(reversed(subfolders))


def _excluded(entry: os.DirEntry[str], root: str, exclude: Sequence[str]) -> bool:
    if not exclude:
        return False
    below = os.path.relpath(entry.path, root)
    return any(
        fnmatch.fnmatch(name, pattern.rstrip("/"))
        for pattern in exclude
        for name in (entry.name, below)
    )


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself
        return False


def _may_hold_photos(entry: os.DirEntry[str]) -> bool:
    # A library of macOS Photos holds each photo several times over, the originals in one folder.
    inside_library = os.path.dirname(entry.path).lower().endswith(".photoslibrary")  # noqa: PTH120
    if inside_library:
        return entry.name.lower() in PHOTOS_LIBRARY_ORIGINALS
    return entry.name.lower() not in SYSTEM_FOLDERS


def _sort_in(listing: Listing, entry: os.DirEntry[str]) -> None:
    suffix = os.path.splitext(entry.name)[1].lower()  # noqa: PTH122
    if suffix in OTHER_SUFFIXES:
        return
    try:
        status = entry.stat()
    except OSError:  # a link to nowhere, or a file that went away meanwhile
        return
    if not stat.S_ISREG(status.st_mode):
        return
    if suffix in RAW_SUFFIXES:
        listing.raw_files.append(entry.path)
    elif suffix in PHOTO_SUFFIXES or _looks_like_photo(entry.path):
        listing.photos.append(
            PhotoFile(entry.path, status.st_size, status.st_mtime_ns, status.st_dev, status.st_ino)
        )


def _looks_like_photo(path: str) -> bool:
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            return kind_of(file.read(HEAD_BYTES)) in PICTURE_FORMATS
    except OSError as error:
        log.debug("%s: %s", printable(path), error)
        return False
