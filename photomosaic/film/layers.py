"""Pictures laid into the frames of a film, at any place and size."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from photomosaic.arrays import BgrImage, Floats
from photomosaic.film.view import Rect, eased

# Of the way from one layer to the next, where that begins to appear.
APPEARS = 1 / 3


@dataclass(frozen=True)
class Layer:
    """A picture and where it lies.

    Attributes
    ----------
    pixels : ndarray of shape (H, W, 3), uint8, BGR
    place : Rect
        In the units of the view.
    """

    pixels: BgrImage
    place: Rect

    def seen(self, view: Rect, size: tuple[int, int]) -> BgrImage:
        """Return what a view shows, at a size of (height, width); the picture's edges go on."""
        to_pixels = self._of(self.pixels.shape[0], view[::2], self.place[::2], size[0])
        to_columns = self._of(self.pixels.shape[1], view[1::2], self.place[1::2], size[1])
        matrix = np.array([[to_columns[0], 0, to_columns[1]], [0, to_pixels[0], to_pixels[1]]])
        seen = cv2.warpAffine(
            self.pixels,
            matrix,
            size[::-1],
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return np.asarray(seen, np.uint8)

    @staticmethod
    def _of(
        pixels: int, view: tuple[float, ...], place: tuple[float, ...], size: int
    ) -> tuple[float, float]:
        """Return factor and offset from a frame's pixels to the picture's, on one axis."""
        per_unit = pixels / place[1]
        factor = view[1] / size * per_unit
        return factor, (view[0] - place[0]) * per_unit + factor / 2 - 0.5


def smaller(pixels: BgrImage, times: int) -> list[BgrImage]:
    """Return a picture (H, W, 3), uint8, BGR, and it at half of the size, as often as asked."""
    found = [pixels]
    for _ in range(times):
        height, width = (max(1, side // 2) for side in found[-1].shape[:2])
        half = cv2.resize(found[-1], (width, height), interpolation=cv2.INTER_AREA)
        found.append(np.asarray(half, np.uint8))
    return found


def mixed(one: BgrImage, other: BgrImage, share: float) -> BgrImage:
    """Return a share of another picture over one, both (H, W, 3), uint8, BGR."""
    return np.asarray(cv2.addWeighted(other, share, one, 1 - share, 0), np.uint8)


def crossing(position: float) -> tuple[int, float]:
    """Return the number of the layer before a position, and the share of the one after it.

    Most of the time only one is seen, since two take twice as long to lay.
    """
    number = int(position)
    return number, eased(position - number, APPEARS, 1 - APPEARS)


def laid_over(frame: BgrImage, over: BgrImage, inside: Rect, opacity: float) -> BgrImage:
    """Lay a picture over a frame, both (H, W, 3), uint8, BGR, where a rectangle in pixels says.

    Its edges may lie between pixels.
    """
    down = _covered(inside.top, inside.bottom, frame.shape[0])
    across = _covered(inside.left, inside.right, frame.shape[1])
    share = down[:, None] * across[None, :] * np.float32(opacity)
    return np.asarray(cv2.blendLinear(over, frame, share, 1 - share), np.uint8)


def _covered(start: float, end: float, pixels: int) -> Floats:
    """Return how much of each pixel of a line lies between a start and an end."""
    edges = np.clip(np.arange(pixels + 1), start, max(start, end))
    return np.diff(edges).astype(np.float32)
