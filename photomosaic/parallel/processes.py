"""Processes of this computer that do work."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any

from photomosaic.errors import WorkerError
from photomosaic.parallel.signals import signals_blocked
from photomosaic.parallel.workers import Item, Result, in_order


@dataclass(frozen=True)
class Processes:
    """So many processes of this computer.

    Ctrl-C and a closed terminal reach this process alone; the others end what they are at. If this
    process is killed, they end, too.
    """

    count: int

    def map(self, function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """Do as `Threads.map`; the function is one of a module, or a `MadeThere`.

        Raises
        ------
        WorkerError
            If a process is killed, or cannot be started.
        """
        # Not forked: the threads of OpenCV and faiss, and the locks that they hold, do not survive
        # it. The function is sent once, since locks can be sent at the start alone.
        spawning = multiprocessing.get_context("spawn")
        pool = _QuietPool(self.count, spawning, _begin, (function,))
        try:
            yield from in_order(pool, _do, items, self.count)
        except BrokenProcessPool as error:
            raise WorkerError(
                "a worker process was killed or could not start, perhaps for lack of memory;"
                " finished work is kept: run again with fewer workers"
            ) from error


_functions: list[Callable[[Any], Any]] = []


def _begin(function: Callable[[Any], Any]) -> None:
    """Prepare a process for its work, and let it end with the one that started it."""
    end_with_parent()
    _functions[:] = [function]


def _do(item: Any) -> Any:
    return _functions[0](item)


def end_with_parent() -> None:
    """Let this process end as soon as the one that started it has ended."""
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        # Whoever waits for work in another thread would wait for ever.
        os._exit(1)


class _QuietPool(ProcessPoolExecutor):
    """A pool whose processes never meet the signals of a terminal, not even while they start."""

    def submit(self, *work: Any, **named: Any) -> Future[Any]:
        """Do what the executor does, with signals blocked."""
        with signals_blocked():
            return super().submit(*work, **named)
