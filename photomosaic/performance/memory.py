"""The most memory that this process holds while something is done."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from photomosaic.files.regular import read_file

_RESET = Path("/proc/self/clear_refs")
_RESET_PEAK = "5"


class PeakMemory:
    """Notes the largest resident set of this process, in bytes, for each group of measurements.

    Linux lets the peak be set back before each group. Elsewhere it only rises, so that a group is
    noted only if it needed more than all before. What other processes hold, as ffmpeg's, is not in
    it, and on Windows nothing is told.

    Attributes
    ----------
    groups : dict of str to int
    """

    def __init__(self) -> None:
        self.groups: dict[str, int] = {}
        self._most = _peak()

    @contextmanager
    def group(self, name: str) -> Iterator[None]:
        """Note the peak of the `with` block."""
        alone = _set_back()
        before = _peak()
        try:
            yield
        finally:
            peak = _peak()
            if peak and (alone or peak > before):
                self.groups[name] = peak
            self._most = max(self._most, peak)

    @property
    def most(self) -> int:
        """The peak of all groups, and of what came before; 0 if it is not known."""
        return self._most


def _set_back() -> bool:
    """Set the peak back to what is held now; return whether that is possible here."""
    try:
        _RESET.write_text(_RESET_PEAK)
    except OSError:
        return False
    return True


def linux_peak(process: int | str = "self") -> int:
    """Return the most bytes that a process has held, by its id, as Linux tells; 0 elsewhere."""
    try:
        told = read_file(f"/proc/{process}/status").decode("utf-8", "replace")
    except OSError:
        return 0
    # Linux' kB are of 1024 bytes; of a process that has ended it does not tell any more.
    kilobytes = re.search(r"^VmHWM:\s+(\d+) kB$", told, re.MULTILINE)
    return int(kilobytes[1]) * 1024 if kilobytes else 0


def _peak() -> int:
    return linux_peak() or _peak_since_before_it_started()


def _peak_since_before_it_started() -> int:
    """Return the peak of what became this process, of which some is its parent's; 0 on Windows."""
    if sys.platform == "win32":
        return 0
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Kilobytes, except on macOS.
    return peak if sys.platform == "darwin" else peak * 1024
