"""Work spread over processes, with results in order."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

from photomosaic.errors import WorkerError
from photomosaic.parallel import in_order

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_processes(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    workers: int,
    start: Callable[..., None],
    start_values: tuple[Any, ...],
) -> Iterator[Result]:
    """As `in_threads`, but in processes, each of which calls `start(*start_values)` first.

    Ctrl-C and a closed terminal reach this process alone; the others end what they are at. If this
    process is killed, they end, too.

    Raises
    ------
    WorkerError
        If a process is killed, or cannot be started.
    """
    # Not forked: the threads of OpenCV and faiss, and the locks that they hold, do not survive it.
    spawning = multiprocessing.get_context("spawn")
    pool = _QuietPool(workers, spawning, _begin, (start, start_values))
    try:
        yield from in_order(pool, function, items, workers)
    except BrokenProcessPool as error:
        raise WorkerError(
            "a worker process was killed or could not start, perhaps for lack of memory; finished"
            " work is kept: run again with fewer workers"
        ) from error


def _begin(start: Callable[..., None], start_values: tuple[Any, ...]) -> None:
    """Prepare a process for its work, and let it end with the one that started it."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    start(*start_values)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        # Whoever waits for work in another thread would wait for ever.
        os._exit(1)


class _QuietPool(ProcessPoolExecutor):
    """A pool whose processes never meet the signals of a terminal, not even while they start."""

    def submit(self, *work: Any, **named: Any) -> Future[Any]:
        """Do what the executor does; processes that it starts inherit what is blocked."""
        blocked = {signal.SIGINT, signal.SIGHUP, signal.SIGQUIT}
        before = signal.pthread_sigmask(signal.SIG_BLOCK, blocked)
        try:
            return super().submit(*work, **named)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
