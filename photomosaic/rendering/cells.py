"""Cells of any layout painted row by row, with gaps between them and what is left transparent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from photomosaic.arrays import Alpha, AnyImage, BgrImage, Floats, Integers
from photomosaic.matching.cell_shapes import FULL, coverage_of, inset_coverage
from photomosaic.matching.grid import TileSize
from photomosaic.matching.layout import Layout, patches_of
from photomosaic.matching.masks import Mask
from photomosaic.options.values import Bgr
from photomosaic.rendering.compose import to_bgr, to_lab

BAND_PIXELS = 1 << 22

TileAt = Callable[[int], AnyImage]
"""The tile in a cell, (h, w, 3 or 4), uint8, BGR(A), of the cell's size in pixels."""


@dataclass(frozen=True)
class Finish:
    """What lies between and around the cells.

    Attributes
    ----------
    gap : float
        Between two cells, as a share of the tile's shorter side.
    rounding : float
        Radius of the corners, as a share of the largest that fits into a cell.
    gap_color : (int, int, int)
        BGR.
    mask : ndarray of shape (H, W), uint8, or None
        Of the layout's area: outside of it the mosaic is transparent.
    whole_edges : bool
        Whether cells at the mask's edge are painted whole instead of cut by it.
    """

    gap: float = 0.0
    rounding: float = 0.0
    gap_color: Bgr = (255, 255, 255)
    mask: Mask | None = None
    whole_edges: bool = False

    @property
    def is_inset(self) -> bool:
        """Whether cells are smaller than their places."""
        return bool(self.gap or self.rounding)

    def __bool__(self) -> bool:
        """Tell whether it changes anything."""
        return self.is_inset or self.mask is not None

    def at_size(self, size: tuple[int, int]) -> Finish:
        """Return the finish of an area of (height, width) pixels."""
        if self.mask is None or self.mask.shape == size:
            return self
        mask = cv2.resize(self.mask, (size[1], size[0]), interpolation=cv2.INTER_LINEAR)
        return replace(self, mask=np.asarray(mask, np.uint8))


@dataclass(frozen=True)
class Tiles:
    """The tiles of cells: pictures (n, h, w, 3 or 4), and which of them is in each cell."""

    pictures: AnyImage
    places: Integers

    def __call__(self, cell: int) -> AnyImage:
        """Return the tile in a cell."""
        return np.asarray(self.pictures[self.places[cell]])


@dataclass(frozen=True)
class Layers:
    """Some rows of a mosaic, before it is finished.

    Attributes
    ----------
    colours : ndarray of shape (h, W, 3), uint8, BGR
        Of the tiles.
    coverage : ndarray of shape (h, W), uint8
        How far tiles cover each pixel, 255 all of it; the rest is gap.
    taken : ndarray of shape (h, W), uint8
        How far cells, with the gaps around them, take each pixel.
    """

    colours: BgrImage
    coverage: Alpha
    taken: Alpha


@dataclass(frozen=True)
class Tones:
    """What is done to the tile of each cell before it is painted.

    Attributes
    ----------
    backdrop : ndarray of shape (cells, 3), uint8, BGR
        What shows where a tile is transparent: the mean colour of the patch.
    shift : ndarray of shape (cells, 3), float32, or None
        What is added in CIELAB.
    """

    backdrop: npt.NDArray[np.uint8]
    shift: Floats | None

    @classmethod
    def of(cls, target: BgrImage, layout: Layout, tile_at: TileAt, tint: float) -> Tones:
        """Work out the tones of a layout's cells over the target's area (H, W, 3), uint8, BGR."""
        plain = cls(np.zeros((len(layout), 3), np.uint8), None)
        backdrop, shift = plain.backdrop, np.zeros((len(layout), 3), np.float32)
        for cell, patch in enumerate(patches_of(target, layout)):
            weights = coverage_of(layout, cell)
            backdrop[cell] = np.rint(_mean(patch.astype(np.float32), weights))
            if tint:
                tile = plain.on_backdrop(tile_at(cell), cell)
                difference = _mean(to_lab(patch), weights) - _mean(to_lab(tile), weights)
                shift[cell] = np.float32(tint) * difference
        return cls(backdrop, shift if tint else None)

    def on_backdrop(self, tile: AnyImage, cell: int) -> BgrImage:
        """Return a cell's tile without transparency."""
        if tile.shape[2] == 3:
            return tile
        share = tile[..., 3:].astype(np.float32) / 255
        laid = tile[..., :3] * share + self.backdrop[cell] * (1 - share)
        return np.asarray(np.rint(laid), np.uint8)

    def applied(self, tile: AnyImage, cell: int) -> BgrImage:
        """Return a cell's tile as it is painted."""
        opaque = self.on_backdrop(tile, cell)
        return opaque if self.shift is None else to_bgr(to_lab(opaque) + self.shift[cell])


