"""Values of options that are neither numbers nor words: cells, pins and sizes."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from photomosaic.errors import InputError
from photomosaic.ranges import FILM_PIXELS, MAX_PIXELS, PIXELS

CM_PER_INCH = 2.54

_UNITS = {"cm": CM_PER_INCH, "mm": 10 * CM_PER_INCH, "m": CM_PER_INCH / 100}
_UNITS |= dict.fromkeys(("in", "inch", "inches", '"'), 1.0)
_PRINT_SIZE = re.compile(r"\s*([\d.,]+)\s*[x\u00d7*]\s*([\d.,]+)\s*([^\d\s.,]*)\s*", re.IGNORECASE)


Bgr = tuple[int, int, int]
# The sixteen names that all versions of HTML know.
COLOURS = dict(
    zip(
        "black silver gray white maroon red purple fuchsia green lime olive yellow navy blue teal"
        " aqua".split(),
        "000000 c0c0c0 808080 ffffff 800000 ff0000 800080 ff00ff 008000 00ff00 808000 ffff00"
        " 000080 0000ff 008080 00ffff".split(),
        strict=True,
    )
)


def as_file(text: str) -> str:
    """Return the absolute path of a file that a user names; raises `InputError` if it is none."""
    if not text or "\0" in text:
        raise InputError("is not a path")
    return os.path.abspath(Path(text).expanduser())  # noqa: PTH100 (links stay links)


def as_colour(text: str) -> str:
    """Return a colour as #rrggbb; raises `InputError` if it is none."""
    blue, green, red = bgr_of(text)
    return f"#{red:02x}{green:02x}{blue:02x}"


def bgr_of(text: str) -> Bgr:
    """Return a colour's blue, green and red, 0 to 255.

    Parameters
    ----------
    text : str
        One of `COLOURS`, or #RRGGBB.

    Raises
    ------
    InputError
        If it is no colour.
    """
    digits = COLOURS.get(text.lower(), text.removeprefix("#"))
    if not re.fullmatch(r"[0-9a-fA-F]{6}", digits):
        names = ", ".join(COLOURS)
        raise InputError(f"{text!r} is no colour; write #RRGGBB, or one of {names}")
    red, green, blue = bytes.fromhex(digits)
    return blue, green, red


class DefaultTemplate(str):
    """The template if the user gave none: it may only overwrite files of this toolkit."""

    __slots__ = ()


class RemoteRoot(NamedTuple):
    """A folder of this computer, and what the workers of a cluster call it."""

    local: str
    remote: str

    @classmethod
    def parse(cls, text: str) -> RemoteRoot:
        """Read LOCAL=REMOTE; raises `InputError` for anything else."""
        local, equals, remote = text.partition("=")
        if not (equals and PurePosixPath(remote).is_absolute() and local):
            raise InputError(f"{text!r} is not LOCAL=REMOTE, with REMOTE from the root")
        return cls(str(Path(local).expanduser().absolute()), remote.rstrip("/") or "/")


def scheduler_address(text: str) -> str:
    """Read local:N, tcp://HOST:PORT or tls://HOST:PORT; raises `InputError` for anything else."""
    if not re.fullmatch(r"local:[1-9][0-9]{0,2}|(tcp|tls)://[^\s/]+:[0-9]{1,5}", text):
        raise InputError(f"{text!r} is neither local:N nor an address such as tcp://HOST:8786")
    return text


class Cell(NamedTuple):
    """A cell of the grid, counted from 0."""

    row: int
    col: int

    @classmethod
    def parse(cls, text: str) -> Cell:
        """Read ROW,COL; raises `InputError` for anything else."""
        if not re.fullmatch(r"[0-9]{1,9},[0-9]{1,9}", text):
            raise InputError(f"{text!r} is not ROW,COL")
        row, col = text.split(",")
        return cls(int(row), int(col))


