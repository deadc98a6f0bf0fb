"""What a project's file may hold: its schema, and the project that it stands for."""

from __future__ import annotations

import json
import math
from pathlib import PurePosixPath, PureWindowsPath
from typing import Annotated, Any

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec import Meta, Struct

from photomosaic.checked import TooLong, Twice, check_name, checked, shown
from photomosaic.errors import InputError
from photomosaic.files.names import printable
from photomosaic.images.crop import Cut
from photomosaic.options.fields import OptionField
from photomosaic.project.project import (
    LARGEST_GRID,
    SCHEMA,
    EditRefs,
    PhotoRef,
    Place,
    Project,
    TileRef,
    check_cell,
)
from photomosaic.project.settings import SETTINGS

# Floats of 64 bits hold no more.
MOST_DIGITS = 300

_Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
_Unit = Annotated[int, Meta(ge=1, le=9)]
_Side = Annotated[int, Meta(ge=1, le=LARGEST_GRID)]
_Cell = Annotated[int, Meta(ge=0, le=LARGEST_GRID)]


class _File(Struct):
    path: str
    sha256: _Sha256


_Share = Annotated[float, Meta(ge=0, le=1)]
_Size = Annotated[float, Meta(gt=0, le=1)]


class _Tile(_File):
    cut: tuple[_Share, _Share, _Size, _Size] | None = None
    mirrored: bool = False


class _Place(_File):
    row: _Cell
    col: _Cell


class _Edits(Struct):
    ban: list[_File]
    pin: list[_Place]
    replace: list[_Place]
    must_use: list[_File]


class _Grid(Struct):
    rows: _Side
    cols: _Side


class _Figures(Struct):
    bound: float | None


class _Document(Struct):
    versions: dict[str, str]
    target: _File
    photos_dir: str
    settings: dict[str, Any]
    grid: _Grid
    figures: _Figures
    edits: _Edits
    photos: list[_Tile]
    cells: list[list[_Cell | None]]
    sides: list[list[_Unit | None]] | None = None


class _Version(Struct):
    schema: int


def _type_of(field: OptionField) -> Any:
    kind: Any = list[str] if field.several else field.kind
    optional = field.default is None and not field.option.from_project
    return kind | None if optional else kind


_Settings = msgspec.defstruct(
    "_Settings", [(name, _type_of(field)) for name, field in SETTINGS.items()]
)

# What the settings were before there were options for them.
_BEFORE = {
    "target_width": None,
    "clips": False,
    "cuts": 1,
    "mirror": False,
    "refine": 0.0,
    "variety": 0.0,
    "layout": "grid",
    "detail": 0.0,
    "cells": None,
    "gap": 0.0,
    "gap_color": "#ffffff",
    "round": 0.0,
    "mask": None,
    "shape": None,
    "text": None,
    "font": None,
    "mask_fit": None,
    "mask_edge": "cut",
    "background": None,
}


def parse(data: bytes) -> Project:
    """Return the project that a file's content holds.

    Raises
    ------
    InputError
        If it is no project, one of a newer version, or does not fit together.
    """
    try:
        return _parsed(_read(data))
    except RecursionError as error:
        raise InputError("is no mosaic project: lists lie in lists too deeply") from error


def _parsed(content: object) -> Project:
    if not isinstance(content, dict) or "schema" not in content:
        raise InputError("is no mosaic project")
    schema = checked(content, _Version).schema
    if schema > SCHEMA:
        raise InputError(
            f"was saved by a newer version (schema {shown(schema)}, and this one knows {SCHEMA});"
            " update this toolkit"
        )
    if schema < 1:
        raise InputError(f"schema: there is no {shown(schema)}")
    return _project(checked(content, _Document))


def _read(data: bytes) -> object:
    try:
        return json.loads(data, object_pairs_hook=_object, parse_int=_whole)
    except json.JSONDecodeError as error:
        raise InputError(f"is damaged or cut off at line {error.lineno}: {error.msg}") from error
    except ValueError as error:
        raise InputError("is no mosaic project") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content: dict[str, Any] = {}
    for key, value in pairs:
        if not key.isascii():
            raise InputError(f"{shown(key)}: there is no such key")
        content[key] = Twice() if key in content else value
    return content


def _whole(digits: str) -> int | TooLong:
    return int(digits) if len(digits) <= MOST_DIGITS else TooLong()


def _project(document: _Document) -> Project:
    grid, edits, bound = document.grid, document.edits, document.figures.bound
    cells = _cells(document.cells, (grid.rows, grid.cols), len(document.photos))
    settings = _settings(document.settings)
    _check_together(edits)
    if bound is not None and not (0 <= bound < math.inf):
        raise InputError(f"figures.bound: {bound} is no total distance")
    return Project(
        target=check_name("target.path", document.target.path),
        target_sha256=document.target.sha256,
        photos_dir=check_name("photos_dir", document.photos_dir),
        settings=settings,
        tiles=tuple(_tile(f"photos[{i}]", tile) for i, tile in enumerate(document.photos)),
        cells=cells,
        sides=_sides(document.sides, cells, square=settings["layout"] != "mixed"),
        edits=EditRefs(
            _photos("edits.ban", edits.ban),
            _places("edits.pin", edits.pin, cells),
            _places("edits.replace", edits.replace, cells),
            _photos("edits.must_use", edits.must_use),
        ),
        bound=bound,
        versions=document.versions,
    )


