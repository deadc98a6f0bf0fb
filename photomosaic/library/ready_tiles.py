"""Tiles of one size and way of cropping, kept ready in the photo library."""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from photomosaic.arrays import AnyImage
from photomosaic.images.crop import to_tile
from photomosaic.library.attention import Point, attention_points, cut_around
from photomosaic.library.damage import DamagedError, damage_if_misread
from photomosaic.library.database import Database
from photomosaic.library.index import Photo
from photomosaic.library.thumbnails import StoredThumbnail, thumbnails
from photomosaic.matching.grid import TileSize
from photomosaic.options.photos import Crop
from photomosaic.parallel import in_threads
from photomosaic.progress import StageClock, Work

READY_TILE_BYTES = 1 << 30
PHOTOS_AT_ONCE = 512

_ADD_SET = "INSERT OR IGNORE INTO tile_sets (height, width, crop, used_at) VALUES (?, ?, ?, ?)"
_USE_SET = "UPDATE tile_sets SET used_at = ? WHERE height = ? AND width = ? AND crop = ?"
_SET_ID = "SELECT id FROM tile_sets WHERE height = ? AND width = ? AND crop = ?"
_READY = "SELECT key, pixels, checksum FROM tiles WHERE key IN (SELECT value FROM json_each(?))"
_KEYS = "SELECT key FROM tiles WHERE key BETWEEN ? AND ?"
# Another process may have dropped the set meanwhile.
_ADD_TILE = (
    "INSERT OR REPLACE INTO tiles SELECT ?1, ?2, ?3"
    " WHERE EXISTS (SELECT 1 FROM tile_sets WHERE id = ?1 >> 32)"
)
_GROW_SET = "UPDATE tile_sets SET bytes = bytes + ? WHERE id = ?"
_SETS_BY_USE = "SELECT id, bytes FROM tile_sets ORDER BY id = ? DESC, used_at DESC"
_DROP_TILES = "DELETE FROM tiles WHERE key BETWEEN ? AND ?"
_DROP_SET = "DELETE FROM tile_sets WHERE id = ?"


