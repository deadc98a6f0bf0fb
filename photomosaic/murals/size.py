"""How large a mosaic becomes, in pixels and in print."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace

from photomosaic.errors import InputError
from photomosaic.matching.grid import Grid, TileSize

CM_PER_INCH = 2.54
LONGEST_TILE = 8192

_UNITS = {"cm": CM_PER_INCH, "mm": 10 * CM_PER_INCH, "m": CM_PER_INCH / 100}
_UNITS |= dict.fromkeys(("in", "inch", "inches", '"'), 1.0)
_PRINT_SIZE = re.compile(r"\s*([\d.,]+)\s*[x\u00d7*]\s*([\d.,]+)\s*([^\d\s.,]*)\s*", re.IGNORECASE)


@dataclass(frozen=True)
class PrintSize:
    """Width and height of a sheet of paper or a picture on a wall, in inches."""

    width: float
    height: float

    def __str__(self) -> str:
        """Tell the size in centimetres and in inches."""
        metric = f"{self.width * CM_PER_INCH:.1f} x {self.height * CM_PER_INCH:.1f} cm"
        return f"{metric} ({self.width:.1f} x {self.height:.1f} in)"

    @property
    def turned(self) -> PrintSize:
        """The same size lying on its side."""
        return PrintSize(self.height, self.width)


def parse_print_size(text: str) -> PrintSize:
    """Read a size such as 60x90cm, 24x36in or 600x900 mm, width before height.

    Raises
    ------
    InputError
        If it is none; the message says how to write it.
    """
    advice = "write it as width, x, height and unit: 60x90cm, 600x900mm or 24x36in"
    match = _PRINT_SIZE.fullmatch(text)
    if not match:
        raise InputError(f"{text!r} is no print size; {advice}")
    unit = match[3].lower()
    if unit not in _UNITS:
        problem = f"has the unit {match[3]!r}, which is not known" if unit else "has no unit"
        raise InputError(f"{text!r} {problem}; {advice}")
    try:
        width, height = (
            float(side.replace(",", ".")) / _UNITS[unit] for side in match.groups()[:2]
        )
    except ValueError:
        raise InputError(f"{text!r} is no print size; {advice}") from None
    if not (width > 0 and height > 0):
        raise InputError(f"{text!r} has no area; {advice}")
    return PrintSize(width, height)


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
        return cls(
            tile,
            top,
            left,
            min(grid.rows * tile.height - top, round(min(grid.height, frame[0]) * tall)),
            min(grid.cols * tile.width - left, round(min(grid.width, frame[1]) * wide)),
            dpi,
        )

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
