"""The part of a video that is rendered, in frames of a constant rate."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from photomosaic.video.rate import offset, own_rate, places
from photomosaic.video.times import FrameTimes


@dataclass(frozen=True)
class PartRequest:
    """The part of a video to render, and its rate.

    Attributes
    ----------
    start : float
        Seconds to skip.
    seconds : float or None
        Seconds to render; None for all.
    fps : Fraction or None
        Rate to render at; None for the video's own.
    """

    start: float
    seconds: float | None
    fps: Fraction | None

    @property
    def end(self) -> float:
        """Seconds from the start of the file, or infinity."""
        return math.inf if self.seconds is None else self.start + self.seconds


@dataclass(frozen=True)
class Part:
    """The part that is rendered.

    Attributes
    ----------
    fps : Fraction
        Frames per second.
    start : float
        Seconds of the file before it, within half a frame of the request, so that the
        video's frames are in time; negative if the sound is to wait for them.
    frames : int
        Its frames.
    dropped : int
        Frames of the video that have no place at this rate.
    end : float
        Seconds from the start of the file to the end of the last frame that is known.
    """

    fps: Fraction
    start: float
    frames: int
    dropped: int
    end: float


def part_of(
    times: FrameTimes, request: PartRequest, guesses: Sequence[Fraction], heard: float
) -> Part | None:
    """Return the requested part of a video, or None if there is no frame in it.

    Parameters
    ----------
    times : FrameTimes
    request : PartRequest
    guesses : sequence of Fraction
        Rates that the file or its reader states.
    heard : float
        Seconds from the start of the file to the end of its sound, or 0. A picture that is the
        only one is shown until then.
    """
    if not len(times.shown):
        return None
    own = own_rate(times.shown, times.last, times.tick, guesses)
    end = float(times.shown[-1]) + (times.last or float(1 / own))
    if len(times.shown) == 1:
        end = max(end, heard)
    if times.complete and request.start > end - 1e-6:
        return None
    rate = request.fps or own
    moved = offset(times.shown - request.start, own)
    start = request.start + (moved if abs(moved) > times.tick else 0)
    left = end - start if times.complete else math.inf
    frames = max(1, math.floor(min(left, request.seconds or math.inf) * float(rate) + 0.5 + 1e-6))
    half = 0.5 / float(own)
    # At its own rate and to its end, the last frame may be late, or shown for less than its place.
    whole = not (request.seconds or request.fps)
    until = math.inf if whole else start + float(frames / rate) - half
    shown = times.shown[(times.shown >= start - half) & (times.shown < until)]
    found = (place for place in places(shown, start, rate) if place is not None)
    placed = np.fromiter(found, np.int64)
    if whole and len(placed):
        frames = max(frames, int(placed[-1]) + 1)
    dropped = len(shown) - int(((placed >= 0) & (placed < frames)).sum())
    return Part(rate, start, frames, dropped, end)
