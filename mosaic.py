"""Make a mosaic of a picture out of a folder of photos."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence

from photomosaic.cli.console import run, say
from photomosaic.cli.mural import check_mural, plan_mural
from photomosaic.cli.mural_work import make_mural
from photomosaic.cli.parser import Parser, script_parser
from photomosaic.cli.project import ProjectParser
from photomosaic.cli.report import (
    repeats_line,
    result_line,
    tell_of_photos,
    tell_of_unreadable,
    write_report,
)
from photomosaic.cli.still import check_still, load_codebooks, make_still, save_still
from photomosaic.options.mosaic import MosaicOptions
from photomosaic.progress import StageClock

EXAMPLE = """\
  python mosaic.py --target media/example/beach.jpg --codebook-dir ~/Pictures --scale 8 \\
      --savepath "media/output/%s-mosaic-scale-%d.jpg" --opacity 0.4 --best-k 5"""

log = logging.getLogger("photomosaic")


def build_parser() -> Parser:
    """Return the parser of this script's options."""
    return script_parser(MosaicOptions, "mosaic", str(__doc__), EXAMPLE, ProjectParser)


def make_mosaic(arguments: argparse.Namespace) -> None:
    """Make, save and report the mosaic that the options ask for."""
    clock = StageClock()
    still = check_still(arguments, clock)
    wanted = check_mural(arguments, still)
    tiles = dict.fromkeys((still.matched_tile, still.tile))
    index, codebooks = load_codebooks(arguments, still.listing, list(tiles), clock)
    tell_of_photos(index, codebooks[0], arguments)
    mural = plan_mural(arguments, wanted, still, index, codebooks[0])
    result = make_still(arguments, still, index, codebooks, clock)
    if wanted is None:
        save_still(arguments, result, clock)
    if mural is not None:
        result = make_mural(arguments, mural, still, result, clock)
    tell_of_unreadable(result.index.unreadable, verbose=arguments.verbose)
    if arguments.report:
        write_report(arguments.report, arguments, result, clock)
    for stage, seconds in clock.seconds.items():
        log.debug("%-14s %8.3f s", stage, seconds)
    say(arguments, result_line(result))
    if result.limited:
        say(arguments, repeats_line(result))
    for line in [] if mural is None else mural.lines:
        say(arguments, line)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the script and return its exit code."""
    return run(build_parser(), make_mosaic, argv)


if __name__ == "__main__":
    sys.exit(main())
