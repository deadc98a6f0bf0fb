"""Loops over arrays, compiled for the machine; loaded only where limits or dithering need them."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.core import event

log = logging.getLogger(__name__)


def _forget_code_of_earlier_sources() -> None:
    """Remove code kept from before a module changed: numba minds a function's own file only."""
    folder = Path(__file__).parent
    changed = max(path.stat().st_mtime for path in folder.glob("*.py"))
    for index in (folder / "__pycache__").glob("*.nbi"):
        with contextlib.suppress(OSError):
            if index.stat().st_mtime < changed:
                index.unlink()


class _TellsOfCompiling(event.Listener):
    """Says once that code is compiled, since that takes a quarter of a minute without a sign."""

    def __init__(self) -> None:
        self._told = False

    def on_start(self, _: event.Event) -> None:
        if not self._told:
            log.info("compiling code for this machine, the first time only")
        self._told = True

    def on_end(self, _: event.Event) -> None:
        """Say nothing more."""


_forget_code_of_earlier_sources()
event.register("numba:compile", _TellsOfCompiling())  # type: ignore[no-untyped-call]

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compile a function for the types that it is called with, and keep the code for later runs.

    It is kept beside the module; in the user's cache folder where that cannot be written; or in
    NUMBA_CACHE_DIR if that is set. Where nothing can be written, each run compiles anew.
    """
    try:
        kept: Any = numba.njit(cache=True, nogil=True)(function)
    except RuntimeError:  # numba found no place to keep it
        kept = numba.njit(nogil=True)(function)
    return cast(Function, kept)
