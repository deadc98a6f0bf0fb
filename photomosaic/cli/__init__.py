"""What the scripts share: options, savepaths, progress, the error boundary."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from photomosaic.cli.environment import problem_of_python

LEAST_MEMORY = 1 << 30

# Idle threads of the linear algebra and of faiss wait by spinning, which takes the cores from the
# threads beside them. Read when these libraries are loaded; what the user has set is kept.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
# Pillow's pictures are held in pieces, and small ones stay with the process when they are freed;
# those above 32 MB go back to the system (M_MMAP_THRESHOLD in mallopt(3)).
os.environ.setdefault("PILLOW_BLOCK_SIZE", "64m")


def _show(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.stderr.write("stopped before anything was done\n")
    elif isinstance(error, ImportError) and "failed to map segment" in str(error):
        _give_up("there is not enough memory to load what it needs")
    else:
        # Loaded here, since it is seldom needed.
        from traceback import format_exception

        from photomosaic.files.names import printable_lines

        sys.stderr.write(printable_lines("".join(format_exception(kind, error, traceback))))


def _check_memory() -> None:
    """Stop if memory is limited to less than the libraries take.

    They do not bear it: some end the process, and some wait for memory without end.
    """
    try:
        import resource
    except ImportError:  # on Windows, which has no such limits
        return
    for what in (resource.RLIMIT_AS, resource.RLIMIT_DATA):
        limit = resource.getrlimit(what)[0]
        if limit != resource.RLIM_INFINITY and limit < LEAST_MEMORY:
            _give_up(
                f"memory is limited to {limit >> 20:,} MB (ulimit -v, ulimit -d); at least"
                f" {LEAST_MEMORY >> 20:,} MB are needed"
            )


def _give_up(reason: str) -> None:
    if sys.stderr is not None:
        with suppress(OSError):
            sys.stderr.write(f"{Path(sys.argv[0]).name}: {reason}\n")
    sys.exit(2)


# For what happens while the rest is loaded, which takes up to a second; after that `run` deals with
# it.
sys.excepthook = _show
if problem := problem_of_python():
    _give_up(problem)
_check_memory()
