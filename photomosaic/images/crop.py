"""Photos of any shape brought to the shape of a tile."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from photomosaic.arrays import AnyImage
from photomosaic.options.photos import Crop

SKIP_TOLERANCE = 0.02
# What a cut that fits leaves of either side.
FITTING = 0.9


@dataclass(frozen=True)
class Cut:
    """A part of a photo, in fractions of its height and width, so the same at every size.

    A mirrored one shows it with left and right exchanged.
    """

    top: float
    left: float
    height: float
    width: float
    mirrored: bool = False

    @classmethod
    def around(
        cls, point: tuple[float, float], photo: tuple[int, int], tile: tuple[int, int]
    ) -> Cut:
        """Return the largest part of a tile's aspect, with its middle as near as can be to a point.

        Parameters
        ----------
        point : (float, float)
            In fractions of the photo's height and width.
        photo, tile : (int, int)
            Height and width; their aspects alone matter.
        """
        aspect = (tile[0] * photo[1]) / (tile[1] * photo[0])
        height, width = min(1.0, aspect), min(1.0, 1 / aspect)
        top = min(max(0.0, point[0] - height / 2), 1 - height)
        left = min(max(0.0, point[1] - width / 2), 1 - width)
        return cls(top, left, height, width)

    @property
    def fits(self) -> bool:
        """Whether it cuts off a tenth of either side at most."""
        return min(self.height, self.width) >= FITTING - 1e-9

    def nearly_whole(self) -> Cut:
        """Return a cut that fits, where this one is at most 2 % too short for that; else this."""
        shorter = min(self.height, self.width)
        if self.fits or shorter * (1 + SKIP_TOLERANCE) < FITTING:
            return self
        more = FITTING - shorter
        if self.height < self.width:
            top = min(max(0.0, self.top - more / 2), 1 - FITTING)
            return replace(self, top=top, height=FITTING)
        left = min(max(0.0, self.left - more / 2), 1 - FITTING)
        return replace(self, left=left, width=FITTING)

    def of(self, photo: AnyImage) -> AnyImage:
        """Return the part of a photo (H, W, C), of one pixel at least."""
        top, left, height, width = self.pixels((photo.shape[0], photo.shape[1]))
        part = photo[top : top + height, left : left + width]
        return part[:, ::-1] if self.mirrored else part

    def pixels(self, size: tuple[int, int]) -> tuple[int, int, int, int]:
        """Return top, left, height and width in whole pixels of a photo of (height, width)."""
        height, width = max(1, round(self.height * size[0])), max(1, round(self.width * size[1]))
        top = min(round(self.top * size[0]), size[0] - height)
        left = min(round(self.left * size[1]), size[1] - width)
        return top, left, height, width


def has_aspect(size: tuple[int, int], tile: tuple[int, int]) -> bool:
    """Tell whether a photo's aspect is within 2 % of a tile's, both (height, width)."""
    ratio = (size[0] / size[1]) / (tile[0] / tile[1])
    return 1 - SKIP_TOLERANCE <= ratio <= 1 + SKIP_TOLERANCE


def to_tile(
    photo: AnyImage, height: int, width: int, crop: Crop, cut: Cut | None = None
) -> AnyImage:
    """Bring a photo to the size of a tile.

    Parameters
    ----------
    photo : ndarray of shape (H, W, 3) or (H, W, 4), uint8, BGR(A)
    height, width : int
        Size of the tile in pixels.
    crop : {"center", "attention", "pad", "stretch", "skip"}
        What happens to a photo of another aspect: cut evenly on both sides; cut around what draws
        attention (libvips' smartcrop); kept whole, with transparent borders; stretched. "skip"
        leaves such photos out beforehand, and cuts the rest evenly.
    cut : Cut, optional
        The part that is kept, if it is known already; then `crop` does not matter.

    Returns
    -------
    ndarray of shape (height, width, 3), or (height, width, 4) if there is transparency
    """
    if cut is not None:
        return _resize(np.ascontiguousarray(cut.of(photo)), height, width)
    if crop == "stretch":
        return _resize(photo, height, width)
    if crop == "pad":
        return _pad(photo, height, width)
    rows, cols = photo.shape[:2]
    if crop == "attention":
        cut = Cut.around(attention_point(photo), (rows, cols), (height, width))
        return _resize(cut.of(photo), height, width)
    cut_rows = max(1, min(rows, round(cols * height / width)))
    cut_cols = max(1, min(cols, round(rows * width / height)))
    top, left = (rows - cut_rows) // 2, (cols - cut_cols) // 2
    return _resize(photo[top : top + cut_rows, left : left + cut_cols], height, width)


def attention_point(photo: AnyImage) -> tuple[float, float]:
    """Return where a photo (H, W, 3 or 4), uint8, BGR(A), draws attention.

    It is what libvips' smartcrop finds for a square, in fractions of the height and width.
    """
    # Loaded here, since only this way of cropping needs libvips.
    import pyvips

    rows, cols = photo.shape[:2]
    red_first = [2, 1, 0] if photo.shape[2] == 3 else [2, 1, 0, 3]
    image = pyvips.Image.new_from_array(
        np.ascontiguousarray(photo[..., red_first]), interpretation="srgb"
    )
    side = min(rows, cols)
    _, found = image.smartcrop(
        side, side, interesting="attention", attention_x=True, attention_y=True
    )
    return (found["attention_y"] + 0.5) / rows, (found["attention_x"] + 0.5) / cols


def _resize(photo: AnyImage, height: int, width: int) -> AnyImage:
    rows, cols = photo.shape[:2]
    if (rows, cols) == (height, width):
        return np.ascontiguousarray(photo)
    shrinking = height <= rows and width <= cols
    method = cv2.INTER_AREA if shrinking else cv2.INTER_CUBIC
    if photo.shape[2] == 3:
        return np.asarray(cv2.resize(photo, (width, height), interpolation=method), np.uint8)
    # Premultiplied, so that the colour of transparent pixels does not bleed into opaque ones; and
    # enlarged without overshoot, which would tear colour and opacity apart.
    method = cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR
    premultiplied = photo.astype(np.float32)
    premultiplied[..., :3] *= premultiplied[..., 3:] / np.float32(255)
    resized = cv2.resize(premultiplied, (width, height), interpolation=method).clip(0, 255)
    resized[..., :3] *= 255 / np.maximum(resized[..., 3:], 1)
    return np.asarray(np.rint(resized.clip(0, 255)), np.uint8)


def _pad(photo: AnyImage, height: int, width: int) -> AnyImage:
    rows, cols = photo.shape[:2]
    factor = min(height / rows, width / cols)
    inner_rows = max(1, min(height, round(rows * factor)))
    inner_cols = max(1, min(width, round(cols * factor)))
    inner = _resize(photo, inner_rows, inner_cols)
    if (inner_rows, inner_cols) == (height, width):
        return inner
    padded = np.zeros((height, width, 4), np.uint8)
    top, left = (height - inner_rows) // 2, (width - inner_cols) // 2
    place = padded[top : top + inner_rows, left : left + inner_cols]
    place[..., 3] = 255
    place[..., : inner.shape[2]] = inner
    return padded
