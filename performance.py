"""Measure how long mosaics take, by stage, tile size, number of photos and with the cache."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from photomosaic.cli.command import Command
from photomosaic.cli.console import run
from photomosaic.cli.words import log_unreadable
from photomosaic.jobs.performance import measure_performance
from photomosaic.options.scales import PerformanceOptions
from photomosaic.progress import Work

EXAMPLE = """\
  python performance.py --target pic.jpg --codebook-dir ~/Pictures --min-scale 1 --max-scale 12"""


def measure(options: PerformanceOptions, work: Work) -> list[str]:
    """Measure, and return the table."""
    result = measure_performance(options, work)
    log_unreadable(result.unreadable, verbose=options.messages.verbose)
    return [result.table]


COMMAND = Command("performance", PerformanceOptions, str(__doc__), EXAMPLE, measure)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the script and return its exit code."""
    return run(COMMAND, argv)


if __name__ == "__main__":
    sys.exit(main())
