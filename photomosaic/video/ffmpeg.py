"""The ffmpeg program, started with lists of arguments and ended whatever happens."""

from __future__ import annotations

import logging
import re
import shlex
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import IO

from photomosaic.errors import InputError

log = logging.getLogger(__name__)

# Containers of one film each. Playlists and scripts, which name other files to open, are not among
# them, whatever a file is called.
FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpeg,mpegts,flv,asf,ogg,dv,mxf,gxf,nut,rm,ivf"
    ",yuv4mpegpipe,m4v,mpegvideo,h263,h264,hevc,vvc,vc1,obu,mjpeg,jpeg_pipe"
)
# How lines begin that ffmpeg writes of a packet of damaged data, and after it has failed.
UNDECODABLE = ("Error submitting packet to decoder", "Decoding error")
CONSEQUENCES = (
    "Cannot determine format",
    "Conversion failed",
    "Could not open encoder",
    "Decode error rate",
    "Error muxing",
    "Error opening input file",
    "Error opening output file",
    "Error sending frames",
    "Error while opening encoder",
    "Last message repeated",
    "Nothing was written",
    "Task finished",
    "Terminating thread",
)
# Names of ffmpeg's parts, with addresses.
PARTS = re.compile(r"^(\[[^\]]*\] *)*")
SAFE_OPTIONS = {"protocol_whitelist": "file", "format_whitelist": FORMATS}
SAFE_INPUT = tuple(word for name, value in SAFE_OPTIONS.items() for word in (f"-{name}", value))


@lru_cache(maxsize=1)
def program() -> str:
    """Return the path of the ffmpeg program that comes with imageio-ffmpeg.

    Raises
    ------
    InputError
        If it is missing or cannot be started.
    """
    from imageio_ffmpeg import get_ffmpeg_exe

    try:
        return str(get_ffmpeg_exe())
    except RuntimeError as error:
        raise InputError(
            "the program ffmpeg is missing or cannot be started; type: python -m pip install"
            " --force-reinstall imageio-ffmpeg, or raise the limits (ulimit -n, -u, -v)"
        ) from error


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

    def complaints(self) -> Iterator[str]:
        """Yield what ffmpeg wrote to stderr, line by line, without the names of its parts."""
        self._errors.seek(0)
        for line in self._errors:
            yield PARTS.sub("", line.decode("utf-8", "replace").strip())

    def complaint(self) -> str:
        """Return what ffmpeg named as the cause of its failure, or nothing."""
        damage, cause = "", ""
        for text in self.complaints():
            if text.startswith(UNDECODABLE):
                # A damaged packet ends nothing; what was written before is about it.
                damage, cause = damage or cause, ""
            elif not text.startswith(CONSEQUENCES):
                cause = cause or text
        return cause or damage

    def undecodable(self) -> int:
        """Return how many packets of damaged data ffmpeg has met."""
        return sum(line.startswith(UNDECODABLE) for line in self.complaints())


@contextmanager
def running(
    arguments: Sequence[str], *, feed: bool = False, pipe_bytes: int = -1
) -> Iterator[Running]:
    """Start ffmpeg with a pipe to its stdin (`feed`) or from its stdout; end it with the block."""
    command = [program(), "-hide_banner", "-nostdin", "-v", "repeat+error", *arguments]
    log.debug("%s", shlex.join(command))
    with tempfile.TemporaryFile() as errors:
        # A session of its own keeps Ctrl-C away from it, which would end it with a file half done.
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE if feed else subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if feed else subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
            pipesize=pipe_bytes,
        )
        try:
            yield Running(process, errors)
        finally:
            process.kill()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    _close(pipe)
            process.wait()


def why_unreadable(path: Path) -> str:
    """Return what ffmpeg names as the cause of not reading a frame of a file, or nothing."""
    arguments = [*SAFE_INPUT, "-i", f"file:{path}", "-frames:v", "1", "-f", "null", "-"]
    with running(arguments) as ffmpeg:
        ffmpeg.process.wait()
        cause = ffmpeg.complaint()
    if cause.startswith("Format not on whitelist"):
        return "this kind of file is not read"
    return cause


def _close(pipe: IO[bytes]) -> None:
    try:
        pipe.close()
    except BrokenPipeError:
        log.debug("ffmpeg ended before it had read all frames")
