"""Animated pictures as videos: their frames at a constant rate."""

from __future__ import annotations

import math
from collections.abc import Generator
from fractions import Fraction
from itertools import accumulate

from photomosaic.arrays import BgrImage
from photomosaic.images.animated import AnimatedPicture

MOST_OWN_FPS = 60


def natural_rate(picture: AnimatedPicture) -> Fraction:
    """Return the rate at which each frame has its own time, up to `MOST_OWN_FPS` a second."""
    return min(Fraction(1000, math.gcd(*picture.durations)), Fraction(MOST_OWN_FPS))


def frames_in(picture: AnimatedPicture, start: float, seconds: float | None, fps: Fraction) -> int:
    """Return how many frames there are at that rate in a part, in seconds."""
    left = sum(picture.durations) / 1000 - start
    # A length that is a whole number of frames is not rounded up by what floats add to it.
    return max(0, math.ceil(min(left, seconds or left) * fps - 1e-6))


def resampled(
    picture: AnimatedPicture, start: float, fps: Fraction, frames: int
) -> Generator[BgrImage]:
    """Yield as many frames (H, W, 3), uint8, BGR, each that shown at its time from `start` on."""
    ends = accumulate(picture.durations)
    shown = zip(picture.frames(), ends, strict=True)
    frame, end = next(shown)
    for number in range(frames):
        time = 1000 * (Fraction(start).limit_denominator(1_000_000) + number / fps)
        while time >= end:
            frame, end = next(shown)
        yield frame
