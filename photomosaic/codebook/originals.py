"""Large tiles, made of the original photos, for just the photos that a mosaic uses."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import replace

import cv2
import numpy as np

from photomosaic.arrays import AnyImage
from photomosaic.codebook.codebook import Codebook
from photomosaic.errors import PictureError
from photomosaic.images.crop import Crop, to_tile
from photomosaic.images.decode import decode, to_array
from photomosaic.images.listing import printable
from photomosaic.matching.grid import TileSize
from photomosaic.matching.selection import Assignment
from photomosaic.parallel import in_threads
from photomosaic.progress import Progress

log = logging.getLogger(__name__)


def sharpened(
    codebook: Codebook,
    assignment: Assignment,
    tile: TileSize,
    crop: Crop,
    workers: int,
    progress: Progress,
) -> tuple[Codebook, Assignment]:
    """Return a codebook of large tiles of the photos used, and the assignment in its numbering.

    A photo that was changed or removed since it was indexed is enlarged from its small tile, with
    a warning.
    """
    used, places = np.unique(assignment.ids, return_inverse=True)

    def large_tile(i: int) -> AnyImage:
        try:
            return _from_original(codebook.paths[i], codebook.hashes[i], tile, crop)
        except (OSError, PictureError) as error:
            log.warning("%s: enlarged from its thumbnail: %s", printable(codebook.paths[i]), error)
            size = tile.width, tile.height
            return np.asarray(cv2.resize(_small_tile(codebook, i), size), np.uint8)

    tiles = np.full((len(used), tile.height, tile.width, 4), 255, np.uint8)
    made = in_threads(large_tile, used.tolist(), workers)
    shown = progress(made, total=len(used), what="making large tiles", unit="photo")
    for place, pixels in zip(tiles, shown, strict=True):
        place[..., : pixels.shape[2]] = pixels
    opaque = bool((tiles[..., 3] == 255).all())
    large = Codebook(
        tile,
        codebook.spec,
        tuple(codebook.paths[i] for i in used),
        tuple(codebook.hashes[i] for i in used),
        np.ascontiguousarray(tiles[..., :3]),
        None if opaque else np.ascontiguousarray(tiles[..., 3]),
        codebook.features[used],
    )
    ids = places.reshape(assignment.ids.shape).astype(np.int32)
    return large, replace(assignment, ids=ids)


def _from_original(path: str, sha256: bytes, tile: TileSize, crop: Crop) -> AnyImage:
    with open(path, "rb") as file:  # noqa: PTH123 (a name that may not be UTF-8)
        data = file.read()
    if hashlib.sha256(data).digest() != sha256:
        raise PictureError("changed since it was indexed")
    photo = to_array(decode(data, (max(tile.height, tile.width), 0)).picture)
    return to_tile(photo, tile.height, tile.width, crop)


def _small_tile(codebook: Codebook, i: int) -> AnyImage:
    if codebook.alpha is None:
        return np.asarray(codebook.tiles[i], np.uint8)
    return np.asarray(np.dstack([codebook.tiles[i], codebook.alpha[i]]), np.uint8)