class Pin(NamedTuple):
    """A cell, counted from 0, and the name of the photo that lies in it."""

    row: int
    col: int
    photo: str

    @classmethod
    def parse(cls, text: str) -> Pin:
        """Read ROW,COL=PHOTO; raises `InputError` for anything else."""
        cell, equals, photo = text.partition("=")
        if not equals or not photo:
            raise InputError(f"{text!r} is not ROW,COL=PHOTO")
        return cls(*Cell.parse(cell), photo)


@dataclass(frozen=True)
class FrameSize:
    """The size of an animation's frames.

    Attributes
    ----------
    longest : int
        Their longer side in pixels.
    exact : (int, int) or None
        Height and width, if both are given.
    """

    longest: int
    exact: tuple[int, int] | None = None

    @classmethod
    def parse(cls, text: str) -> FrameSize:
        """Read WIDTHxHEIGHT or the longer side; raises `InputError` for anything else."""
        match = re.fullmatch(r"([0-9]{1,6})(?:[xX]([0-9]{1,6}))?", text.strip())
        sides = [int(side) for side in match.groups() if side] if match else []
        if not sides or any(side not in PIXELS for side in sides):
            raise InputError(f"{text!r} is neither WIDTHxHEIGHT nor the longer side, each {PIXELS}")
        if len(sides) == 1:
            return cls(sides[0])
        if sides[0] * sides[1] > MAX_PIXELS:
            raise InputError(
                f"{text!r} is more than {MAX_PIXELS // 1_000_000} megapixels; take a smaller size"
            )
        return cls(max(sides), (sides[1], sides[0]))


@dataclass(frozen=True)
class FilmSize:
    """Height and width of a film's frames, both even."""

    height: int
    width: int

    @classmethod
    def parse(cls, text: str) -> FilmSize:
        """Read WIDTHxHEIGHT or a name of `FILM_SIZES`; raises `InputError` for anything else."""
        if text.strip().lower() in FILM_SIZES:
            return FILM_SIZES[text.strip().lower()]
        match = re.fullmatch(r"([0-9]{1,5})[xX]([0-9]{1,5})", text.strip())
        width, height = (int(side) for side in match.groups()) if match else (0, 0)
        if any(side not in FILM_PIXELS or side % 2 for side in (width, height)):
            names = ", ".join(FILM_SIZES)
            raise InputError(
                f"{text!r} is neither {names} nor WIDTHxHEIGHT, each even and {FILM_PIXELS}"
            )
        return cls(height, width)


FILM_SIZES = {
    "1080p": FilmSize(1080, 1920),
    "4k": FilmSize(2160, 3840),
    "square": FilmSize(1080, 1080),
    "9:16": FilmSize(1920, 1080),
}


@dataclass(frozen=True)
class PrintSize:
    """Width and height of a sheet of paper or a picture on a wall, in inches."""

    width: float
    height: float

    def __str__(self) -> str:
        """Return the size in centimetres and in inches."""
        metric = f"{self.width * CM_PER_INCH:.1f} x {self.height * CM_PER_INCH:.1f} cm"
        return f"{metric} ({self.width:.1f} x {self.height:.1f} in)"

    @property
    def turned(self) -> PrintSize:
        """The same size lying on its side."""
        return PrintSize(self.height, self.width)

    @classmethod
    def parse(cls, text: str) -> PrintSize:
        """Read a size such as 60x90cm, 24x36in or 600x900 mm, width before height.

        Raises
        ------
        InputError
            For anything else; the message says how to write it.
        """
        advice = "write width, x, height and unit: 60x90cm, 600x900mm or 24x36in"
        match = _PRINT_SIZE.fullmatch(text)
        if not match:
            raise InputError(f"{text!r} is not a print size; {advice}")
        unit = match[3].lower()
        if unit not in _UNITS:
            problem = f"has an unknown unit, {match[3]!r}" if unit else "has no unit"
            raise InputError(f"{text!r} {problem}; {advice}")
        try:
            width, height = (
                float(side.replace(",", ".")) / _UNITS[unit] for side in match.groups()[:2]
            )
        except ValueError:
            raise InputError(f"{text!r} is not a print size; {advice}") from None
        if not (width > 0 and height > 0):
            raise InputError(f"{text!r} has no area; {advice}")
        return cls(width, height)
