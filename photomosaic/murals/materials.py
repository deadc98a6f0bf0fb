"""Large tiles, and copies for a page, out of one decoding of each photo that a mosaic uses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from photomosaic.arrays import AnyImage
from photomosaic.assignment.assignment import Assignment
from photomosaic.dates.dates import photo_date
from photomosaic.files.names import printable
from photomosaic.images.encode import encode_copy
from photomosaic.library.codebook import Codebook
from photomosaic.library.originals import Original, StandIn, read_originals
from photomosaic.matching.grid import TileSize
from photomosaic.murals.tiles import TileStore
from photomosaic.options.photos import Crop
from photomosaic.progress import Work


@dataclass(frozen=True)
class Copies:
    """Where copies of the photos go, and how many pixels their longer side has at most."""

    folder: Path
    longest: int


@dataclass(frozen=True)
class UsedPhoto:
    """What the page shows of a photo.

    Attributes
    ----------
    name : str
        The file's name, without its folder.
    date : str
        When it was taken, as in 2026-11-25; empty if that is not known.
    """

    name: str
    date: str


@dataclass(frozen=True)
class Materials:
    """The tiles of a mural and their places.

    Attributes
    ----------
    places : ndarray of shape (rows, cols), int32
        Number of the photo in each cell, among those that are used.
    stores : list of TileStore
        The tiles of those photos, one store per size.
    photos : list of UsedPhoto
    """

    places: npt.NDArray[np.int32]
    stores: list[TileStore]
    photos: list[UsedPhoto]


@dataclass(frozen=True)
class MaterialsPlan:
    """What is to be made of the photos.

    Attributes
    ----------
    tiles : sequence of TileSize
    crop : Crop
    copies : Copies or None
    scratch : Path
        Folder for tiles that do not fit into memory.
    """

    tiles: Sequence[TileSize]
    crop: Crop
    copies: Copies | None
    scratch: Path


def gather(
    codebook: Codebook, assignment: Assignment, plan: MaterialsPlan, stand_in: StandIn, work: Work
) -> Materials:
    """Read each photo of an assignment once, and make its tiles and its copy.

    Parameters
    ----------
    codebook : Codebook
    assignment : Assignment
    plan : MaterialsPlan
    stand_in : callable
        As for `read_originals`.
    work : Work

    Raises
    ------
    OSError
        If the copies or the tiles cannot be written.
    """
    used, places = np.unique(assignment.ids, return_inverse=True)
    number_of = {int(i): number for number, i in enumerate(used)}
    tiles, crop, copies = plan.tiles, plan.crop, plan.copies
    transparent = codebook.alpha is not None or crop == "pad"
    stores = [TileStore(len(used), tile, transparent, plan.scratch) for tile in tiles]

    def make(i: int, original: Original) -> tuple[list[AnyImage], UsedPhoto]:
        if copies is not None:
            copy = encode_copy(original.pixels, copies.longest)
            (copies.folder / f"{number_of[i]}.jpg").write_bytes(copy)
        made = [original.tile(tile, crop, codebook.cut(i)) for tile in tiles]
        return made, _used_photo(codebook.paths[i], original.content)

    longest_tile = max(max(tile.height, tile.width) for tile in tiles)
    covers = longest_tile, copies.longest if copies else 0
    photos = []
    made = read_originals(codebook, used.tolist(), covers, make=make, stand_in=stand_in, work=work)
    for cut, photo in made:
        photos.append(photo)
        for store, pixels in zip(stores, cut, strict=True):
            store.add(pixels)
    return Materials(places.reshape(assignment.ids.shape).astype(np.int32), stores, photos)


def _used_photo(path: str, content: bytes | None) -> UsedPhoto:
    date = None if content is None else photo_date(path, content)
    return UsedPhoto(printable(Path(path).name), f"{date.when:%Y-%m-%d}" if date else "")
