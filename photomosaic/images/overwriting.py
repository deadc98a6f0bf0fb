"""What an output may overwrite: files made by this toolkit, and never the inputs of the run."""

from __future__ import annotations

import contextlib
import logging
import os
import re
from pathlib import Path

from photomosaic.errors import InputError, PictureError
from photomosaic.files.names import printable
from photomosaic.files.output_place import prepare_output
from photomosaic.files.regular import open_file, read_file
from photomosaic.images.decode import is_own_output
from photomosaic.images.listing import Listing
from photomosaic.images.own_output import SOFTWARE

log = logging.getLogger(__name__)

# How projects, reports, lists of photos, and what performance.py writes begin.
_OWN_TEXTS = (
    b'{\n  "schema": ',
    b'{\n  "mosaic": {',
    b"photo,uses,cells\n",
    b'{\n "versions": {',
    b"| what | median | least to most |\n",
)
# A comment (Apple's key for it) in the index of an MP4, which lies at the beginning of ours.
_OWN_VIDEO = re.compile(rb"\xa9cmt.{16}" + f"{SOFTWARE} ".encode() + rb"\d", re.DOTALL)
_LARGEST_INDEX = 64 << 20
_OWN_PDF = f"/Creator ({SOFTWARE})".encode()


def check_output(path: Path, target: Path, listing: Listing) -> None:
    """Raise `InputError` if a file cannot be written at `path`, or is an input of the run.

    Parameters
    ----------
    path : Path
    target : Path
    listing : Listing
        The photos that are used. What this toolkit made may be overwritten in their folder, and
        nothing else, whether it is listed or left out.
    """
    prepare_output(path)
    if not path.exists():
        return
    if path.samefile(target):
        raise InputError(f"{printable(path)}: is the target itself; name another file")
    status = path.stat()
    identities = {
        (each.device, each.inode) for each in (*listing.photos, *listing.clips, *listing.live)
    }
    listed = (status.st_dev, status.st_ino) in identities
    if (listed or _lies_in(path, listing.folder)) and not is_made_here(path):
        problem = (
            "is one of the photos"
            if listed
            else "lies among the photos and was not made by this toolkit"
        )
        raise InputError(f"{printable(path)}: {problem}; name another file")


def refuse_others_file(path: Path, option: str) -> None:
    """Raise `InputError` if a file lies at a path that the user did not name, and is not ours.

    The message names the option that sets another path.
    """
    if os.path.lexists(path) and not is_made_here(path):
        raise InputError(
            f"{printable(path)}: exists already, and was not made by this toolkit; name another"
            f" {option}"
        )


def is_made_here(path: Path) -> bool:
    """Tell whether this toolkit made a file."""
    if not path.is_file():  # a pipe would be waited for
        return False
    try:
        with open_file(path) as file:
            head = file.read(_LARGEST_INDEX)
        if head[4:8] == b"ftyp":
            return _OWN_VIDEO.search(head) is not None
        data = head if len(head) < _LARGEST_INDEX else read_file(path)
        return data.startswith(_OWN_TEXTS) or _OWN_PDF in data or is_own_output(data)
    except (OSError, PictureError) as error:
        log.debug("%s: %s", printable(path), error)
        return False


def _lies_in(path: Path, folder: str) -> bool:
    """Tell whether a file lies in a folder or below it, hidden or by way of links, too."""
    if path.resolve().is_relative_to(Path(folder).resolve()):
        return True
    wanted, pending, seen = _identity(path.stat()), [folder], set[tuple[int, int]]()
    while pending:
        for entry in _entries(pending.pop()):
            with contextlib.suppress(OSError):  # a link to nowhere, or what went away meanwhile
                if entry.is_dir() or entry.is_symlink() or entry.inode() == wanted[1]:
                    identity = _identity(entry.stat())
                    if identity == wanted:
                        return True
                    if entry.is_dir() and identity not in seen:
                        seen.add(identity)
                        pending.append(entry.path)
    return False


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino
