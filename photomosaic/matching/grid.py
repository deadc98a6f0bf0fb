"""The division of a frame into cells."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2

from photomosaic.arrays import BgrImage
from photomosaic.errors import InputError
from photomosaic.options.photos import TileOptions
from photomosaic.ranges import ASPECT, SCALE


@dataclass(frozen=True)
class TileSize:
    """Height and width of a tile, in pixels, each at least 1."""

    height: int
    width: int

    def __post_init__(self) -> None:
        if self.height < 1 or self.width < 1:
            raise InputError(f"a tile of {self.width}x{self.height} pixels has no area")

    @classmethod
    def from_scale(cls, scale: int, height_aspect: float, width_aspect: float) -> TileSize:
        """Return the tile of a scale: height = int(height_aspect * scale), width likewise.

        Raises
        ------
        InputError
            If a number is out of its range, or a side comes out below one pixel.
        """
        SCALE.check("scale", scale)
        ASPECT.check("height-aspect", height_aspect)
        ASPECT.check("width-aspect", width_aspect)
        height, width = int(height_aspect * scale), int(width_aspect * scale)
        if height < 1 or width < 1:
            raise InputError(
                f"scale {scale} with the aspects {height_aspect:g}:{width_aspect:g} gives a tile "
                f"of {width}x{height} pixels; take a larger scale or larger aspects"
            )
        return cls(height, width)

    @classmethod
    def of(cls, tiles: TileOptions, scale: int) -> TileSize:
        """Return the tile that the options ask for at a scale; raises as `from_scale`."""
        return cls.from_scale(scale, tiles.height_aspect, tiles.width_aspect)

    @property
    def turned(self) -> TileSize:
        """The tile turned on its side."""
        return TileSize(self.width, self.height)

    def at_most(self, longest: int) -> TileSize:
        """Return the largest tile of (nearly) this aspect with no side above `longest` pixels."""
        factor = min(1.0, longest / max(self.height, self.width))
        return TileSize(max(1, round(self.height * factor)), max(1, round(self.width * factor)))


def smallest_scale(height_aspect: float, width_aspect: float) -> int:
    """Return the smallest scale whose tile has a pixel at least."""
    shorter = min(height_aspect, width_aspect)
    scale = max(1, math.ceil(1 / shorter))
    # The division may round down.
    return scale + (int(shorter * scale) < 1)


def largest_scale(frame: tuple[int, int], height_aspect: float, width_aspect: float) -> int:
    """Return the largest scale whose tile fits into a frame of (height, width); 0 if none does."""
    aspects = (frame[0] + 1) / height_aspect, (frame[1] + 1) / width_aspect
    scale = int(min(*aspects, SCALE.high - 1)) + 1
    while scale and (int(height_aspect * scale) > frame[0] or int(width_aspect * scale) > frame[1]):
        scale -= 1
    return scale


@dataclass(frozen=True)
class Grid:
    """Cells of one tile size laid over a frame, centred.

    In trim mode the cells are whole and lie inside the frame. In cover mode they cover it, so
    that `top` and `left` are zero or negative and the frame's edges cut the outer cells.

    Attributes
    ----------
    rows, cols : int
        Number of cells, each at least 1.
    tile : TileSize
        Size of a cell in pixels.
    top, left : int
        Frame coordinates, in pixels, of the first cell's upper left corner.
    """

    rows: int
    cols: int
    tile: TileSize
    top: int
    left: int

    def __post_init__(self) -> None:
        if self.rows < 1 or self.cols < 1:
            raise InputError(f"a grid of {self.rows}x{self.cols} cells is empty")

    @classmethod
    def fit(cls, frame: tuple[int, int], tile: TileSize, *, cover: bool = False) -> Grid:
        """Lay a grid over a frame of (height, width) pixels.

        Raises
        ------
        InputError
            If the tile is larger than the frame.
        """
        height, width = frame
        if tile.height > height or tile.width > width:
            raise InputError(
                f"a tile of {tile.width}x{tile.height} pixels (width x height) does not fit into "
                f"the target of {width}x{height}"
            )
        rows, cols = height // tile.height, width // tile.width
        if cover:
            rows, cols = -(-height // tile.height), -(-width // tile.width)
        top, left = (height - rows * tile.height) // 2, (width - cols * tile.width) // 2
        return cls(rows, cols, tile, top, left)

    def at_corner(self, tile: TileSize) -> Grid:
        """Return a grid of as many rows and columns, of another tile size, that begins at 0."""
        return Grid(self.rows, self.cols, tile, 0, 0)

    @property
    def cells(self) -> int:
        """Number of cells."""
        return self.rows * self.cols

    @property
    def height(self) -> int:
        """Height of all cells together, in pixels."""
        return self.rows * self.tile.height

    @property
    def width(self) -> int:
        """Width of all cells together, in pixels."""
        return self.cols * self.tile.width

    def crop(self, frame: BgrImage) -> BgrImage:
        """Return the frame's pixels under the cells, shape (height, width, 3).

        Where the cells reach beyond the frame, its border pixels are repeated.
        """
        below, right = self.height + self.top, self.width + self.left
        inside = frame[max(0, self.top) : below, max(0, self.left) : right]
        if self.top >= 0 and self.left >= 0:
            return inside
        top, left = max(0, -self.top), max(0, -self.left)
        return cv2.copyMakeBorder(
            inside,
            top,
            self.height - inside.shape[0] - top,
            left,
            self.width - inside.shape[1] - left,
            borderType=cv2.BORDER_REPLICATE,
        ).astype(frame.dtype, copy=False)

    def uncrop(self, cells: BgrImage, frame: tuple[int, int]) -> BgrImage:
        """Return the part of a picture of all cells that lies on a frame of (height, width)."""
        top, left = max(0, -self.top), max(0, -self.left)
        return cells[top : top + frame[0], left : left + frame[1]]
