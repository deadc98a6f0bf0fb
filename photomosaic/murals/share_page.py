"""A page to zoom into as one HTML file, small enough to send by mail."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from photomosaic.errors import InputError
from photomosaic.files.names import printable
from photomosaic.files.one_file import GENERATOR, HEAD_BYTES, files_named, in_one_file
from photomosaic.files.regular import read_file
from photomosaic.files.writing import replacing

LARGEST = 20_000_000
"""Bytes of the file; mail servers refuse larger attachments."""


def share_path(folder: Path) -> Path:
    """Return the file beside the folder of a page."""
    return folder.with_name(f"{folder.name}-share.html")


def check_share(path: Path, taken: Sequence[Path]) -> None:
    """Raise `InputError` if the place of the file is another's, or holds no earlier page."""
    if path.resolve() in {other.resolve() for other in taken}:
        raise InputError(f"{printable(path)}: would be replaced; name another")
    try:
        head = read_file(path)[:HEAD_BYTES].decode("utf-8", "replace")
    except FileNotFoundError:
        return
    except OSError as error:
        raise InputError(f"{printable(path)}: cannot be replaced: {error.strerror}") from error
    if GENERATOR not in head:
        raise InputError(f"{printable(path)}: is no page made here; move it, or name another")


def write_share(folder: Path, path: Path) -> None:
    """Write a page as one file, with as many levels of its picture as fit into `LARGEST`.

    Copies of the photos are left out.

    Parameters
    ----------
    folder : Path
        Of the whole page.
    path : Path

    Raises
    ------
    OutputError
        If it cannot be written; what lay there before still does.
    """
    page = read_file(folder / "index.html").decode()
    texts = {name: read_file(folder / name).decode() for name in files_named(page)}
    target = _encoded(folder / "target.jpg")
    room = LARGEST - len(page) - sum(map(len, texts.values())) - len(target) - HEAD_BYTES
    tiles, deepest = _tiles(folder / "mosaic_files", room)
    own = {"deepest": deepest, "tiles": tiles, "original": target, "copies": False}
    texts["data.js"] += f"Object.assign(MOSAIC, {json.dumps(own, separators=(',', ':'))});\n"
    with replacing(path) as file:
        file.write(in_one_file(page, texts).encode())


def _tiles(pyramid: Path, room: int) -> tuple[dict[str, str], int]:
    """Return the tiles of the levels that fit into some bytes, as base64, and the deepest level."""
    tiles: dict[str, str] = {}
    levels = sorted(int(level.name) for level in pyramid.iterdir() if level.name.isdigit())
    deepest = levels[0]
    for level in levels:
        found = dict(_level(pyramid / str(level)))
        # With the name, the quotes and the comma of each.
        room -= sum(len(name) + len(text) + 6 for name, text in found.items())
        if room < 0:
            break
        tiles |= found
        deepest = level
    return tiles, deepest


def _level(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.glob("*.jpg")):
        yield f"{folder.name}/{path.stem}", _encoded(path)


def _encoded(path: Path) -> str:
    return base64.b64encode(read_file(path)).decode("ascii")
