"""Projects as JSON files."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from photomosaic.errors import InputError
from photomosaic.files.names import printable
from photomosaic.files.regular import read_file
from photomosaic.files.writing import replacing
from photomosaic.project.project import SCHEMA, Project, TileRef

LARGEST_PROJECT = 64 << 20


def read_project(path: Path) -> Project:
    """Read and check a project.

    Raises
    ------
    InputError
        If it cannot be read, is cut off or does not make sense; the message says why.
    """
    # Loaded here, since most mosaics are made without a project.
    from photomosaic.project.schema import parse

    try:
        data = read_file(path, LARGEST_PROJECT)
    except OSError as error:
        raise InputError(f"{printable(path)}: cannot be read: {error.strerror}") from error
    try:
        return parse(data)
    except InputError as error:
        raise InputError(f"{printable(path)}: {error}") from error


def write_project(project: Project, path: Path) -> None:
    """Write a project, one line for each photo, row of cells and edit.

    Raises
    ------
    OutputError
        If it cannot be written; what lay there before is still there.
    """
    rows, cols = project.cells.shape
    edits = asdict(project.edits)
    flat = {
        kind: [
            {key: value for key, value in entry.items() if key != "photo"} | entry.get("photo", {})
            for entry in entries
        ]
        for kind, entries in edits.items()
    }
    parts = {
        "schema": str(SCHEMA),
        "versions": _text(project.versions),
        "target": _text({"path": project.target, "sha256": project.target_sha256}),
        "photos_dir": _text(project.photos_dir),
        "settings": json.dumps(project.settings, indent=4).replace("\n}", "\n  }"),
        "grid": _text({"rows": rows, "cols": cols}),
        "figures": _text({"bound": project.bound}),
        "edits": f"{{{', '.join(f'{_text(kind)}: {_lines(flat[kind])}' for kind in flat)}}}",
        "photos": _lines(map(_tile, project.tiles)),
        "cells": _lines(map(_row, project.cells.tolist())),
    }
    if project.sides is not None:
        parts["sides"] = _lines(map(_row, project.sides.tolist()))
    body = ",\n".join(f"  {_text(name)}: {part}" for name, part in parts.items())
    with replacing(path) as file:
        file.write(f"{{\n{body}\n}}\n".encode())


def _tile(tile: TileRef) -> dict[str, object]:
    cut, entry = tile.cut, asdict(tile.photo)
    if cut is not None:
        entry |= {"cut": [cut.top, cut.left, cut.height, cut.width], "mirrored": cut.mirrored}
    return entry


def _row(cells: list[int]) -> list[int | None]:
    return [cell if cell >= 0 else None for cell in cells]


def _text(value: Any) -> str:
    return json.dumps(dict(value) if hasattr(value, "items") else value)


def _lines(items: Iterable[object]) -> str:
    lines = ",\n".join(f"    {json.dumps(item)}" for item in items)
    return f"[\n{lines}\n  ]" if lines else "[]"
