"""A photo that fills the frame of a film, and was a tile before."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np

from photomosaic.arrays import AnyImage, BgrImage
from photomosaic.film.layers import Layer, crossing, laid_over, mixed, smaller
from photomosaic.film.view import Rect
from photomosaic.images.crop import Cut, attention_point, to_tile
from photomosaic.library.tile_pictures import opaque
from photomosaic.matching.grid import TileSize
from photomosaic.options.photos import Crop

# Pixels per pixel of the frame, so that a photo stays sharp while the mosaic appears over it.
DENSITY = 1.25
# Pixels of a photo of which the frame shows a small part only, in frames.
MOST_FRAMES = 8
WHOLE = Rect(0, 0, 1, 1)
_HALVES = 3

Size = tuple[int, int]
"""Height and width."""


@dataclass(frozen=True)
class Framing:
    """Which parts of a photo are its tile and fill the frame, both in fractions of it.

    Attributes
    ----------
    tile : Rect
        Reaches beyond the photo if that has borders.
    frame : Rect
    mirrored : bool
        Whether left and right of the photo are exchanged, in both.
    """

    tile: Rect
    frame: Rect
    mirrored: bool

    @classmethod
    def of(
        cls,
        photo: Size,
        tile: TileSize,
        crop: Crop,
        cut: Cut | None,
        size: Size,
        *,
        point: tuple[float, float] = (0.5, 0.5),
    ) -> Framing:
        """Return the framing of a photo in frames, both of (height, width).

        The frame shows as much as it can, with its middle as near as can be to a point of the photo
        that the tile shows as well.
        """
        part = _tile_part(photo, tile, crop, cut)
        near = (
            min(max(point[0], part.top), part.bottom),
            min(max(point[1], part.left), part.right),
        )
        shown = Cut.around(near, photo, size)
        frame = Rect(shown.top, shown.left, shown.height, shown.width)
        if cut is None or not cut.mirrored:
            return cls(part, frame, mirrored=False)
        return cls(_mirrored(part), _mirrored(frame), mirrored=True)

    def of_cell(self, row: int, col: int) -> Rect:
        """Return where the frame lies if the tile is in a cell, in cells."""
        return self.frame.seen_from(self.tile, Rect(row, col, 1, 1))


def _tile_part(photo: tuple[int, int], tile: TileSize, crop: Crop, cut: Cut | None) -> Rect:
    if cut is None and crop == "stretch":
        return WHOLE
    if cut is None and crop == "pad":
        factor = min(tile.height / photo[0], tile.width / photo[1])
        height, width = tile.height / (photo[0] * factor), tile.width / (photo[1] * factor)
        return Rect((1 - height) / 2, (1 - width) / 2, height, width)
    part = cut or Cut.around((0.5, 0.5), photo, (tile.height, tile.width))
    return Rect(part.top, part.left, part.height, part.width)


def _mirrored(part: Rect) -> Rect:
    return part._replace(left=1 - part.right)


@dataclass(frozen=True)
class ShownPhoto:
    """A photo and its framing.

    Attributes
    ----------
    pixels : ndarray of shape (H, W, 3) or (H, W, 4), uint8, BGR(A)
        As it is in its file.
    framing : Framing
    crop : Crop
    cut : Cut or None
        How the tile is made of it.
    """

    pixels: AnyImage
    framing: Framing
    crop: Crop
    cut: Cut | None

    @classmethod
    def of(
        cls, photo: AnyImage, tile: TileSize, crop: Crop, cut: Cut | None, size: Size
    ) -> ShownPhoto:
        """Return a photo (H, W, 3 or 4), uint8, BGR(A), resized for frames of (height, width)."""
        sides, point = (photo.shape[0], photo.shape[1]), attention_point(photo)
        if crop == "attention" and cut is None:
            cut = Cut.around(point, sides, (tile.height, tile.width))
        framing = Framing.of(sides, tile, crop, cut, size, point=point)
        share = framing.frame.height * framing.frame.width
        density = min(DENSITY, math.sqrt(MOST_FRAMES * share))
        height = max(1, round(density * size[0] / framing.frame.height))
        width = max(1, round(density * size[1] / framing.frame.width))
        return cls(to_tile(photo, height, width, "stretch"), framing, crop, cut)

    def around_middle(self, tile: TileSize, size: Size) -> ShownPhoto:
        """Return it with the frame around its middle."""
        sides = self.pixels.shape[0], self.pixels.shape[1]
        return replace(self, framing=Framing.of(sides, tile, self.crop, self.cut, size))

    def tile(self, tile: TileSize) -> AnyImage:
        """Return it as a tile, (h, w, 3) or (h, w, 4), uint8, BGR(A)."""
        return to_tile(self.pixels, tile.height, tile.width, self.crop, self.cut)

    @cached_property
    def _pictures(self) -> list[BgrImage]:
        pixels = opaque(self.pixels[None])[0]
        pixels = pixels[:, ::-1] if self.framing.mirrored else pixels
        return smaller(np.ascontiguousarray(pixels), _HALVES)

    def frame_picture(self, height: int, width: int) -> BgrImage:
        """Return what the frame shows of it, at a size."""
        layer = Layer(self._pictures[0], WHOLE)
        full = round(height * DENSITY), round(width * DENSITY)
        seen = layer.seen(self.framing.frame, full)
        shrunk = cv2.resize(seen, (width, height), interpolation=cv2.INTER_AREA)
        return np.asarray(shrunk, np.uint8)

    def over(
        self, frame: BgrImage, view: Rect, place: Rect, part: Rect, opacity: float
    ) -> BgrImage:
        """Lay a part of it over a frame (H, W, 3), uint8, BGR.

        Parameters
        ----------
        frame : ndarray
        view : Rect
            What the frame shows.
        place : Rect
            Where the whole photo lies, in the same units.
        part : Rect
            In fractions of the photo.
        opacity : float
        """
        size = frame.shape[0], frame.shape[1]
        per_pixel = self._pictures[0].shape[1] / place.width * view.width / size[1]
        position = min(max(0.0, float(np.log2(per_pixel))), _HALVES)
        number, share = crossing(position)
        seen = Layer(self._pictures[number], place).seen(view, size)
        if share:
            seen = mixed(seen, Layer(self._pictures[number + 1], place).seen(view, size), share)
        inside = part.seen_from(WHOLE, place).seen_from(view, Rect(0, 0, *size))
        if Rect(0, 0, *size).within(inside, -1e-6):
            return seen if opacity == 1 else mixed(frame, seen, opacity)
        return laid_over(frame, seen, inside, opacity)
