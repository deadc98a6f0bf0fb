"""What can go wrong for a user, as exception types with an exit code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class PhotomosaicError(Exception):
    """A failure that one line explains; the message names the option or file and the way out."""

    exit_code = 2


class InputError(PhotomosaicError):
    """An option, a folder or a file that cannot be used as given."""


class OutputError(PhotomosaicError):
    """A result that could not be written."""


class WorkerError(PhotomosaicError):
    """A process that did part of the work was killed, or could not be started."""


class NoMatchError(PhotomosaicError):
    """Everything was searched, and there is nothing to make a result of."""

    exit_code = 1


class PictureError(PhotomosaicError):
    """One picture that cannot be read; the message is the reason, without the file's name.

    `lasting` is false if the same file may be readable at another time.
    """

    def __init__(self, reason: str, *, lasting: bool = True) -> None:
        super().__init__(reason)
        self.lasting = lasting


@contextmanager
def naming(option: str, advice: str = "") -> Iterator[None]:
    """Put an option before the message of an `InputError` of the `with` block, advice after it."""
    try:
        yield
    except InputError as error:
        way_out = f"; {advice}" if advice else ""
        raise InputError(f"{option} {error}{way_out}") from error
