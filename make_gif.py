"""Make a GIF of a picture's mosaics at many tile sizes out of a folder of photos."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence

from photomosaic.cli.animation import animation_line
from photomosaic.cli.console import run, say
from photomosaic.cli.parser import Parser, script_parser
from photomosaic.cli.report import tell_of_unreadable
from photomosaic.cli.sweep import check_sweep, make_sweep
from photomosaic.options.scales import SweepOptions
from photomosaic.progress import StageClock

EXAMPLE = """\
  python make_gif.py --target beach.jpg --codebook-dir ~/Pictures --min-scale 5 --max-scale 25 \\
      --savepath "media/output/%s-from-%d-to-%d.gif" --fps 3 --ascending 0 --resize-height 400"""

log = logging.getLogger("photomosaic")


def build_parser() -> Parser:
    """Return the parser of this script's options."""
    return script_parser(SweepOptions, "make_gif", str(__doc__), EXAMPLE)


def make_gif(arguments: argparse.Namespace) -> None:
    """Make, save and report the animation that the options ask for."""
    clock = StageClock()
    sweep = check_sweep(arguments, clock)
    animation, index = make_sweep(arguments, sweep, clock)
    tell_of_unreadable(index.unreadable, verbose=arguments.verbose)
    for stage, seconds in clock.seconds.items():
        log.debug("%-14s %8.3f s", stage, seconds)
    say(arguments, animation_line(animation))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the script and return its exit code."""
    return run(build_parser(), make_gif, argv)


if __name__ == "__main__":
    sys.exit(main())
