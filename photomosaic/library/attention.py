"""Where photos draw attention, found once from each thumbnail and kept in the photo library."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from photomosaic.images.crop import Cut, attention_point
from photomosaic.library.damage import DamagedError, damage_if_misread
from photomosaic.library.database import Database
from photomosaic.library.index import Photo
from photomosaic.library.schema import checksum_of
from photomosaic.library.thumbnails import StoredThumbnail, from_thumbnails
from photomosaic.matching.grid import TileSize
from photomosaic.progress import Work

Point = tuple[float, float]
"""A place in a photo, in fractions of its height and width."""

_POINTS = "SELECT hash, y, x, checksum FROM attention"
_ADD_POINT = "INSERT OR REPLACE INTO attention VALUES (?, ?, ?, ?)"


def cut_around(point: Point, photo: Photo, tile: TileSize) -> Cut:
    """Return the part of a photo that a tile shows, as near as can be to a point."""
    return Cut.around(point, (photo.height, photo.width), (tile.height, tile.width))


def known_points(database: Database, photos: Sequence[Photo]) -> dict[bytes, Point]:
    """Return where photos draw attention, by their hashes, as far as it is stored.

    Raises
    ------
    DamagedError
        If something is not what was stored.
    """
    wanted, points = {photo.hash for photo in photos}, {}
    with damage_if_misread():
        for digest, y, x, checksum in database.rows(_POINTS):
            if digest in wanted:
                if checksum != checksum_of(digest, y, x):
                    raise DamagedError("where a photo draws attention is not what was stored")
                points[digest] = y, x
    return points


def store_points(database: Database, points: Iterable[tuple[bytes, Point]]) -> None:
    """Store where photos, by their hashes, draw attention."""
    rows = [(digest, *point, checksum_of(digest, *point)) for digest, point in points]
    database.change([(_ADD_POINT, rows)])


def attention_points(database: Database, photos: Sequence[Photo], work: Work) -> dict[bytes, Point]:
    """Return where photos draw attention, by their hashes.

    Raises
    ------
    DamagedError
        If something is not what was stored.
    """
    points = known_points(database, photos)
    wanted = {photo.hash: photo for photo in photos}
    missing = [photo for digest, photo in wanted.items() if digest not in points]
    found = _found(database, missing, work.workers)
    what = "finding what to show of each photo"
    return points | dict(work.progress(found, total=len(missing), what=what, unit="photo"))


def _found(
    database: Database, photos: Sequence[Photo], workers: int
) -> Iterator[tuple[bytes, Point]]:
    for found in from_thumbnails(database, photos, _point_of, workers):
        store_points(database, found)
        yield from found


def _point_of(thumbnail: StoredThumbnail) -> tuple[bytes, Point]:
    return thumbnail.hash, attention_point(thumbnail.pixels())
