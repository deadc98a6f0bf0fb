"""Folders that take the place of others, in one step if the system has a call for it."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from pathlib import Path

# What was replaced in two steps, under the name of its place; and later, when it may be removed.
_BEFORE, _REPLACED = "before", "replaced"

# <linux/fs.h>, <fcntl.h>; and <sys/stdio.h> of macOS.
_AT_FDCWD, _RENAME_EXCHANGE = -100, 2
_RENAME_SWAP = 2


def replace_folder(new: Path, place: Path, work: Path) -> Path | None:
    """Rename a folder to a place; return where the folder that was there is now, or None.

    Parameters
    ----------
    new, place : Path
        On one file system.
    work : Path
        The working folder that holds `new`. Where the system cannot exchange two folders, there
        are two renames; what ends between them lets `put_back` bring back what lay at `place`.

    Raises
    ------
    OSError
        If it fails.
    """
    if not place.exists():
        new.rename(place)
        return None
    if _exchange(new, place):
        return new
    before = work / _BEFORE
    before.mkdir(exist_ok=True)
    place.rename(before / place.name)
    new.rename(place)
    return before.rename(work / _REPLACED) / place.name


def put_back(work: Path, beside: Path) -> None:
    """Restore a folder that a run had moved away, if it was killed before it put in the new one."""
    with contextlib.suppress(OSError):
        for path in (work / _BEFORE).iterdir():
            if not os.path.lexists(beside / path.name):
                path.rename(beside / path.name)


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two folders, and tell whether the system could."""
    library = ctypes.CDLL(None)
    names = os.fsencode(one), os.fsencode(other)
    if sys.platform == "darwin":
        rename = getattr(library, "renamex_np", None)
        return rename is not None and rename(*names, _RENAME_SWAP) == 0
    rename = getattr(library, "renameat2", None)
    if rename is None:
        return False
    return bool(rename(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE) == 0)
