"""What people changed on the page of people, or on that of a montage's frames: a small file."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from photomosaic.checked import checked
from photomosaic.errors import InputError
from photomosaic.faces.face_keys import KEY_PATTERN
from photomosaic.files.names import printable
from photomosaic.files.regular import read_file
from photomosaic.files.writing import replacing

FILE_NAME = "corrections.json"
_LARGEST = 32 << 20

_Key = Annotated[str, Meta(pattern=KEY_PATTERN)]
_Pair = tuple[_Key, _Key]
_Number = Annotated[float, Meta(ge=-1e6, le=1e6)]
_Placed = tuple[_Key, tuple[_Number, _Number, _Number, _Number]]
_Name = tuple[_Key, Annotated[str, Meta(max_length=200)]]


@dataclass(frozen=True)
class Corrections:
    """What people changed; faces are named by their keys.

    Attributes
    ----------
    off : list of (str, str)
        A face that is not of a person, and the surest face of that person.
    joined : list of (str, str)
        Surest faces of two groups that are one person.
    names : list of (str, str)
        The surest face of a person, and the person's name.
    eyes : list of (str, (float, float, float, float))
        A face, and the x, y, x, y of the places in its photo that are shown where the eyes belong.
    """

    off: list[_Pair] = field(default_factory=list)
    joined: list[_Pair] = field(default_factory=list)
    names: list[_Name] = field(default_factory=list)
    eyes: list[_Placed] = field(default_factory=list)

    def with_more(self, other: Corrections) -> Corrections:
        """Return these and others, each once; the others' names count."""
        return Corrections(
            list(dict.fromkeys([*self.off, *other.off])),
            list(dict.fromkeys([*self.joined, *other.joined])),
            list({**dict(self.names), **dict(other.names)}.items()),
        )


def read_corrections(path: Path) -> Corrections:
    """Read what a page saved.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    InputError
        If it cannot be read, or is no such file.
    """
    try:
        data = read_file(path, _LARGEST)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise InputError(f"{printable(path)}: cannot be read: {error.strerror}") from error
    try:
        return _sensible(checked(json.loads(data), Corrections))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{printable(path)}: is no file of corrections") from error
    except InputError as error:
        raise InputError(f"{printable(path)}: {error}") from error


def _sensible(found: Corrections) -> Corrections:
    for key, (x0, y0, x1, y1) in found.eyes:
        # Not a number is within all limits.
        if not math.hypot(x1 - x0, y1 - y0) > 0:
            raise InputError(f"eyes: both of {key} are in one place")
    return found


def write_corrections(path: Path, corrections: Corrections) -> None:
    """Write corrections.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    lists = {"off": corrections.off, "joined": corrections.joined, "names": corrections.names}
    with replacing(path) as file:
        file.write(json.dumps(lists, indent=1).encode("ascii"))
