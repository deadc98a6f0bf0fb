"""The folders that the page may look into, and those that it makes."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from photomosaic.errors import InputError, OutputError
from photomosaic.files.names import printable
from photomosaic.images.kinds import PHOTO_SUFFIXES

VIDEO_SUFFIXES = frozenset(
    ".mp4 .mov .m4v .avi .mkv .webm .mpg .mpeg .mts .m2ts .3gp .wmv .flv .ogv .gif .webp".split()
)
UPLOADS = "uploads"
LONGEST_NAME = 80


@dataclass(frozen=True)
class Entries:
    """What a folder holds that can be chosen: names, sorted; and the number of photos."""

    folder: Path
    folders: tuple[str, ...]
    files: tuple[str, ...]
    photos: int


@dataclass(frozen=True)
class Places:
    """The folders that the page may look into, and the one that results go to.

    Attributes
    ----------
    roots : tuple of Path
        Resolved.
    savedir : Path
        Resolved; may be looked into, too.
    """

    roots: tuple[Path, ...]
    savedir: Path

    @classmethod
    def of(cls, folders: Iterable[Path], savedir: Path) -> Places:
        """Return places for folders that exist; raises `InputError` if one does not."""
        roots = []
        for folder in folders:
            if not folder.is_dir():
                raise InputError(f"--folder {printable(folder)}: there is no such folder")
            roots.append(folder.resolve())
        return cls(tuple(dict.fromkeys(roots)), savedir.resolve())

    def checked(self, path: Path) -> Path:
        """Return where a path leads; raises `InputError` outside of the folders."""
        try:
            found = path.resolve()
        except (OSError, RuntimeError, ValueError) as error:
            raise InputError(f"{printable(path)}: cannot be opened") from error
        if not any(found.is_relative_to(root) for root in (*self.roots, self.savedir)):
            raise InputError(
                f"{printable(path)}: is outside of the folders that the page may look into;"
                " start app.py with --folder for another"
            )
        return found

    def entries(self, folder: Path, suffixes: frozenset[str] = PHOTO_SUFFIXES) -> Entries:
        """Return what a folder holds; hidden files and folders are left out.

        Raises
        ------
        InputError
            If the folder is outside of the places, or cannot be read.
        """
        found = self.checked(folder)
        folders, files, photos = [], [], 0
        try:
            with os.scandir(found) as listed:
                for entry in listed:
                    if entry.name.startswith("."):
                        continue
                    suffix = os.path.splitext(entry.name)[1].lower()  # noqa: PTH122
                    photos += suffix in PHOTO_SUFFIXES
                    if entry.is_dir():
                        folders.append(entry.name)
                    elif suffix in suffixes and entry.is_file():
                        files.append(entry.name)
        except OSError as error:
            raise InputError(f"{printable(folder)}: cannot be read") from error
        return Entries(found, _sorted(folders), _sorted(files), photos)

    def parent(self, folder: Path) -> Path | None:
        """Return the folder above, if the page may look into it."""
        above = folder.parent
        inside = any(above.is_relative_to(root) for root in (*self.roots, self.savedir))
        return above if inside and above != folder else None

    def new_folder(self, name: str) -> Path:
        """Make a folder for the results of one run, under a name that is not taken."""
        return self._new(self.savedir, name, lambda path: path.mkdir(parents=True))

    def new_upload(self, name: str) -> Path:
        """Make an empty file for an upload, under its name or one like it that is not taken."""
        folder = self.savedir / UPLOADS
        folder.mkdir(parents=True, exist_ok=True)
        return self._new(folder, Path(name).name, lambda path: path.touch(exist_ok=False))

    def _new(self, folder: Path, name: str, make: object) -> Path:
        plain = re.sub(r"[^\w.() -]+", "-", name).strip(" .-") or "file"
        stem, suffix = os.path.splitext(plain)  # noqa: PTH122
        for number in range(1, 100_000):
            count = "" if number == 1 else f"-{number}"
            path = folder / f"{stem[:LONGEST_NAME]}{count}{suffix[:12]}"
            try:
                make(path)  # type: ignore[operator]
            except FileExistsError:
                continue
            except OSError as error:
                raise OutputError(f"{printable(folder)}: cannot be written to") from error
            return path
        raise OutputError(f"{printable(folder)}: is full of results; move some of them")


def _sorted(names: list[str]) -> tuple[str, ...]:
    return tuple(sorted(names, key=str.casefold))
