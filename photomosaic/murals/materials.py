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
from photomosaic.library.originals import (
    Original,
    StandIn,
    by_photo,
    enlarged,
    read_originals,
)
from photomosaic.matching.grid import TileSize
from photomosaic.murals.tiles import TileStore
from photomosaic.options.photos import Crop
from photomosaic.progress import Work

Tiles = list[AnyImage | None]
"""A tile in several sizes; None if its photo is missing."""


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
        Number of the tile in each cell, among those that are used.
    stores : list of TileStore
        Those tiles, one store per size.
    photo_places : ndarray of shape (rows, cols), int32
        Number of the photo in each cell, among `photos`.
    photos : list of UsedPhoto
    """

    places: npt.NDArray[np.int32]
    stores: list[TileStore]
    photo_places: npt.NDArray[np.int32]
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
    used = by_photo(codebook, np.unique(assignment.ids).astype(np.int64))
    numbers = np.empty(len(codebook), np.int32)
    numbers[used] = np.arange(len(used))
    photo_of = np.unique(codebook.photos[used], return_inverse=True)[1].astype(np.int32)
    tiles, crop, copies = plan.tiles, plan.crop, plan.copies
    transparent = crop == "pad" or codebook.pictures.pick(used)[0].shape[3] == 4
    stores = [TileStore(len(used), tile, transparent, plan.scratch) for tile in tiles]

    def make(part: list[int], original: Original | None) -> tuple[list[Tiles], UsedPhoto]:
        if original is None:
            return [[None] * len(tiles) for _ in part], _used_photo(codebook.paths[part[0]], None)
        if copies is not None:
            number = photo_of[numbers[part[0]]]
            copy = encode_copy(original.pixels, copies.longest)
            (copies.folder / f"{number}.jpg").write_bytes(copy)
        cuts = [codebook.cut(i) for i in part]
        made: list[Tiles] = [[original.tile(tile, crop, cut) for tile in tiles] for cut in cuts]
        return made, _used_photo(codebook.paths[part[0]], original.content)

    largest = TileSize(max(t.height for t in tiles), max(t.width for t in tiles))
    covers = largest, copies.longest if copies else 0
    photos: list[UsedPhoto] = []
    order = iter(used.tolist())
    for made, photo in read_originals(
        codebook, used, covers, make=make, stand_in=stand_in, work=work
    ):
        if copies is not None and made[0][0] is None:
            small = encode_copy(codebook.take(used[photo_of == len(photos)][:1])[0], copies.longest)
            (copies.folder / f"{len(photos)}.jpg").write_bytes(small)
        photos.append(photo)
        for of_tile, number in zip(made, order, strict=False):
            for store, pixels in zip(stores, of_tile, strict=True):
                store.add(enlarged(codebook, number, store.tile) if pixels is None else pixels)
    places = numbers[assignment.ids]
    return Materials(places, stores, photo_of[places], photos)


def _used_photo(path: str, content: bytes | None) -> UsedPhoto:
    date = None if content is None else photo_date(path, content)
    return UsedPhoto(printable(Path(path).name), f"{date.when:%Y-%m-%d}" if date else "")
