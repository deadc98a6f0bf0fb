"""Make a mosaic of a picture out of a folder of photos."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence

from photomosaic.cli.console import Parser, run, say
from photomosaic.cli.mural import check_mural, plan_mural
from photomosaic.cli.mural_options import add_mural_options
from photomosaic.cli.mural_work import make_mural
from photomosaic.cli.options import (
    add_cache_options,
    add_codebook_options,
    add_output_options,
    add_render_options,
    add_repeat_options,
    add_scale_option,
    add_target_options,
    add_tile_options,
    add_trim_option,
)
from photomosaic.cli.parsers import script_parser
from photomosaic.cli.project import ProjectParser, add_project_options
from photomosaic.cli.report import (
    repeats_line,
    result_line,
    tell_of_photos,
    tell_of_unreadable,
    write_report,
)
from photomosaic.cli.still import check_still, load_codebooks, make_still, save_still
from photomosaic.progress import StageClock

EXAMPLE = """\
  python mosaic.py --target media/example/beach.jpg --codebook-dir ~/Pictures --scale 8 \\
      --savepath "media/output/%s-mosaic-scale-%d.jpg" --opacity 0.4 --best-k 5"""

log = logging.getLogger("photomosaic")


def build_parser() -> Parser:
    """Return the parser of this script's options."""
    parser = script_parser(str(__doc__), EXAMPLE, ProjectParser)
    target = add_target_options(parser, "media/output/%s-mosaic-scale-%d.jpg")
    add_scale_option(target)
    add_trim_option(target)
    add_codebook_options(parser)
    add_tile_options(parser)
    add_render_options(parser)
    add_repeat_options(parser)
    add_project_options(parser)
    add_mural_options(parser)
    add_cache_options(parser)
    add_output_options(parser)
    return parser


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
