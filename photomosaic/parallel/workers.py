"""Work spread over the threads of this process, and what all spread work has in common."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

ITEMS_AHEAD = 8


@dataclass(frozen=True)
class Threads:
    """So many threads of this process."""

    count: int

    def map(self, function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """Yield `function(item)` of each item in turn.

        Only a few items are taken ahead of what is asked for, so memory stays bounded. When the
        caller stops early, no further items are begun.
        """
        return in_order(ThreadPoolExecutor(self.count), function, items, self.count)


def in_order(
    pool: Executor, function: Callable[[Item], Result], items: Iterable[Item], count: int
) -> Iterator[Result]:
    """As `Threads.map`, by an executor of `count` workers, which is closed at the end."""
    with pool:
        pending: deque[Future[Result]] = deque()
        try:
            for item in items:
                pending.append(pool.submit(function, item))
                if len(pending) >= count * ITEMS_AHEAD:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)


_made = threading.local()


@dataclass(frozen=True, eq=False)
class MadeThere(Generic[Item, Result]):
    """A function that each thread which works makes for itself, such as one with loaded models.

    Attributes
    ----------
    make : callable
        Of a module. It is called with `values` before the first item, and returns the function.
    values : tuple
    """

    make: Callable[..., Callable[[Item], Result]]
    values: tuple[Any, ...] = ()

    def __call__(self, item: Item) -> Result:
        """Return what the function returns."""
        if getattr(_made, "maker", None) is not self:
            _made.function = self.make(*self.values)
            _made.maker = self
        result: Result = _made.function(item)
        return result
