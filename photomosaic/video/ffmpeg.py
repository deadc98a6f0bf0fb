"""The ffmpeg program, started with lists of arguments and ended whatever happens."""

from __future__ import annotations

import logging
import shlex
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import IO

log = logging.getLogger(__name__)

# Containers of one film each. Playlists and scripts, which name other files to open, are not among
# them, whatever a file is called.
FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpeg,mpegts,flv,asf,ogg,dv,mxf,nut,m4v,h264,hevc"
)
SAFE_INPUT = ("-protocol_whitelist", "file", "-format_whitelist", FORMATS)


@lru_cache(maxsize=1)
def program() -> str:
    """Return the path of the ffmpeg program that comes with imageio-ffmpeg."""
    from imageio_ffmpeg import get_ffmpeg_exe

    return str(get_ffmpeg_exe())


@lru_cache(maxsize=1)
def filters() -> frozenset[str]:
    """Return the names of the filters that this ffmpeg has."""
    return frozenset(
        words[1] for words in _listed("-filters") if len(words) > 2 and "->" in words[2]
    )


@lru_cache(maxsize=1)
def encoders() -> frozenset[str]:
    """Return the names of the encoders that this ffmpeg has."""
    return frozenset(words[1] for words in _listed("-encoders") if len(words) > 2)


def _listed(what: str) -> list[list[str]]:
    command = [program(), "-hide_banner", what]
    listing = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [line.split() for line in listing.splitlines()]


class Running:
    """A started ffmpeg.

    Attributes
    ----------
    process : Popen
    """

    def __init__(self, process: subprocess.Popen[bytes], errors: IO[bytes]) -> None:
        self.process = process
        self._errors = errors

    def complaint(self) -> str:
        """Return the last line that ffmpeg wrote to stderr, or nothing."""
        self._errors.seek(0)
        lines = self._errors.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1].strip() if lines else ""


@contextmanager
def running(arguments: Sequence[str], *, feed: bool = False) -> Iterator[Running]:
    """Start ffmpeg with a pipe to its stdin (`feed`) or from its stdout; end it with the block."""
    command = [program(), "-hide_banner", "-nostdin", "-v", "error", *arguments]
    log.debug("%s", shlex.join(command))
    with tempfile.TemporaryFile() as errors:
        # A session of its own keeps Ctrl-C away from it, which would end it with a file half done.
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE if feed else subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if feed else subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
        )
        try:
            yield Running(process, errors)
        finally:
            process.kill()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    _close(pipe)
            process.wait()


def _close(pipe: IO[bytes]) -> None:
    try:
        pipe.close()
    except BrokenPipeError:
        log.debug("ffmpeg ended before all was written to it")
