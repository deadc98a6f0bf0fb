"""Tiles of one size and way of cropping, kept ready in the photo library."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from photomosaic.arrays import AnyImage
from photomosaic.images.crop import to_tile
from photomosaic.library.attention import Point, attention_points, cut_around
from photomosaic.library.damage import damage_if_misread
from photomosaic.library.database import Database
from photomosaic.library.index import Photo
from photomosaic.library.thumbnails import PHOTOS_AT_ONCE, StoredThumbnail, from_thumbnails
from photomosaic.library.tile_sets import TileSet, TileSets, rows_of
from photomosaic.matching.grid import TileSize
from photomosaic.options.photos import Crop
from photomosaic.progress import StageClock, Work


@dataclass(frozen=True)
class TileMaker:
    """Makes tiles out of thumbnails, and keeps them in the photo library.

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

    def ready(self, photos: Sequence[Photo], tile: TileSize, crop: Crop) -> AnyImage:
        """Return the tiles of photos, made where they are not stored yet.

        Returns
        -------
        ndarray of shape (N, h, w, 3), uint8, BGR, or (N, h, w, 4) if any tile has transparency

        Raises
        ------
        DamagedError
            If something is not what was stored.
        """
        sets = TileSets(self.database)
        tile_set = sets.use(tile, _kept(crop))
        tiles = np.empty((len(photos), tile.height, tile.width, 3), np.uint8)
        missing = rows_of(photos)
        place = {photo.row: i for i, photo in enumerate(photos)}
        for photo, content in sets.stored(tile_set, photos):
            with damage_if_misread():
                ready = np.frombuffer(content, np.uint8).reshape(tile.height, tile.width, -1)
                tiles = _placed(tiles, place[photo.row], ready)
                del missing[photo.row]
        if missing:
            made = self._make(missing, [tile_set])
            shown = self.work.progress(made, total=len(missing), what="making tiles", unit="photo")
            for row, (pixels,) in shown:
                tiles = _placed(tiles, place[row], pixels)
            sets.prune(tile_set)
        return tiles

    def prepare(self, photos: Sequence[Photo], tiles: Sequence[TileSize], crop: Crop) -> None:
        """Store the tiles of photos in several sizes, out of one decoding of each thumbnail."""
        sets = TileSets(self.database)
        tile_sets = [sets.use(tile, _kept(crop)) for tile in tiles]
        by_row = rows_of(photos)
        missing_in = [by_row.keys() - sets.stored_rows(tile_set) for tile_set in tile_sets]
        incomplete = [
            tile_set for tile_set, missing in zip(tile_sets, missing_in, strict=True) if missing
        ]
        missing = {row: by_row[row] for row in set().union(*missing_in)}
        made = self._make(missing, incomplete)
        what = "making tiles of all sizes"
        for _ in self.work.progress(made, total=len(missing), what=what, unit="photo"):
            pass
        if incomplete:
            sets.prune(incomplete[-1])

    def _make(
        self, missing: dict[int, Photo], tile_sets: list[TileSet]
    ) -> Iterator[tuple[int, list[AnyImage]]]:
        """Make and store the tiles of photos; yield their rows, each with a tile of each set."""
        points: dict[bytes, Point] = {}
        if any(tile_set.how == "attention" for tile_set in tile_sets):
            photos = list(missing.values())
            points = attention_points(self.database, photos, self.work)

        def make(stored: StoredThumbnail) -> tuple[Photo, list[AnyImage]]:
            photo = missing[stored.row]
            with self.clock.stage("unpack"):
                thumbnail = stored.pixels()
            with self.clock.stage("resize"):
                tiles = [_cut(thumbnail, photo, tile_set, points) for tile_set in tile_sets]
            return photo, tiles

        step = max(1, PHOTOS_AT_ONCE // max(1, len(tile_sets)))
        photos = [missing[row] for row in sorted(missing)]
        for made in from_thumbnails(self.database, photos, make, self.work.workers, step):
            with self.clock.stage("store"):
                self._store(made, tile_sets)
            yield from ((photo.row, tiles) for photo, tiles in made)

    def _store(self, made: list[tuple[Photo, list[AnyImage]]], tile_sets: list[TileSet]) -> None:
        contents = [
            (tile_set, [(photo, tiles[i].tobytes()) for photo, tiles in made])
            for i, tile_set in enumerate(tile_sets)
        ]
        TileSets(self.database).store(contents)


def _kept(crop: Crop) -> Crop:
    """Return the way of cropping by which tiles are stored."""
    return "center" if crop == "skip" else crop


def _cut(
    thumbnail: AnyImage, photo: Photo, tile_set: TileSet, points: dict[bytes, Point]
) -> AnyImage:
    tile, cut = tile_set.tile, None
    if tile_set.how == "attention":
        cut = cut_around(points[photo.hash], photo, tile)
    return to_tile(thumbnail, tile.height, tile.width, cast(Crop, tile_set.how), cut)


def _placed(tiles: AnyImage, i: int, tile: AnyImage) -> AnyImage:
    """Put a tile into the array, which gets an alpha channel with the first tile that has one."""
    if tile.shape[2] == 4 and tiles.shape[3] == 3:
        opaque = np.full((*tiles.shape[:3], 1), 255, np.uint8)
        tiles = np.concatenate([tiles, opaque], axis=3)
    tiles[i, ..., : tile.shape[2]] = tile
    return tiles
