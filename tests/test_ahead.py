from __future__ import annotations

import threading
from importlib.util import find_spec

import pytest

from photomosaic.errors import InputError
from photomosaic.jobs import ahead


@pytest.fixture
def load():
    """Return a function that loads ahead, and returns the threads that do."""

    def load():
        before = set(threading.enumerate())
        ahead.load_ahead()
        return set(threading.enumerate()) - before

    return load


def test_the_caller_does_not_wait_for_what_is_loaded(load, monkeypatch):
    may_load, loaded = threading.Event(), []

    def import_module(name):
        may_load.wait(10)
        loaded.append(name)

    monkeypatch.setattr(ahead, "import_module", import_module)
    (thread,) = load()
    assert loaded == []
    may_load.set()
    thread.join()
    assert loaded == [ahead.LATE_LIBRARY]


@pytest.mark.parametrize("error", [InputError("no room"), ImportError("damaged"), MemoryError()])
@pytest.mark.parametrize("step", ["check_room_to_load", "import_module"])
def test_what_goes_wrong_is_left_to_whoever_needs_the_library(load, monkeypatch, step, error):
    tried, uncaught = [], []

    def fail(name):
        tried.append(name)
        raise error

    monkeypatch.setattr(ahead, step, fail)
    monkeypatch.setattr(threading, "excepthook", uncaught.append)
    for thread in load():
        thread.join()
    assert tried == [ahead.LATE_LIBRARY]
    assert uncaught == []


def test_the_late_library_is_there():
    assert find_spec(ahead.LATE_LIBRARY)
