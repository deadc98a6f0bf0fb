"""What is done to a composed mosaic: written once, for arrays and for images of libvips."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, Self, TypeVar

from photomosaic.arrays import BgrImage, Floats
from photomosaic.options.look import RenderOptions
from photomosaic.progress import StageClock
from photomosaic.rendering.compose import blend, shift_cells, tint_shift


class Canvas(Protocol):
    """A mosaic that is being painted."""

    def shifted(self, shift: Floats) -> Self:
        """Return it with each cell moved in CIELAB by `shift`, (rows, cols, 3), float32."""

    def blended(self, target: BgrImage, share: float) -> Self:
        """Return it with a share of the target's cells (H, W, 3), uint8, BGR, laid over it."""


C = TypeVar("C", bound=Canvas)


@dataclass(frozen=True)
class Look:
    """What is done to the colours of a mosaic.

    Attributes
    ----------
    target : ndarray of shape (H, W, 3), uint8, BGR
        The part of the target that the cells cover.
    opacity : float
        Share of the target that is laid over the tiles.
    shift : ndarray of shape (rows, cols, 3), float32, or None
        What is added to each cell in CIELAB.
    """

    target: BgrImage
    opacity: float
    shift: Floats | None

    @classmethod
    def of(
        cls,
        options: RenderOptions,
        target: BgrImage,
        mosaic: BgrImage,
        patches: BgrImage,
        cells: tuple[int, int],
    ) -> Look:
        """Work out the look of a mosaic.

        Parameters
        ----------
        options : RenderOptions
        target : ndarray of shape (H, W, 3), uint8, BGR
        mosaic, patches : ndarray of shape (h, w, 3), uint8, BGR
            The composed mosaic and the same part of the target, of any one size.
        cells : (int, int)
            Rows and columns.
        """
        shift = tint_shift(mosaic, patches, cells, options.tint) if options.tint else None
        return cls(target, options.opacity, shift)


def painted(canvas: C, look: Look) -> C:
    """Return a canvas with its look: each step of painting is here, in order."""
    if look.shift is not None:
        canvas = canvas.shifted(look.shift)
    if look.opacity:
        canvas = canvas.blended(look.target, look.opacity)
    return canvas


@dataclass(frozen=True)
class ArrayCanvas:
    """A mosaic as an array of shape (H, W, 3), uint8, BGR; its steps are timed."""

    pixels: BgrImage
    clock: StageClock

    def shifted(self, shift: Floats) -> Self:
        """Return it with each cell moved in CIELAB."""
        with self.clock.stage("tint"):
            return type(self)(shift_cells(self.pixels, shift), self.clock)

    def blended(self, target: BgrImage, share: float) -> Self:
        """Return it with a share of the target laid over it."""
        with self.clock.stage("blend"):
            return type(self)(blend(self.pixels, target, share), self.clock)
