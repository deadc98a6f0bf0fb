"""Whether the Python that runs has the packages; without them, one line says how to get them."""

from __future__ import annotations

import shlex
import sys
from importlib.util import find_spec
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
LEAST_VERSION = (3, 11)
# Scripts load these before they show their help. The other packages are installed with them.
NEEDED = ("numpy", "cv2", "PIL", "faiss", "msgspec")


def problem_of_python() -> str | None:
    """Return what the Python that runs lacks, with the way out; None if nothing."""
    missing = [f"lacks {name}" for name in NEEDED if find_spec(name) is None]
    if sys.version_info[:2] < LEAST_VERSION:
        missing = ["is older than {}.{}".format(*LEAST_VERSION)]
    if not missing:
        return None
    python = PROJECT / ".venv" / "bin" / "python"
    way_out = "make the environment .venv first: sh demo.sh"
    if python.exists() and Path(sys.prefix).resolve() != python.parents[1].resolve():
        shown = ".venv/bin/python" if Path.cwd() == PROJECT else str(python)
        way_out = f"take that of the environment: {shlex.quote(shown)} {shlex.quote(sys.argv[0])}"
    return f"this Python, {sys.executable}, {missing[0]}; {way_out}"
