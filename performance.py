"""Measure how long mosaics take, by stage, tile size, number of photos and with the cache."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from photomosaic.cli.console import Parser, run, say
from photomosaic.cli.options import (
    add_codebook_options,
    add_number,
    add_output_options,
    add_render_options,
    add_scales_options,
    add_spacing_option,
    add_tile_options,
    file_path,
    script_parser,
)
from photomosaic.cli.performance import as_json, check_battery, measure, settings
from photomosaic.cli.performance_report import table, write_plots
from photomosaic.images.encode import replacing
from photomosaic.ranges import REPEATS

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
        "--savedir",
        type=file_path,
        default=Path("media/output/performance"),
        help="folder of the plots, performance.json and the table",
    )
    add_number(group, "--repeats", REPEATS, 3, "runs of which the median is told")
    group.add_argument(
        "--quick", action="store_true", help="one run, on a few of the photos and scales"
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
    found = measure(arguments, battery)
    write_plots(found, battery.savedir)
    figures = settings(arguments, battery) | {"measurements": as_json(found)}
    text = table(found)
    for name, content in (("performance.json", json.dumps(figures, indent=1)), ("table.md", text)):
        with replacing(battery.savedir / name) as file:
            file.write(f"{content}\n".encode(errors="backslashreplace"))
    say(arguments, text)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the script and return its exit code."""
    return run(build_parser(), measure_performance, argv)


if __name__ == "__main__":
    sys.exit(main())
