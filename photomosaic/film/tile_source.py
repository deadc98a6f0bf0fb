"""Pictures of the tiles that a film shows, each as large as it is ever seen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from photomosaic.arrays import AnyImage, Ids
from photomosaic.images.crop import to_tile
from photomosaic.library.codebook import Codebook
from photomosaic.library.originals import Original, by_photo, enlarged, read_originals
from photomosaic.matching.grid import TileSize
from photomosaic.options.photos import Crop
from photomosaic.progress import Work

# How far a small picture may be enlarged before a larger one is read.
LEEWAY = 1.2

Thumbnails = Callable[[bytes], AnyImage | None]
"""Returns the thumbnail (H, W, 3 or 4), uint8, BGR(A), of a photo's SHA-256, if there is one."""


@dataclass(frozen=True)
class TileSource:
    """Pictures of tiles at any size: the codebook's own, or made from thumbnails or originals.

    Attributes
    ----------
    codebook : Codebook
    crop : Crop
    thumbnail : callable
    work : Work
    """

    codebook: Codebook
    crop: Crop
    thumbnail: Thumbnails
    work: Work

    def pictures(self, sizes: Mapping[int, TileSize]) -> dict[int, AnyImage]:
        """Return tiles, (h, w, 3) or (h, w, 4), uint8, BGR(A), by number.

        They have the sizes asked for, or the codebook's if that is not much smaller.
        """
        own = self.codebook.tile
        small = [i for i, size in sizes.items() if _enough(own.height, own.width, size)]
        taken = self.codebook.take(np.array(small, np.int64)) if small else ()
        found = dict(zip(small, taken, strict=True))
        by_size: dict[TileSize, list[int]] = defaultdict(list)
        for i in sizes.keys() - found.keys():
            by_size[sizes[i]].append(i)
        for size, tiles in sorted(by_size.items(), key=lambda item: item[0].height):
            found.update(self._large(size, sorted(tiles)))
        return found

    def photo(self, tile: int, size: tuple[int, int]) -> tuple[AnyImage, bool]:
        """Return the original photo of a tile, large enough for frames of (height, width).

        A photo that is missing has a stand-in. Also returns whether that is the tile itself.
        """
        covers = TileSize(1, 1), 2 * max(size)
        used = np.array([tile], np.int64)
        (original,) = read_originals(
            self.codebook,
            used,
            covers,
            make=lambda _, original: original,
            stand_in=lambda _: None,
            work=self.work,
        )
        if original is not None:
            return original.pixels, False
        thumbnail = self.thumbnail(self.codebook.hashes[tile])
        return (self.codebook.take(used)[0], True) if thumbnail is None else (thumbnail, False)

    def _large(self, size: TileSize, tiles: list[int]) -> Iterator[tuple[int, AnyImage]]:
        rest = []
        for i in tiles:
            thumbnail, cut = self.thumbnail(self.codebook.hashes[i]), self.codebook.cut(i)
            share = (1.0, 1.0) if cut is None else (cut.height, cut.width)
            sides = (0, 0) if thumbnail is None else thumbnail.shape[:2]
            if thumbnail is not None and _enough(sides[0] * share[0], sides[1] * share[1], size):
                yield i, to_tile(thumbnail, size.height, size.width, self.crop, cut)
            else:
                rest.append(i)
        if rest:
            yield from self._from_originals(size, np.array(rest, np.int64))

    def _from_originals(self, size: TileSize, tiles: Ids) -> Iterator[tuple[int, AnyImage]]:
        def make(part: list[int], original: Original | None) -> list[tuple[int, AnyImage | None]]:
            if original is None:
                return [(i, None) for i in part]
            return [(i, original.tile(size, self.crop, self.codebook.cut(i))) for i in part]

        for made in read_originals(
            self.codebook,
            by_photo(self.codebook, tiles),
            (size, 0),
            make=make,
            stand_in=lambda _: None,
            work=self.work,
        ):
            for i, pixels in made:
                yield i, enlarged(self.codebook, i, size) if pixels is None else pixels


def _enough(height: float, width: float, size: TileSize) -> bool:
    """Tell whether a picture has the pixels for a tile, apart from a little."""
    return LEEWAY * height >= size.height and LEEWAY * width >= size.width