def painted_bands(
    layout: Layout, finish: Finish, tile_at: TileAt, tones: Tones
) -> Iterator[tuple[slice, Layers]]:
    """Paint a layout's area by bands of rows, from top to bottom.

    Parameters
    ----------
    layout : Layout
    finish : Finish
        Of the area's size.
    tile_at : callable
    tones : Tones
    """
    for rows in bands_of(layout):
        yield rows, _painted(rows, layout, finish, tile_at=tile_at, tones=tones)


def bands_of(layout: Layout) -> list[slice]:
    """Return the bands of rows that `painted_bands` yields."""
    height, step = layout.grid.height, max(1, BAND_PIXELS // layout.grid.width)
    return [slice(top, min(top + step, height)) for top in range(0, height, step)]


def _painted(
    rows: slice, layout: Layout, finish: Finish, *, tile_at: TileAt, tones: Tones
) -> Layers:
    size = rows.stop - rows.start, layout.grid.width
    sums = np.zeros((*size, 3), np.uint16)
    filled, taken = np.zeros(size, np.uint16), np.zeros(size, np.uint16)
    boxes = layout.pixel_boxes
    gap = finish.gap * min(layout.grid.tile.height, layout.grid.tile.width)
    seen = (boxes[:, 0] < rows.stop) & (boxes[:, 0] + boxes[:, 2] > rows.start)
    for cell in np.flatnonzero(seen).tolist():
        top, left, height, width = boxes[cell].tolist()
        place = np.s_[
            max(0, top - rows.start) : top + height - rows.start, max(0, left) : left + width
        ]
        within = sums[place]
        part = np.s_[max(0, rows.start - top) :, max(0, -left) : max(0, -left) + within.shape[1]]
        tile = tones.applied(tile_at(cell), cell)
        coverage = coverage_of(layout, cell)
        own = _full(tile) if coverage is None else coverage
        inner = _inset(tile, layout, gap, finish.rounding) if finish.is_inset else own
        shown = inner[part][: within.shape[0]]
        within += tile[part][: within.shape[0]] * shown[..., None].astype(np.uint16)
        filled[place] += shown
        taken[place] += own[part][: within.shape[0]]
    counts = np.maximum(filled, 1)[..., None]
    colours = ((sums + counts // 2) // counts).astype(np.uint8)
    return Layers(colours, _as_share(filled), _as_share(taken))


def _full(tile: AnyImage) -> Alpha:
    return np.broadcast_to(np.uint8(FULL), tile.shape[:2])


def _inset(tile: AnyImage, layout: Layout, gap: float, rounding: float) -> Alpha:
    pixels = 0.0 if not gap else max(1.0, float(round(gap)))
    return inset_coverage(TileSize(*tile.shape[:2]), layout.shape, pixels, rounding)


def _as_share(counts: npt.NDArray[np.uint16]) -> Alpha:
    return ((np.minimum(counts, FULL) * 255 + FULL // 2) // FULL).astype(np.uint8)


def finished(rows: slice, layers: Layers, finish: Finish) -> AnyImage:
    """Lay some rows of an area on the colour of the gaps, (h, W, 3), uint8, BGR.

    With a mask they have alpha, (h, W, 4).
    """
    picture = layers.colours
    if finish.is_inset:
        picture = _over(picture, layers.coverage, finish.gap_color)
    if finish.mask is None:
        return picture
    alpha = layers.taken
    if not finish.whole_edges:
        alpha = ((finish.mask[rows].astype(np.uint16) * alpha + 127) // 255).astype(np.uint8)
    hidden = alpha == 0
    picture = np.where(hidden[..., None], np.uint8(0), picture)
    return np.concatenate([picture, alpha[..., None]], axis=2)


def on_colour(picture: AnyImage, colour: Bgr) -> BgrImage:
    """Return a picture (H, W, 3 or 4), uint8, BGR(A), without alpha, laid on a colour."""
    if picture.shape[2] == 3:
        return picture
    return _over(picture[..., :3], picture[..., 3], colour)


def _over(picture: BgrImage, share: Alpha, colour: Bgr) -> BgrImage:
    parts = share.astype(np.uint16)[..., None]
    mixed = picture * parts + np.array(colour, np.uint16) * (255 - parts)
    return ((mixed + 127) // 255).astype(np.uint8)


def _mean(patch: Floats, weights: Alpha | None) -> npt.NDArray[np.float64]:
    flat = patch.reshape(-1, 3).astype(np.float64)
    if weights is None:
        return np.asarray(flat.mean(axis=0))
    shares = weights.ravel().astype(np.float64)
    return np.asarray(shares @ flat / shares.sum())
