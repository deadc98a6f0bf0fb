"""A mosaic of any size as one image of libvips, worked out piece by piece as it is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

import cv2
import numpy as np
import numpy.typing as npt

from photomosaic.arrays import BgrImage, Floats
from photomosaic.assignment.assignment import Assignment
from photomosaic.matching.grid import Grid
from photomosaic.mosaic import Mosaicker
from photomosaic.murals.size import MuralSize
from photomosaic.rendering.compose import cell_means, compose
from photomosaic.rendering.look import Look, painted

if TYPE_CHECKING:
    import pyvips


@dataclass(frozen=True)
class MuralLook:
    """The look of a mural, worked out in small pictures that are enlarged.

    Attributes
    ----------
    look : Look
    backdrop : ndarray of shape (rows, cols, 3), uint8, BGR, or None
        What shows where a tile is transparent.
    """

    look: Look
    backdrop: BgrImage | None

    @classmethod
    def of(
        cls, target: BgrImage, mosaicker: Mosaicker, assignment: Assignment, *, transparent: bool
    ) -> MuralLook:
        """Work out the look of a target's mosaic (H, W, 3), at the size of its codebook."""
        codebook, grid = mosaicker.codebook, mosaicker.grid(target)
        cells, shape = grid.crop(target), (grid.rows, grid.cols)
        patches = area_at(replace(grid, tile=codebook.tile), cells)
        mosaic = compose(*codebook.pictures.pick(assignment.ids), patches)
        look = Look.of(mosaicker.options, cells, mosaic, patches, shape)
        if not transparent:
            return cls(look, None)
        means = cell_means(patches.astype(np.float32), shape)
        return cls(look, np.rint(means).astype(np.uint8))


@dataclass(frozen=True)
class VipsCanvas:
    """A mosaic as an image of libvips, RGB, whose tiles have the size of the mural's."""

    image: pyvips.Image
    size: MuralSize

    def shifted(self, shift: Floats) -> Self:
        """Return it with each cell moved in CIELAB."""
        moved = self.image.colourspace("lab") + _spread(shift, self.size)
        return self._with(moved.copy(interpretation="lab").colourspace("srgb"))

    def blended(self, target: BgrImage, share: float) -> Self:
        """Return it with a share of the target, enlarged, laid over it."""
        enlarged = smooth(as_image(target), self.image.width, self.image.height)
        blended = enlarged * share + self.image * (1 - share)
        return self._with(blended.rint().cast("uchar").copy(interpretation="srgb"))

    def _with(self, image: pyvips.Image) -> Self:
        return type(self)(image, self.size)


def area_at(grid: Grid, target: BgrImage) -> BgrImage:
    """Return the target's pixels under the cells of a grid, at the size of these."""
    height, width = grid.height, grid.width
    if target.shape[:2] == (height, width):
        return target
    return np.asarray(cv2.resize(target, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def mural_image(
    tiles: Sequence[pyvips.Image], places: npt.NDArray[np.int32], size: MuralSize, look: MuralLook
) -> pyvips.Image:
    """Join tiles to a mosaic, give it its look, and cut it to the frame.

    Parameters
    ----------
    tiles : sequence of pyvips.Image
        RGB, or RGBA if the look has a backdrop; of one size.
    places : ndarray of shape (rows, cols), int32
        Number of the tile in each cell.
    size : MuralSize
    look : MuralLook

    Returns
    -------
    pyvips.Image
        RGB, 8 bits, sRGB.
    """
    import pyvips

    cols = places.shape[1]
    mosaic = pyvips.Image.arrayjoin([tiles[i] for i in places.ravel().tolist()], across=cols)
    if look.backdrop is not None:
        ground = _spread(look.backdrop[..., ::-1], size)
        mosaic = mosaic[3].ifthenelse(mosaic[0:3], ground, blend=True)
    if look.look.shift is None:
        # Changes nothing but the order of the work: libvips reads joined images by long thin
        # strips, which touch all tiles of a row of cells for a few lines each, unless something
        # after them is made by small squares; five times as fast.
        nothing = np.zeros((*places.shape, 3), np.uint8)
        mosaic = (mosaic | _spread(nothing, size)).copy(interpretation="srgb")
    mosaic = painted(VipsCanvas(mosaic, size), look.look).image
    return mosaic.crop(size.left, size.top, size.width, size.height)


def _spread(cells: npt.NDArray[np.generic], size: MuralSize) -> pyvips.Image:
    """Repeat each cell's value (rows, cols, 3) over its pixels."""
    import pyvips

    small = pyvips.Image.new_from_array(np.ascontiguousarray(cells))
    return small.zoom(size.tile.width, size.tile.height)


def smooth(image: pyvips.Image, width: int, height: int) -> pyvips.Image:
    """Return an image enlarged to a size."""
    return image.resize(width / image.width, vscale=height / image.height, kernel="cubic")


def as_grey(picture: npt.NDArray[np.uint8]) -> pyvips.Image:
    """Return a picture of shape (H, W), uint8, as an image of libvips."""
    import pyvips

    return pyvips.Image.new_from_array(np.ascontiguousarray(picture))


def as_image(picture: BgrImage) -> pyvips.Image:
    """Return a picture of shape (H, W, 3), uint8, BGR, as an image of libvips."""
    import pyvips

    red_first = np.ascontiguousarray(picture[..., ::-1])
    return pyvips.Image.new_from_array(red_first).copy(interpretation="srgb")
