"""Places of outputs, checked before the long work: something can be written there."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from photomosaic.errors import InputError
from photomosaic.files.names import printable
from photomosaic.files.working import sweep
from photomosaic.files.writing import reason_of


def prepare_output(path: Path) -> None:
    """Make the folder of an output and see that a file can be written there.

    Raises
    ------
    InputError
        If it cannot; the message says why.
    """
    with _refusing(path):
        if path.is_dir():
            raise InputError(f"{printable(path)}: is a folder; name a file in it")
        if path.exists() and not path.is_file():
            # Renaming onto a device would take it away.
            raise InputError(f"{printable(path)}: is not a regular file; name another")
        _make_writable(path.parent)


def prepare_folder(path: Path, *, beside: bool = False) -> None:
    """Make a folder of outputs, or with `beside` the one above it, and see that it can be written.

    Raises
    ------
    InputError
        If it cannot; the message says why.
    """
    with _refusing(path):
        if path.exists() and not path.is_dir():
            raise InputError(f"{printable(path)}: is a file, not a folder; name a folder")
        _make_writable(path.resolve().parent if beside else path)


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = reason_of(error, path.parent)
        if isinstance(error, FileExistsError | NotADirectoryError):
            in_the_way = next(above for above in path.parents if above.exists())
            reason = f"{printable(in_the_way)} is a file, not a folder"
        raise InputError(f"{printable(path)}: cannot be written there: {reason}") from error


def _make_writable(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    sweep(folder)
    with tempfile.TemporaryFile(dir=folder):
        pass
