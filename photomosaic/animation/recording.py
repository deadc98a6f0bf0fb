"""What is shown live, recorded as an MP4."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

from photomosaic.animation.ffmpeg_formats import write_with_ffmpeg
from photomosaic.arrays import BgrImage
from photomosaic.files.writing import replacing_by_name

FPS = Fraction(25)
# The window needs the processor, too.
PRESET = "ultrafast"


class Recording:
    """Records pictures in a thread of its own, at a constant rate, until it is stopped.

    Parameters
    ----------
    latest : callable
        Returns the picture (H, W, 3), uint8, BGR, that is shown; always of one size.
    path : Path
        Where the MP4 is written once it is stopped.
    now : callable, optional
        The clock, in seconds.
    """

    def __init__(
        self, latest: Callable[[], BgrImage], path: Path, now: Callable[[], float] = time.monotonic
    ) -> None:
        self.path = path
        self._latest, self._now = latest, now
        self._stopped = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._record, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Take no more pictures; what was taken is still being written."""
        self._stopped.set()

    def finished(self) -> Path:
        """Wait until all is written, and return the path; raises what went wrong."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self.path

    def _record(self) -> None:
        try:
            with replacing_by_name(self.path) as temporary:
                write_with_ffmpeg(self._frames(), temporary, FPS, 0, PRESET)
        except BaseException as error:  # noqa: BLE001 (raised again by `stop`)
            self._error = error

    def _frames(self) -> Iterator[BgrImage]:
        """Yield the picture as often as it is due; what the encoder is late for comes at once."""
        start, count = self._now(), 0
        while True:
            yield self._latest()
            count += 1
            if self._stopped.wait(max(0.0, start + float(count / FPS) - self._now())):
                return
