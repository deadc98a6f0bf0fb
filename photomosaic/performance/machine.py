"""The machine and the packages that measurements were made with."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
from contextlib import suppress

from photomosaic.files.regular import read_file

PACKAGES = (
    *("numpy", "opencv-python", "faiss-cpu", "pillow", "pillow-heif", "pyvips"),
    *("imageio-ffmpeg", "av", "dlib-bin", "dlib"),
)


def machine() -> dict[str, str | int | None]:
    """Return the system, the processor's name, its cores and the memory in bytes."""
    memory = None
    with suppress(AttributeError, OSError, ValueError):  # no such thing on this system
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "system": platform.system(),
        "architecture": platform.machine(),
        "processor": _processor() or platform.processor() or None,
        "cores": os.cpu_count(),
        "memory": memory,
    }


def _processor() -> str:
    with suppress(OSError):
        if sys.platform == "darwin":
            command = ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"]
            return subprocess.run(command, capture_output=True, text=True).stdout.strip()
        # Not on ARM, where a number stands for the name.
        info = read_file("/proc/cpuinfo").decode("utf-8", "replace")
        if name := re.search(r"^model name\s*:\s*(.+)$", info, re.MULTILINE):
            return name[1].strip()
    return ""
