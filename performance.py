# PYTHON_ARGCOMPLETE_OK
"""Measure how long mosaics take, by stage, tile size, number of photos and with the cache."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from photomosaic.cli.command import Command
from photomosaic.cli.console import run
from photomosaic.cli.performance_words import performance_lines
from photomosaic.jobs.performance import measure_performance
from photomosaic.options.scales import PerformanceOptions
from photomosaic.progress import Work

EXAMPLE = """\
  python performance.py --target media/example/astronaut.jpg --codebook-dir media/example/photos \\
      --min-scale 4 --max-scale 16 --quick"""


def measure(options: PerformanceOptions, work: Work) -> list[str]:
    """Measure, and return the table."""
    result = measure_performance(options, work)
    return performance_lines(result, verbose=options.messages.verbose)


COMMAND = Command("performance", PerformanceOptions, str(__doc__), EXAMPLE, measure)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the script and return its exit code."""
    return run(COMMAND, argv)


if __name__ == "__main__":
    sys.exit(main())
