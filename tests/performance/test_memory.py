from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from photomosaic.performance import machine as machine_module
from photomosaic.performance.machine import PeakMemory

PROJECT = Path(__file__).resolve().parents[2]
MEGABYTES = 1 << 20
GROUPS = """
import numpy as np
from photomosaic.performance.machine import PeakMemory

memory = PeakMemory()
for name, megabytes in (("large", 200), ("small", 50)):
    with memory.group(name):
        held = np.ones(megabytes << 20, np.uint8)
        del held
print(memory.groups["large"], memory.groups["small"], memory.most)
"""


def printed_by(code):
    """Return the numbers that a new process prints."""
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    return [int(word) for word in done.stdout.split()]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux sets the peak back")
def test_each_group_has_its_own_peak():
    # In a process of its own, since what earlier tests left may be given back meanwhile.
    large, small, most = printed_by(GROUPS)
    assert 120 * MEGABYTES < large - small < 180 * MEGABYTES
    assert most == large


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a process cannot tell")
def test_the_memory_of_the_parent_process_is_not_counted():
    code = "from photomosaic.performance.machine import PeakMemory; print(PeakMemory().most)"
    held = np.ones(500 * MEGABYTES, np.uint8)
    (most,) = printed_by(code)
    assert 0 < most < len(held) / 2


def test_where_the_peak_only_rises_a_group_below_it_is_not_recorded(monkeypatch):
    peaks = iter([100, 100, 300, 300, 300, 300, 400])
    monkeypatch.setattr(machine_module, "_reset", lambda: False)
    monkeypatch.setattr(machine_module, "_peak", lambda: next(peaks))
    memory = PeakMemory()
    for name in ("rising", "below", "more"):
        with memory.group(name):
            pass
    assert memory.groups == {"rising": 300, "more": 400}
    assert memory.most == 400


def test_where_nothing_is_known_nothing_is_recorded(monkeypatch):
    monkeypatch.setattr(machine_module, "_reset", lambda: False)
    monkeypatch.setattr(machine_module, "_peak", lambda: 0)
    memory = PeakMemory()
    with memory.group("any"):
        pass
    assert (memory.groups, memory.most) == ({}, 0)
