"""The photos of a folder, found without opening more than needed."""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from photomosaic.errors import InputError
from photomosaic.files.names import Patterns, printable
from photomosaic.files.page_list import LIST_NAME, read_page_list
from photomosaic.files.regular import open_file
from photomosaic.images.kinds import HEAD_BYTES, PHOTO_SUFFIXES, PICTURE_FORMATS, Kind, kind_of
from photomosaic.images.passed_over import (
    IN_CLOUD,
    SIDE_FILES,
    VIDEO,
    holds_originals,
    is_in_cloud,
    is_library,
    is_placeholder,
    is_system_folder,
    missing_originals,
    noun_of_kind,
    noun_of_suffix,
    passed_over_text,
)

log = logging.getLogger(__name__)

# A Live Photo is IMG_1.HEIC and IMG_1.MOV; in a Photos library of macOS, A.heic and A_3.mov; and as
# Google exports it, IMG_1.HEIC and IMG_1.MP4.
_LIVE_PHOTO = frozenset({".heic", ".heif", ".jpg", ".jpeg"})
_LIVE_CLIP = frozenset({".mov", ".mp4"})


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
    ctime_ns : int
        Time of the last change of the content or of what the file system notes about it; unlike
        `mtime_ns`, no program can set it.
    device, inode : int
        The file itself, whatever it is called.
    """

    path: str
    size: int
    mtime_ns: int
    ctime_ns: int
    device: int
    inode: int


@dataclass
class Listing:
    """What lies in a folder.

    Attributes
    ----------
    folder : str
        Absolute path.
    photos, clips : list of PhotoFile
        In the order of their paths' bytes below the folder; no clips unless they were asked for.
    live : list of PhotoFile
        The clips of Live Photos, which lie beside their photos and are not among `clips`.
    passed_over : dict of str to list of str
        Files that are not read for their kind, by what they are, as `passed_over` names it.
    unreadable_folders : list of str
        Subfolders that the user may not look into.
    excluded : int
        How many files and folders were left out as asked for.
    unmet : dict of str to (str or None)
        Patterns that match nothing, and the nearest name.
    """

    folder: str
    photos: list[PhotoFile] = field(default_factory=list)
    passed_over: dict[str, list[str]] = field(default_factory=dict)
    unreadable_folders: list[str] = field(default_factory=list)
    excluded: int = 0
    unmet: dict[str, str | None] = field(default_factory=dict)
    clips: list[PhotoFile] = field(default_factory=list)
    live: list[PhotoFile] = field(default_factory=list)

    def __len__(self) -> int:
        """Return the number of photos and clips."""
        return len(self.photos) + len(self.clips)


def list_photos(
    folder: Path, *, recursive: bool = True, exclude: Sequence[str] = (), clips: bool = False
) -> Listing:
    """List the photos of a folder, and maybe its clips.

    Passed over without a word are hidden files, side files, recycle bins, snapshots, thumbnail
    folders, the files of pages to zoom into, everything that is no regular file, and folders met
    before (loops of links).

    Parameters
    ----------
    folder : Path
    recursive : bool
        Whether to look into subfolders.
    exclude : sequence of str
        Shell patterns; files and folders whose name, or path below `folder`, matches one are left
        out. Letter case, and whether accents are marks of their own, make no difference.
    clips : bool
        Whether to list videos, which are passed over otherwise.

    Raises
    ------
    InputError
        If the folder does not exist, is no folder, or may not be read.
    """
    root = os.path.abspath(folder)  # noqa: PTH100 (Path.resolve would follow links)
    if not os.path.isdir(root):  # noqa: PTH112 (strings carry names that are no UTF-8)
        problem = "is a file, not a folder" if os.path.exists(root) else "the folder does not exist"  # noqa: PTH110
        raise InputError(f"{printable(folder)}: {problem}")
    listing, patterns = Listing(root), Patterns(exclude)
    for entry in _walk(listing, root, recursive, patterns):
        _sort_in(listing, entry)
    if root in listing.unreadable_folders:
        raise InputError(f"{printable(folder)}: the folder may not be read")
    if clips:
        _take_clips(listing)
    listing.photos.sort(key=lambda photo: os.fsencode(photo.path))
    listing.unmet = patterns.unmet()
    return listing


def check_holds_photos(listing: Listing) -> None:
    """Raise `InputError` if there is no photo in a folder."""
    if not len(listing):
        raise InputError(no_photo_in(listing))


def no_photo_in(listing: Listing) -> str:
    """Return why there is no photo in a folder, for a message."""
    reason = "there is no photo in it; name a folder of photos"
    if listing.passed_over:
        reason = f"there is no photo in it, but {passed_over_text(listing.passed_over)}"
    elif listing.excluded:
        reason = "there is no photo in it besides what is excluded"
    return f"{printable(listing.folder)}: {reason}"


def _walk(
    listing: Listing, root: str, recursive: bool, patterns: Patterns
) -> Iterator[os.DirEntry[str]]:
    pending, seen, of_pages = [root], set[tuple[int, int]](), set[str]()
    below = len(root.rstrip(os.sep)) + 1
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
        _note_library(listing, folder)
        subfolders = []
        for entry in found:
            excluded = patterns.match(entry.path[below:])
            if _is_left_out(listing, entry, excluded) or entry.path in of_pages:
                continue
            if not _is_folder(entry):
                yield entry
            elif recursive and _may_hold_photos(entry):
                subfolders.append(entry.path)
        pending.extend(reversed(subfolders))


def _note_library(listing: Listing, folder: str) -> None:
    if is_library(folder):
        for noun, paths in missing_originals(folder).items():
            _pass_over(listing, noun, *paths)


def _is_left_out(listing: Listing, entry: os.DirEntry[str], excluded: bool) -> bool:
    """Tell whether an entry is hidden or excluded, and note what a user should know of it."""
    hidden = entry.name.startswith(".")
    if hidden and not excluded and is_placeholder(entry.name):
        _pass_over(listing, IN_CLOUD, entry.path)
    listing.excluded += excluded and not hidden
    return excluded or hidden


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself
        return False


def _may_hold_photos(entry: os.DirEntry[str]) -> bool:
    if is_library(os.path.dirname(entry.path)):  # noqa: PTH120
        return holds_originals(entry.name)
    return not is_system_folder(entry.name)


def _sort_in(listing: Listing, entry: os.DirEntry[str]) -> None:
    suffix = os.path.splitext(entry.name)[1].lower()  # noqa: PTH122
    if suffix in SIDE_FILES:
        return
    try:
        status = entry.stat()
    except PermissionError:
        # A folder whose names may be read, but nothing else.
        folder = os.path.dirname(entry.path)  # noqa: PTH120
        if folder not in listing.unreadable_folders:
            listing.unreadable_folders.append(folder)
        return
    except OSError:  # a link to nowhere, or a file that went away meanwhile
        return
    if not stat.S_ISREG(status.st_mode):
        return
    noun = noun_of_suffix(suffix)
    is_photo = suffix in PHOTO_SUFFIXES
    if is_in_cloud(status) and not noun:
        noun = IN_CLOUD if is_photo else ""
    elif not noun and not is_photo:
        kind = _kind_of_file(entry.path)
        noun, is_photo = noun_of_kind(kind), kind in PICTURE_FORMATS
    if noun:
        _pass_over(listing, noun, entry.path)
    elif is_photo:
        listing.photos.append(_photo_file(entry.path, status))


def _photo_file(path: str, status: os.stat_result) -> PhotoFile:
    times = status.st_mtime_ns, status.st_ctime_ns
    return PhotoFile(path, status.st_size, *times, status.st_dev, status.st_ino)


def _take_clips(listing: Listing) -> None:
    """List the videos that were passed over, those of Live Photos apart."""
    stems = {_stem(photo.path) for photo in listing.photos if _suffix(photo.path) in _LIVE_PHOTO}
    for path in sorted(listing.passed_over.pop(VIDEO, ()), key=os.fsencode):
        try:
            status = os.stat(path)  # noqa: PTH116
        except OSError:  # it went away meanwhile
            continue
        if is_in_cloud(status):
            _pass_over(listing, IN_CLOUD, path)
            continue
        stem = _stem(path)
        live = _suffix(path) in _LIVE_CLIP and bool({stem, stem.removesuffix("_3")} & stems)
        (listing.live if live else listing.clips).append(_photo_file(path, status))


def _stem(path: str) -> str:
    return os.path.splitext(path)[0].lower()  # noqa: PTH122


def _suffix(path: str) -> str:
    return os.path.splitext(path)[1].lower()  # noqa: PTH122


def _pass_over(listing: Listing, noun: str, *paths: str) -> None:
    listing.passed_over.setdefault(noun, []).extend(paths)


def _kind_of_file(path: str) -> Kind:
    try:
        with open_file(path) as file:
            return kind_of(file.read(HEAD_BYTES))
    except OSError as error:
        log.debug("%s: %s", printable(path), error)
        return "unknown"
