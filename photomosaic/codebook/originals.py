"""Large tiles, made of the original photos, for just the photos that a mosaic uses."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import cv2
import numpy as np

from photomosaic.arrays import AnyImage
from photomosaic.codebook.codebook import Codebook
from photomosaic.errors import PictureError
from photomosaic.files.regular import read_file, why_unread
from photomosaic.images.crop import to_tile
from photomosaic.images.decode import decode, to_array
from photomosaic.images.listing import printable
from photomosaic.matching.grid import TileSize
from photomosaic.matching.selection import Assignment
from photomosaic.options.photos import Crop
from photomosaic.parallel import in_threads
from photomosaic.progress import Progress

log = logging.getLogger(__name__)

Made = TypeVar("Made")

StandIn = Callable[[int], AnyImage]
"""From a tile's number to pixels (H, W, 3 or 4), uint8, BGR(A), that stand in for its photo."""


@dataclass(frozen=True)
class Original:
    """A photo, or what stands in for one that was changed or removed.

    Attributes
    ----------
    pixels : ndarray of shape (H, W, 3) or (H, W, 4), uint8, BGR(A)
    content : bytes or None
        The whole file; None if the pixels are a stand-in.
    """

    pixels: AnyImage
    content: bytes | None


def read_originals(
    codebook: Codebook,
    used: Sequence[int],
    covers: tuple[int, int],
    make: Callable[[int, Original], Made],
    stand_in: StandIn,
    workers: int,
    progress: Progress,
) -> Iterable[Made]:
    """Read photos of a codebook, each once, in threads, and hand on what is made of them in order.

    A photo that was changed or removed since it was indexed is named in a warning.

    Parameters
    ----------
    codebook : Codebook
    used : sequence of int
        Numbers of the tiles whose photos are read.
    covers : (int, int)
        Shortest and longest side that are enough, as for `decode`.
    make : callable
        Takes a tile's number and its `Original`.
    stand_in : callable
        Gives the pixels of a photo that is not there any more.
    workers : int
    progress : Progress
    """

    def read(i: int) -> Made:
        try:
            content = _content(codebook.paths[i], codebook.hashes[i])
            original = Original(to_array(decode(content, covers).picture), content)
        except (OSError, PictureError) as error:
            name, reason = printable(codebook.paths[i]), why_unread(error)
            log.warning("%s: enlarged from its thumbnail: %s", name, reason)
            original = Original(stand_in(i), None)
        return make(i, original)

    made = in_threads(read, used, workers)
    return progress(made, total=len(used), what="making large tiles", unit="photo")


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

    def large_tile(_: int, original: Original) -> AnyImage:
        return to_tile(original.pixels, tile.height, tile.width, crop)

    def enlarged(i: int) -> AnyImage:
        return np.asarray(cv2.resize(small_tile(codebook, i), (tile.width, tile.height)), np.uint8)

    covers = max(tile.height, tile.width), 0
    shown = read_originals(codebook, used.tolist(), covers, large_tile, enlarged, workers, progress)
    tiles = np.full((len(used), tile.height, tile.width, 4), 255, np.uint8)
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


def all_sharpened(
    codebook: Codebook, tile: TileSize, crop: Crop, workers: int, progress: Progress
) -> Codebook:
    """Return a codebook of large tiles of all photos, as `sharpened` of those used."""
    everything = np.arange(len(codebook), dtype=np.int32)[None, :]
    zeros = np.zeros(everything.shape, np.float32)
    used = Assignment(everything, zeros, zeros)
    return sharpened(codebook, used, tile, crop, workers, progress)[0]


def small_tile(codebook: Codebook, i: int) -> AnyImage:
    """Return a tile as it is in a codebook, (h, w, 3) or (h, w, 4), uint8, BGR(A)."""
    if codebook.alpha is None:
        return np.asarray(codebook.tiles[i], np.uint8)
    return np.asarray(np.dstack([codebook.tiles[i], codebook.alpha[i]]), np.uint8)


def _content(path: str, sha256: bytes) -> bytes:
    data = read_file(path)
    if hashlib.sha256(data).digest() != sha256:
        raise PictureError("changed since it was indexed")
    return data
