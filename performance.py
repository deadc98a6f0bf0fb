"""Measure how long mosaics take, by stage, tile size, number of photos and with the cache."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

from photomosaic.cli.console import progress_for, run, say
from photomosaic.cli.parser import Parser, script_parser
from photomosaic.cli.performance import FIGURES, TABLE, check_battery, recorded_settings
from photomosaic.cli.report import tell_of_unreadable
from photomosaic.images.encode import replacing
from photomosaic.options.scales import PerformanceOptions
from photomosaic.performance.machine import PACKAGES, machine
from photomosaic.performance.measure import measure
from photomosaic.performance.plots import write_plots
from photomosaic.performance.table import table
from photomosaic.versions import versions

EXAMPLE = """\
  python performance.py --target pic.jpg --codebook-dir ~/Pictures --min-scale 1 --max-scale 12"""


def build_parser() -> Parser:
    """Return the parser of this script's options."""
    return script_parser(PerformanceOptions, "performance", str(__doc__), EXAMPLE)


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
