"""A line on the terminal that names what a script waits for when no progress bar does."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from photomosaic.progress import StageClock

T = TypeVar("T")

PATIENCE = 1.0
"""Seconds in one stage without a bar, after which the stage is named."""

# Stages whose names do not say enough.
WORDS = {
    "target": "reading the target",
    "list": "listing the folder",
    "probe": "reading the times of the video's frames",
    "index": "looking up the photos",
    "tiles": "reading tiles",
    "tile features": "comparing tiles",
    "near-duplicates": "looking for near-duplicates",
    "index build": "preparing the search",
    "features": "comparing cells",
    "search": "searching the closest photos",
    "select": "choosing tiles",
    "dither": "choosing tiles",
    "assign": "choosing tiles",
    "joint choice": "choosing tiles",
    "compose": "placing tiles",
    "score": "comparing with the target",
    "encode": "writing the picture",
    "animation": "writing the animation",
    "page": "writing the page",
    "examples": "reading the examples",
    "trial": "trying the examples",
    "faces": "searching for faces",
    "frames": "making frames",
}


class WatchedClock(StageClock):
    """A clock that knows what the main thread is at, and whether a bar shows it."""

    def __init__(self) -> None:
        super().__init__()
        self._stages: list[str] = []
        self._bars = 0
        self._since = time.monotonic()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the time spent in the `with` block to the stage `name`."""
        watched = threading.current_thread() is threading.main_thread()
        if watched:
            self._stages.append(name)
            self._since = time.monotonic()
        try:
            with super().stage(name):
                yield
        finally:
            if watched:
                self._stages.pop()
                self._since = time.monotonic()

    def with_bar(self, shown: Iterable[T]) -> Iterator[T]:
        """Hand on the items of a loop that a bar shows."""
        self._bars += 1
        try:
            yield from shown
        finally:
            self._bars -= 1
            self._since = time.monotonic()

    @property
    def waited_for(self) -> str | None:
        """What the script waits for without a bar, in words; None if for nothing, or not long."""
        stages = self._stages[-1:]
        if self._bars or not stages or time.monotonic() - self._since < PATIENCE:
            return None
        return WORDS.get(stages[0], stages[0])


@contextmanager
def waits_named(clock: WatchedClock, tick: float = PATIENCE / 4) -> Iterator[None]:
    """Name on the terminal what the `with` block waits for, as long as it does.

    Parameters
    ----------
    clock : WatchedClock
    tick : float, optional
        Seconds between two looks at the clock.
    """
    ended = threading.Event()
    thread = threading.Thread(target=_watch, args=(clock, ended, tick), daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _watch(clock: WatchedClock, ended: threading.Event, tick: float) -> None:
    line, shown = None, None
    while not ended.wait(tick):
        what = clock.waited_for
        if what != shown and line is not None:
            line.close()
            line = None
        if what is not None and line is None:
            # Loaded here, since it takes longer to load than most warm runs need altogether.
            from tqdm import tqdm

            line = tqdm(desc=what, bar_format="{desc} ... {elapsed}", leave=False)
        elif line is not None:
            line.refresh()
        shown = what
    if line is not None:
        line.close()
