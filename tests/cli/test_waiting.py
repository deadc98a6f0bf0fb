from __future__ import annotations

import io
import sys
import threading
import time

import pytest

from photomosaic.cli import waiting
from photomosaic.cli.waiting import WatchedClock, waits_named


@pytest.fixture(autouse=True)
def no_patience(monkeypatch):
    monkeypatch.setattr(waiting, "PATIENCE", 0.0)


def test_the_innermost_stage_is_named_in_words_or_by_its_name():
    clock = WatchedClock()
    assert clock.waited_for is None
    with clock.stage("list"):
        assert clock.waited_for == "listing the folder"
        with clock.stage("tint"):
            assert clock.waited_for == "tint"
        assert clock.waited_for == "listing the folder"
    assert clock.waited_for is None
    assert list(clock.seconds) == ["tint", "list"]


def test_a_bar_says_it_already():
    clock = WatchedClock()
    with clock.stage("index"):
        for _ in clock.with_bar([1]):
            assert clock.waited_for is None
        assert clock.waited_for == "looking up the photos"


def test_stages_of_other_threads_are_not_waited_for():
    clock, found = WatchedClock(), []

    def other():
        with clock.stage("decode"):
            found.append(clock.waited_for)

    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    assert found == [None]


def test_short_stages_are_not_named(monkeypatch):
    monkeypatch.setattr(waiting, "PATIENCE", 60.0)
    clock = WatchedClock()
    with clock.stage("list"):
        assert clock.waited_for is None


def test_the_line_is_written_to_the_terminal_and_removed(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    clock = WatchedClock()
    with waits_named(clock, tick=0.01), clock.stage("list"):
        until = time.monotonic() + 10
        while "listing the folder ... 00:0" not in stream.getvalue() and time.monotonic() < until:
            time.sleep(0.01)
    assert "listing the folder ... 00:0" in stream.getvalue()
    assert stream.getvalue().rsplit("\r", 2)[1].strip() == ""


def test_an_error_ends_the_watch():
    before = {thread.name for thread in threading.enumerate() if "_watch" in thread.name}
    with pytest.raises(KeyError), waits_named(WatchedClock()):
        raise KeyError
    after = {thread.name for thread in threading.enumerate() if "_watch" in thread.name}
    assert before == after
