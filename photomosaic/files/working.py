"""Folders for unfinished work beside an output, and the removal of what killed runs left there.

Each holds a mark that names the folder and is locked as long as its run is alive. Only a folder
whose mark is right and not locked is cleared; a name alone proves nothing.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import secrets
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from photomosaic.files.swapping import put_back

MARK = "mark"
FINISHED = "finished.json"
"""A folder with this file in it is whole, and is kept for those who know what to do with it."""

_NAME = re.compile(r"\.photomosaic-[0-9a-f]{16}")
# A run needs less from making a folder to marking it.
_UNMARKED_SECONDS = 60.0


@contextmanager
def working_folder(beside: Path) -> Iterator[Path]:
    """Make a hidden folder that is removed when the `with` block ends, unless it is finished.

    Parameters
    ----------
    beside : Path
        The folder in which it is made: that of the output, so that files can be renamed to there.

    Raises
    ------
    OSError
        If it cannot be made.
    """
    # Named before it is made, so that it is removed whenever Ctrl-C may come.
    folder = beside / f".photomosaic-{secrets.token_hex(8)}"
    with contextlib.ExitStack() as stack:
        stack.callback(_leave, folder)
        folder.mkdir(mode=0o700)
        mark = os.open(folder / MARK, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        stack.callback(os.close, mark)
        # Some network file systems know no locks; what is left there stays.
        with contextlib.suppress(OSError):
            fcntl.flock(mark, fcntl.LOCK_EX)
        os.write(mark, _mark_of(folder))
        yield folder


def sweep(place: Path) -> None:
    """Remove the working folders that killed runs left in a folder, as far as that is possible."""
    for folder in abandoned(place):
        _leave(folder)


def abandoned(place: Path) -> Iterator[Path]:
    """Yield the working folders in a folder whose runs are gone, each while nobody else has it."""
    try:
        with os.scandir(place) as entries:
            names = sorted(
                entry.name
                for entry in entries
                if _NAME.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False)
            )
    except OSError:
        return
    for name in names:
        with _taken_over(place / name) as ours:
            if ours:
                yield place / name


def clear(folder: Path) -> None:
    """Remove a working folder, its mark last, so that a later run can finish a removal."""
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            if path.name == MARK:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
        (folder / MARK).unlink(missing_ok=True)
        folder.rmdir()


def _leave(folder: Path) -> None:
    if not (folder / FINISHED).exists():
        put_back(folder, folder.parent)
        clear(folder)


def _mark_of(folder: Path) -> bytes:
    return f"photomosaic works in {folder.name}; a later run removes it\n".encode()


@contextmanager
def sole_use(folder: Path) -> Iterator[bool]:
    """Lock a folder, and tell whether nobody else has it locked.

    Where the file system knows no locks, nobody has.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        alone = True
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            alone = False
        except OSError:
            pass
        yield alone
    finally:
        os.close(descriptor)


@contextmanager
def _taken_over(folder: Path) -> Iterator[bool]:
    """Lock a folder of ours if its run is gone, and tell whether it is locked now."""
    with contextlib.ExitStack() as stack:
        try:
            flags = os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            mark = os.open(folder / MARK, flags)
            stack.callback(os.close, mark)
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
            expected = _mark_of(folder)
            right = stat.S_ISREG(os.fstat(mark).st_mode)
            right = right and os.read(mark, len(expected) + 1) == expected
        except OSError:
            right = False
        yield right or _is_unmarked(folder)


def _is_unmarked(folder: Path) -> bool:
    """Tell whether a run was killed before it marked a folder, which is empty then."""
    try:
        if time.time() - folder.stat().st_mtime < _UNMARKED_SECONDS:
            return False
        return all(path.name == MARK and not path.lstat().st_size for path in folder.iterdir())
    except OSError:
        return False
