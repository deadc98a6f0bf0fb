"""Tiles of one size and way of cropping, kept ready in the photo library."""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Iterator, Sequence

import numpy as np

from photomosaic.arrays import AnyImage
from photomosaic.codebook.database import DamagedError, Database, interpreting
from photomosaic.codebook.index import Photo
from photomosaic.images.crop import Crop, to_tile
from photomosaic.images.thumbnail import read_thumbnail
from photomosaic.matching.grid import TileSize
from photomosaic.parallel import in_threads
from photomosaic.progress import Progress

READY_TILE_BYTES = 1 << 30
PHOTOS_AT_ONCE = 512

_ADD_SET = "INSERT OR IGNORE INTO tile_sets (height, width, crop, used_at) VALUES (?, ?, ?, ?)"
_USE_SET = "UPDATE tile_sets SET used_at = ? WHERE height = ? AND width = ? AND crop = ?"
_SET_ID = "SELECT id FROM tile_sets WHERE height = ? AND width = ? AND crop = ?"
_READY = "SELECT key, pixels, checksum FROM tiles WHERE key IN (SELECT value FROM json_each(?))"
_THUMBNAILS = (
    "SELECT id, thumbnail, checksum FROM photos WHERE id IN (SELECT value FROM json_each(?))"
)
# Another process may have dropped the set meanwhile.
_ADD_TILE = (
    "INSERT OR REPLACE INTO tiles SELECT ?1, ?2, ?3"
    " WHERE EXISTS (SELECT 1 FROM tile_sets WHERE id = ?1 >> 32)"
)
_GROW_SET = "UPDATE tile_sets SET bytes = bytes + ? WHERE id = ?"
_SETS_BY_USE = "SELECT id, bytes FROM tile_sets ORDER BY id = ? DESC, used_at DESC"
_DROP_TILES = "DELETE FROM tiles WHERE key BETWEEN ? AND ?"
_DROP_SET = "DELETE FROM tile_sets WHERE id = ?"


def ready_tiles(
    database: Database,
    photos: Sequence[Photo],
    tile: TileSize,
    crop: Crop,
    workers: int,
    progress: Progress,
) -> AnyImage:
    """Return the tiles of photos, made out of their thumbnails where they are not stored yet.

    Returns
    -------
    ndarray of shape (N, h, w, 3), uint8, BGR, or (N, h, w, 4) if any tile has transparency
    """
    tile_set = _tile_set(database, tile, crop)
    tiles = np.empty((len(photos), tile.height, tile.width, 3), np.uint8)
    by_row = {photo.row: i for i, photo in enumerate(photos)}
    rows = sorted(by_row)
    for start in range(0, len(rows), PHOTOS_AT_ONCE):
        keys = [_key(tile_set, row) for row in rows[start : start + PHOTOS_AT_ONCE]]
        with interpreting():
            for key, pixels, checksum in database.rows(_READY, (json.dumps(keys),)):
                _check(pixels, checksum)
                ready = np.frombuffer(pixels, np.uint8).reshape(tile.height, tile.width, -1)
                tiles = _placed(tiles, by_row.pop(key & 0xFFFFFFFF), ready)
    if by_row:
        made = _make_tiles(database, sorted(by_row), tile, crop, tile_set, workers)
        shown = progress(made, total=len(by_row), what="making tiles", unit="photo")
        for row, pixels in shown:
            tiles = _placed(tiles, by_row[row], pixels)
        _prune(database, tile_set)
    return tiles


def _key(tile_set: int, row: int) -> int:
    return (tile_set << 32) + row


def _tile_set(database: Database, tile: TileSize, crop: Crop) -> int:
    key = tile.height, tile.width, "center" if crop == "skip" else crop
    now = time.time()
    database.change([(_ADD_SET, [(*key, now)]), (_USE_SET, [(now, *key)])])
    ((identifier,),) = database.rows(_SET_ID, key)
    return int(identifier)


def _make_tiles(
    database: Database,
    missing: list[int],
    tile: TileSize,
    crop: Crop,
    tile_set: int,
    workers: int,
) -> Iterator[tuple[int, AnyImage]]:
    """Make and store the tiles of photos, and yield them with the photos' rows."""

    def make(thumbnail: tuple[int, bytes, int]) -> tuple[int, AnyImage]:
        row, encoded, checksum = thumbnail
        _check(encoded, checksum)
        return row, to_tile(read_thumbnail(encoded), tile.height, tile.width, crop)

    for start in range(0, len(missing), PHOTOS_AT_ONCE):
        rows = missing[start : start + PHOTOS_AT_ONCE]
        with interpreting():
            thumbnails = database.rows(_THUMBNAILS, (json.dumps(rows),))
            made = list(in_threads(make, thumbnails, workers))
        if len(made) < len(rows):
            raise DamagedError("photos are missing")
        contents = [(_key(tile_set, row), pixels.tobytes()) for row, pixels in made]
        stored = [(key, content, zlib.crc32(content)) for key, content in contents]
        size = sum(len(pixels) for _, pixels, _ in stored)
        database.change([(_ADD_TILE, stored), (_GROW_SET, [(size, tile_set)])])
        yield from made


def _check(content: object, checksum: int) -> None:
    if not isinstance(content, bytes) or zlib.crc32(content) != checksum:
        raise DamagedError("a tile or thumbnail is not what was stored")


def _prune(database: Database, tile_set: int) -> None:
    """Drop the sets that were not used for longest, beyond a fixed total size."""
    total, dropped = 0, []
    for identifier, size in database.rows(_SETS_BY_USE, (tile_set,)):
        total += size
        if total > READY_TILE_BYTES and identifier != tile_set:
            dropped.append(identifier)
    if dropped:
        spans = [(_key(identifier, 0), _key(identifier, 0xFFFFFFFF)) for identifier in dropped]
        database.change([(_DROP_TILES, spans), (_DROP_SET, [(i,) for i in dropped])])


def _placed(tiles: AnyImage, i: int, tile: AnyImage) -> AnyImage:
    """Put a tile into the array, which gets an alpha channel with the first tile that has one."""
    if tile.shape[2] == 4 and tiles.shape[3] == 3:
        opaque = np.full((*tiles.shape[:3], 1), 255, np.uint8)
        tiles = np.concatenate([tiles, opaque], axis=3)
    tiles[i, ..., : tile.shape[2]] = tile
    return tiles
