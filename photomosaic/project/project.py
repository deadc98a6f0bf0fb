"""What a saved mosaic holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from photomosaic.errors import InputError
from photomosaic.images.crop import Cut

SCHEMA = 2
LARGEST_GRID = 1 << 26


@dataclass(frozen=True)
class PhotoRef:
    """A photo: its path below the folder of photos, with slashes, and its SHA-256 in hex."""

    path: str
    sha256: str


@dataclass(frozen=True)
class TileRef:
    """A tile: its photo, and the part of it that the tile shows.

    Attributes
    ----------
    photo : PhotoRef
    cut : Cut or None
        None if the way of cropping alone tells.
    """

    photo: PhotoRef
    cut: Cut | None = None


@dataclass(frozen=True)
class Place:
    """A photo and a cell, rows and columns from 0."""

    row: int
    col: int
    photo: PhotoRef


@dataclass(frozen=True)
class EditRefs:
    """What was said about single photos and cells."""

    ban: tuple[PhotoRef, ...] = ()
    pin: tuple[Place, ...] = ()
    replace: tuple[Place, ...] = ()
    must_use: tuple[PhotoRef, ...] = ()


@dataclass(frozen=True)
class Project:
    """A saved mosaic.

    Attributes
    ----------
    target, target_sha256 : str
        Absolute path of the target, and the hash of its file.
    photos_dir : str
        Absolute path of the folder of photos.
    settings : dict
        By the names of `settings.SETTINGS`.
    tiles : tuple of TileRef
        Those that the mosaic uses.
    cells : ndarray of shape (rows, cols), int32
        Places in `tiles` by the cells' rows and columns; -1 where the layout has no cell.
    edits : EditRefs
    bound : float or None
        A total distance that no assignment can beat.
    versions : dict of str to str
        What it was made with.
    sides : ndarray of shape (rows, cols), int32, or None
        Rows that each cell takes, -1 where none begins; None if all take one. It takes as many
        columns, or in a mixed layout those that are left of the sum of a tile's sides.
    """

    target: str
    target_sha256: str
    photos_dir: str
    settings: Mapping[str, Any]
    tiles: tuple[TileRef, ...]
    cells: npt.NDArray[np.int32]
    edits: EditRefs = EditRefs()
    bound: float | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    sides: npt.NDArray[np.int32] | None = None


def check_cell(name: str, row: int, col: int, cells: npt.NDArray[np.int32]) -> None:
    """Raise `InputError` if there is no such cell in `cells` (rows, cols), as in a project."""
    rows, cols = cells.shape
    if not (0 <= row < rows and 0 <= col < cols):
        raise InputError(
            f"{name}: there is no cell {row},{col}; rows go from 0 to {rows - 1},"
            f" columns from 0 to {cols - 1}"
        )
    if cells[row, col] < 0:
        raise InputError(f"{name}: there is no cell {row},{col} in this layout; take another")
