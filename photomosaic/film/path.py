"""Which photo a film zooms into: one with contrast, pixels and good tiles, near the middle."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from photomosaic.arrays import AnyImage, BgrImage, Floats
from photomosaic.errors import InputError
from photomosaic.film.layers import Layer
from photomosaic.film.level import Level
from photomosaic.film.shown_photo import WHOLE, Framing, ShownPhoto
from photomosaic.film.tile_source import TileSource
from photomosaic.film.view import Rect
from photomosaic.library.tile_pictures import opaque
from photomosaic.matching.features import patch_features, tile_features
from photomosaic.mosaic import Mosaicker

# Cells of the coarse mosaic by which photos are compared, across.
COARSE_COLS = 16
# Share of the picture up to which a photo may be off the middle, if there is one.
CENTRAL = 0.3
# Photos of which a coarse mosaic is made.
FINALISTS = 12
TOO_FEW = "the mosaic has too few cells to zoom into; make smaller tiles"


@dataclass(frozen=True)
class Candidate:
    """A cell that may be entered."""

    row: int
    col: int
    tile: int


@dataclass(frozen=True)
class PathFinder:
    """Chooses the photos of a film.

    Attributes
    ----------
    source : TileSource
    mosaicker : Mosaicker
        Of all levels but the first.
    sizes : mapping of bytes to (int, int)
        Height and width of the photos by SHA-256.
    size : (int, int)
        Height and width of the film's frames.
    """

    source: TileSource
    mosaicker: Mosaicker
    sizes: Mapping[bytes, tuple[int, int]]
    size: tuple[int, int]

    def next_photo(self, level: Level, seen: set[bytes]) -> Candidate:
        """Choose a cell whose photo was not seen yet, if there is one.

        Of the photos of most contrast and pixels, a few are compared by coarse mosaics.

        Raises
        ------
        InputError
            If no cell can be entered, since the mosaic has too few.
        """
        best = list(self._best_cells(level))
        fresh = [each for each in best if self.source.codebook.hashes[each.tile] not in seen]
        candidates = fresh or best
        if not candidates:
            raise InputError(TOO_FEW)
        small = opaque(self.source.codebook.take(np.array([each.tile for each in candidates])))
        order = _best_first(_contrasts(small), self._sharpness(candidates))
        finalists = [candidates[i] for i in order[:FINALISTS]]
        pictures = [self._picture(each.tile) for each in finalists]
        contrast = _contrasts(pictures)
        distances = np.array([self._distance(picture) for picture in pictures], np.float32)
        likeness = -distances / (contrast + 1)
        return finalists[_best_first(contrast, likeness, self._sharpness(finalists))[0]]

    def place_for(self, level: Level, photo: ShownPhoto) -> tuple[int, int]:
        """Return the row and column of the cell in which a photo that has no tile stands out least.

        Raises
        ------
        InputError
            If no cell can be entered, since the mosaic has too few.
        """
        spec, (rows, cols) = self.source.codebook.spec, level.ids.shape
        wanted = tile_features(opaque(photo.tile(self.source.codebook.tile)[None]), spec)
        distances = np.linalg.norm(patch_features(level.frame, level.grid, spec) - wanted, axis=1)
        cells = [(row, col) for row in range(rows) for col in range(cols)]
        off = np.array([_off_middle(photo.framing.of_cell(*cell), level.shown) for cell in cells])
        if np.isinf(off).all():
            raise InputError(TOO_FEW)
        allowed = off <= max(CENTRAL, float(off.min()))
        nearest: int = np.where(allowed, distances, np.inf).argmin().item()
        return cells[nearest]

    def _best_cells(self, level: Level) -> Iterator[Candidate]:
        """Yield for each photo a cell in which its picture is closest to the middle."""
        codebook, found = self.source.codebook, dict[int, tuple[float, Candidate]]()
        framings = {int(tile): self._framing(int(tile)) for tile in np.unique(level.ids)}
        for (row, col), tile in np.ndenumerate(level.ids):
            off = _off_middle(framings[int(tile)].of_cell(row, col), level.shown)
            photo = int(codebook.photos[tile])
            if photo not in found or off < found[photo][0]:
                found[photo] = off, Candidate(row, col, int(tile))
        central = [each for off, each in found.values() if off <= CENTRAL]
        yield from central or (each for off, each in found.values() if off < math.inf)

    def _framing(self, tile: int) -> Framing:
        codebook = self.source.codebook
        height, width = self.sizes[codebook.hashes[tile]]
        cut = codebook.cut(tile)
        return Framing.of((height, width), codebook.tile, self.source.crop, cut, self.size)

    def _sharpness(self, candidates: list[Candidate]) -> Floats:
        """Return how many of a frame's pixels each photo has, up to all."""
        found = []
        for each in candidates:
            height, width = self.sizes[self.source.codebook.hashes[each.tile]]
            shown = self._framing(each.tile).frame
            pixels = height * shown.height / self.size[0], width * shown.width / self.size[1]
            found.append(min(1.0, *pixels))
        return np.array(found, np.float32)

    def _picture(self, tile: int) -> BgrImage:
        """Return what the frame shows of a tile's photo, from its thumbnail or the tile itself."""
        codebook = self.source.codebook
        pixels: AnyImage | None = self.source.thumbnail(codebook.hashes[tile])
        if pixels is None:
            return np.asarray(opaque(codebook.take(np.array([tile])))[0])
        shown = self._framing(tile).frame
        cols, own = COARSE_COLS, codebook.tile
        width = cols * own.width
        height = max(own.height, round(width * self.size[0] / self.size[1]))
        return Layer(opaque(pixels[None])[0], WHOLE).seen(shown, (height, width))

    def _distance(self, picture: BgrImage) -> float:
        return float(self.mosaicker.match(picture).candidates.distances[:, 0].mean())


def _contrasts(pictures: AnyImage | list[BgrImage]) -> Floats:
    """Return the standard deviation of the mean of the channels of each picture."""
    return np.array([picture.mean(axis=2).std() for picture in pictures], np.float32)


def _best_first(*values: Floats) -> list[int]:
    """Return the order of what is best by several values, by the sum of its ranks in each."""
    ranks = [np.searchsorted(np.unique(each), each) for each in values]
    order: list[int] = np.argsort(-np.sum(ranks, axis=0), kind="stable").tolist()
    return order


def _off_middle(place: Rect, shown: Rect) -> float:
    """Return how far a place is from the middle of a picture, 0 to 0.5; infinity if not inside."""
    if not place.within(shown, 0.01):
        return math.inf
    down = abs(place.top + place.height / 2 - shown.top - shown.height / 2) / shown.height
    across = abs(place.left + place.width / 2 - shown.left - shown.width / 2) / shown.width
    return max(down, across)
