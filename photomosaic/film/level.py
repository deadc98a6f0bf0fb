"""One level of a zoom: a picture, its mosaic, and the layers that show it ever larger."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from photomosaic.arrays import AnyImage, BgrImage, Ids32
from photomosaic.film.layers import APPEARS, Layer, crossing, mixed
from photomosaic.film.shown_photo import ShownPhoto
from photomosaic.film.tile_source import TileSource
from photomosaic.film.view import Rect, Zoom
from photomosaic.images.crop import to_tile
from photomosaic.library.tile_pictures import with_alpha
from photomosaic.matching.grid import Grid, TileSize
from photomosaic.options.look import RenderOptions
from photomosaic.progress import StageClock
from photomosaic.rendering.compose import compose
from photomosaic.rendering.look import ArrayCanvas, Look, painted

# Each layer shows its tiles so many times larger than the one before.
STEP = math.sqrt(2)
# Pixels per pixel of the frame where a layer is seen best: never below one while it is seen alone.
DENSITY = 1.2


@dataclass(frozen=True)
class Level:
    """A picture and its mosaic.

    Attributes
    ----------
    photo : ShownPhoto
        What fills the frame before the mosaic appears.
    frame : ndarray of shape (H, W, 3), uint8, BGR
        What the mosaic was made of.
    grid : Grid
        Of that frame.
    ids : ndarray of shape (rows, cols), int32
        The tile in each cell.
    shown : Rect
        The cells that fill the film's frame.
    """

    photo: ShownPhoto
    frame: BgrImage
    grid: Grid
    ids: Ids32
    shown: Rect


@dataclass(frozen=True)
class Step:
    """Where a level leads: a cell, the photo that is in it, and the camera's way there."""

    row: int
    col: int
    photo: ShownPhoto
    zoom: Zoom


@dataclass(frozen=True)
class _Block:
    """Cells of the mosaic, at one size of the tiles."""

    tile: TileSize
    top: int
    left: int
    rows: int
    cols: int

    @property
    def cells(self) -> tuple[slice, slice]:
        return slice(self.top, self.top + self.rows), slice(self.left, self.left + self.cols)


class MosaicLayers:
    """The mosaic of a level as the camera sees it on its way, at a few sizes of its tiles.

    Two layers are kept at a time, so the memory does not grow with the mosaic.

    Parameters
    ----------
    level : Level
    step : Step
    look : RenderOptions
    source : TileSource
    size : (int, int)
        Height and width of the film's frames.
    """

    def __init__(
        self,
        level: Level,
        step: Step,
        look: RenderOptions,
        source: TileSource,
        size: tuple[int, int],
    ) -> None:
        self._level, self._step, self._look, self._size = level, step, look, size
        self._target = level.grid.crop(level.frame)
        self._steps = max(1, math.ceil(math.log(step.zoom.factor, STEP)))
        self._blocks = [self._block(number) for number in range(self._steps + 1)]
        self._pictures = source.pictures(self._sizes())
        self._layers: dict[int, Layer] = {}

    def seen(self, share: float) -> BgrImage:
        """Return what the camera sees after a share of its way, 0 to 1; ever larger ones."""
        view = self._step.zoom.at(share)
        number, mix = crossing(min(share * self._steps, self._steps - 1e-9))
        seen = self._layer(number + (mix == 1)).seen(view, self._size)
        return (
            mixed(seen, self._layer(number + 1).seen(view, self._size), mix)
            if 0 < mix < 1
            else seen
        )

    def _block(self, number: int) -> _Block:
        """Return the cells that are seen from where a layer begins to appear."""
        zoom, (height, width) = self._step.zoom, self._size
        finest = zoom.at(number / self._steps)
        tile = TileSize(
            max(1, round(DENSITY * height / finest.height)),
            max(1, round(DENSITY * width / finest.width)),
        )
        seen, grid = zoom.at(max(0.0, number - 1 + APPEARS) / self._steps), self._level.grid
        top, left = (max(0, math.floor(edge + 1e-9)) for edge in seen[:2])
        below = min(grid.rows, math.ceil(seen.bottom - 1e-9))
        right = min(grid.cols, math.ceil(seen.right - 1e-9))
        return _Block(tile, top, left, below - top, right - left)

    def _sizes(self) -> Mapping[int, TileSize]:
        """Return the size at which each tile is seen last, apart from the one that is entered."""
        sizes: dict[int, TileSize] = {}
        for block in self._blocks:
            ids = self._level.ids.copy()
            ids[self._step.row, self._step.col] = -1
            for tile in np.unique(ids[block.cells]).tolist():
                sizes[tile] = block.tile
        sizes.pop(-1, None)
        return sizes

    def _layer(self, number: int) -> Layer:
        if number not in self._layers:
            self._layers = {key: layer for key, layer in self._layers.items() if key == number - 1}
            self._layers[number] = self._composed(self._blocks[number])
            self._forget(self._blocks[number + 1 :])
        return self._layers[number]

    def _forget(self, later: Sequence[_Block]) -> None:
        """Give up the pictures of tiles that no later layer shows."""
        ids = (np.unique(self._level.ids[block.cells]) for block in later)
        needed = set[int]().union(*(each.tolist() for each in ids))
        self._pictures = {i: pixels for i, pixels in self._pictures.items() if i in needed}

    def _composed(self, block: _Block) -> Layer:
        rows, cols = block.cells
        used, places = np.unique(self._level.ids[rows, cols], return_inverse=True)
        places = places.reshape(block.rows, block.cols)
        height, width = block.tile.height, block.tile.width
        entered = self._step.row - block.top, self._step.col - block.left
        places[entered] = len(used)
        made = [
            to_tile(self._pictures[i], height, width, "stretch") if i in self._pictures else None
            for i in used.tolist()
        ]
        tiles = _stacked([*made, self._step.photo.tile(block.tile)])
        target = self._target_of(block)
        mosaic = compose(tiles, places, target)
        cells = block.rows, block.cols
        look = Look.of(self._look, target, mosaic, target, cells)
        pixels = painted(ArrayCanvas(mosaic, StageClock()), look).pixels
        return Layer(pixels, Rect(block.top, block.left, block.rows, block.cols))

    def _target_of(self, block: _Block) -> BgrImage:
        rows, cols = block.cells
        own = self._level.grid.tile
        part = self._target[
            rows.start * own.height : rows.stop * own.height,
            cols.start * own.width : cols.stop * own.width,
        ]
        size = block.cols * block.tile.width, block.rows * block.tile.height
        return np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_LINEAR), np.uint8)


def _stacked(tiles: list[AnyImage | None]) -> AnyImage:
    """Return tiles of one size as one array, with alpha if any has it; None is an unused one."""
    known = next(tile for tile in tiles if tile is not None)
    every = [known if tile is None else tile for tile in tiles]
    if len({tile.shape[2] for tile in every}) > 1:
        every = [with_alpha(tile[None])[0] for tile in every]
    return np.stack(every)
