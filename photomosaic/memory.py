"""Checks for enough memory before libraries need it."""

from __future__ import annotations

import mmap
import sys

# What faiss takes up.
_LIBRARY_BYTES = 320 << 20


def check_room_to_load(module: str) -> None:
    """Check that there is memory to load a library with its own OpenBLAS, unless it is loaded.

    OpenBLAS waits for ever if there is not enough memory while it loads.

    Raises
    ------
    MemoryError
        If there is not enough memory.
    """
    if module in sys.modules:
        return
    try:
        mmap.mmap(-1, _LIBRARY_BYTES).close()
    except OSError as error:
        raise MemoryError from error
