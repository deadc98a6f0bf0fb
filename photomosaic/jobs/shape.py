"""The cells of a still: how they lie, and which of them a mask leaves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from photomosaic.arrays import AnyImage, BgrImage
from photomosaic.errors import InputError, naming
from photomosaic.files.names import printable
from photomosaic.images.decode import read_picture, without_alpha
from photomosaic.images.letters import letters_mask
from photomosaic.matching.detail import of_corners
from photomosaic.matching.grid import Grid, TileSize
from photomosaic.matching.layout import Flags, Layout
from photomosaic.matching.masks import (
    Mask,
    cells_inside,
    filled_outside,
    fitted_mask,
    mask_of,
    outline_mask,
)
from photomosaic.matching.mixed import of_heights
from photomosaic.matching.named_layouts import LAYOUTS
from photomosaic.options.look import RenderOptions
from photomosaic.options.mosaic import MosaicOptions
from photomosaic.options.shape import ShapeOptions
from photomosaic.options.values import Bgr, bgr_of
from photomosaic.project.project import Project
from photomosaic.rendering.cells import Finish

# Capitals of fewer cells cannot be read.
LOWEST_CAPITALS = 6
WITHOUT_TRANSPARENCY = frozenset({".jpg", ".jpeg"})
WHITE = (255, 255, 255)


@dataclass(frozen=True)
class Cells:
    """The cells of a target, and what lies between and around them."""

    layout: Layout
    finish: Finish


def mask_for(options: ShapeOptions, target: AnyImage) -> tuple[Mask | None, float]:
    """Return the mask of a target, and the height of its capitals in pixels, 0 without a text.

    That of a target with alpha is the alpha, if no other is asked for.

    Parameters
    ----------
    options : ShapeOptions
    target : ndarray of shape (H, W, 3 or 4), uint8, BGR(A)

    Raises
    ------
    InputError
        If a file cannot be read, or has another aspect; if a text makes no mask.
    """
    size = target.shape[0], target.shape[1]
    if options.mask is not None:
        with naming("--mask"):
            mask = mask_of(read_picture(Path(options.mask)))
        return _fitted(mask, size, options), 0.0
    if options.shape is not None:
        return outline_mask(options.shape, size), 0.0
    if options.text is not None:
        font = None if options.font is None else Path(options.font)
        with naming("--text:" if font is None else "--font"):
            return letters_mask(options.text, size, font)
    return _alpha(target), 0.0


def _alpha(target: AnyImage) -> Mask | None:
    return np.ascontiguousarray(target[..., 3]) if target.shape[2] == 4 else None


def _fitted(mask: Mask, size: tuple[int, int], options: ShapeOptions) -> Mask:
    try:
        return fitted_mask(mask, size, options.mask_fit)
    except InputError as error:
        name = printable(str(options.mask))
        raise InputError(f"--mask {name}: {error}; say how it fits with --mask-fit") from error


def plan_cells(
    options: MosaicOptions, grid: Grid, target: AnyImage, project: Project | None
) -> Cells:
    """Return the cells of a target.

    Parameters
    ----------
    options : MosaicOptions
    grid : Grid
        Of the target.
    target : ndarray of shape (H, W, 3 or 4), uint8, BGR(A)
        What is transparent in it is left out, if no other mask is asked for.
    project : Project or None
        Of this target; it says which cells there are.

    Raises
    ------
    InputError
        If a mask cannot be made, it leaves no cell, letters are too small to be read, or tiles
        cannot be chosen as asked for.
    """
    look = options.look
    with naming(f"--layout {look.layout}:"):
        layout = LAYOUTS[look.layout](grid)
    if look.layout == "mixed" and options.tiles.crop not in ("center", "attention"):
        raise InputError(f"--crop {options.tiles.crop} cannot be combined with --layout mixed")
    saved = None if project is None else project.cells
    if project is not None and project.sides is not None:
        of_sides = of_heights if look.layout == "mixed" else of_corners
        layout = of_sides(grid, project.sides)
    finish = Finish(look.gap, look.round, bgr_of(look.gap_color))
    mask, capitals = mask_for(options.shape, target)
    if saved is None and mask is not None:
        kept = cells_inside(layout, grid.crop(mask))
        _check_readable(options, grid, kept, capitals)
        layout = layout.only(kept)
    elif saved is not None:
        rows, cols = layout.addresses[:, 0], layout.addresses[:, 1]
        layout = layout.only(saved[rows, cols] >= 0)
    if mask is None:
        return Cells(layout, finish)
    _check_choice(look, options.shape)
    whole = options.shape.mask_edge == "whole"
    return Cells(layout, replace(finish, mask=grid.crop(mask), whole_edges=whole))


def _check_readable(options: MosaicOptions, grid: Grid, kept: Flags, capitals: float) -> None:
    if capitals and capitals < LOWEST_CAPITALS * grid.tile.height:
        raise InputError(
            f"--text: does not fit; its letters would be {capitals / grid.tile.height:.1f} cells"
            f" high, and {LOWEST_CAPITALS} are needed; take fewer letters or a smaller --scale"
        )
    if not kept.any():
        what, advice = _name(options.shape), "a smaller --scale makes smaller cells"
        white = "" if options.shape.mask is None else "; white is inside"
        raise InputError(f"{what}: no cell is half inside{white}; {advice}")


def _check_choice(look: RenderOptions, shape: ShapeOptions) -> None:
    if look.dither:
        raise InputError(f"--dither cannot be combined with {_name(shape)}")


def _name(options: ShapeOptions) -> str:
    if options.mask is not None:
        return f"--mask {printable(options.mask)}"
    if options.shape is not None:
        return f"--shape {options.shape}"
    return "--text" if options.text is not None else "a --target with transparency"


def background_for(options: ShapeOptions, path: Path, transparent: bool = True) -> Bgr | None:
    """Return the colour outside of a mask in a picture file; None if that is transparent.

    `transparent` tells whether the way in which it is written can hold transparency.
    """
    if options.background is not None:
        return bgr_of(options.background)
    opaque = not transparent or path.suffix.lower() in WITHOUT_TRANSPARENCY
    return WHITE if opaque else None


def without_outside(target: AnyImage, tile: TileSize) -> BgrImage:
    """Return a target (H, W, 3 or 4) whose transparent parts are like the opaque parts nearby."""
    alpha, colours = _alpha(target), without_alpha(target)
    if alpha is None:
        return colours
    return filled_outside(colours, alpha, max(tile.height, tile.width))
