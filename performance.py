"""Measure how long mosaics take, by stage, tile size, number of photos and with the cache."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from photomosaic.cli.console import Parser, progress_for, run, say
from photomosaic.cli.options import (
    add_codebook_options,
    add_output_options,
    add_render_options,
    add_scales_options,
    add_spacing_option,
    add_tile_options,
)
from photomosaic.cli.parsers import add_number, file_path, script_parser
from photomosaic.cli.performance import FIGURES, TABLE, check_battery, recorded_settings
from photomosaic.cli.report import tell_of_unreadable
from photomosaic.images.encode import replacing
from photomosaic.performance.machine import PACKAGES, machine
from photomosaic.performance.measure import measure
from photomosaic.performance.plots import write_plots
from photomosaic.performance.table import table
from photomosaic.ranges import REPEATS
from photomosaic.versions import versions

EXAMPLE = """\
  python performance.py --target pic.jpg --codebook-dir ~/Pictures --min-scale 1 --max-scale 12"""


def build_parser() -> Parser:
    """Return the parser of this script's options."""
    parser = script_parser(str(__doc__), EXAMPLE)
    group = parser.add_argument_group("what to measure")
    group.add_argument(
        "--target", type=file_path, required=True, help="the picture to make mosaics of"
    )
    add_scales_options(group)
    group.add_argument(
        "--video", type=file_path, metavar="FILE", help="a video, of which a part is measured too"
    )
    group.add_argument(
        "--faces",
        type=file_path,
        metavar="DIR",
        help="a folder of photos, in some of which faces are looked for",
    )
    group.add_argument(
        "--savedir",
        type=file_path,
        default=Path("media/output/performance"),
        help="folder of the plots, performance.json and the table",
    )
    add_number(
        group,
        "--repeats",
        REPEATS,
        3,
        "runs of which the median is told, or more if they are short",
    )
    group.add_argument(
        "--quick",
        action="store_true",
        help="one run, on so few of the photos, scales and frames that it ends within 30 seconds",
    )
    add_codebook_options(parser)
    add_tile_options(parser)
    add_render_options(parser)
    add_spacing_option(parser)
    add_output_options(parser, report=False)
    return parser


def measure_performance(arguments: argparse.Namespace) -> None:
    """Measure, and save and tell what was found."""
    battery = check_battery(arguments)
    found, unreadable = measure(battery, progress_for(arguments))
    write_plots(found, arguments.savedir)
    figures = {
        "versions": versions(PACKAGES),
        "machine": machine(),
        "settings": recorded_settings(arguments),
        "units": {"times": "seconds", "memory": "bytes", "sizes": "height and width in pixels"},
        "target": list(battery.target.shape[:2]),
        "measurements": found.as_json(),
    }
    text = table(found)
    for name, content in ((FIGURES, json.dumps(figures, indent=1)), (TABLE, text)):
        with replacing(arguments.savedir / name) as file:
            file.write(f"{content}\n".encode(errors="backslashreplace"))
    tell_of_unreadable(unreadable, verbose=arguments.verbose)
    say(arguments, text)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the script and return its exit code."""
    return run(build_parser(), measure_performance, argv)


if __name__ == "__main__":
    sys.exit(main())
