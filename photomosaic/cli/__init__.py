"""What the scripts share: options, savepaths, progress, the error boundary."""

from __future__ import annotations

import sys
from types import TracebackType


def _show(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.stderr.write("stopped before anything was done\n")
    else:
        # Loaded here, since it is seldom needed.
        from traceback import format_exception

        from photomosaic.images.names import printable_lines

        sys.stderr.write(printable_lines("".join(format_exception(kind, error, traceback))))


# For Ctrl-C while the rest is loaded, which takes up to a second; after that `run` deals with it.
sys.excepthook = _show
