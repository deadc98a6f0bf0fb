"""Find one person in a folder of photos, and make frames in which the eyes stay in their place."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from contextlib import closing

from photomosaic.cli.console import Parser, run, say
from photomosaic.cli.montage import check_montage, make_montage, montage_text
from photomosaic.cli.montage_options import (
    add_montage_options,
    add_people_options,
    add_selection_options,
)
from photomosaic.cli.options import add_cache_options, add_output_options
from photomosaic.cli.parsers import script_parser
from photomosaic.cli.report import tell_of_unreadable
from photomosaic.progress import StageClock

EXAMPLE = """\
  python face_montage.py --target-face-dir faces/will --other-face-dir faces/others \\
      --photos-dir ~/Pictures --output-size 800 --savedir media/output/montage_will/ \\
      --sort-by-photo-age"""

log = logging.getLogger("photomosaic")


def build_parser() -> Parser:
    """Return the parser of this script's options."""
    parser = script_parser(str(__doc__), EXAMPLE)
    add_people_options(parser)
    add_selection_options(parser)
    add_montage_options(parser)
    add_cache_options(parser)
    add_output_options(parser, report=False)
    return parser


def make_face_montage(arguments: argparse.Namespace) -> None:
    """Make, save and report the montage that the options ask for."""
    clock = StageClock()
    with closing(check_montage(arguments)) as plan:
        montage = make_montage(arguments, plan, clock)
    tell_of_unreadable(montage.scan.unreadable, verbose=arguments.verbose)
    for stage, seconds in clock.seconds.items():
        log.debug("%-14s %8.3f s", stage, seconds)
    say(arguments, montage_text(montage, dry_run=arguments.dry_run))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the script and return its exit code."""
    return run(build_parser(), make_face_montage, argv)


if __name__ == "__main__":
    sys.exit(main())
