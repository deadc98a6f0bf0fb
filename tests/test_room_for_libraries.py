from __future__ import annotations

import errno

import pytest

from photomosaic import memory
from photomosaic.memory import check_room_to_load


def test_a_library_is_not_loaded_without_room_for_it(monkeypatch):
    def refuse(*_):
        raise OSError(errno.ENOMEM, "Cannot allocate memory")

    check_room_to_load("no such library")
    monkeypatch.setattr(memory.mmap, "mmap", refuse)
    with pytest.raises(MemoryError):
        check_room_to_load("no such library")
    # What is loaded needs no room any more.
    check_room_to_load("numpy")
