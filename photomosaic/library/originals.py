"""Large tiles, made from the originals of the photos that a mosaic uses."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from photomosaic.arrays import AnyImage
from photomosaic.assignment.assignment import Assignment
from photomosaic.errors import PictureError
from photomosaic.files.names import printable
from photomosaic.files.regular import read_file, why_unread
from photomosaic.images.crop import Cut, to_tile
from photomosaic.images.decode import decode
from photomosaic.images.memory import file_memory
from photomosaic.images.pixels import to_array
from photomosaic.library.codebook import Codebook
from photomosaic.matching.grid import TileSize
from photomosaic.options.photos import Crop
from photomosaic.parallel import in_threads
from photomosaic.progress import Work

log = logging.getLogger(__name__)

Made = TypeVar("Made")


@dataclass(frozen=True)
class Original:
    """A photo, or a stand-in for one that was changed or removed.

    Attributes
    ----------
    pixels : ndarray of shape (H, W, 3) or (H, W, 4), uint8, BGR(A)
    content : bytes or None
        The whole file; None if the pixels are a stand-in.
    is_tile : bool
        Whether the stand-in is a tile, which is not cropped again.
    """

    pixels: AnyImage
    content: bytes | None
    is_tile: bool = False

    def tile(self, tile: TileSize, crop: Crop, cut: Cut | None) -> AnyImage:
        """Return the photo as a tile, (h, w, 3) or (h, w, 4), uint8, BGR(A)."""
        how: Crop = "stretch" if self.is_tile else crop
        return to_tile(self.pixels, tile.height, tile.width, how, cut)


StandIn = Callable[[int], Original]
"""Returns the stand-in for the photo of a tile number."""


def read_originals(
    codebook: Codebook,
    used: Sequence[int],
    covers: tuple[int, int],
    make: Callable[[int, Original], Made],
    stand_in: StandIn,
    work: Work,
) -> Iterable[Made]:
    """Read photos of a codebook, each once, in threads; yield what `make` returns, in order.

    A photo that was changed or removed since it was indexed is named in a warning; one that was
    changed is forgotten, so that the next run reads it.

    Parameters
    ----------
    codebook : Codebook
    used : sequence of int
        Numbers of the tiles whose photos are read.
    covers : (int, int)
        Sufficient shortest and longest side, as for `decode`.
    make : callable
        Takes a tile's number and its `Original`.
    stand_in : callable
        Returns a stand-in for a photo that is missing.
    work : Work
    """

    def read(i: int) -> Made:
        path = codebook.paths[i]
        try:
            with file_memory(os.stat(path).st_size):  # noqa: PTH116 (a name that may not be UTF-8)
                content = read_file(path)
                _check_unchanged(codebook, i, content)
                original = Original(to_array(decode(content, covers).picture), content)
        except (OSError, PictureError) as error:
            reason = why_unread(error)
            log.warning("%s: enlarged from its thumbnail: %s", printable(path), reason)
            original = stand_in(i)
        return make(i, original)

    made = in_threads(read, used, work.workers)
    return work.progress(made, total=len(used), what="making large tiles", unit="photo")


def sharpened(
    codebook: Codebook,
    assignment: Assignment,
    tile: TileSize,
    crop: Crop,
    work: Work,
) -> tuple[Codebook, Assignment]:
    """Return a codebook of large tiles of the photos used, and the assignment in its numbering.

    A photo that was changed or removed since it was indexed is enlarged from its small tile, with
    a warning.
    """
    used, places = np.unique(assignment.ids, return_inverse=True)

    def large_tile(i: int, original: Original) -> AnyImage:
        return original.tile(tile, crop, codebook.cut(i))

    def stand_in(i: int) -> Original:
        return small_tile(codebook, i)

    covers = max(tile.height, tile.width), 0
    shown = read_originals(
        codebook, used.tolist(), covers, make=large_tile, stand_in=stand_in, work=work
    )
    tiles = np.full((len(used), tile.height, tile.width, 4), 255, np.uint8)
    for place, pixels in zip(tiles, shown, strict=True):
        place[..., : pixels.shape[2]] = pixels
    opaque = bool((tiles[..., 3] == 255).all())
    large = Codebook(
        tile,
        codebook.spec,
        paths=tuple(codebook.paths[i] for i in used),
        hashes=tuple(codebook.hashes[i] for i in used),
        tiles=np.ascontiguousarray(tiles[..., :3]),
        alpha=None if opaque else np.ascontiguousarray(tiles[..., 3]),
        features=codebook.features[used],
    )
    ids = places.reshape(assignment.ids.shape).astype(np.int32)
    return large, replace(assignment, ids=ids)


def all_sharpened(codebook: Codebook, tile: TileSize, crop: Crop, work: Work) -> Codebook:
    """Return a codebook of large tiles of all photos, as `sharpened` of those used."""
    everything = np.arange(len(codebook), dtype=np.int32)[None, :]
    zeros = np.zeros(everything.shape, np.float32)
    used = Assignment(everything, zeros, zeros)
    return sharpened(codebook, used, tile, crop, work)[0]


def small_tile(codebook: Codebook, i: int) -> Original:
    """Return a tile of a codebook as a stand-in for its photo."""
    pixels = codebook.tiles[i]
    if codebook.alpha is not None:
        pixels = np.dstack([pixels, codebook.alpha[i]])
    return Original(pixels, None, is_tile=True)


def _check_unchanged(codebook: Codebook, i: int, content: bytes) -> None:
    if hashlib.sha256(content).digest() != codebook.hashes[i]:
        codebook.forget(codebook.paths[i])
        raise PictureError("changed since it was indexed")
