"""Processes that work for another: they end with it, and are told of if they cannot start."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from photomosaic.errors import WorkerError
from photomosaic.parallel.processes import Processes
from photomosaic.parallel.workers import MadeThere

PROJECT = Path(__file__).resolve().parents[1]
PARENT = """
import fcntl, sys, time
from pathlib import Path
from photomosaic.parallel.processes import Processes

def work(number):
    file = Path(str(number)).open("w")
    fcntl.flock(file, fcntl.LOCK_EX)
    file.write("locked")
    file.flush()
    time.sleep(600)

if __name__ == "__main__":
    list(Processes(2).map(work, [1, 2]))
"""
PATIENCE = 60.0


def wait_until(condition):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_locked(path):
    with path.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def test_processes_end_when_the_one_that_started_them_is_killed(tmp_path):
    (tmp_path / "parent.py").write_text(PARENT)
    environment = {**os.environ, "PYTHONPATH": os.fspath(PROJECT)}
    parent = subprocess.Popen([sys.executable, "parent.py"], cwd=tmp_path, env=environment)
    files = [tmp_path / "1", tmp_path / "2"]
    try:
        wait_until(lambda: all(file.exists() and file.stat().st_size for file in files))
    finally:
        parent.kill()
        parent.wait()
    wait_until(lambda: not any(is_locked(file) for file in files))


def fail_to_start(*_):
    os._exit(3)


def test_processes_that_cannot_start_are_told_of():
    with pytest.raises(WorkerError, match="could not start") as caught:
        list(Processes(2).map(MadeThere(fail_to_start), [1, 2, 3]))
    assert caught.value.exit_code == 2