def _settings(content: dict[str, Any]) -> dict[str, Any]:
    content = _BEFORE | content
    checked(content, _Settings, "settings")
    # As they are written, since whole numbers are not to become others.
    values = {name: content[name] for name in SETTINGS}
    for name, field in SETTINGS.items():
        place, value, limits = f"settings.{name}", values[name], field.option.limits
        if limits is not None and value is not None and value not in limits:
            raise InputError(f"{place}: {shown(value)} is not {limits}")
        if field.choices and value is not None and value not in field.choices:
            raise InputError(f"{place}: {shown(value)} is not one of {', '.join(field.choices)}")
        if field.several:
            for i, pattern in enumerate(value):
                check_name(f"{place}[{i}]", pattern)
    return values


def _photos(place: str, files: list[_File]) -> tuple[PhotoRef, ...]:
    return tuple(_photo(f"{place}[{i}]", file) for i, file in enumerate(files))


def _photo(place: str, file: _File) -> PhotoRef:
    path = check_name(place, file.path)
    below = PurePosixPath(path)
    if below.is_absolute() or PureWindowsPath(path).drive or ".." in below.parts:
        raise InputError(
            f"{place}: {printable(path)} does not lie in the folder of photos;"
            " paths are those below it"
        )
    return PhotoRef(path, file.sha256)


def _tile(place: str, tile: _Tile) -> TileRef:
    cut = None if tile.cut is None else Cut(*tile.cut, mirrored=tile.mirrored)
    return TileRef(_photo(place, tile), cut)


def _places(place: str, places: list[_Place], cells: npt.NDArray[np.int32]) -> tuple[Place, ...]:
    found = []
    for i, at in enumerate(places):
        check_cell(f"{place}[{i}]", at.row, at.col, cells)
        found.append(Place(at.row, at.col, _photo(f"{place}[{i}]", at)))
    return tuple(found)


def _check_together(edits: _Edits) -> None:
    banned = {file.sha256 for file in edits.ban}
    pinned: dict[tuple[int, int], str] = {}
    for i, at in enumerate(edits.pin):
        if pinned.setdefault((at.row, at.col), at.sha256) != at.sha256:
            raise InputError(f"edits.pin[{i}]: another photo is pinned into {at.row},{at.col}")
    for kind, files in (("pin", edits.pin), ("must_use", edits.must_use)):
        for i, file in enumerate(files):
            if file.sha256 in banned:
                raise InputError(f"edits.{kind}[{i}]: {shown(file.path)} is banned too")


def _sides(
    rows: list[list[int | None]] | None, cells: npt.NDArray[np.int32], *, square: bool
) -> npt.NDArray[np.int32] | None:
    if rows is None:
        return None
    if [len(row) for row in rows] != [cells.shape[1]] * cells.shape[0]:
        raise InputError("sides: is not of the same rows and columns as cells")
    sides = np.array([[-1 if side is None else side for side in row] for row in rows], np.int32)
    if ((sides < 0) != (cells < 0)).any():
        raise InputError("sides: does not name the same cells as cells")
    if not square:
        # What widths cells have is known with the tile.
        return sides
    taken = np.zeros(cells.shape, np.int64)
    for row, col in np.argwhere(sides > 0).tolist():
        side = sides[row, col]
        if row + side > cells.shape[0] or col + side > cells.shape[1]:
            raise InputError(f"sides: row {row}, column {col}: reaches beyond the grid")
        taken[row : row + side, col : col + side] += 1
    if taken.max() > 1:
        row, col = np.argwhere(taken > 1)[0].tolist()
        raise InputError(f"sides: two cells lie on row {row}, column {col}")
    return sides


def _cells(
    rows: list[list[int | None]], shape: tuple[int, int], photos: int
) -> npt.NDArray[np.int32]:
    if len(rows) != shape[0]:
        raise InputError(f"cells: {len(rows)} rows, and the grid has {shape[0]}")
    for number, row in enumerate(rows):
        if len(row) != shape[1]:
            raise InputError(f"cells: row {number} does not have {shape[1]} columns")
    cells = np.array([[-1 if cell is None else cell for cell in row] for row in rows], np.int32)
    if (cells < 0).all():
        raise InputError("cells: there is none")
    for number, col in np.argwhere(cells >= photos)[:1].tolist():
        raise InputError(
            f"cells: row {number}, column {col}: there is no photo {cells[number, col]};"
            f" the project has {photos}"
        )
    return cells
