"""Photos by the names that people and projects give them."""

from __future__ import annotations

import os
from collections.abc import Set as AbstractSet
from functools import cached_property
from pathlib import PurePosixPath

import numpy as np

from photomosaic.errors import InputError
from photomosaic.files.names import composed, folded, nearest, printable
from photomosaic.files.regular import sha256_of
from photomosaic.library.codebook import Codebook
from photomosaic.library.index import Index
from photomosaic.project.project import PhotoRef, TileRef


class Photos:
    """The photos of a codebook, found by path, bare name or content.

    Parameters
    ----------
    codebook : Codebook
    index : Index
        Of the folder that the codebook is of.
    """

    def __init__(self, codebook: Codebook, index: Index) -> None:
        self._folder = index.listing.folder
        self._codebook = codebook
        self._index = index

    # Made when they are needed first, since most runs look up nothing, and folders may be large.
    @cached_property
    def _by_hash(self) -> dict[str, int]:
        return {self.ref(row).sha256: row for row in range(len(self))}

    @cached_property
    def _by_path(self) -> dict[str, int]:
        return {self.ref(row).path: row for row in range(len(self))}

    @cached_property
    def _by_form(self) -> dict[str, int]:
        return {composed(path): row for path, row in self._by_path.items()}

    @cached_property
    def _files(self) -> dict[str, str]:
        paths = [file.path for file in self._index.listing.photos]
        paths += [photo.path for photo in self._index.photos]
        return {self._below(path): path for path in paths}

    def __len__(self) -> int:
        """Return the number of photos."""
        return self._codebook.photo_count

    def ref(self, number: int) -> PhotoRef:
        """Return what a project calls a photo."""
        tile = self._codebook.first_tiles[number]
        path, digest = self._codebook.paths[tile], self._codebook.hashes[tile]
        return PhotoRef(self._below(path), digest.hex())

    def of_tile(self, tile: int) -> int:
        """Return the number of the photo that a tile shows."""
        return int(self._codebook.photos[tile])

    def tiles(self, number: int) -> list[int]:
        """Return the tiles of a photo."""
        found: list[int] = np.flatnonzero(self._codebook.photos == number).tolist()
        return found

    def tile_ref(self, tile: int) -> TileRef:
        """Return what a project calls a tile."""
        return TileRef(self.ref(self.of_tile(tile)), self._codebook.cut(tile))

    def find_tile(self, ref: TileRef, known: AbstractSet[str] = frozenset()) -> tuple[int, bool]:
        """Return a project's tile, or that of its photo most like it; as `find`."""
        number, changed = self.find(ref.photo, known)
        if number < 0:
            return number, changed
        tiles, cuts = np.array(self.tiles(number)), self._codebook.cuts
        if cuts is None or ref.cut is None:
            return int(tiles[0]), changed
        return cuts.nearest(ref.cut, tiles), changed

    def find(self, ref: PhotoRef, known: AbstractSet[str] = frozenset()) -> tuple[int, bool]:
        """Return the number of a project's photo, -1 if it is missing; and whether it has changed.

        A photo is known by its content, wherever it lies now; else by its path, unless another
        photo of the project has that name now.

        Parameters
        ----------
        ref : PhotoRef
        known : set of str
            SHA-256 of all photos that the project names, in hex.
        """
        row = self._by_hash.get(ref.sha256)
        if row is not None:
            return row, False
        row = self._by_path.get(ref.path, self._by_form.get(composed(ref.path), -1))
        if row >= 0 and self.ref(row).sha256 in known:
            row = -1
        return row, row >= 0

    def named(self, name: str) -> int:
        """Return the number of the photo that a user names, in any letter case and form of Unicode.

        Raises
        ------
        InputError
            If there is none, or more than one.
        """
        path = str(PurePosixPath(name.replace(os.sep, "/")))
        found = self._called(path)
        if len(found) > 1:
            shown = ", ".join(printable(file) for file in found[:3])
            raise InputError(
                f"{printable(name)}: {len(found)} photos are called so; give the path"
                f" below the folder: {shown}"
            )
        row = self._row(found[0]) if found else None
        if row is None:
            raise InputError(
                f"{printable(name)}: is not among the photos of {printable(self._folder)};"
                f" {self._advice(path, found)}"
            )
        return row

    def _called(self, path: str) -> list[str]:
        """Return the files that a path or bare name may mean: the same, or else alike."""
        if path in self._files:
            return [path]
        names = {file: file if "/" in path else file.rsplit("/", 1)[-1] for file in self._files}
        wanted = folded(path)
        return (
            [file for file, known in names.items() if known == path]
            or [file for file in self._files if folded(file) == wanted]
            or [file for file, known in names.items() if folded(known) == wanted]
        )

    def _advice(self, path: str, found: list[str]) -> str:
        if found:
            return "it cannot be read, or crop skip leaves it out"
        bare = [file.rsplit("/", 1)[-1] for file in self._files]
        near = nearest(path, [*self._files, *bare])
        return f"the nearest is {printable(near)}" if near else "give its path below that folder"

    def _row(self, path: str) -> int | None:
        if path in self._by_path:
            return self._by_path[path]
        # A second file of the same content goes by the name of the first.
        try:
            digest = sha256_of(self._files[path])
        except OSError:
            return None
        return self._by_hash.get(digest)

    def _below(self, path: str) -> str:
        start = self._folder.rstrip(os.sep) + os.sep
        # Much faster than `relpath`, which millions of photos would notice.
        below = path.removeprefix(start) if path.startswith(start) else None
        return (below or os.path.relpath(path, self._folder)).replace(os.sep, "/")
