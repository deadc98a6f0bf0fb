"""How large a mosaic becomes, in pixels and in print."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from photomosaic.errors import InputError
from photomosaic.matching.grid import Grid, TileSize
from photomosaic.options.values import PrintSize

LONGEST_TILE = 8192


@dataclass(frozen=True)
class MuralSize:
    """The size of a mosaic whose tiles are larger than the cells that they were matched to.

    Attributes
    ----------
    tile : TileSize
        The tiles as they are painted.
    top, left : int
        Pixels of the outer tiles that the frame's edges cut off.
    height, width : int
        The picture in pixels.
    dpi : float
        Pixels per inch when printed.
    """

    tile: TileSize
    top: int
    left: int
    height: int
    width: int
    dpi: float

    @classmethod
    def of(cls, grid: Grid, frame: tuple[int, int], tile: TileSize, dpi: float) -> MuralSize:
        """Return the size that the mosaic of a frame of (height, width) pixels gets with tiles."""
        if max(tile.height, tile.width) > LONGEST_TILE:
            raise InputError(
                f"tiles of {tile.width}x{tile.height} pixels are larger than any photo; tiles can"
                f" have {LONGEST_TILE:,} pixels a side"
            )
        tall, wide = tile.height / grid.tile.height, tile.width / grid.tile.width
        top, left = round(max(0, -grid.top) * tall), round(max(0, -grid.left) * wide)
        height = min(grid.rows * tile.height - top, round(min(grid.height, frame[0]) * tall))
        width = min(grid.cols * tile.width - left, round(min(grid.width, frame[1]) * wide))
        return cls(tile, top, left, height=height, width=width, dpi=dpi)

    def with_tile(self, tile: TileSize) -> MuralSize:
        """Return the size with other tiles, at the same pixels per inch."""
        factor = tile.width / self.tile.width
        height, width = round(self.height * factor), round(self.width * factor)
        return replace(self, tile=tile, height=height, width=width)

    @property
    def pixels(self) -> int:
        """Number of pixels."""
        return self.height * self.width

    @property
    def print_size(self) -> PrintSize:
        """Size on paper."""
        return PrintSize(self.width / self.dpi, self.height / self.dpi)


def enlarged(grid: Grid, frame: tuple[int, int], factor: float, dpi: float) -> MuralSize:
    """Return the size with each tile `factor` times as high and wide as the cells."""
    return MuralSize.of(grid, frame, _scaled(grid.tile, factor), dpi)


def of_width(grid: Grid, frame: tuple[int, int], width: int, dpi: float) -> MuralSize:
    """Return the largest size of whole tile pixels that is at most `width` pixels wide.

    Raises
    ------
    InputError
        If the mosaic is as wide without being enlarged.
    """
    own = min(grid.width, frame[1])
    if width < own:
        raise InputError(
            f"{width} pixels are fewer than the {own} that the mosaic has by itself; leave the"
            " option out, or take more"
        )
    return MuralSize.of(grid, frame, _of_tile_width(grid.tile, width * grid.tile.width // own), dpi)


def of_print(grid: Grid, frame: tuple[int, int], paper: PrintSize, dpi: float) -> MuralSize:
    """Return the size that fills a paper as far as the mosaic's aspect lets it.

    The paper is turned if the picture fits better so. The pixels per inch come out near `dpi`,
    such that the picture is printed exactly as large as it fits; they are more if it has more
    pixels without being enlarged.
    """
    height, width = min(grid.height, frame[0]), min(grid.width, frame[1])
    inches = max(min(way.width / width, way.height / height) for way in (paper, paper.turned))
    tile_width = max(grid.tile.width, round(inches * dpi * grid.tile.width))
    size = MuralSize.of(grid, frame, _of_tile_width(grid.tile, tile_width), dpi)
    exact = max(size.width / (width * inches), size.height / (height * inches))
    return replace(size, dpi=exact)


def _scaled(tile: TileSize, factor: float) -> TileSize:
    return TileSize(max(1, round(tile.height * factor)), max(1, round(tile.width * factor)))


def _of_tile_width(tile: TileSize, width: int) -> TileSize:
    return TileSize(max(1, round(tile.height * width / tile.width)), width)


def page_tile(grid: Grid, photo_factor: float, longest: int, pixels: int) -> TileSize:
    """Return the tile of a page to zoom into.

    Parameters
    ----------
    grid : Grid
    photo_factor : float
        How many times the cells' size most photos can fill.
    longest : int
        Longest side of a tile in pixels that is enough to look at.
    pixels : int
        How many pixels the whole picture may have.
    """
    factor = min(
        longest / max(grid.tile.height, grid.tile.width),
        math.sqrt(pixels / (grid.height * grid.width)),
        photo_factor,
    )
    return _scaled(grid.tile, max(1.0, factor))
