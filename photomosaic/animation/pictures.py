"""The pictures of a folder as frames: which, in what order, and of what size."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from photomosaic.arrays import BgrImage
from photomosaic.dates.dates import photo_date
from photomosaic.errors import PictureError
from photomosaic.files.names import printable
from photomosaic.files.regular import why_unread
from photomosaic.images.caption import captioned
from photomosaic.images.content import picture_content
from photomosaic.images.crop import to_tile
from photomosaic.images.decode import decode
from photomosaic.images.pixels import on_white
from photomosaic.options.animation import Caption, Fit
from photomosaic.options.animation import PictureOrder as Order
from photomosaic.parallel.workers import Threads
from photomosaic.progress import Work

LONGEST_SIDE = 1000


@dataclass(frozen=True)
class Picture:
    """A picture of a folder.

    Attributes
    ----------
    path : str
    size : (int, int)
        Height and width, upright, in pixels.
    taken : datetime or None
        When it was taken, if that is known.
    """

    path: str
    size: tuple[int, int]
    taken: datetime | None

    @property
    def name(self) -> str:
        """Its name without folder and extension."""
        return os.path.splitext(os.path.basename(self.path))[0]  # noqa: PTH119, PTH122


@dataclass(frozen=True)
class Unreadable:
    """A picture that cannot be used, and why."""

    path: str
    reason: str


def survey(paths: Sequence[str], work: Work) -> Iterator[Picture | Unreadable]:
    """Yield the size and date of each file, or why it cannot be used."""
    found = Threads(work.workers).map(_look_at, paths)
    yield from work.progress(found, total=len(paths), what="looking at pictures", unit="picture")


def ordered(pictures: Sequence[Picture], order: Order, seed: int) -> list[Picture]:
    """Return pictures in an order.

    "ascending" is that of their names, with 2 before 10, and "descending" its reverse; "date" shows
    the oldest first, "date-descending" the newest, and either those without a date last, by name.
    """
    by_name = sorted(pictures, key=lambda picture: natural_key(picture.path))
    if order == "ascending":
        return by_name
    if order == "descending":
        return by_name[::-1]
    if order == "random":
        drawn = np.random.default_rng(seed).permutation(len(by_name))
        return [by_name[i] for i in drawn]
    dated = sorted((p for p in by_name if p.taken), key=lambda p: p.taken or datetime.max)
    return [*(dated[::-1] if order == "date-descending" else dated), *undated(by_name)]


def undated(pictures: Sequence[Picture]) -> list[Picture]:
    """Return the pictures whose date is unknown."""
    return [picture for picture in pictures if picture.taken is None]


def natural_key(path: str) -> tuple[list[tuple[int, str]], bytes]:
    """Return a key that sorts names as people do: numbers by value, ignoring case."""
    pieces = re.split(r"(\d+)", os.path.basename(path))  # noqa: PTH119
    key = [(int(piece), "") if piece.isdecimal() else (-1, piece.casefold()) for piece in pieces]
    return key, os.fsencode(path)


def canvas(pictures: Sequence[Picture], longest: int | None) -> tuple[int, int]:
    """Return the height and width of the frames: those of most pictures, shrunk if need be.

    Parameters
    ----------
    pictures : sequence of Picture
        At least one.
    longest : int or None
        The longer side in pixels; None leaves it as it is, up to `LONGEST_SIDE`.
    """
    (height, width), _ = Counter(picture.size for picture in pictures).most_common(1)[0]
    longest = longest or min(LONGEST_SIDE, max(height, width))
    factor = longest / max(height, width)
    return max(1, round(height * factor)), max(1, round(width * factor))


def read_frame(picture: Picture, size: tuple[int, int], fit: Fit) -> BgrImage | Unreadable:
    """Return a picture as a frame (height, width, 3), uint8, BGR, fitted.

    "cover" fills the frame and crops the picture; "contain" shows all of it, on black.
    """
    try:
        data = picture_content(picture.path)
        pixels = on_white(decode(data, (max(size), 0)).picture)
    except (OSError, PictureError) as error:
        return Unreadable(picture.path, why_unread(error))
    frame = to_tile(pixels, *size, "center" if fit == "cover" else "pad")[..., :3]
    return np.ascontiguousarray(frame)


def caption_of(picture: Picture, caption: Caption) -> str:
    """Return the words on a picture; empty if there are none."""
    if caption == "name":
        return printable(picture.name)
    return f"{picture.taken:%Y-%m-%d}" if caption == "date" and picture.taken else ""


def with_captions(
    frames: Iterable[BgrImage], texts: Sequence[str], steps: int
) -> Iterator[BgrImage]:
    """Yield frames with words on them.

    Parameters
    ----------
    frames : iterable of ndarray of shape (H, W, 3), uint8, BGR
    texts : sequence of str
        Of the pictures; it may grow while the frames come.
    steps : int
        Frames between two pictures, which have the words of the nearer one.
    """
    for i, frame in enumerate(frames):
        text = texts[(i + (steps + 1) // 2) // (steps + 1)]
        yield captioned(frame, text) if text else frame


def _look_at(path: str) -> Picture | Unreadable:
    try:
        data = picture_content(path)
        seen = decode(data, (1, 1))
    except (OSError, PictureError) as error:
        return Unreadable(path, why_unread(error))
    date = photo_date(path, data)
    return Picture(path, (seen.height, seen.width), date.when if date else None)
