"""Large tiles, made from the originals of the photos that a mosaic uses."""

from __future__ import annotations

import hashlib
import logging
import math
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np

from photomosaic.arrays import AnyImage, Floats, Ids
from photomosaic.errors import PictureError
from photomosaic.files.clip_frames import clip_and_time, clip_digest, frame_digest
from photomosaic.files.names import printable
from photomosaic.files.regular import read_file, why_unread
from photomosaic.images.crop import Cut, to_tile
from photomosaic.images.decode import decode
from photomosaic.images.memory import decoding_memory, file_memory
from photomosaic.images.pixels import to_array
from photomosaic.library.codebook import Codebook
from photomosaic.library.tile_pictures import KeptTiles
from photomosaic.matching.features import FeatureSpec
from photomosaic.matching.grid import TileSize
from photomosaic.options.photos import Crop
from photomosaic.parallel.workers import Threads
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
        The whole file, empty for a frame of a clip; None if the pixels are a stand-in.
    """

    pixels: AnyImage
    content: bytes | None

    def tile(self, tile: TileSize, crop: Crop, cut: Cut | None) -> AnyImage:
        """Return the photo as a tile, (h, w, 3) or (h, w, 4), uint8, BGR(A)."""
        return to_tile(self.pixels, tile.height, tile.width, crop, cut)


StandIn = Callable[[int], Original | None]
"""Returns the stand-in for the photo of a tile number, if there is one."""


def read_originals(
    codebook: Codebook,
    used: Ids,
    covers: tuple[TileSize, int],
    make: Callable[[list[int], Original | None], Made],
    stand_in: StandIn,
    work: Work,
) -> Iterable[Made]:
    """Read photos of a codebook, each once, in threads; yield what `make` returns, in order.

    A photo that was changed or removed since it was indexed is named in a warning; one that was
    changed is forgotten, so that the next run reads it.

    Parameters
    ----------
    codebook : Codebook
    used : ndarray of shape (n,), int64
        Tiles whose photos are read, those of one photo together as by `by_photo`.
    covers : (TileSize, int)
        The largest tile that is made of each cut, and the longest side that is needed of a photo.
    make : callable
        Takes the numbers of the used tiles of a photo, and its `Original`, or None if it is missing
        and has no stand-in.
    stand_in : callable
        Returns a stand-in for a photo that is missing.
    work : Work
    """
    photos = codebook.photos[used]
    parts = np.split(used, np.flatnonzero(np.diff(photos)) + 1)

    def read(part: Ids) -> Made:
        tiles: list[int] = part.tolist()
        path = codebook.paths[tiles[0]]
        original: Original | None
        try:
            enough = _shortest_side(codebook, tiles, covers[0]), covers[1]
            original = _original(codebook, tiles[0], enough)
        except (OSError, PictureError) as error:
            reason = why_unread(error)
            log.warning("%s: enlarged from its thumbnail: %s", printable(path), reason)
            original = stand_in(tiles[0])
        return make(tiles, original)

    made = Threads(work.workers).map(read, parts)
    return work.progress(made, total=len(parts), what="making large tiles", unit="photo")


def _original(codebook: Codebook, tile: int, enough: tuple[int, int]) -> Original:
    path = codebook.paths[tile]
    frame = clip_and_time(path)
    if frame is not None:
        clip, time = Path(frame[0]), frame[1]
        _check_unchanged(codebook, tile, frame_digest(clip_digest(clip), time))
        # Loaded here, since few mosaics have frames of clips.
        from photomosaic.video.clips import frame_at, open_clip

        opened = open_clip(clip)
        size = opened.size(*enough)
        with decoding_memory(3 * size[0] * size[1]):
            return Original(frame_at(opened, time, size), b"")
    with file_memory(os.stat(path).st_size):  # noqa: PTH116 (a name that may not be UTF-8)
        content = read_file(path)
        _check_unchanged(codebook, tile, hashlib.sha256(content).digest())
        return Original(to_array(decode(content, enough).picture), content)


def by_photo(codebook: Codebook, tiles: Ids) -> Ids:
    """Return tile numbers with those of one photo together."""
    return tiles[np.argsort(codebook.photos[tiles], kind="stable")]


def _shortest_side(codebook: Codebook, tiles: Sequence[int], size: TileSize) -> int:
    """Return the shortest side of a photo that has the pixels for large tiles of its cuts."""
    cuts = filter(None, map(codebook.cut, tiles))
    sides = (min(size.height / cut.height, size.width / cut.width) for cut in cuts)
    return math.ceil(max([size.height, size.width, *sides]))


@dataclass(frozen=True)
class LargeTiles:
    """Makes large pictures of a codebook's tiles from the original photos.

    A photo that was changed or removed since it was indexed is enlarged from its small tile, with
    a warning.

    Attributes
    ----------
    codebook : Codebook
    tile : TileSize
    crop : Crop
    work : Work
    """

    codebook: Codebook
    tile: TileSize
    crop: Crop
    work: Work

    def take(self, tiles: Ids) -> AnyImage:
        """Make the pictures of tiles (n,): (n, h, w, 3 or 4), uint8, BGR(A)."""
        ordered = by_photo(self.codebook, tiles)
        pictures = np.full((len(tiles), self.tile.height, self.tile.width, 4), 255, np.uint8)
        places = {tile: place for place, tile in enumerate(tiles.tolist())}
        with self.work.clock.stage("large tiles"):
            for made in read_originals(
                self.codebook,
                ordered,
                (self.tile, 0),
                make=self._made,
                stand_in=lambda _: None,
                work=self.work,
            ):
                for tile, large in made:
                    pixels = enlarged(self.codebook, tile, self.tile) if large is None else large
                    pictures[places[tile], ..., : pixels.shape[2]] = pixels
        if (pictures[..., 3] == 255).all():
            return np.ascontiguousarray(pictures[..., :3])
        return pictures

    def samples(self, spec: FeatureSpec) -> Floats:
        """Return area means of all tiles, (N, h, w, 3), float32, BGR."""
        return self.codebook.pictures.samples(spec)

    def _made(
        self, tiles: list[int], original: Original | None
    ) -> list[tuple[int, AnyImage | None]]:
        cuts = [(tile, self.codebook.cut(tile)) for tile in tiles]
        if original is None:
            return [(tile, None) for tile in tiles]
        return [(tile, original.tile(self.tile, self.crop, cut)) for tile, cut in cuts]


def sharpened(codebook: Codebook, tile: TileSize, crop: Crop, work: Work) -> Codebook:
    """Return a codebook with large tiles, made from the original photos as they are used."""
    large = LargeTiles(codebook, tile, crop, work)
    return replace(codebook, tile=tile, pictures=KeptTiles(large, len(codebook)))


def enlarged(codebook: Codebook, number: int, tile: TileSize) -> AnyImage:
    """Return a tile of a codebook, (h, w, 3 or 4), uint8, BGR(A), enlarged to another size.

    Called in the thread that the codebook was made in, since it may be cut out only now.
    """
    small = codebook.take(np.array([number]))[0]
    return to_tile(small, tile.height, tile.width, "stretch")


def _check_unchanged(codebook: Codebook, i: int, digest: bytes) -> None:
    if digest != codebook.hashes[i]:
        codebook.forget(codebook.paths[i])
        raise PictureError("changed since it was indexed")
