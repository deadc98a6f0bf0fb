"""The constant rate at which all frames of a video find a place."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np
import numpy.typing as npt

STANDARD_RATES = tuple(
    Fraction(rate)
    for rate in "10 12 15 20 24000/1001 24 25 30000/1001 30 48 50 60000/1001 60 120 240".split()
)
DEFAULT_RATE = Fraction(25)
LOWEST_UNEVEN, HIGHEST_UNEVEN, HIGHEST = 10, 60, 240
# Rates for frames that have no common step, and those of screens, to which programs keep.
UNEVEN_RATES = tuple(Fraction(rate) for rate in (15, 20, 24, 25, 30, 48, 50, 60))
SCREEN_RATES = (30, 60)
CLOCK_ERROR = 0.02
# A clock that is off makes a drop now and then; a rate that is too low, many at once.
RARE_SECONDS = 5.0
# Frames closer than this are the same frame at any rate.
SAME_SECONDS = 5e-4
LATEST_SECONDS = 0.04
HELD = "tpad=stop=-1:stop_mode=clone"

Times = npt.NDArray[np.float64]


def own_rate(times: Times, last: float, tick: Fraction, guesses: Sequence[Fraction]) -> Fraction:
    """Return the lowest rate at which each frame has a place of its own, at its time.

    It is that of the greatest common step. Where there is none up to 60 frames a second, as for
    cameras whose clock wavers, it is the lowest of the usual ones that loses no frame, else 60.

    Parameters
    ----------
    times : ndarray of shape (n,), float64
        Seconds, ascending.
    last : float
        Seconds that the last frame is shown, or 0.
    tick : Fraction
        Seconds of the unit that the file counts in.
    guesses : sequence of Fraction
        Rates that the file or its reader states; not the average.
    """
    guesses = [rate for rate in guesses if 0 < rate <= HIGHEST]
    times = times[np.diff(times, prepend=-np.inf) > SAME_SECONDS]
    if len(times) < 2:
        return next(
            (rate for rate in guesses if LOWEST_UNEVEN <= rate <= HIGHEST_UNEVEN), DEFAULT_RATE
        )
    return (
        _of_common_step(times, last, tick) or _fitting(times, tick, guesses) or _losing_least(times)
    )


def _of_common_step(times: Times, last: float, tick: Fraction) -> Fraction | None:
    """Return the rate of the greatest step of which all times are exact multiples."""
    steps = np.rint(np.diff(times) / float(tick)).astype(np.int64)
    common, final = int(np.gcd.reduce(steps)), round(last / tick)
    for step in (math.gcd(common, final), common):
        rate = 1 / (step * tick)
        even = bool((steps == step).all()) and final <= 1.5 * step
        if even and rate <= HIGHEST:
            return rate
        if rate <= HIGHEST_UNEVEN:
            return rate * math.ceil(LOWEST_UNEVEN / rate)
    return None


def _fitting(times: Times, tick: Fraction, guesses: Sequence[Fraction]) -> Fraction | None:
    """Return the lowest likely rate that fits the times up to their rounding to ticks."""
    fitting = []
    for rate in {*STANDARD_RATES, *guesses}:
        places = (times - times[0]) * float(rate)
        error = float(np.abs(places - np.rint(places)).max()) / float(rate)
        steps = np.diff(np.rint(places))
        highest = HIGHEST if (steps == 1).all() else HIGHEST_UNEVEN
        if error <= min(float(tick), 2e-3) + 1e-4 and steps.min() >= 1 and rate <= highest:
            fitting.append((round(rate), rate not in guesses, error, rate))
    return min(fitting)[-1] if fitting else None


def _losing_least(times: Times) -> Fraction:
    """Return the lowest rate that loses no frame, or, of a clock that is a bit off, few."""
    lost = {}
    typical = 1 / float(np.median(np.diff(times)))
    for rate in UNEVEN_RATES:
        likely = abs(typical / float(rate) - 1) < CLOCK_ERROR
        if likely or rate in SCREEN_RATES:
            placed = zip(times, places(times, offset(times, rate), rate), strict=True)
            drops = np.array([time for time, place in placed if place is None])
            if not len(drops) or (likely and (np.diff(drops) > RARE_SECONDS).all()):
                return rate
            lost[rate] = len(drops)
    return min(lost, key=lambda rate: (lost[rate], rate))


def offset(times: Times, rate: Fraction) -> float:
    """Return the seconds from which the times are nearest to whole numbers of frames.

    It is within half a frame of 0; and 0 for times that do not come at this rate.
    """
    turns = np.exp(2j * np.pi * ((times * float(rate)) % 1)).mean()
    if abs(turns) < 0.7:
        return 0.0
    return float(np.angle(turns) / (2 * np.pi * float(rate)))


def places(times: Times, start: float, rate: Fraction) -> Iterator[int | None]:
    """Yield each frame's place at a constant rate; None for one that is dropped.

    A frame whose place is taken has the next, if it is then shown at most 40 ms late.
    """
    previous, late = None, _latest(rate)
    for at in ((times - start) * float(rate)).tolist():
        place = math.floor(at + 0.5)
        if previous is not None:
            place = min(max(place, previous + 1), math.floor(at + late))
        taken = previous is not None and place <= previous
        yield None if taken else place
        previous = previous if taken else place


def placing(start: float, rate: Fraction) -> str:
    """Return the filters of ffmpeg that place frames as `places` does, and drop all before `start`.

    The last frame is repeated without end.
    """
    at = f"st(1,(T-({start:.6f}))*{rate.numerator}/{rate.denominator})"
    nearest = "floor(ld(1)+0.5)"
    free = f"min(max({nearest},ld(0)+1),floor(ld(1)+{_latest(rate)}))"
    # A frame without a place gets that of the one before, which it replaces.
    place = f"st(0,if(N,max(ld(0),{free}),{nearest}))"
    time = f"{at};{place}*{rate.denominator}/{rate.numerator}/TB"
    return f"settb=AVTB,setpts='{time}',fps={rate},{HELD},trim=start_pts=0"


def _latest(rate: Fraction) -> float:
    """Return how many frames late a frame may be: not more than 40 ms, unless by rounding."""
    return float(np.clip(LATEST_SECONDS * float(rate), 0.5, 1.0))
