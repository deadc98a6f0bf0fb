"""How work is done and followed: threads, progress, stage times and notices."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from photomosaic.parallel.cluster import Cluster

T = TypeVar("T")


class Progress(Protocol):
    """Something that shows how far a loop has come."""

    def __call__(self, items: Iterable[T], *, total: int, what: str, unit: str) -> Iterable[T]:
        """Hand on `items` one by one, showing progress towards `total`."""


def silent(items: Iterable[T], *, total: int, what: str, unit: str) -> Iterable[T]:
    """Hand on `items` without showing anything."""
    del total, what, unit
    return items


class StageClock:
    """Sums up the wall time of named stages, in seconds.

    A stage inside of another one is not counted with the outer one, so those of a thread add up.
    Threads may share a clock; the sum of their times can exceed the elapsed time.

    Attributes
    ----------
    seconds : dict of str to float
        Stage name to seconds, in the order in which the stages first ended.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._lock = threading.Lock()
        self._thread = threading.local()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the time spent in the `with` block to the stage `name`."""
        inside_of_outer = getattr(self._thread, "inside", 0.0)
        self._thread.inside = 0.0
        start = time.perf_counter()
        try:
            yield
        finally:
            elapsed = time.perf_counter() - start
            own = elapsed - self._thread.inside
            self._thread.inside = inside_of_outer + elapsed
            self.add({name: own})

    def add(self, seconds: Mapping[str, float]) -> None:
        """Add seconds by stage, such as another process has measured."""
        with self._lock:
            for name, more in seconds.items():
                self.seconds[name] = self.seconds.get(name, 0.0) + more


def ignore(notice: object) -> None:
    """Drop a notice."""
    del notice


@dataclass(frozen=True)
class Work:
    """How a job is done and followed; handed on as one.

    Attributes
    ----------
    workers : int
        Threads, or processes for faces.
    progress : Progress
    clock : StageClock
    notify : callable
        Takes a notice, a value that says what happened, such as `Relaxation`. It is called when it
        happens, which for what users should know first is before the long work.
    cluster : Cluster or None
        Whose workers read photos; None for those of this computer.
    """

    workers: int = 1
    progress: Progress = silent
    clock: StageClock = field(default_factory=StageClock)
    notify: Callable[[object], None] = ignore
    cluster: Cluster | None = None
