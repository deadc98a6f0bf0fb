"""The tones of a target that its mosaic does not show."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from photomosaic.arrays import BgrImage, Floats

# CIE 1976 colour difference of the means of a cell and its tile; about 2 is just noticeable.
DIFFERENCE = 15.0
# Below this chroma, people name a colour by its lightness.
GREY_CHROMA = 14.0
# CIELAB hue angles, in degrees, at which the names of colours end.
_HUES = (
    *((20, "pink"), (52, "red"), (80, "orange"), (112, "yellow"), (165, "green")),
    *((230, "turquoise"), (312, "blue"), (345, "purple"), (360, "pink")),
)
_GREYS = ((20, "black"), (45, "dark grey"), (65, "grey"), (85, "light grey"), (101, "white"))
_BROWN_LIGHTNESS = 55


@dataclass(frozen=True)
class Lack:
    """A tone that a mosaic lacks.

    Attributes
    ----------
    name : str
    share : float
        Of the cells, from 0 to 1.
    colour : tuple of int
        Its mean in the target: blue, green, red, each from 0 to 255.
    cells : tuple of int
        Where, row by row.
    """

    name: str
    share: float
    colour: tuple[int, int, int]
    cells: tuple[int, ...]


def lacking_tones(target: BgrImage, mosaic: BgrImage, shape: tuple[int, int]) -> tuple[Lack, ...]:
    """Return the tones that a mosaic lacks, those of most cells first.

    Parameters
    ----------
    target, mosaic : ndarray of shape (H, W, 3), uint8, BGR
    shape : (int, int)
        Rows and columns of the cells that divide both.
    """
    wanted, made = _cell_means(target, shape), _cell_means(mosaic, shape)
    lab, other = (cv2.cvtColor(means, cv2.COLOR_BGR2LAB).reshape(-1, 3) for means in (wanted, made))
    far = np.flatnonzero(np.linalg.norm(lab - other, axis=1) > DIFFERENCE).tolist()
    by_name: dict[str, list[int]] = {}
    for cell in far:
        by_name.setdefault(tone_name(*lab[cell].tolist()), []).append(cell)
    colours = 255 * wanted.reshape(-1, 3)
    found = [
        Lack(name, len(cells) / len(lab), _mean_colour(colours[cells]), tuple(cells))
        for name, cells in by_name.items()
    ]
    return tuple(sorted(found, key=lambda lack: (-lack.share, lack.name)))


def tone_name(lightness: float, a: float, b: float) -> str:
    """Return the name of a CIELAB colour; lightness is from 0 to 100."""
    if math.hypot(a, b) < GREY_CHROMA:
        return next(name for end, name in _GREYS if lightness < end)
    angle = math.degrees(math.atan2(b, a)) % 360
    name = next(name for end, name in _HUES if angle <= end)
    return "brown" if name == "orange" and lightness < _BROWN_LIGHTNESS else name


def _cell_means(picture: BgrImage, shape: tuple[int, int]) -> Floats:
    """Return the mean colours of cells (rows, cols, 3), float32, BGR from 0 to 1."""
    small = cv2.resize(picture, (shape[1], shape[0]), interpolation=cv2.INTER_AREA)
    return np.asarray(small / np.float32(255), np.float32)


def _mean_colour(colours: Floats) -> tuple[int, int, int]:
    blue, green, red = colours.mean(axis=0).round().astype(int).tolist()
    return blue, green, red
