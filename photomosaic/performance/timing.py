"""Statistics of repeated measurements, and evenly spread samples."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from photomosaic.images.listing import Listing
from photomosaic.performance.plan import Plan
from photomosaic.progress import StageClock

SHORT_SECONDS, MOST_RUNS = 0.25, 25


@dataclass(frozen=True)
class Timing:
    """Seconds of several runs: the median, the least and the most."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Timing:
        """Return the timing of several runs."""
        return cls(statistics.median(seconds), min(seconds), max(seconds))


def timings(clocks: Sequence[StageClock], count: int = 1) -> dict[str, Timing]:
    """Return the timing of each stage, for one of the `count` things done in each run."""
    stages = dict.fromkeys(stage for clock in clocks for stage in clock.seconds)
    return {
        stage: Timing.of([clock.seconds.get(stage, 0.0) / count for clock in clocks])
        for stage in stages
    }


def total(clock: StageClock) -> float:
    """Return the seconds of all stages together."""
    return sum(clock.seconds.values())


def several(run: Callable[[], StageClock], plan: Plan) -> list[StageClock]:
    """Measure after a first run; short ones more often unless `quick`, since they vary most."""
    run()
    clocks = [run() for _ in range(plan.repeats)]
    while not plan.quick and len(clocks) < MOST_RUNS and sum(map(total, clocks)) < SHORT_SECONDS:
        clocks.append(run())
    return clocks


def spread(count: int, most: int) -> list[int]:
    """Return at most `most` of the numbers below `count`, evenly spread, with both ends."""
    return [int(i) for i in np.linspace(0, count - 1, min(count, most)).round()]


def sample(listing: Listing, most: int) -> Listing:
    """Return a listing of at most `most` of its photos, evenly spread."""
    rows = spread(len(listing.photos), most)
    return replace(listing, photos=[listing.photos[row] for row in rows])


def affordable(seconds_each: float, seconds: float, least: int, most: int) -> int:
    """Return how many things of `seconds_each` fit into `seconds`, from `least` to `most`."""
    return min(most, max(least, int(seconds / max(seconds_each, 1e-9))))


def rounded(value: float) -> str:
    """Return a number from 0 with three significant digits, without an exponent."""
    return f"{Decimal(f'{value:.2e}'):,f}" if value else "0"
