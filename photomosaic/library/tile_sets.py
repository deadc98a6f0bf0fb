"""Sets of small pictures of photos, stored in the photo library, one row for each photo."""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from photomosaic.library.damage import DamagedError, damage_if_misread
from photomosaic.library.database import Database
from photomosaic.library.index import Photo
from photomosaic.library.thumbnails import PHOTOS_AT_ONCE
from photomosaic.matching.grid import TileSize

READY_TILE_BYTES = 1 << 30

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

Rows = Sequence[tuple[Photo, bytes]]
"""Photos, each with what is stored of it."""


@dataclass(frozen=True)
class TileSet:
    """A stored set of pictures of one size.

    Attributes
    ----------
    id : int
    tile : TileSize
    how : str
        What tells it from other sets of its size: the way of cropping, and what else is stored.
    """

    id: int
    tile: TileSize
    how: str

    @cached_property
    def seed(self) -> int:
        """What the checksums of its rows start with."""
        return zlib.crc32(f"{self.tile.height} {self.tile.width} {self.how}".encode())

    def key(self, row: int) -> int:
        """Return the key of a photo's row."""
        return (self.id << 32) + row

    def checksum(self, photo: Photo, content: bytes) -> int:
        """Return what tells a photo's row from any other, and from a damaged one."""
        return zlib.crc32(content, zlib.crc32(photo.hash, self.seed))


@dataclass(frozen=True)
class TileSets:
    """The sets of a photo library's file."""

    database: Database

    def use(self, tile: TileSize, how: str) -> TileSet:
        """Return a set, made where it does not exist yet, and note that it is used."""
        key, now = (tile.height, tile.width, how), time.time()
        self.database.change([(_ADD_SET, [(*key, now)]), (_USE_SET, [(now, *key)])])
        with damage_if_misread():
            ((identifier,),) = self.database.rows(_SET_ID, key)
            return TileSet(int(identifier), tile, how)

    def stored(self, tile_set: TileSet, photos: Sequence[Photo]) -> Iterator[tuple[Photo, bytes]]:
        """Yield what is stored of photos, in any order.

        Raises
        ------
        DamagedError
            If something is not what was stored.
        """
        by_row = rows_of(photos)
        rows = sorted(by_row)
        for start in range(0, len(rows), PHOTOS_AT_ONCE):
            keys = [tile_set.key(row) for row in rows[start : start + PHOTOS_AT_ONCE]]
            with damage_if_misread():
                for key, content, checksum in self.database.rows(_READY, (json.dumps(keys),)):
                    photo = by_row[key & 0xFFFFFFFF]
                    if tile_set.checksum(photo, content) != checksum:
                        raise DamagedError("a tile is not what was stored")
                    yield photo, content

    def stored_rows(self, tile_set: TileSet) -> set[int]:
        """Return the rows of the photos of which something is stored."""
        with damage_if_misread():
            keys = self.database.rows(_KEYS, (tile_set.key(0), tile_set.key(0xFFFFFFFF)))
            return {key & 0xFFFFFFFF for (key,) in keys}

    def store(self, contents: Sequence[tuple[TileSet, Rows]]) -> None:
        """Store rows of sets, in the place of what is stored of these photos already."""
        stored = [
            (tile_set.key(photo.row), content, tile_set.checksum(photo, content))
            for tile_set, rows in contents
            for photo, content in rows
        ]
        sizes = [
            (sum(len(content) for _, content in rows), tile_set.id) for tile_set, rows in contents
        ]
        self.database.change([(_ADD_TILE, stored), (_GROW_SET, sizes)])

    def prune(self, kept: TileSet) -> None:
        """Drop the sets that were not used for longest, beyond a fixed total size."""
        total, dropped = 0, []
        with damage_if_misread():
            for identifier, size in self.database.rows(_SETS_BY_USE, (kept.id,)):
                total += size
                if total > READY_TILE_BYTES and identifier != kept.id:
                    dropped.append(identifier)
            spans = [(i << 32, (i << 32) + 0xFFFFFFFF) for i in dropped]
        if dropped:
            self.database.change([(_DROP_TILES, spans), (_DROP_SET, [(i,) for i in dropped])])


def rows_of(photos: Sequence[Photo]) -> dict[int, Photo]:
    """Return photos by their rows; raises `DamagedError` if two share one."""
    by_row = {photo.row: photo for photo in photos}
    if len(by_row) < len(photos):
        raise DamagedError("two photos share a row")
    return by_row
