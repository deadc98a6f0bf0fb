"""What a run has made: its files, and how a browser shows them."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

Show = Literal["picture", "video", "page", "none"]

PICTURES = frozenset(".jpg .jpeg .png .gif .webp .avif".split())
MOST_FILES = 5000
LARGEST_SHOWN = 60 << 20


@dataclass(frozen=True)
class Made:
    """A file that was made.

    Attributes
    ----------
    name : str
        Its path below the run's folder.
    size : int
        In bytes.
    show : str
        How a browser shows it.
    """

    name: str
    size: int
    show: Show


def made_in(folder: Path) -> list[Made]:
    """Return the files of a run to look at: those in its folder first, of a page only its entry."""
    found = [_made(folder, path) for path in _files(folder)]
    return sorted(found, key=lambda made: (made.name.count("/"), made.name))


def _files(folder: Path) -> Iterator[Path]:
    for number, (where, folders, names) in enumerate(os.walk(folder)):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        place = Path(where)
        if "index.html" in names:
            folders.clear()
            names = ["index.html"]
        yield from (place / name for name in names if not name.startswith("."))
        if number > MOST_FILES:
            return


def _made(folder: Path, path: Path) -> Made:
    size, suffix = path.stat().st_size, path.suffix.lower()
    show: Show = "none"
    if suffix in PICTURES and size <= LARGEST_SHOWN:
        show = "picture"
    elif suffix == ".mp4":
        show = "video"
    elif suffix == ".html":
        show = "page"
    return Made(path.relative_to(folder).as_posix(), size, show)


def found_in(folder: Path, name: str) -> Path | None:
    """Return the file of a run that a browser asks for; None if there is none inside of it."""
    try:
        path = (folder / name).resolve()
        inside = path.is_relative_to(folder.resolve()) and path.is_file()
    except (OSError, ValueError):
        return None
    hidden = any(part.startswith(".") for part in Path(name).parts)
    return path if inside and not hidden else None


def write_zip(folder: Path, file: IO[bytes]) -> None:
    """Write all files of a run into an archive, uncompressed, since pictures are compressed."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for where, folders, names in os.walk(folder):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(names):
                if not name.startswith("."):
                    path = Path(where) / name
                    archive.write(path, Path(folder.name) / path.relative_to(folder))


def size_text(size: int) -> str:
    """Return a number of bytes for people."""
    return f"{size / 1e6:,.1f} MB" if size >= 100_000 else f"{max(1, size // 1000)} kB"
