"""The codebook: all tiles of one size, ready to be matched and placed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from photomosaic.arrays import Alpha, AnyImage, BgrImage, Floats, Ids
from photomosaic.images.crop import Cut
from photomosaic.matching.features import FeatureSpec, tile_features
from photomosaic.matching.grid import TileSize


@dataclass(frozen=True)
class Codebook:
    """Tiles, their features and the photos that they come from, all in one order.

    Attributes
    ----------
    tile : TileSize
    spec : FeatureSpec
    paths : tuple of str
        File of each photo; bytes that are no UTF-8 are kept as surrogate escapes.
    hashes : tuple of bytes
        SHA-256 of each photo's file.
    tiles : ndarray of shape (N, h, w, 3), uint8, BGR
    alpha : ndarray of shape (N, h, w), uint8, or None
        Opacity of the tiles' pixels; None if all are opaque.
    features : ndarray of shape (N, D), float32
    groups : ndarray of shape (N,), int64, or None
        Near-duplicates have the same number, 0 up; None if they were not looked for.
    cuts : tuple of Cut, or None
        The part of each photo that its tile shows; None if `crop` alone tells.
    forget : callable
        Takes the path of a photo that is not what was indexed, so that the next run reads it.
    """

    tile: TileSize
    spec: FeatureSpec
    paths: tuple[str, ...]
    hashes: tuple[bytes, ...]
    tiles: BgrImage
    alpha: Alpha | None
    features: Floats
    groups: Ids | None = None
    cuts: tuple[Cut, ...] | None = None
    forget: Callable[[str], None] = field(default=lambda _: None, repr=False, compare=False)

    def __post_init__(self) -> None:
        count = len(self.paths)
        shape = (count, self.tile.height, self.tile.width, 3)
        if count < 1:
            raise ValueError("a codebook holds at least one tile")
        if self.tiles.shape != shape or self.tiles.dtype != np.uint8:
            raise ValueError(f"tiles are {self.tiles.dtype} {self.tiles.shape}, not uint8 {shape}")
        if self.alpha is not None and self.alpha.shape != shape[:3]:
            raise ValueError(f"alpha is {self.alpha.shape}, not {shape[:3]}")
        if self.features.shape != (count, self.spec.dimension):
            raise ValueError(
                f"features are {self.features.shape}, not {(count, self.spec.dimension)}"
            )
        if len(self.hashes) != count:
            raise ValueError(f"{len(self.hashes)} hashes for {count} photos")

    @classmethod
    def from_tiles(
        cls,
        tiles: AnyImage,
        spec: FeatureSpec,
        paths: tuple[str, ...],
        hashes: tuple[bytes, ...],
    ) -> Codebook:
        """Make a codebook of tiles of shape (N, h, w, 3), or (N, h, w, 4) with alpha.

        A tile with transparency is matched as if its own mean colour showed through.
        """
        tile = TileSize(tiles.shape[1], tiles.shape[2])
        alpha = None
        matched = tiles
        if tiles.shape[3] == 4:
            tiles, alpha = (np.ascontiguousarray(part) for part in (tiles[..., :3], tiles[..., 3]))
            matched = on_own_mean(tiles, alpha)
        features = tile_features(matched, spec)
        return cls(tile, spec, paths, hashes, tiles=tiles, alpha=alpha, features=features)

    @property
    def on_own_mean(self) -> BgrImage:
        """The tiles, each with its own mean colour where it is transparent."""
        return self.tiles if self.alpha is None else on_own_mean(self.tiles, self.alpha)

    def __len__(self) -> int:
        """Return the number of tiles."""
        return len(self.paths)

    @cached_property
    def photos(self) -> Ids:
        """Number of each tile's photo, shape (N,), int64, from 0 in the order of the tiles."""
        numbers: dict[bytes, int] = {}
        return np.array([numbers.setdefault(each, len(numbers)) for each in self.hashes], np.int64)

    def counted_as_one(self, *, dedupe: bool) -> Ids | None:
        """Return a number for each tile, shape (N,), int64, that tiles of one photo share.

        With `dedupe` near-duplicates share it too. None if no two tiles share one.
        """
        if dedupe and self.groups is not None:
            return self.groups
        return self.photos if self.photos.max() + 1 < len(self) else None

    def cut(self, tile: int) -> Cut | None:
        """Return the part of its photo that a tile shows, or None if `crop` alone tells."""
        return None if self.cuts is None else self.cuts[tile]

    def subset(self, tiles: Ids) -> Codebook:
        """Return a codebook of some of the tiles alone, in the order of their numbers given."""
        return replace(
            self,
            paths=tuple(self.paths[tile] for tile in tiles),
            hashes=tuple(self.hashes[tile] for tile in tiles),
            tiles=self.tiles[tiles],
            alpha=None if self.alpha is None else self.alpha[tiles],
            features=self.features[tiles],
            groups=None if self.groups is None else self.groups[tiles],
            cuts=None if self.cuts is None else tuple(self.cuts[tile] for tile in tiles),
        )


def on_own_mean(tiles: BgrImage, alpha: Alpha) -> BgrImage:
    """Lay each tile (N, h, w, 3) on the mean colour of what is opaque in it."""
    filled = tiles.copy()
    for i in np.flatnonzero((alpha < 255).any(axis=(1, 2))):
        share = alpha[i, ..., None].astype(np.float32) / 255
        mean = (tiles[i] * share).sum(axis=(0, 1)) / max(float(share.sum()), 1e-6)
        filled[i] = np.rint(tiles[i] * share + mean * (1 - share)).astype(np.uint8)
    return filled
