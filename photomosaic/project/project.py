"""What a saved mosaic holds, and whether what a file says makes sense."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from photomosaic.errors import InputError
from photomosaic.images.listing import printable
from photomosaic.project.settings import SETTINGS, check_setting

SCHEMA = 1
LARGEST_GRID = 1 << 26

T = TypeVar("T")


@dataclass(frozen=True)
class PhotoRef:
    """A photo: its path below the folder of photos, with slashes, and its SHA-256 in hex."""

    path: str
    sha256: str


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
    photos : tuple of PhotoRef
        Those that the mosaic uses.
    cells : ndarray of shape (rows, cols), int32
        Places in `photos`.
    edits : EditRefs
    bound : float or None
        A total distance that no assignment can beat.
    versions : dict of str to str
        What it was made with.
    """

    target: str
    target_sha256: str
    photos_dir: str
    settings: Mapping[str, Any]
    photos: tuple[PhotoRef, ...]
    cells: npt.NDArray[np.int32]
    edits: EditRefs = EditRefs()
    bound: float | None = None
    versions: Mapping[str, str] = field(default_factory=dict)


def parse(document: object) -> Project:
    """Return the project that a document (as read from JSON) holds.

    Raises
    ------
    InputError
        If it is no project, one of a newer version, or does not fit together.
    """
    top = _Part("", document)
    if not isinstance(document, dict) or "schema" not in document:
        raise InputError("is no mosaic project")
    schema = top.get("schema", int)
    if schema > SCHEMA:
        raise InputError(
            f"was saved by a newer version (schema {schema}, and this one knows {SCHEMA});"
            " update this toolkit"
        )
    if schema < 1:
        raise InputError(f"schema: there is no {schema}")
    target, grid = top.part("target"), top.part("grid")
    photos = tuple(_photo(part) for part in top.parts("photos"))
    kept = top.part("settings")
    settings = {name: kept.get(name, object) for name in SETTINGS}
    for name, value in settings.items():
        check_setting(name, value)
    shape = grid.get("rows", int), grid.get("cols", int)
    cells = _cells(top.get("cells", list), shape, len(photos))
    edits = top.part("edits")
    bound: float | None = top.part("figures").get("bound", (int, float, type(None)))
    return Project(
        target.get("path", str),
        _hash(target),
        top.get("photos_dir", str),
        settings,
        photos,
        cells,
        EditRefs(
            tuple(_photo(part) for part in edits.parts("ban")),
            tuple(_place(part, shape) for part in edits.parts("pin")),
            tuple(_place(part, shape) for part in edits.parts("replace")),
            tuple(_photo(part) for part in edits.parts("must_use")),
        ),
        None if bound is None else float(bound),
        {str(name): str(value) for name, value in top.get("versions", dict).items()},
    )


class _Part:
    """A part of a document that knows where it stands."""

    def __init__(self, name: str, value: object) -> None:
        self.name = name
        self._value = value

    def get(self, key: str, kind: type[T] | tuple[type, ...]) -> T:
        """Return the entry of a key; raises `InputError` unless it is of that kind."""
        if not isinstance(self._value, dict) or key not in self._value:
            raise InputError(f"{self.name or 'the file'}: {key} is missing")
        value = self._value[key]
        kinds = kind if isinstance(kind, tuple) else (kind,)
        if not isinstance(value, kinds) or (
            isinstance(value, bool) and not {bool, object} & set(kinds)
        ):
            raise InputError(f"{self._of(key)}: {str(value)[:40]!r} is not what belongs there")
        return value  # type: ignore[return-value]

    def part(self, key: str) -> _Part:
        """Return the entries of a key."""
        return _Part(self._of(key), self.get(key, dict))

    def parts(self, key: str) -> list[_Part]:
        """Return the entries of each item in a list."""
        items: list[object] = self.get(key, list)
        return [_Part(f"{self._of(key)}[{i}]", item) for i, item in enumerate(items)]

    def _of(self, key: str) -> str:
        return f"{self.name}.{key}" if self.name else key


def _photo(part: _Part) -> PhotoRef:
    path = part.get("path", str)
    below, windows = PurePosixPath(path), PureWindowsPath(path)
    escapes = below.is_absolute() or windows.drive or ".." in below.parts or "\0" in path
    if not path or escapes:
        raise InputError(
            f"{part.name}: {printable(path)} does not lie in the folder of photos;"
            " paths are those below it"
        )
    return PhotoRef(path, _hash(part))


def _hash(part: _Part) -> str:
    text = part.get("sha256", str)
    if not re.fullmatch("[0-9a-f]{64}", text):
        raise InputError(f"{part.name}.sha256: {text[:70]!r} is no SHA-256")
    return str(text)


def _place(part: _Part, shape: tuple[int, int]) -> Place:
    row, col = part.get("row", int), part.get("col", int)
    check_cell(part.name, row, col, shape)
    return Place(row, col, _photo(part))


def check_cell(name: str, row: int, col: int, shape: tuple[int, int]) -> None:
    """Raise `InputError` if a grid of `shape` (rows, cols) has no such cell."""
    if not (0 <= row < shape[0] and 0 <= col < shape[1]):
        raise InputError(
            f"{name}: there is no cell {row},{col}; rows go from 0 to {shape[0] - 1},"
            f" columns from 0 to {shape[1] - 1}"
        )


def _cells(rows: list[object], shape: tuple[int, int], photos: int) -> npt.NDArray[np.int32]:
    if min(shape) < 1 or shape[0] * shape[1] > LARGEST_GRID:
        raise InputError(f"grid: {shape[0]} rows and {shape[1]} columns are no grid")
    if len(rows) != shape[0]:
        raise InputError(f"cells: {len(rows)} rows, and the grid has {shape[0]}")
    cells = np.empty(shape, np.int32)
    for number, row in enumerate(rows):
        if not isinstance(row, list) or len(row) != shape[1]:
            raise InputError(f"cells: row {number} does not have {shape[1]} columns")
        for col, photo in enumerate(row):
            whole = isinstance(photo, int) and not isinstance(photo, bool)
            if not whole or not 0 <= photo < photos:
                raise InputError(
                    f"cells: row {number}, column {col}: there is no photo {str(photo)[:20]};"
                    f" they go from 0 to {photos - 1}"
                )
        cells[number] = row
    return cells
