# PYTHON_ARGCOMPLETE_OK
"""Make a mosaic of a picture out of a folder of photos."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from photomosaic.cli.command import Command
from photomosaic.cli.console import run
from photomosaic.cli.hints import hint_lines
from photomosaic.cli.mosaic_words import mosaic_lines
from photomosaic.cli.project import ProjectParser
from photomosaic.cli.words import log_unreadable
from photomosaic.jobs.mosaic import make_mosaic
from photomosaic.options.mosaic import MosaicOptions
from photomosaic.progress import Work

EXAMPLE = """\
  python mosaic.py --target media/example/astronaut.jpg --codebook-dir media/example/photos \\
      --savepath "media/output/%s-mosaic.jpg" --tint 0.3"""


def make(options: MosaicOptions, work: Work) -> list[str]:
    """Make what the options describe, and return the lines on it."""
    if options.what.advise:
        # Loaded here, since few runs need it.
        from photomosaic.cli.advice_words import advice_lines
        from photomosaic.jobs.advice import make_advice

        return advice_lines(make_advice(options, work))
    result = make_mosaic(options, work)
    log_unreadable(result.still.index.unreadable, verbose=options.messages.verbose)
    photos, cache = options.photos.codebook_dir, options.cache.folder
    hint = hint_lines(result.hint, photos, cache, quiet=options.messages.quiet)
    return [*mosaic_lines(result), *hint]


COMMAND = Command("mosaic", MosaicOptions, str(__doc__), EXAMPLE, make, kind=ProjectParser)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the script and return its exit code."""
    return run(COMMAND, argv)


if __name__ == "__main__":
    sys.exit(main())
