"""Standard streams that let a run continue if they are closed or full."""

from __future__ import annotations

import io
import os
import sys
from typing import Any, TextIO


class _LossyFile(io.FileIO):
    """A stream that drops what cannot be written, as when its reader has gone or a disk is full."""

    def write(self, data: Any) -> int:
        """Write bytes; return how many of them are written, or lost for good."""
        try:
            written = super().write(data)
        except OSError:
            return len(data)
        return len(data) if written is None else written


def secure_streams(*, hide_libraries: bool) -> None:
    """Let a closed or full stdout or stderr lose words, but never end the run.

    Streams that somebody has put in their place, as a notebook or a test does, are left alone.

    Parameters
    ----------
    hide_libraries : bool
        Whether what libraries in C write to stderr is thrown away. Of what goes wrong they tell
        too much or too little, and not what the user can do.
    """
    # Else the next file that is opened gets the number of a closed stream, and all that is said.
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
    if sys.stdout is sys.__stdout__:
        sys.stdout = _lossy(1, sys.stdout)
    if sys.stderr is sys.__stderr__:
        stderr = 2
        if hide_libraries:
            stderr = os.dup(2)
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 2)
            os.close(nowhere)
        sys.stderr = _lossy(stderr, sys.stderr)


def _lossy(number: int, replaced: TextIO | None) -> TextIO:
    file = _LossyFile(number, "w", closefd=False)
    encoding = getattr(replaced, "encoding", None) or "utf-8"
    return io.TextIOWrapper(
        io.BufferedWriter(file), encoding, "backslashreplace", line_buffering=True
    )
