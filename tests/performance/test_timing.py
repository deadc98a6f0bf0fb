from __future__ import annotations

import itertools
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photomosaic.images.listing import Listing, PhotoFile
from photomosaic.performance.timing import (
    Timing,
    affordable,
    rounded,
    sample,
    several,
    spread,
    timings,
    total,
)
from photomosaic.progress import StageClock


def clock_of(**seconds):
    clock = StageClock()
    clock.seconds.update(seconds)
    return clock


def test_timings_are_of_one_of_what_was_done_in_each_run():
    clocks = [clock_of(read=4.0, decode=8.0), clock_of(read=2.0, decode=10.0), clock_of(read=3.0)]
    assert timings(clocks, 2) == {
        "read": Timing(1.5, 1.0, 2.0),
        "decode": Timing(4.0, 0.0, 5.0),
    }
    assert total(clocks[0]) == 12


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.012345, "0.0123"),
        (0.99951, "1.00"),
        (1.2345, "1.23"),
        (9.996, "10.0"),
        (12.345, "12.3"),
        (99.96, "100"),
        (123.45, "123"),
        (1234.5, "1,230"),
        (1234567, "1,230,000"),
        (0, "0"),
    ],
)
def test_three_digits_are_told(value, text):
    assert rounded(value) == text


@given(st.floats(1e-6, 1e9))
def test_what_is_told_is_within_half_a_percent(value):
    text = rounded(value)
    assert float(text.replace(",", "")) == pytest.approx(value, rel=0.0051)
    assert "e" not in text


@given(st.integers(1, 5000), st.integers(1, 60))
def test_a_spread_is_even_and_has_both_ends(count, most):
    rows = spread(count, most)
    assert len(rows) == len(set(rows)) == min(count, most)
    assert rows[0] == 0
    assert most == 1 or rows[-1] == count - 1
    steps = {b - a for a, b in itertools.pairwise(rows)}
    assert not steps or max(steps) - min(steps) <= 1


def test_a_sample_keeps_the_rest_of_a_listing():
    photos = [PhotoFile(f"/p/{i}", 1, 0, 0, 0, i) for i in range(9)]
    part = sample(Listing("/p", photos, {"camera RAW file": ["/p/x.nef"]}), 3)
    assert [photo.path for photo in part.photos] == ["/p/0", "/p/4", "/p/8"]
    assert (part.folder, part.passed_over) == ("/p", {"camera RAW file": ["/p/x.nef"]})
    assert sample(Listing("/p"), 3).photos == []


def test_as_many_as_time_allows_within_limits():
    assert affordable(0.5, 6, 4, 48) == 12
    assert affordable(30, 6, 4, 48) == 4
    assert affordable(0.0, 6, 4, 48) == 48


@pytest.mark.parametrize(
    ("seconds", "repeats", "quick", "runs"),
    [(0.0625, 3, False, 4), (0.001, 3, False, 25), (5.0, 3, False, 3), (0.001, 1, True, 1)],
)
def test_short_runs_are_measured_more_often(seconds, repeats, quick, runs):
    made = []
    plan = SimpleNamespace(repeats=repeats, quick=quick)
    clocks = several(lambda: made.append(clock_of(search=seconds)) or made[-1], plan)
    assert len(clocks) == runs
    assert clocks == made[1:], "the first run is not measured"
