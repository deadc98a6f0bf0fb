"""Where a long film is cut into segments, each made by itself, and what holds across none of them.

A film is divided into windows of equal length. A segment begins with the first scene of each window
but the first, and ends where the next begins. So its place depends on the frames around it alone,
and whoever makes one needs not know of those before.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from photomosaic.arrays import BgrImage
from photomosaic.video.probe import VideoInfo
from photomosaic.video.times import early

# Half a minute: each begins with a keyframe and a decoder of its own.
WINDOW = 750
# Frames that tell whether a scene begins with the next.
CONTEXT = 2
# Between scenes, small copies of the frames differ by so many levels on average, and by so many
# times more than those before. In 12 real clips that finds the cuts, and nothing in fire.
SMALL = (32, 18)
LEAST_CHANGE, LEAST_RATIO = 24.0, 3.0


class Scenes:
    """Tells which segment frames belong to, as they come one after the other.

    Parameters
    ----------
    first : int
        Number of the first frame that comes.
    last : int
        The window whose segment they belong to at first.
    window : int, optional
        Frames of a window; `WINDOW` by default.
    """

    def __init__(self, first: int = 0, last: int = 0, window: int | None = None) -> None:
        self._number, self._last, self._window = first, last, window or WINDOW
        self._small: npt.NDArray[np.int16] | None = None
        self._change = 0.0

    def segment(self, frame: BgrImage) -> int:
        """Return the window whose segment the next frame (H, W, 3), uint8, BGR, belongs to."""
        small = cv2.resize(frame, SMALL, interpolation=cv2.INTER_AREA).astype(np.int16)
        change = 0.0 if self._small is None else float(np.abs(small - self._small).mean())
        if change >= max(LEAST_CHANGE, LEAST_RATIO * self._change):
            self._last = max(self._last, self._number // self._window)
        self._small, self._change = small, change
        self._number += 1
        return self._last


def is_long(video: VideoInfo) -> bool:
    """Tell whether a video may have several segments."""
    return video.frames >= 2 * WINDOW


def from_frame(video: VideoInfo, number: int, frames: int | None = None) -> VideoInfo:
    """Return the part of a video from a frame on, of so many frames or to its end.

    What comes before is passed over, so the file must be one that can be sought in.
    """
    start = video.start + float(number / video.fps)
    seek = max(video.reading.seek, early(start))
    count = video.frames - number if frames is None else frames
    reading = replace(video.reading, seek=seek)
    return replace(video, start=start, frames=count, reading=reading, sound=None)
