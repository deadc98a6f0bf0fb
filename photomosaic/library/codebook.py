"""The codebook: all tiles of one size, ready to be matched and placed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from photomosaic.arrays import AnyImage, Floats, Ids
from photomosaic.images.crop import Cut
from photomosaic.images.cuts import CutList
from photomosaic.library.tile_pictures import ArrayTiles, PartOfTiles, TilePictures, opaque
from photomosaic.matching.features import FeatureSpec, tile_features
from photomosaic.matching.grid import TileSize
from photomosaic.matching.layout import Flags


@dataclass(frozen=True)
class Codebook:
    """Tiles, their features and the photos that they come from, all in one order.

    A photo has one tile, or several that show parts of it.

    Attributes
    ----------
    tile : TileSize
    spec : FeatureSpec
    paths : tuple of str
        File of each tile's photo; bytes that are no UTF-8 are kept as surrogate escapes.
    hashes : tuple of bytes
        SHA-256 of each tile's photo's file.
    pictures : TilePictures
    features : ndarray of shape (N, D), float32
    groups : ndarray of shape (N,), int64, or None
        Tiles of near-duplicates have the same number, 0 up; None if they were not looked for.
    cuts : CutList or None
        The part of its photo that each tile shows; None if `crop` alone tells.
    turned, unfit : ndarray of shape (N,), bool, or None
        Which tiles lie on their side, and are matched with rows and columns exchanged; and which of
        all are taken only where no other may be.
    forget : callable
        Takes the path of a photo that is not what was indexed, so that the next run reads it.
    """

    tile: TileSize
    spec: FeatureSpec
    paths: tuple[str, ...]
    hashes: tuple[bytes, ...]
    pictures: TilePictures = field(repr=False, compare=False)
    features: Floats
    groups: Ids | None = None
    cuts: CutList | None = None
    turned: Flags | None = None
    unfit: Flags | None = None
    forget: Callable[[str], None] = field(default=lambda _: None, repr=False, compare=False)

    def __post_init__(self) -> None:
        count = len(self.paths)
        if count < 1:
            raise ValueError("a codebook holds at least one tile")
        if self.features.shape != (count, self.spec.dimension):
            raise ValueError(
                f"features are {self.features.shape}, not {(count, self.spec.dimension)}"
            )
        if len(self.hashes) != count:
            raise ValueError(f"{len(self.hashes)} hashes for {count} tiles")

    @classmethod
    def from_tiles(
        cls,
        tiles: AnyImage,
        spec: FeatureSpec,
        paths: tuple[str, ...],
        hashes: tuple[bytes, ...],
    ) -> Codebook:
        """Make a codebook of tiles of shape (N, h, w, 3), or (N, h, w, 4) with alpha, uint8.

        A tile with transparency is matched as if its own mean colour showed through.
        """
        if tiles.ndim != 4 or len(tiles) != len(paths) or tiles.dtype != np.uint8:
            raise ValueError(f"tiles are {tiles.dtype} {tiles.shape}, for {len(paths)} paths")
        tile = TileSize(tiles.shape[1], tiles.shape[2])
        features = tile_features(opaque(tiles), spec)
        return cls(tile, spec, paths, hashes, pictures=ArrayTiles(tiles), features=features)

    def __len__(self) -> int:
        """Return the number of tiles."""
        return len(self.paths)

    @cached_property
    def photos(self) -> Ids:
        """Number of each tile's photo, shape (N,), int64, from 0 in the order of the tiles."""
        numbers: dict[bytes, int] = {}
        return np.array([numbers.setdefault(each, len(numbers)) for each in self.hashes], np.int64)

    @property
    def photo_count(self) -> int:
        """Number of photos."""
        return int(self.photos.max()) + 1

    @cached_property
    def first_tiles(self) -> Ids:
        """The first tile of each photo, shape (photos,), int64."""
        return np.unique(self.photos, return_index=True)[1]

    def counted_as_one(self, *, dedupe: bool) -> Ids | None:
        """Return a number for each tile, shape (N,), int64, that tiles of one photo share.

        With `dedupe` near-duplicates share it too. None if no two tiles share one.
        """
        if dedupe and self.groups is not None:
            return self.groups
        return self.photos if self.photo_count < len(self) else None

    def cut(self, tile: int) -> Cut | None:
        """Return the part of its photo that a tile shows, or None if `crop` alone tells."""
        return None if self.cuts is None else self.cuts[tile]

    def take(self, tiles: Ids) -> AnyImage:
        """Return the pictures of some tiles, (n, h, w, 3 or 4), uint8, BGR(A)."""
        pictures, places = self.pictures.pick(tiles)
        return np.asarray(pictures[places])

    def subset(self, tiles: Ids) -> Codebook:
        """Return a codebook of some of the tiles alone, in the order of their numbers given."""
        return replace(
            self,
            paths=tuple(self.paths[tile] for tile in tiles),
            hashes=tuple(self.hashes[tile] for tile in tiles),
            pictures=PartOfTiles(self.pictures, tiles),
            features=self.features[tiles],
            groups=None if self.groups is None else self.groups[tiles],
            cuts=None if self.cuts is None else self.cuts.part(tiles),
        )
