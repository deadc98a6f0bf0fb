from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from photomosaic.video.rate import offset, own_rate, places

NTSC = Fraction(30000, 1001)


def rate_of(times, tick=Fraction(1, 90000), last=0.0, guesses=()):
    rounded = np.rint(np.asarray(times, float) / float(tick)) * float(tick)
    return own_rate(rounded, last, tick, guesses)


def counted(rate, count, without=()):
    return [n / float(rate) for n in range(count) if n not in without]


def screen_recording():
    return np.unique(np.round([n / 2 for n in range(20)] + [4 + n / 60 for n in range(120)], 6))


@pytest.mark.parametrize("tick", [Fraction(1, 90000), Fraction(1, 1000)])
@pytest.mark.parametrize(
    ("times", "rate"),
    [
        (screen_recording(), 60),
        (counted(30, 300, range(0, 300, 10)), 30),
        (counted(60, 300, range(0, 300, 8)), 60),
        (counted(25, 250, range(50, 75)), 25),
        (counted(50, 200, range(7, 200, 9)), 50),
        (counted(25, 25) + [1 + n / 10 for n in range(10)], 50),
        (counted(120, 240), 120),
        (counted(120, 240, range(0, 240, 9)), 60),
        (counted(12, 30), 12),
        (counted(1, 10), 1),
    ],
    ids=str,
)
def test_the_rate_is_that_of_the_smallest_common_step(times, rate, tick):
    assert rate_of(times, tick) == rate


@pytest.mark.parametrize("tick", [Fraction(1, 90000), Fraction(1, 1000)])
def test_rates_that_are_nearly_alike_are_told_by_the_file_where_times_do_not_tell(tick):
    times = counted(NTSC, 15, [4, 5])
    assert rate_of(times, tick, guesses=[NTSC]) == NTSC
    assert rate_of(counted(30, 15, [4, 5]), tick, guesses=[Fraction(30)]) == 30
    assert rate_of(counted(NTSC, 3000, [4, 5]), tick) == NTSC


@pytest.mark.parametrize("actual", [29.87, 30, 30.06])
def test_a_wavering_clock_has_the_rate_that_it_should_have(actual):
    rng = np.random.default_rng(0)
    times = np.arange(600) / actual + rng.uniform(0, 0.006, 600)
    assert rate_of(times) == 30
    dropped = list(places(times, offset(times, Fraction(30)), Fraction(30))).count(None)
    assert dropped == (1 if actual > 30 else 0)


def test_nothing_is_lost_of_frames_without_any_step():
    rng = np.random.default_rng(0)
    times = np.cumsum(rng.choice([0.0167, 0.033, 0.05, 0.25], 100))
    rate = rate_of(times)
    assert rate == 60
    placed = list(places(times, 0.0, rate))
    assert None not in placed
    assert np.abs(np.array(placed) / 60 - times).max() < 0.04


def test_the_time_of_the_last_frame_counts():
    assert rate_of([0, 5, 10], last=3.04) == 25
    assert rate_of([0, 5], last=5) == Fraction(1, 5)


@pytest.mark.parametrize("times", [[0.0], [1.0] * 5, [0.0, 1e-6, 2e-6]], ids=str)
def test_frames_at_one_time_have_the_rate_that_is_guessed(times):
    tick = Fraction(1, 1_000_000)
    assert rate_of(times, tick, guesses=[Fraction(10**6), Fraction(24)]) == 24
    assert rate_of(times, tick) == 25


def test_frames_twice_at_a_time_do_not_raise_the_rate():
    times = sorted(counted(25, 50) + [time + 1e-6 for time in counted(25, 50)])
    assert rate_of(times, Fraction(1, 1_000_000)) == 25


def test_frames_lie_on_the_grid_that_is_told():
    times = np.array(counted(25, 30)) + 0.013
    start = offset(times, Fraction(25))
    assert start == pytest.approx(0.013)
    assert list(places(times, start, Fraction(25))) == list(range(30))
    assert offset(np.array([0, 0.011, 0.019, 0.031]), Fraction(25)) == 0
