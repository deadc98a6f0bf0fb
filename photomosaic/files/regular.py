"""The one way in which files are opened to be read: regular files only, of bounded size.

Reading a pipe or a device under a file's name could block for ever, or fill the memory.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import time
from io import BufferedReader
from pathlib import Path

from photomosaic.errors import PhotomosaicError

LARGEST_FILE = 1 << 30
"""Most bytes of a file that is held in memory."""
TOO_MANY_FILES = (
    "too many files are open at once; use fewer workers, or raise the limit (ulimit -n)"
)

# Absent on Windows, where opening a pipe by the name of a file does not wait.
_FLAGS = os.O_RDONLY | sum(
    getattr(os, name, 0) for name in ("O_NONBLOCK", "O_CLOEXEC", "O_NOCTTY", "O_BINARY")
)
_LEASE_SECONDS = 5.0
_PIECE = 1 << 20
_KINDS = {
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def open_file(path: str | Path) -> BufferedReader:
    """Open a regular file to read its bytes, without blocking.

    Raises
    ------
    OSError
        If it cannot be opened, or is a folder, a pipe or a device; `strerror` says which.
    PhotomosaicError
        If this process, or the system, has too many files open.
    """
    # Before it is opened, since that alone does something to some devices and pipes; and after,
    # since something else may lie there by then.
    check_regular(path)
    descriptor = _opened(os.fspath(path))
    try:
        _check(os.fstat(descriptor), path)
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def check_regular(path: str | Path) -> None:
    """Raise an `OSError` as `open_file` does, without opening the file."""
    _check(os.stat(path), path)  # noqa: PTH116 (a name that may not be UTF-8)


def read_file(path: str | Path, most: int = LARGEST_FILE) -> bytes:
    """Return what a regular file holds.

    Raises
    ------
    OSError
        As `open_file`, or if it holds more than `most` bytes.
    """
    with open_file(path) as file:
        return read_rest(file, most)


def read_rest(file: BufferedReader, most: int = LARGEST_FILE) -> bytes:
    """Return what is left to read of an open file; raises `OSError` if it is more than `most`."""
    left = max(0, os.fstat(file.fileno()).st_size - file.tell())
    # One byte more tells whether it is larger than it says, as files that grow and those of /proc.
    data = file.read(left + 1) if left <= most else b""
    while left < len(data) <= most:
        left = len(data)
        data += file.read(_PIECE)
    if max(left, len(data)) > most:
        raise OSError(errno.EFBIG, f"it is larger than {most >> 20:,} MB")
    return data


def why_unread(error: Exception) -> str:
    """Return why a file could not be read, for a message: without number and name of the file."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def sha256_of(path: str | Path) -> str:
    """Return the SHA-256 of a regular file's content in hex; raises `OSError` as `open_file`."""
    with open_file(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _opened(path: str) -> int:
    deadline = time.monotonic() + _LEASE_SECONDS
    while True:
        try:
            return os.open(path, _FLAGS)
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE):
                # No fault of the file, which is not to be passed over for it.
                raise PhotomosaicError(TOO_MANY_FILES) from error
            if not isinstance(error, BlockingIOError) or time.monotonic() > deadline:
                raise
            # A file server has lent the file to somebody, and is asking for it back.
            time.sleep(0.05)


def _check(status: os.stat_result, path: str | Path) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(path))
    if not stat.S_ISREG(status.st_mode):
        kind = _KINDS.get(stat.S_IFMT(status.st_mode), "something else")
        raise OSError(errno.EINVAL, f"it is {kind}, not a file", os.fspath(path))
