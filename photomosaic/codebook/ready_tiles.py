"""Tiles of one size and way of cropping, kept ready in the photo library."""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from photomosaic.arrays import AnyImage
from photomosaic.codebook.database import Database
from photomosaic.codebook.index import Photo
from photomosaic.codebook.trouble import DamagedError, interpreting
from photomosaic.images.crop import to_tile
from photomosaic.images.thumbnail import read_thumbnail
from photomosaic.matching.grid import TileSize
from photomosaic.options.photos import Crop
from photomosaic.parallel import in_threads
from photomosaic.progress import Progress, StageClock

READY_TILE_BYTES = 1 << 30
PHOTOS_AT_ONCE = 512

_ADD_SET = "INSERT OR IGNORE INTO tile_sets (height, width, crop, used_at) VALUES (?, ?, ?, ?)"
_USE_SET = "UPDATE tile_sets SET used_at = ? WHERE height = ? AND width = ? AND crop = ?"
_SET_ID = "SELECT id FROM tile_sets WHERE height = ? AND width = ? AND crop = ?"
_READY = "SELECT key, pixels, checksum FROM tiles WHERE key IN (SELECT value FROM json_each(?))"
_KEYS = "SELECT key FROM tiles WHERE key BETWEEN ? AND ?"
_THUMBNAILS = (
    "SELECT id, thumbnail, checksum FROM photos WHERE id IN (SELECT value FROM json_each(?))"
)
_THUMBNAIL = "SELECT thumbnail, checksum FROM photos WHERE hash = ?"
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


def ready_tiles(
    database: Database,
    photos: Sequence[Photo],
    tile: TileSize,
    crop: Crop,
    workers: int,
    progress: Progress,
    clock: StageClock,
) -> AnyImage:
    """Return the tiles of photos, made out of their thumbnails where they are not stored yet.

    The clock takes what is done for each photo, in all threads together.

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
        made = _make_tiles(database, sorted(by_row), [tile_set], workers, clock)
        shown = progress(made, total=len(by_row), what="making tiles", unit="photo")
        for row, (pixels,) in shown:
            tiles = _placed(tiles, by_row[row], pixels)
        _prune(database, tile_set)
    return tiles


def prepare_tiles(
    database: Database,
    photos: Sequence[Photo],
    tiles: Sequence[TileSize],
    crop: Crop,
    workers: int,
    progress: Progress,
    clock: StageClock,
) -> None:
    """Store the tiles of photos in several sizes, out of one decoding of each thumbnail."""
    tile_sets = [_tile_set(database, tile, crop) for tile in tiles]
    rows = {photo.row for photo in photos}
    missing_in = [rows - _stored_rows(database, tile_set) for tile_set in tile_sets]
    incomplete = [
        tile_set for tile_set, missing in zip(tile_sets, missing_in, strict=True) if missing
    ]
    missing = sorted(set().union(*missing_in))
    made = _make_tiles(database, missing, incomplete, workers, clock)
    for _ in progress(made, total=len(missing), what="making tiles of all sizes", unit="photo"):
        pass
    if incomplete:
        _prune(database, incomplete[-1])


def _key(tile_set: _TileSet, row: int) -> int:
    return (tile_set.id << 32) + row


def _tile_set(database: Database, tile: TileSize, crop: Crop) -> _TileSet:
    key = tile.height, tile.width, "center" if crop == "skip" else crop
    now = time.time()
    database.change([(_ADD_SET, [(*key, now)]), (_USE_SET, [(now, *key)])])
    ((identifier,),) = database.rows(_SET_ID, key)
    return _TileSet(int(identifier), tile, crop)


def _stored_rows(database: Database, tile_set: _TileSet) -> set[int]:
    with interpreting():
        keys = database.rows(_KEYS, (_key(tile_set, 0), _key(tile_set, 0xFFFFFFFF)))
        return {key & 0xFFFFFFFF for (key,) in keys}


def _make_tiles(
    database: Database,
    missing: list[int],
    tile_sets: list[_TileSet],
    workers: int,
    clock: StageClock,
) -> Iterator[tuple[int, list[AnyImage]]]:
    """Make and store the tiles of photos; yield the photos' rows, each with a tile of each set."""

    def make(thumbnail: tuple[int, bytes, int]) -> tuple[int, list[AnyImage]]:
        row, encoded, checksum = thumbnail
        _check(encoded, checksum)
        with clock.stage("unpack"):
            photo = read_thumbnail(encoded)
        with clock.stage("resize"):
            tiles = [to_tile(photo, s.tile.height, s.tile.width, s.crop) for s in tile_sets]
        return row, tiles

    step = max(1, PHOTOS_AT_ONCE // max(1, len(tile_sets)))
    for start in range(0, len(missing), step):
        rows = missing[start : start + step]
        with interpreting():
            thumbnails = database.rows(_THUMBNAILS, (json.dumps(rows),))
            made = list(in_threads(make, thumbnails, workers))
        if len(made) < len(rows):
            raise DamagedError("photos are missing")
        with clock.stage("store"):
            _store(database, made, tile_sets)
        yield from made


def _store(
    database: Database, made: list[tuple[int, list[AnyImage]]], tile_sets: list[_TileSet]
) -> None:
    stored, sizes = [], []
    for i, tile_set in enumerate(tile_sets):
        contents = [(_key(tile_set, row), tiles[i].tobytes()) for row, tiles in made]
        stored += [(key, content, zlib.crc32(content)) for key, content in contents]
        sizes.append((sum(len(content) for _, content in contents), tile_set.id))
    database.change([(_ADD_TILE, stored), (_GROW_SET, sizes)])


def read_stored_thumbnail(database: Database, sha256: bytes) -> AnyImage | None:
    """Return the thumbnail (H, W, 3 or 4), uint8, BGR(A), of a photo, or None if there is none.

    Raises
    ------
    DamagedError
        If it is not what was stored.
    """
    for encoded, checksum in database.rows(_THUMBNAIL, (sha256,)):
        _check(encoded, checksum)
        with interpreting():
            return read_thumbnail(encoded)
    return None


def _check(content: object, checksum: int) -> None:
    if not isinstance(content, bytes) or zlib.crc32(content) != checksum:
        raise DamagedError("a tile or thumbnail is not what was stored")


def _prune(database: Database, tile_set: _TileSet) -> None:
    """Drop the sets that were not used for longest, beyond a fixed total size."""
    total, dropped = 0, []
    for identifier, size in database.rows(_SETS_BY_USE, (tile_set.id,)):
        total += size
        if total > READY_TILE_BYTES and identifier != tile_set.id:
            dropped.append(identifier)
    if dropped:
        spans = [(i << 32, (i << 32) + 0xFFFFFFFF) for i in dropped]
        database.change([(_DROP_TILES, spans), (_DROP_SET, [(i,) for i in dropped])])


def _placed(tiles: AnyImage, i: int, tile: AnyImage) -> AnyImage:
    """Put a tile into the array, which gets an alpha channel with the first tile that has one."""
    if tile.shape[2] == 4 and tiles.shape[3] == 3:
        opaque = np.full((*tiles.shape[:3], 1), 255, np.uint8)
        tiles = np.concatenate([tiles, opaque], axis=3)
    tiles[i, ..., : tile.shape[2]] = tile
    return tiles
