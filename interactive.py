# PYTHON_ARGCOMPLETE_OK
"""Look for the best scale of a mosaic in a window; s saves it, o shows the original, Esc leaves."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from photomosaic.cli.command import Command
from photomosaic.cli.console import run
from photomosaic.cli.words import log_unreadable
from photomosaic.jobs.explorer import explore
from photomosaic.options.scales import ExplorerOptions
from photomosaic.progress import Work

EXAMPLE = """\
  python interactive.py --target media/example/astronaut.jpg \\
      --codebook-dir media/example/photos --min-scale 5 --max-scale 30"""


def show(options: ExplorerOptions, work: Work) -> list[str]:
    """Show the window until the user leaves it."""
    result = explore(options, work)
    if result.index is not None:
        log_unreadable(result.index.unreadable, verbose=options.messages.verbose)
    return []


COMMAND = Command("interactive", ExplorerOptions, str(__doc__), EXAMPLE, show)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the script and return its exit code."""
    return run(COMMAND, argv)


if __name__ == "__main__":
    sys.exit(main())
