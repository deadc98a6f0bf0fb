from __future__ import annotations

import errno
import importlib.util
import os
import pickle  # noqa: TID251 (what others may plant)
import subprocess
import sys
from pathlib import Path

import numba
import pytest

from photomosaic.assignment import code_cache

PROJECT = Path(__file__).resolve().parents[2]
LOOPS = """
import logging

from photomosaic.assignment.compiled import compiled

if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")


@compiled
def double(number):
    return 2 * number


@compiled
def triple(number):
    return 3 * number


print(double(1), triple(1))
"""


def test_compiling_is_told_of_once_and_only_the_first_time(tmp_path):
    (tmp_path / "loops.py").write_text(LOOPS)
    environment = os.environ | {"PYTHONPATH": str(PROJECT), "NUMBA_CACHE_DIR": str(tmp_path)}
    told = []
    for _ in range(2):
        command = [sys.executable, tmp_path / "loops.py"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        assert done.stdout == "2 3\n"
        told.append(done.stderr)
    assert told == ["compiling code for this machine, the first time only\n", ""]


@pytest.fixture
def loops(tmp_path, monkeypatch):
    """Return a function that loads the loops as a new process does, keeping code in a folder."""
    source = tmp_path / "source" / "loops.py"
    source.parent.mkdir()
    source.write_text(LOOPS)
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / "kept"))

    def load():
        code_cache._own_folder.cache_clear()
        code_cache._sources.cache_clear()
        spec = importlib.util.spec_from_file_location("loops", source)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        assert (module.double(1), module.triple(1)) == (2, 3)
        return [sum(loop.stats.cache_hits.values()) for loop in (module.double, module.triple)]

    return load


@pytest.fixture
def kept(tmp_path):
    """Return a function that lists the files of code."""
    return lambda: sorted(path for path in (tmp_path / "kept").rglob("*") if path.is_file())


def empty(path):
    path.write_bytes(b"")


def cut(path):
    path.write_bytes(path.read_bytes()[:-9])


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def folder(path):
    path.unlink()
    path.mkdir()


class Planted:
    """What runs code when it is loaded as a pickle."""

    def __reduce__(self):
        return (Path.touch, (Path("planted"),))


def plant(path):
    path.write_bytes(pickle.dumps(Planted()))


@pytest.mark.parametrize("damage", [empty, cut, flip, folder, plant])
def test_damaged_code_is_compiled_anew(loops, kept, damage, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert loops() == [0, 0]
    assert loops() == [1, 1]
    first, _ = kept()
    assert first.stat().st_mode & 0o777 == 0o600
    damage(first)
    assert loops() == [0, 1]
    assert not (tmp_path / "planted").exists()
    assert loops() == ([0, 1] if damage is folder else [1, 1])


def test_code_of_an_earlier_source_is_compiled_anew(loops, kept, tmp_path):
    loops()
    (tmp_path / "source" / "other.py").write_text("number = 1")
    assert loops() == [0, 0]
    assert loops() == [1, 1]
    assert len(kept()) == 2


def test_a_full_disk_ends_no_run(loops, kept, monkeypatch):
    def fail(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(code_cache.Path, "replace", fail)
        assert loops() == [0, 0]
    assert kept() == []


def test_code_is_not_read_where_others_may_write(loops, kept, caplog):
    loops()
    own = kept()[0].parent
    for path, mode in ((own.parent, 0o777), (own, 0o777)):
        assert loops() == [1, 1]
        path.chmod(mode)
    for _ in range(2):
        assert loops() == [0, 0]
    reason = f"others may write to {own}; delete it"
    assert caplog.messages == [f"compiled code is not kept for later runs: {reason}"]


def test_code_is_not_read_from_a_folder_that_is_a_link(loops, kept, tmp_path):
    loops()
    own = kept()[0].parent
    own.rename(tmp_path / "elsewhere")
    own.symlink_to(tmp_path / "elsewhere")
    assert loops() == [0, 0]


def test_a_file_in_the_place_of_the_folder_ends_no_run(loops, tmp_path):
    (tmp_path / "kept").write_text("")
    assert len(loops()) == 2
