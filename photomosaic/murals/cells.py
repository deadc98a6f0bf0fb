"""A mural of any layout: its cells are painted to a file, which libvips then reads as it needs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from photomosaic.arrays import AnyImage, BgrImage, Integers
from photomosaic.matching.grid import Grid, TileSize
from photomosaic.matching.layout import Layout
from photomosaic.murals.picture import VipsCanvas, area_at, as_grey, smooth
from photomosaic.murals.size import MuralSize
from photomosaic.murals.tiles import TileStore
from photomosaic.options.look import RenderOptions
from photomosaic.options.values import Bgr
from photomosaic.progress import Work
from photomosaic.rendering.cells import Finish, TileAt, Tones, bands_of, painted_bands
from photomosaic.rendering.look import Look, painted

if TYPE_CHECKING:
    import pyvips


@dataclass(frozen=True)
class CellsLook:
    """How the cells of a mural look, whatever its size.

    Attributes
    ----------
    layout : Layout
    finish : Finish
        Its mask is that of the target's area.
    tones : Tones
    look : Look
        What of the target is laid over the tiles; its shift is in the tones.
    """

    layout: Layout
    finish: Finish
    tones: Tones
    look: Look

    @classmethod
    def of(
        cls, area: BgrImage, layout: Layout, finish: Finish, tile_at: TileAt, look: RenderOptions
    ) -> CellsLook:
        """Work out the look of a target's area (H, W, 3), with tiles of the layout's own size."""
        patches = area_at(layout.grid, area)
        tones = Tones.of(patches, layout, tile_at, look.tint)
        return cls(layout, finish, tones, Look(area, look.opacity, None))


@dataclass(frozen=True)
class StoredTiles:
    """The tiles of a mural's cells: which of the stored ones lies in each cell."""

    stores: Mapping[TileSize, TileStore]
    sizes: tuple[TileSize, ...]
    places: Integers

    def __call__(self, cell: int) -> AnyImage:
        """Return the tile in a cell."""
        return self.stores[self.sizes[cell]].pixels(int(self.places[cell]))


@dataclass(frozen=True)
class PaintingPlace:
    """The folder of a file of the painted cells, and the work that making it is."""

    folder: Path
    work: Work


def cells_image(
    look: CellsLook,
    stores: Mapping[TileSize, TileStore],
    places: Integers,
    size: MuralSize,
    painting: PaintingPlace,
) -> pyvips.Image:
    """Return a mural of any layout as an image, RGB, or RGBA if it is masked.

    Parameters
    ----------
    look : CellsLook
    stores : mapping of TileSize to TileStore
        Tiles of all sizes that the cells have in the mural.
    places : ndarray of shape (cells,)
        Number of the stored tile in each cell.
    size : MuralSize
    painting : PaintingPlace
    """
    import pyvips

    grid = look.layout.grid
    layout = look.layout.on(Grid(grid.rows, grid.cols, size.tile, 0, 0))
    path = painting.folder / f"cells-{size.tile.width}x{size.tile.height}"
    tile_at = StoredTiles(stores, layout.cell_sizes, places)
    _paint(path, replace(look, layout=layout), tile_at, painting.work)
    width, height = layout.grid.width, layout.grid.height
    layers = pyvips.Image.rawload(os.fsencode(path), width, height, 5)
    colours = layers[0:3].copy(interpretation="srgb")
    image = painted(VipsCanvas(colours, size), look.look).image
    if look.finish.is_inset:
        gaps = image.new_from_image(list(look.finish.gap_color[::-1]))
        image = layers[3].ifthenelse(image, gaps, blend=True)
    if look.finish.mask is not None:
        alpha = layers[4]
        if not look.finish.whole_edges:
            mask = smooth(as_grey(look.finish.mask), width, height)
            alpha = (alpha * mask / 255).rint().cast("uchar")
        image = image.bandjoin(alpha).copy(interpretation="srgb")
    return image.crop(size.left, size.top, size.width, size.height)


def on_background(image: pyvips.Image, colour: Bgr | None) -> pyvips.Image:
    """Return an image without its alpha, laid on a colour; as it is for None."""
    if colour is None or not image.hasalpha():
        return image
    return image.flatten(background=list(colour[::-1])).copy(interpretation="srgb")


def _paint(path: Path, look: CellsLook, tile_at: StoredTiles, work: Work) -> None:
    bands = painted_bands(look.layout, look.finish, tile_at, look.tones)
    total = len(bands_of(look.layout))
    shown = work.progress(bands, total=total, what="painting", unit="band")
    with path.open("ab") as file:
        for _, layers in shown:
            planes = [
                layers.colours[..., ::-1],
                layers.coverage[..., None],
                layers.taken[..., None],
            ]
            file.write(np.concatenate(planes, axis=2).data)
