"""Loops over arrays, compiled for the machine; loaded only where limits or dithering need them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar, cast

import numba
from numba.core import event

from photomosaic.assignment.code_cache import CodeCache, NoCodeCacheError

log = logging.getLogger(__name__)


class _CompilationNotice(event.Listener):
    """Logs once that code is being compiled, which takes a quarter of a minute."""

    def __init__(self) -> None:
        self._given = False

    def on_start(self, _: event.Event) -> None:
        if not self._given:
            log.info("compiling code for this machine, the first time only")
        self._given = True

    def on_end(self, _: event.Event) -> None:
        """Log nothing more."""


event.register("numba:compile", _CompilationNotice())  # type: ignore[no-untyped-call]

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compile a function for the types that it is called with, and keep the code for later runs.

    It is kept beside the module; in the user's cache folder where that cannot be written; or in
    NUMBA_CACHE_DIR if that is set. Where nothing can be kept, each run compiles anew.
    """
    loop: Any = numba.njit(nogil=True)(function)
    try:
        loop._cache = CodeCache(function)
    except NoCodeCacheError as error:
        _warn_once(str(error))
    return cast(Function, loop)


@lru_cache
def _warn_once(reason: str) -> None:
    log.warning("compiled code is not kept for later runs: %s", reason)
