"""Tiles cut out of thumbnails, made for the cuts that a mosaic uses and kept ready for the next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from photomosaic.arrays import AnyImage
from photomosaic.images.crop import Cut, to_tile
from photomosaic.library.damage import damage_if_misread
from photomosaic.library.database import Database
from photomosaic.library.index import Photo
from photomosaic.library.thumbnails import StoredThumbnail, from_thumbnails
from photomosaic.library.tile_sets import TileSet, TileSets
from photomosaic.matching.grid import TileSize
from photomosaic.progress import StageClock, Work

_SIDES_BYTES = 4 * 8


class CutOfPhoto(NamedTuple):
    """A cut, not mirrored, and its number among those of its photo."""

    photo: Photo
    number: int
    cut: Cut


@dataclass(frozen=True)
class CutTileMaker:
    """Makes the tiles of cuts, and keeps them in the photo library.

    There is one set for the first cut of all photos, one for the second, and so on.

    Attributes
    ----------
    database : Database
    work : Work
    clock : StageClock
        Of what is done for each photo, in all threads together.
    """

    database: Database
    work: Work
    clock: StageClock

    def tiles(
        self, wanted: Sequence[CutOfPhoto], tile: TileSize, name: str
    ) -> Iterator[tuple[CutOfPhoto, AnyImage]]:
        """Yield tiles, (h, w, 3 or 4), uint8, BGR(A), in any order, made if they are not stored.

        Parameters
        ----------
        wanted : sequence of CutOfPhoto
        tile : TileSize
        name : str
            What tells these cuts from others.

        Raises
        ------
        DamagedError
            If something is not what was stored.
        """
        sets = TileSets(self.database)
        numbered = sorted({each.number for each in wanted})
        tile_sets = {number: sets.use(tile, f"{name}, no. {number}") for number in numbered}
        missing: dict[int, list[CutOfPhoto]] = defaultdict(list)
        for number in numbered:
            cuts = {each.photo.row: each for each in wanted if each.number == number}
            photos = [each.photo for each in cuts.values()]
            for photo, content in sets.stored(tile_sets[number], photos):
                if content.startswith(_sides(cuts[photo.row].cut)):
                    each = cuts.pop(photo.row)
                    with damage_if_misread():
                        pixels = np.frombuffer(content, np.uint8, offset=_SIDES_BYTES)
                        yield each, pixels.reshape(tile.height, tile.width, -1)
            for row, each in cuts.items():
                missing[row].append(each)
        if missing:
            made = self._made(missing, tile, tile_sets)
            total = sum(map(len, missing.values()))
            yield from self.work.progress(made, total=total, what="making tiles", unit="tile")
            sets.prune(tile_sets[numbered[0]])

    def _made(
        self,
        missing: Mapping[int, list[CutOfPhoto]],
        tile: TileSize,
        tile_sets: Mapping[int, TileSet],
    ) -> Iterator[tuple[CutOfPhoto, AnyImage]]:
        """Make and store the tiles of photos, given by their rows."""

        def make(stored: StoredThumbnail) -> list[tuple[CutOfPhoto, AnyImage]]:
            with self.clock.stage("unpack"):
                thumbnail = stored.pixels()
            with self.clock.stage("resize"):
                return [
                    (each, to_tile(thumbnail, tile.height, tile.width, "center", each.cut))
                    for each in missing[stored.row]
                ]

        photos = [missing[row][0].photo for row in sorted(missing)]
        for parts in from_thumbnails(self.database, photos, make, self.work.workers):
            made = [each for part in parts for each in part]
            with self.clock.stage("store"):
                self._store(made, tile_sets)
            yield from made

    def _store(
        self, made: Sequence[tuple[CutOfPhoto, AnyImage]], tile_sets: Mapping[int, TileSet]
    ) -> None:
        rows: dict[int, list[tuple[Photo, bytes]]] = {number: [] for number in tile_sets}
        for each, pixels in made:
            rows[each.number].append((each.photo, _sides(each.cut) + pixels.tobytes()))
        contents = [(tile_sets[number], stored) for number, stored in rows.items() if stored]
        TileSets(self.database).store(contents)


def _sides(cut: Cut) -> bytes:
    return np.array((cut.top, cut.left, cut.height, cut.width), "<f8").tobytes()
