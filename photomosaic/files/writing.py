"""Files written whole or not at all, and why one could not be written."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from photomosaic.errors import OutputError
from photomosaic.files.names import printable
from photomosaic.files.working import working_folder

_PROBE_BYTES = 1 << 20


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Open a file that takes the name `path` once the `with` block ends without an error.

    As `replacing_by_name`.
    """
    with replacing_by_name(path) as temporary, temporary.open("xb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def replacing_by_name(path: Path) -> Iterator[Path]:
    """Hand out the name of a file that becomes `path` once the `with` block ends without an error.

    Until then it lies in a working folder beside it, and is removed if anything goes wrong.

    Raises
    ------
    OutputError
        If it cannot be written; what lay at `path` before is still there.
    """
    try:
        with working_folder(path.parent) as folder:
            # The ending tells some encoders the format; the longest are none of these.
            temporary = folder / f"new{path.suffix[:16]}"
            with explained(temporary):
                yield temporary
                temporary.replace(path)
    except OSError as error:
        reason = reason_of(error, path.parent)
        raise OutputError(f"{printable(path)}: could not be written: {reason}") from error


@contextmanager
def explained(file: Path) -> Iterator[None]:
    """Raise the system's own error if the library that writes a file in the block hides it.

    Libraries of pictures and videos report a full disk in other words, or not at all.

    Parameters
    ----------
    file : Path
        What is written, which is of no use any more if that fails.

    Raises
    ------
    OSError
        With a number, if more cannot be written to the file; else what was raised.
    """
    try:
        yield
    except (OSError, OutputError) as error:
        if getattr(error, "errno", None) is None:
            with file.open("ab") as more:
                more.write(bytes(_PROBE_BYTES))
        raise


def reason_of(error: OSError, folder: Path) -> str:
    """Return why something could not be written in a folder, for a message."""
    if error.errno == errno.ENOSPC and _lacks_inodes(folder):
        return "there are no inodes left for more files"
    return error.strerror or str(error)


def _lacks_inodes(folder: Path) -> bool:
    try:
        status = os.statvfs(folder)
    except (AttributeError, OSError):  # on Windows, and of what is not there
        return False
    return bool(status.f_files and not status.f_favail and status.f_bavail)
