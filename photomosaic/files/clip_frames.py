"""Frames of clips as photos: their names, and what identifies their content.

"clip.mov@12.5s" is what the file clip.mov shows after 12.5 seconds.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

from photomosaic.files.regular import open_file

_FRAME = re.compile(r"(.+)@(\d{1,7})(?:\.(\d{1,3}))?s", re.DOTALL)
_DIGEST_BYTES = 4 << 20


def frame_name(clip: str, milliseconds: int) -> str:
    """Return the name of a frame of a clip."""
    seconds = f"{milliseconds // 1000}.{milliseconds % 1000:03d}".rstrip("0").rstrip(".")
    return f"{clip}@{seconds}s"


def clip_and_time(name: str) -> tuple[str, int] | None:
    """Return the clip and the milliseconds of a frame's path; None for the path of a file."""
    found = _FRAME.fullmatch(name)
    if found is None or os.path.lexists(name):
        return None
    clip, seconds, part = found.groups()
    return clip, 1000 * int(seconds) + int((part or "").ljust(3, "0"))


def file_of(name: str) -> str:
    """Return the path of the file that a photo, maybe a frame of a clip, lies in."""
    found = clip_and_time(name)
    return name if found is None else found[0]


def clip_digest(path: Path) -> bytes:
    """Return a SHA-256 of a clip's size, its first and its last 4 MB.

    These hold the index of all frames, in whatever order a container has it.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    with open_file(path) as file:
        size = os.fstat(file.fileno()).st_size
        digest = hashlib.sha256(f"{size} bytes".encode() + file.read(_DIGEST_BYTES))
        file.seek(max(file.tell(), size - _DIGEST_BYTES))
        digest.update(file.read(_DIGEST_BYTES))
    return digest.digest()


def frame_digest(clip: bytes, milliseconds: int) -> bytes:
    """Return what identifies the frame at a time of a clip with a digest: a SHA-256."""
    return hashlib.sha256(clip + f"frame at {milliseconds} ms".encode()).digest()
