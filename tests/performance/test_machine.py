from __future__ import annotations

import sys

from photomosaic.performance.machine import machine


def test_the_machine():
    found = machine()
    assert found["cores"] >= 1
    if sys.platform == "linux":
        assert found["memory"] > 100 << 20
