from __future__ import annotations

import sys

from photomosaic.performance.machine import machine


def test_the_machine():
    told = machine()
    assert told["cores"] >= 1
    if sys.platform == "linux":
        assert told["memory"] > 100 << 20
