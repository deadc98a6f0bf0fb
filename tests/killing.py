"""Processes that are killed at any of their changes of the file system."""

from __future__ import annotations

import os
import signal
import warnings
from collections.abc import Callable, Iterator
from typing import Any

from photomosaic.files import swapping

CHANGES = [(os, name) for name in ("rename", "replace", "unlink", "mkdir", "rmdir")]
CHANGES.append((swapping, "_exchange"))


def killed_at_each_change(
    work: Callable[[], object], prepare: Callable[[], object]
) -> Iterator[int]:
    """Prepare and do some work again and again in a process that is killed at its n-th change.

    Yields n, once the process is gone, until the work is done without being killed.
    """
    number = 0
    while True:
        prepare()
        number += 1
        if not is_killed(work, number):
            return
        yield number


def is_killed(work: Callable[[], object], number: int) -> bool:
    """Tell whether work in a process of its own comes to its n-th change, where that is killed."""
    with warnings.catch_warnings():
        # Of other threads, which file system calls have no use for.
        warnings.simplefilter("ignore", DeprecationWarning)
        process = os.fork()
    if not process:
        code = 1
        try:
            _end_at(number)
            work()
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(process, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def _end_at(number: int) -> None:
    left = [number]

    def counted(real: Callable[..., Any]) -> Callable[..., Any]:
        def change(*given: Any, **options: Any) -> Any:
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*given, **options)

        return change

    for module, name in CHANGES:
        setattr(module, name, counted(getattr(module, name)))
