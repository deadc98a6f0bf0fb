"""Memory for the reading of pictures, shared by all threads and processes."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from photomosaic.errors import PictureError

_PART = 4 << 20
_PARTS = 275
LARGEST_PICTURE = _PART * _PARTS
"""The most memory that reading one photo of a folder may take, in bytes."""
LARGE_FILE = 64 << 20
"""Above this size, in bytes, files are held in memory one at a time."""


_this_thread = threading.local()


class _Semaphore(Protocol):
    def acquire(self) -> bool: ...

    def release(self) -> None: ...


class MemoryBudget:
    """A number of bytes shared by all who read pictures at once; who needs more, waits.

    Parameters
    ----------
    queue, large_file : lock
    parts : semaphore
        All of threads, or all of processes.
    count : int
        What the semaphore begins with.
    """

    def __init__(
        self,
        queue: AbstractContextManager[object],
        large_file: AbstractContextManager[object],
        parts: _Semaphore,
        count: int,
    ) -> None:
        self._queue = queue
        self._large_file = large_file
        self._parts = parts
        self._count = count

    @contextmanager
    def hold(self, size: int) -> Iterator[None]:
        """Wait until `size` bytes are free, or all if it is more, and hold them for the block."""
        most = self._count - getattr(_this_thread, "parts_for_file", 0)
        wanted, held = min(most, 1 + size // _PART), 0
        try:
            # One at a time collects its parts, so that large pictures have their turn as well.
            with self._queue:
                while held < wanted:
                    self._parts.acquire()
                    held += 1
            yield
        finally:
            for _ in range(held):
                self._parts.release()

    @contextmanager
    def hold_file(self, size: int) -> Iterator[None]:
        """As `hold`, for the content of a large file; `hold` may be called within the block."""
        if size <= LARGE_FILE:
            yield
            return
        # Of two who hold some memory and wait for more, each would wait for the other.
        with self._large_file, self.hold(size):
            _this_thread.parts_for_file = min(self._count, 1 + size // _PART)
            try:
                yield
            finally:
                _this_thread.parts_for_file = 0


_budgets = [MemoryBudget(threading.Lock(), threading.Lock(), threading.Semaphore(_PARTS), _PARTS)]


def decoding_memory(size: int) -> AbstractContextManager[None]:
    """Hold so many bytes of the budget while a picture is decoded."""
    return _budgets[0].hold(size)


def file_memory(size: int) -> AbstractContextManager[None]:
    """Hold memory for a file of so many bytes while it is read and decoded."""
    return _budgets[0].hold_file(size)


def check_memory(size: int) -> None:
    """Raise `PictureError` if reading a photo takes more than all of the budget."""
    if size > LARGEST_PICTURE:
        raise PictureError(
            f"reading it takes {size / 1e9:.1f} GB of memory, above the limit of"
            f" {LARGEST_PICTURE / 1e9:.2f} GB; save it smaller"
        )


def budget_for_processes() -> MemoryBudget:
    """Return a budget as large as that of threads, for `use_budget` in each of the processes."""
    context = multiprocessing.get_context("spawn")
    return MemoryBudget(context.Lock(), context.Lock(), context.Semaphore(_PARTS), _PARTS)


def use_budget(budget: MemoryBudget) -> None:
    """Share a budget with other processes from now on."""
    _budgets[:] = [budget]
