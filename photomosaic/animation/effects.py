"""Steadying and resizing of frames."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import cv2
import numpy as np

from photomosaic.arrays import BgrImage


def steadied(frames: Iterable[BgrImage], fuzz: float) -> Iterator[BgrImage]:
    """Yield frames (H, W, 3), uint8, whose pixels stay where they hardly change.

    Parameters
    ----------
    frames : iterable of ndarray
    fuzz : float
        A pixel stays as it was in the last frame that was yielded if it differs by at most so many
        percent of the difference of black and white, as a distance of RGB colours.
    """
    if not fuzz:
        yield from frames
        return
    limit = 3 * (255 * fuzz / 100) ** 2
    shown: BgrImage | None = None
    for frame in frames:
        if shown is not None:
            difference = frame.astype(np.int32) - shown
            stays = (difference * difference).sum(axis=2) <= limit
            frame = np.where(stays[..., None], shown, frame)
        shown = frame
        yield frame


def size_of_height(size: tuple[int, int], height: int) -> tuple[int, int]:
    """Return the size of a frame of (height, width) when it is resized to a height in pixels."""
    return height, max(1, round(size[1] * height / size[0]))


def of_height(frame: BgrImage, height: int) -> BgrImage:
    """Return a frame (H, W, 3), uint8, resized to a height in pixels."""
    _, width = size_of_height((frame.shape[0], frame.shape[1]), height)
    method = cv2.INTER_AREA if height < frame.shape[0] else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(frame, (width, height), interpolation=method), np.uint8)
