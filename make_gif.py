# PYTHON_ARGCOMPLETE_OK
"""Make a GIF of a picture's mosaics at many tile sizes out of a folder of photos."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from photomosaic.cli.animation_words import animation_line
from photomosaic.cli.command import Command
from photomosaic.cli.console import run
from photomosaic.cli.words import log_unreadable
from photomosaic.jobs.sweep import make_sweep
from photomosaic.options.scales import SweepOptions
from photomosaic.progress import Work

EXAMPLE = """\
  python make_gif.py --target media/example/astronaut.jpg --codebook-dir media/example/photos \\
      --min-scale 10 --max-scale 60 --step 5 --fps 3 --resize-height 400"""


def make(options: SweepOptions, work: Work) -> list[str]:
    """Make what the options describe, and return the lines on it."""
    result = make_sweep(options, work)
    log_unreadable(result.index.unreadable, verbose=options.messages.verbose)
    return [animation_line(result.animation)]


COMMAND = Command("make_gif", SweepOptions, str(__doc__), EXAMPLE, make)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the script and return its exit code."""
    return run(COMMAND, argv)


if __name__ == "__main__":
    sys.exit(main())
