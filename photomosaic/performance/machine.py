"""The machine and the packages that measurements were made with, and the memory they took."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

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
    if sys.platform == "darwin":
        command = ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"]
        with suppress(OSError):
            return subprocess.run(command, capture_output=True, text=True).stdout.strip()
    # Not on ARM, where a number stands for the name.
    return _line_of("/proc/cpuinfo", r"model name\s*: *(.+)")


class PeakMemory:
    """Records the largest resident set of this process, in bytes, for each group of measurements.

    Linux can reset the peak before each group. Elsewhere it only rises, so a group is recorded only
    if it needed more than all before. Other processes, such as ffmpeg, are not included. On Windows
    nothing is recorded.

    Attributes
    ----------
    groups : dict of str to int
    most : int
        The peak of all groups, and of what came before; 0 if it is not known.
    """

    def __init__(self) -> None:
        self.groups: dict[str, int] = {}
        self.most = _peak()

    @contextmanager
    def group(self, name: str) -> Iterator[None]:
        """Record the peak of the `with` block."""
        alone, before = _reset(), _peak()
        try:
            yield
        finally:
            peak = _peak()
            if peak and (alone or peak > before):
                self.groups[name] = peak
            self.most = max(self.most, peak)


def linux_peak(process: int | str = "self") -> int:
    """Return the peak memory of a running process, by its id, in bytes; 0 except on Linux."""
    # The kB of Linux are 1024 bytes.
    return int(_line_of(f"/proc/{process}/status", r"VmHWM:\s+(\d+) kB") or 0) * 1024


def _reset() -> bool:
    """Reset the peak to the current memory; return whether that is possible here."""
    with suppress(OSError):
        return Path("/proc/self/clear_refs").write_text("5") > 0
    return False


def _peak() -> int:
    """Return the peak of this process in bytes, except on Linux with some of its parent's."""
    if (peak := linux_peak()) or sys.platform == "win32":
        return peak
    import resource

    # Kilobytes, except on macOS.
    factor = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * factor


def _line_of(path: str, pattern: str) -> str:
    """Return the group of the first line that matches; "" without one, or without the file."""
    with suppress(OSError):
        if line := re.search(f"^{pattern}$", read_file(path).decode("utf-8", "replace"), re.M):
            return line[1].strip()
    return ""
