"""What the system lacks, told from errors that libraries raise when they run short of it."""

from __future__ import annotations

import errno
import os

from photomosaic.files.names import printable
from photomosaic.files.regular import TOO_MANY_FILES

NO_MEMORY = (
    "there is not enough memory; take a smaller picture or fewer --workers, close other programs,"
    " or raise the limit (ulimit -v)"
)
_NO_PROCESSES = (
    "no more threads or processes can be started, for want of memory or because of a limit"
    " (ulimit -u); take fewer --workers"
)
_BY_NUMBER = {
    errno.ENOMEM: NO_MEMORY,
    errno.EMFILE: TOO_MANY_FILES,
    errno.ENFILE: TOO_MANY_FILES,
    errno.EAGAIN: _NO_PROCESSES,
}
# As errors of C and C++ libraries put it, in small letters.
_BY_WORDS = {
    "start new thread": _NO_PROCESSES,
    "too many open files": TOO_MANY_FILES,
    "bad_alloc": NO_MEMORY,
    "bad allocation": NO_MEMORY,
    "out of memory": NO_MEMORY,
    "insufficient memory": NO_MEMORY,
    "cannot allocate memory": NO_MEMORY,
    "failed to map segment": NO_MEMORY,
    "failed to allocate": NO_MEMORY,
}


def cause_of(error: BaseException) -> str | None:
    """Return what the system lacked or refused, with the way out, or None if it was something else.

    Parameters
    ----------
    error : BaseException
        What a library or the system raised; what led to it is looked at, too.
    """
    seen: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in seen:
        if cause := _lack(link):
            return cause
        seen.append(link)
        link = link.__cause__ or link.__context__
    if isinstance(error, OSError) and error.strerror:
        named = isinstance(error.filename, str | bytes)
        return (f"{printable(os.fsdecode(error.filename))}: " if named else "") + error.strerror
    return None


def _lack(error: BaseException) -> str | None:
    if isinstance(error, ModuleNotFoundError) and not str(error.name).startswith("photomosaic"):
        return f"the module {error.name} is not installed; sh demo.sh installs all of them"
    if isinstance(error, MemoryError):
        return NO_MEMORY
    if isinstance(error, OSError) and error.errno in _BY_NUMBER:
        return _BY_NUMBER[error.errno]
    text = str(error).lower()
    return next((cause for words, cause in _BY_WORDS.items() if words in text), None)
