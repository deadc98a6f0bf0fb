"""The pictures of a codebook's tiles: all in one array, or made when they are used."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import cv2
import numpy as np

from photomosaic.arrays import Alpha, AnyImage, BgrImage, Floats, Ids, Integers
from photomosaic.matching.features import FeatureSpec, tile_samples
from photomosaic.matching.grid import TileSize

# What pictures that were used may take up before they are given up.
KEPT_BYTES = 512 << 20


class TilePictures(Protocol):
    """Pictures of tiles, of one size."""

    def pick(self, tiles: Integers) -> tuple[AnyImage, Integers]:
        """Return pictures, (n, h, w, 3 or 4), uint8, BGR(A), and which of them each tile has.

        Parameters
        ----------
        tiles : ndarray of integers
            Numbers of tiles, of any shape, which is that of the second result as well.
        """

    def samples(self, spec: FeatureSpec) -> Floats:
        """Return area means of all tiles, (N, h, w, 3), float32, BGR.

        A tile with transparency is laid on its own mean colour.
        """


class TileSource(Protocol):
    """What makes pictures of tiles."""

    def take(self, tiles: Ids) -> AnyImage:
        """Make the pictures of tiles (n,), all different: (n, h, w, 3 or 4), uint8, BGR(A)."""

    def samples(self, spec: FeatureSpec) -> Floats:
        """Return area means as `TilePictures.samples`."""


@dataclass(frozen=True)
class ArrayTiles:
    """Pictures that are all there.

    Attributes
    ----------
    tiles : ndarray of shape (N, h, w, 3) or (N, h, w, 4), uint8, BGR(A)
    """

    tiles: AnyImage

    def pick(self, tiles: Integers) -> tuple[AnyImage, Integers]:
        """Return all pictures, and the numbers as they are."""
        return self.tiles, tiles

    def samples(self, spec: FeatureSpec) -> Floats:
        """Return area means of all tiles."""
        return tile_samples(opaque(self.tiles), spec)


@dataclass
class KeptTiles:
    """Pictures that are made when they are first used, and kept as long as they are not too many.

    Attributes
    ----------
    source : TileSource
    count : int
        Number of all tiles.
    """

    source: TileSource
    count: int
    _room: AnyImage | None = None
    _made: int = 0
    _rows: Ids = field(default_factory=lambda: np.empty(0, np.int64))

    def pick(self, tiles: Integers) -> tuple[AnyImage, Integers]:
        """Return the pictures made so far, those of `tiles` among them, and their places."""
        if self._room is None or self._room.nbytes > KEPT_BYTES:
            self._room, self._made, self._rows = None, 0, np.full(self.count, -1, np.int64)
        missing = np.unique(tiles[self._rows[tiles] < 0]).astype(np.int64)
        if len(missing):
            self._add(self.source.take(missing))
            self._rows[missing] = np.arange(self._made - len(missing), self._made)
        assert self._room is not None  # noqa: S101 (some tile was asked for, now or before)
        return self._room[: self._made], self._rows[tiles]

    def _add(self, pictures: AnyImage) -> None:
        if self._room is None:
            self._room, self._made = pictures, len(pictures)
            return
        if pictures.shape[3] != self._room.shape[3]:
            pictures, self._room = with_alpha(pictures), with_alpha(self._room)
        known, self._made = self._made, self._made + len(pictures)
        if self._made > len(self._room):
            # Twice as much room each time, so that frames that add a few do not copy all of them.
            room = np.empty((2 * self._made, *self._room.shape[1:]), np.uint8)
            room[:known] = self._room[:known]
            self._room = room
        self._room[known : self._made] = pictures

    def samples(self, spec: FeatureSpec) -> Floats:
        """Return area means of all tiles."""
        return self.source.samples(spec)


@dataclass(frozen=True)
class PartOfTiles:
    """Some of the tiles of other pictures, in an order of their own."""

    pictures: TilePictures
    tiles: Ids

    def pick(self, tiles: Integers) -> tuple[AnyImage, Integers]:
        """Return pictures and places as the others do."""
        return self.pictures.pick(self.tiles[tiles])

    def samples(self, spec: FeatureSpec) -> Floats:
        """Return area means of the tiles."""
        return self.pictures.samples(spec)[self.tiles]


@dataclass(frozen=True)
class TwoShapes:
    """The tiles of two codebooks, those of the second turned on their side.

    Attributes
    ----------
    upright, lying : TilePictures
    tile : TileSize
        The first's.
    count : int
        Number of the first's tiles.
    """

    upright: TilePictures
    lying: TilePictures
    tile: TileSize
    count: int

    def pick(self, tiles: Integers) -> tuple[AnyImage, Integers]:
        """Return pictures and places as the others do; the second's are squeezed into one size."""
        used, places = np.unique(tiles, return_inverse=True)
        size = self.tile.width, self.tile.height
        made: list[AnyImage] = []
        for pictures, numbers in (
            (self.upright, used[used < self.count]),
            (self.lying, used[used >= self.count] - self.count),
        ):
            if len(numbers):
                known, at = pictures.pick(numbers)
                made += [cv2.resize(known[each], size, interpolation=cv2.INTER_AREA) for each in at]
        if len({picture.shape[2] for picture in made}) > 1:
            made = [with_alpha(picture[None])[0] for picture in made]
        return np.stack(made), places.reshape(np.shape(tiles))

    def samples(self, spec: FeatureSpec) -> Floats:
        """Return area means of all tiles, the second's with rows and columns exchanged."""
        turned = FeatureSpec(spec.metric, spec.width, spec.height)
        lying = self.lying.samples(turned).swapaxes(1, 2)
        return np.concatenate([self.upright.samples(spec), lying])


def with_alpha(tiles: AnyImage) -> AnyImage:
    """Return tiles (N, h, w, 3 or 4) with an alpha channel."""
    if tiles.shape[3] == 4:
        return tiles
    return np.concatenate([tiles, np.full((*tiles.shape[:3], 1), 255, np.uint8)], axis=3)


def opaque(tiles: AnyImage) -> BgrImage:
    """Return tiles (N, h, w, 3 or 4) without alpha, each on its own mean colour."""
    if tiles.shape[3] == 3:
        return tiles
    return on_own_mean(np.ascontiguousarray(tiles[..., :3]), tiles[..., 3])


def on_own_mean(tiles: BgrImage, alpha: Alpha) -> BgrImage:
    """Lay each tile (N, h, w, 3) on the mean colour of what is opaque in it."""
    filled = tiles.copy()
    for i in np.flatnonzero((alpha < 255).any(axis=(1, 2))):
        share = alpha[i, ..., None].astype(np.float32) / 255
        mean = (tiles[i] * share).sum(axis=(0, 1)) / max(float(share.sum()), 1e-6)
        filled[i] = np.rint(tiles[i] * share + mean * (1 - share)).astype(np.uint8)
    return filled
