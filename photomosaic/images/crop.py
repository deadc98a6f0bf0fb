"""Photos of any shape brought to the shape of a tile."""

from __future__ import annotations

from typing import get_args

import cv2
import numpy as np

from photomosaic.arrays import AnyImage
from photomosaic.options.photos import Crop

CROPS: tuple[Crop, ...] = get_args(Crop)

SKIP_TOLERANCE = 0.02


def has_aspect(size: tuple[int, int], tile: tuple[int, int]) -> bool:
    """Tell whether a photo's aspect is within 2 % of a tile's, both (height, width)."""
    ratio = (size[0] / size[1]) / (tile[0] / tile[1])
    return 1 - SKIP_TOLERANCE <= ratio <= 1 + SKIP_TOLERANCE


def to_tile(photo: AnyImage, height: int, width: int, crop: Crop) -> AnyImage:
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

    Returns
    -------
    ndarray of shape (height, width, 3), or (height, width, 4) if there is transparency
    """
    if crop == "stretch":
        return _resize(photo, height, width)
    if crop == "pad":
        return _pad(photo, height, width)
    rows, cols = photo.shape[:2]
    cut_rows = max(1, min(rows, round(cols * height / width)))
    cut_cols = max(1, min(cols, round(rows * width / height)))
    if crop == "attention" and (cut_rows, cut_cols) != (rows, cols):
        return _resize(_cut_around_attention(photo, cut_rows, cut_cols), height, width)
    top, left = (rows - cut_rows) // 2, (cols - cut_cols) // 2
    return _resize(photo[top : top + cut_rows, left : left + cut_cols], height, width)


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


def _cut_around_attention(photo: AnyImage, rows: int, cols: int) -> AnyImage:
    # Loaded here, since only this way of cropping needs libvips.
    import pyvips

    red_first = [2, 1, 0] if photo.shape[2] == 3 else [2, 1, 0, 3]
    image = pyvips.Image.new_from_array(
        np.ascontiguousarray(photo[..., red_first]), interpretation="srgb"
    )
    cut = image.smartcrop(cols, rows, interesting="attention")
    return np.ascontiguousarray(np.asarray(cut.numpy(), np.uint8)[..., red_first])
