"""The grid of a target for which no scale is given: cells enough for a face, tiles to look at."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from photomosaic.errors import InputError
from photomosaic.matching.grid import Grid, TileSize, largest_scale, smallest_scale
from photomosaic.options.look import RenderOptions
from photomosaic.options.mosaic import MosaicOptions
from photomosaic.options.photos import TileOptions
from photomosaic.ranges import PIXELS, SCALE

CELLS = 4000
FEWEST_CELLS = 2000
CELLS_PER_PHOTO = 20
# Below this, a face is hard to recognise.
COARSE_CELLS = 1500
# Pixels of a tile's shorter side, so that its photo can be recognised up close.
SHORTEST_SIDE = 32
# Targets are enlarged up to this.
MOST_PIXELS = 50_000_000
# How far the width may be moved so that less of the target is trimmed.
WIDTH_LEEWAY = 0.03
# Some photos cannot be read, or are there twice.
USABLE_SHARE = 0.98


@dataclass(frozen=True)
class Cells:
    """How many cells are wanted, and how few and many there may be."""

    wanted: int
    fewest: int = 1
    most: float = math.inf

    @classmethod
    def of(cls, photos: int, look: RenderOptions) -> Cells:
        """Return the cells that suit a number of photos, as far as limits on repeats allow."""
        fewest = photos if look.use_all else 1
        most = math.inf
        if look.max_uses is not None:
            most = max(fewest, int(photos * look.max_uses * USABLE_SHARE))
        wanted = min(CELLS, max(FEWEST_CELLS, CELLS_PER_PHOTO * photos))
        return cls(int(max(1, fewest, min(most, wanted))), fewest, most)

    def miss(self, number: int) -> float:
        """Return how far a number of cells is outside of the allowed ones."""
        return max(0, self.fewest - number, number - self.most)


@dataclass(frozen=True)
class GridChoice:
    """A scale, and the width that the target is resized to; None for its own."""

    scale: int
    target_width: int | None

    @property
    def words(self) -> str:
        """The options that choose the same."""
        width = "" if self.target_width is None else f" --target-width {self.target_width}"
        return f"--scale {self.scale}{width}"


def choose_options(
    options: MosaicOptions, size: tuple[int, int], photos: int
) -> tuple[MosaicOptions, GridChoice]:
    """Return the options of a mosaic with scale and width chosen, and the choice.

    Parameters
    ----------
    options : MosaicOptions
    size : (int, int)
        Height and width of the target; they stay if the options say how wide it is.
    photos : int
        How many photos were listed.

    Raises
    ------
    InputError
        If the target is too narrow for a grid.
    """
    what, cells = options.what, Cells.of(photos, options.look)
    if what.cells is not None:
        cells = replace(cells, wanted=what.cells)
    choice = choose_grid(
        size,
        cells,
        options.tiles,
        cover=options.look.cover,
        resizable=what.target_width is None,
    )
    width = what.target_width or choice.target_width
    choice = GridChoice(choice.scale, width)
    return replace(options, what=replace(what, scale=choice.scale, target_width=width)), choice


def finer_grid(
    grid: Grid, size: tuple[int, int], options: MosaicOptions, photos: int
) -> GridChoice | None:
    """Return what to choose instead of a grid that is too coarse for a face; None if it is not.

    The target has `size` (height, width), and as many photos were listed as given.
    """
    cells = Cells.of(photos, options.look)
    if grid.cells >= min(COARSE_CELLS, cells.wanted):
        return None
    return choose_grid(size, cells, options.tiles, cover=options.look.cover)


def choose_grid(
    size: tuple[int, int], cells: Cells, tiles: TileOptions, *, cover: bool, resizable: bool = True
) -> GridChoice:
    """Choose the scale for a target, and the width that it is enlarged to if it is small.

    Parameters
    ----------
    size : (int, int)
        Height and width of the target.
    cells : Cells
    tiles : TileOptions
    cover : bool
        Whether the grid covers the target.
    resizable : bool, optional
        False if the target keeps its size.

    Raises
    ------
    InputError
        If the target is too narrow for a grid.
    """
    area = tiles.height_aspect * tiles.width_aspect
    shorter = min(tiles.height_aspect, tiles.width_aspect)
    least = math.ceil(min(SHORTEST_SIDE / shorter, math.sqrt(MOST_PIXELS / (cells.wanted * area))))
    own = round(math.sqrt(size[0] * size[1] / (cells.wanted * area)))
    if own >= least or not resizable:
        return GridChoice(_fitting_scale(own, size, cells, tiles, cover=cover), None)
    smallest = smallest_scale(tiles.height_aspect, tiles.width_aspect)
    scale = min(max(smallest, least), SCALE.high)
    width = _fitting_width(size, cells, TileSize.of(tiles, int(scale)), cover=cover)
    resized = _height(size, width), width
    scale = min(scale, largest_scale(resized, tiles.height_aspect, tiles.width_aspect))
    if scale < smallest:
        raise _too_narrow(size)
    return GridChoice(int(scale), width)


def _fitting_scale(
    scale: int, size: tuple[int, int], cells: Cells, tiles: TileOptions, *, cover: bool
) -> int:
    """Return the scale nearest to one that leaves an allowed number of cells, if there is one."""
    largest = largest_scale(size, tiles.height_aspect, tiles.width_aspect)
    least = smallest_scale(tiles.height_aspect, tiles.width_aspect)
    if largest < least:
        raise _too_narrow(size)
    scale = min(max(least, scale), largest)

    def number(scale: int) -> int:
        return Grid.fit(size, TileSize.of(tiles, scale), cover=cover).cells

    while scale > least and number(scale) < cells.fewest:
        scale -= 1
    while scale < largest and number(scale) > cells.most:
        scale += 1
    return scale


def _fitting_width(size: tuple[int, int], cells: Cells, tile: TileSize, *, cover: bool) -> int:
    """Return a width at which the target is cut into whole tiles, and the least is trimmed."""
    height, width = size
    factor = math.sqrt(cells.wanted * tile.height * tile.width / (height * width))
    factor = min(factor, math.sqrt(MOST_PIXELS / (height * width)), PIXELS.high / max(size))
    ideal = max(width, int(width * factor))

    def rank(width: int) -> tuple[float, float, int]:
        height = _height(size, width)
        if width < tile.width or height < tile.height:
            return math.inf, math.inf, -width
        grid = Grid.fit((height, width), tile, cover=cover)
        trimmed = 1 - grid.height * grid.width / (height * width)
        return cells.miss(grid.cells), abs(trimmed), abs(width - ideal)

    return min(_whole_widths(size, ideal, tile), key=rank, default=ideal)


def _whole_widths(size: tuple[int, int], ideal: int, tile: TileSize) -> Iterator[int]:
    """Yield widths near one, of whole columns or of whole rows."""
    low, high = ideal * (1 - WIDTH_LEEWAY), ideal * (1 + WIDTH_LEEWAY)
    widths = {n * tile.width for n in _around(low / tile.width, high / tile.width)}
    per_row = tile.height * size[1] / size[0]
    widths |= {math.ceil(n * per_row) for n in _around(low / per_row, high / per_row)}
    for width in sorted(widths):
        if max(width, _height(size, width)) <= PIXELS.high:
            yield width


def _around(low: float, high: float) -> range:
    return range(max(1, math.floor(low)), math.ceil(high) + 1)


def _height(size: tuple[int, int], width: int) -> int:
    return max(1, round(size[0] * width / size[1]))


def _too_narrow(size: tuple[int, int]) -> InputError:
    return InputError(
        f"--target: {size[1]}x{size[0]} pixels are too few for tiles of these aspects; crop the"
        " target, or take smaller aspects"
    )