@dataclass(frozen=True)
class _TileSet:
    """The stored tiles of one size and way of cropping."""

    id: int
    tile: TileSize
    crop: Crop

    @property
    def seed(self) -> int:
        """What the checksums of its tiles start with."""
        return zlib.crc32(f"{self.tile.height} {self.tile.width} {self.crop}".encode())

    def key(self, row: int) -> int:
        """Return the key of a photo's tile."""
        return (self.id << 32) + row

    def checksum(self, photo: Photo, pixels: bytes) -> int:
        """Return what tells a photo's tile from any other, and from a damaged one."""
        return zlib.crc32(pixels, zlib.crc32(photo.hash, self.seed))


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
        tile_set = self._tile_set(tile, crop)
        tiles = np.empty((len(photos), tile.height, tile.width, 3), np.uint8)
        by_row = _by_row(photos)
        place = {photo.row: i for i, photo in enumerate(photos)}
        rows = sorted(by_row)
        for start in range(0, len(rows), PHOTOS_AT_ONCE):
            keys = [tile_set.key(row) for row in rows[start : start + PHOTOS_AT_ONCE]]
            with damage_if_misread():
                for key, pixels, checksum in self.database.rows(_READY, (json.dumps(keys),)):
                    photo = by_row.pop(key & 0xFFFFFFFF)
                    if tile_set.checksum(photo, pixels) != checksum:
                        raise DamagedError("a tile is not what was stored")
                    ready = np.frombuffer(pixels, np.uint8).reshape(tile.height, tile.width, -1)
                    tiles = _placed(tiles, place[photo.row], ready)
        if by_row:
            made = self._make(by_row, [tile_set])
            shown = self.work.progress(made, total=len(by_row), what="making tiles", unit="photo")
            for row, (pixels,) in shown:
                tiles = _placed(tiles, place[row], pixels)
            self._prune(tile_set)
        return tiles

    def prepare(self, photos: Sequence[Photo], tiles: Sequence[TileSize], crop: Crop) -> None:
        """Store the tiles of photos in several sizes, out of one decoding of each thumbnail."""
        tile_sets = [self._tile_set(tile, crop) for tile in tiles]
        by_row = _by_row(photos)
        missing_in = [by_row.keys() - self._stored_rows(tile_set) for tile_set in tile_sets]
        incomplete = [
            tile_set for tile_set, missing in zip(tile_sets, missing_in, strict=True) if missing
        ]
        missing = {row: by_row[row] for row in set().union(*missing_in)}
        made = self._make(missing, incomplete)
        what = "making tiles of all sizes"
        for _ in self.work.progress(made, total=len(missing), what=what, unit="photo"):
            pass
        if incomplete:
            self._prune(incomplete[-1])

    def _tile_set(self, tile: TileSize, crop: Crop) -> _TileSet:
        kept = "center" if crop == "skip" else crop
        key, now = (tile.height, tile.width, kept), time.time()
        self.database.change([(_ADD_SET, [(*key, now)]), (_USE_SET, [(now, *key)])])
        with damage_if_misread():
            ((identifier,),) = self.database.rows(_SET_ID, key)
            return _TileSet(int(identifier), tile, kept)

    def _stored_rows(self, tile_set: _TileSet) -> set[int]:
        with damage_if_misread():
            keys = self.database.rows(_KEYS, (tile_set.key(0), tile_set.key(0xFFFFFFFF)))
            return {key & 0xFFFFFFFF for (key,) in keys}

    def _make(
        self, missing: dict[int, Photo], tile_sets: list[_TileSet]
    ) -> Iterator[tuple[int, list[AnyImage]]]:
        """Make and store the tiles of photos; yield their rows, each with a tile of each set."""
        points: dict[bytes, Point] = {}
        if any(tile_set.crop == "attention" for tile_set in tile_sets):
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
        rows = sorted(missing)
        for start in range(0, len(rows), step):
            photos = [missing[row] for row in rows[start : start + step]]
            with damage_if_misread():
                made = list(in_threads(make, thumbnails(self.database, photos), self.work.workers))
            with self.clock.stage("store"):
                self._store(made, tile_sets)
            yield from ((photo.row, tiles) for photo, tiles in made)

    def _store(self, made: list[tuple[Photo, list[AnyImage]]], tile_sets: list[_TileSet]) -> None:
        stored, sizes = [], []
        for i, tile_set in enumerate(tile_sets):
            contents = [(photo, tiles[i].tobytes()) for photo, tiles in made]
            stored += [
                (tile_set.key(photo.row), content, tile_set.checksum(photo, content))
                for photo, content in contents
            ]
            sizes.append((sum(len(content) for _, content in contents), tile_set.id))
        self.database.change([(_ADD_TILE, stored), (_GROW_SET, sizes)])

    def _prune(self, tile_set: _TileSet) -> None:
        """Drop the sets that were not used for longest, beyond a fixed total size."""
        total, dropped = 0, []
        with damage_if_misread():
            for identifier, size in self.database.rows(_SETS_BY_USE, (tile_set.id,)):
                total += size
                if total > READY_TILE_BYTES and identifier != tile_set.id:
                    dropped.append(identifier)
            spans = [(i << 32, (i << 32) + 0xFFFFFFFF) for i in dropped]
        if dropped:
            self.database.change([(_DROP_TILES, spans), (_DROP_SET, [(i,) for i in dropped])])


def _by_row(photos: Sequence[Photo]) -> dict[int, Photo]:
    by_row = {photo.row: photo for photo in photos}
    if len(by_row) < len(photos):
        raise DamagedError("two photos share a row")
    return by_row


def _cut(
    thumbnail: AnyImage, photo: Photo, tile_set: _TileSet, points: dict[bytes, Point]
) -> AnyImage:
    tile, cut = tile_set.tile, None
    if tile_set.crop == "attention":
        cut = cut_around(points[photo.hash], photo, tile)
    return to_tile(thumbnail, tile.height, tile.width, tile_set.crop, cut)


def _placed(tiles: AnyImage, i: int, tile: AnyImage) -> AnyImage:
    """Put a tile into the array, which gets an alpha channel with the first tile that has one."""
    if tile.shape[2] == 4 and tiles.shape[3] == 3:
        opaque = np.full((*tiles.shape[:3], 1), 255, np.uint8)
        tiles = np.concatenate([tiles, opaque], axis=3)
    tiles[i, ..., : tile.shape[2]] = tile
    return tiles
