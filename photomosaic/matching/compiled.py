"""Loops over arrays, compiled for the machine; loaded only where limits or dithering need them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

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
