"""The peak memory of this process, by group of measurements."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from photomosaic.files.regular import read_file


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


def _reset() -> bool:
    """Reset the peak to the current memory; return whether that is possible here."""
    with suppress(OSError):
        return Path("/proc/self/clear_refs").write_text("5") > 0
    return False


def linux_peak(process: int | str = "self") -> int:
    """Return the peak memory of a running process, by its id, in bytes; 0 except on Linux."""
    try:
        status = read_file(f"/proc/{process}/status").decode("utf-8", "replace")
    except OSError:
        return 0
    # The kB of Linux are 1024 bytes.
    kilobytes = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    return int(kilobytes[1]) * 1024 if kilobytes else 0


def _peak() -> int:
    """Return the peak of this process in bytes, except on Linux with some of its parent's."""
    if (peak := linux_peak()) or sys.platform == "win32":
        return peak
    import resource

    # Kilobytes, except on macOS.
    factor = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * factor
