"""Why a file could not be written, as the system tells it."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from photomosaic.errors import OutputError

_PROBE_BYTES = 1 << 20


@contextmanager
def explained(file: Path) -> Iterator[None]:
    """Raise the system's own error where the library that writes a file in the block tells none.

    Libraries of pictures and videos hide a full disk behind words of their own, or say nothing.

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
