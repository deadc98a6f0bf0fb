from __future__ import annotations

import threading
from contextlib import suppress

import pytest

from photomosaic import progress
from photomosaic.progress import StageClock


@pytest.fixture
def passing(monkeypatch):
    """Return a function that lets seconds pass, on a clock of each thread's own."""
    local = threading.local()
    monkeypatch.setattr(progress.time, "perf_counter", lambda: getattr(local, "now", 0.0))

    def wait(seconds):
        local.now = getattr(local, "now", 0.0) + seconds

    return wait


def test_stages_add_up_in_the_order_in_which_they_ended(passing):
    clock = StageClock()
    for seconds in (1, 2):
        with clock.stage("b"):
            passing(seconds)
    with clock.stage("a"):
        passing(4)
    assert list(clock.seconds.items()) == [("b", 3), ("a", 4)]


def test_a_stage_inside_another_is_not_counted_twice(passing):
    clock = StageClock()
    with clock.stage("search"):
        passing(1)
        with clock.stage("index build"):
            passing(10)
            with clock.stage("deep"):
                passing(100)
        with clock.stage("index build"):
            passing(20)
        passing(2)
    assert clock.seconds == {"deep": 100, "index build": 30, "search": 3}


def test_a_stage_that_fails_is_counted_and_leaves_the_outer_one_right(passing):
    clock = StageClock()
    with clock.stage("outer"):
        with suppress(ValueError), clock.stage("inner"):
            passing(5)
            raise ValueError
        passing(1)
    assert clock.seconds == {"inner": 5, "outer": 1}


def test_threads_share_a_clock_without_losing_time(passing):
    clock, turns, threads = StageClock(), 2000, 8

    def work():
        for _ in range(turns):
            with clock.stage("decode"):
                passing(1)

    started = [threading.Thread(target=work) for _ in range(threads)]
    for thread in started:
        thread.start()
    with clock.stage("index"):
        for thread in started:
            thread.join()
        passing(1)
    assert clock.seconds == {"decode": turns * threads, "index": 1}
