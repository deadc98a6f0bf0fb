"""Large tiles on their way to libvips: in memory, or in a file if they are many."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from photomosaic.arrays import AnyImage
from photomosaic.library.tile_pictures import on_own_mean
from photomosaic.matching.grid import TileSize

if TYPE_CHECKING:
    import pyvips

TILE_MEMORY = 256 << 20
"""Bytes of tiles that are kept in memory."""


class TileStore:
    """Tiles of one size, added one after the other, as one tall strip of pixels.

    Parameters
    ----------
    count : int
    tile : TileSize
    transparent : bool
        Whether the tiles have an alpha channel.
    folder : Path
        Where a file of them may lie.
    """

    def __init__(self, count: int, tile: TileSize, transparent: bool, folder: Path) -> None:
        self.tile = tile
        self.count = count
        self.transparent = transparent
        self.channels = 4 if transparent else 3
        self._added = 0
        self._file = folder / f"{tile.width}x{tile.height}"
        self._pixels: AnyImage | None = None
        if self.bytes <= TILE_MEMORY:
            self._pixels = np.empty((count, tile.height, tile.width, self.channels), np.uint8)

    @property
    def bytes(self) -> int:
        """What all tiles take up."""
        return self.count * self.tile.height * self.tile.width * self.channels

    def add(self, pixels: AnyImage) -> None:
        """Add the next tile, (h, w, 3) or (h, w, 4), uint8, BGR(A)."""
        shape = self.tile.height, self.tile.width
        if pixels.shape[:2] != shape:
            raise ValueError(f"a tile of {pixels.shape[:2]} among those of {shape}")
        red_first = self._channels(pixels)
        if self._pixels is not None:
            self._pixels[self._added] = red_first
        else:
            with self._file.open("ab") as file:
                file.write(np.ascontiguousarray(red_first).data)
        self._added += 1

    def pixels(self, number: int) -> AnyImage:
        """Return a tile, (h, w, 3) or (h, w, 4), uint8, BGR(A)."""
        shape = self.tile.height, self.tile.width, self.channels
        if self._pixels is not None:
            red_first = self._pixels[number]
        else:
            count = shape[0] * shape[1] * shape[2]
            red_first = np.fromfile(self._file, np.uint8, count, offset=number * count)
        return np.asarray(red_first.reshape(shape)[..., [2, 1, 0, 3][: self.channels]])

    def images(self) -> list[pyvips.Image]:
        """Return the tiles as images of libvips, RGB or RGBA."""
        import pyvips

        height, width = self.tile.height, self.tile.width
        size = width, height * self.count, self.channels
        if self._pixels is not None:
            strip = pyvips.Image.new_from_memory(self._pixels.data, *size, "uchar")
        else:
            # Read through small windows, unlike a file mapped as a whole.
            strip = pyvips.Image.rawload(os.fsencode(self._file), *size)
        strip = strip.copy(interpretation="srgb")
        return [strip.crop(0, i * height, width, height) for i in range(self.count)]

    def _channels(self, pixels: AnyImage) -> AnyImage:
        if pixels.shape[2] > self.channels:
            colours, alpha = pixels[None, ..., :3], pixels[None, ..., 3]
            pixels = on_own_mean(np.ascontiguousarray(colours), alpha)[0]
        if pixels.shape[2] < self.channels:
            opaque = np.full((*pixels.shape[:2], 1), 255, np.uint8)
            pixels = np.concatenate([pixels, opaque], axis=2)
        return pixels[..., [2, 1, 0, 3][: self.channels]]
