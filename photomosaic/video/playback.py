"""Frames as they come: of a camera, or of a video file played in real time."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator

import cv2
import numpy as np

from photomosaic.arrays import BgrImage
from photomosaic.errors import InputError
from photomosaic.video.pipes import read_frames
from photomosaic.video.probe import VideoInfo

# What is asked of a camera; it takes the nearest that it can.
CAMERA_SIZE = 720, 1280
# Seconds that may be caught up; opening the file takes a while each time.
LATE = 0.5


def camera_frames(number: int) -> Generator[BgrImage]:
    """Yield the frames (H, W, 3), uint8, BGR, of a camera as long as there are any.

    Raises
    ------
    InputError
        If the camera cannot be opened, or gives no frame any more.
    """
    # Only OpenCV knows the cameras of all systems, and they have neither rotation nor sound.
    camera = cv2.VideoCapture(number)  # noqa: TID251
    try:
        camera.set(cv2.CAP_PROP_FRAME_HEIGHT, CAMERA_SIZE[0])
        camera.set(cv2.CAP_PROP_FRAME_WIDTH, CAMERA_SIZE[1])
        # Else frames wait, and are old when they are shown.
        camera.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        while True:
            found, frame = camera.read()
            if not found:
                raise InputError(
                    f"camera {number} gives no picture; see that it is there, permitted, and not"
                    " in use"
                )
            yield np.asarray(frame, np.uint8)
    finally:
        camera.release()


def played(
    video: VideoInfo,
    now: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Generator[BgrImage]:
    """Yield the frames of a video when they are due, over and over.

    If they cannot be decoded in time, the video is played more slowly.

    Parameters
    ----------
    video : VideoInfo
    now, sleep : callable, optional
        The clock, in seconds.

    Raises
    ------
    InputError
        If not one can be decoded.
    """
    step, due = float(1 / video.fps), now()
    while True:
        for frame in read_frames(video):
            early = due - now()
            if early > 0:
                sleep(early)
            elif early < -LATE:
                due = now()
            yield frame
            due += step
