from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
LOOPS = """
import logging

from photomosaic.matching.compiled import compiled

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
