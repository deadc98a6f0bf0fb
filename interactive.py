"""Look for the best scale of a mosaic in a window; s saves it, o shows the original, Esc leaves."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from functools import partial

from photomosaic.cli.console import run, say
from photomosaic.cli.explorer import check_exploration, open_explorer, save
from photomosaic.cli.parser import Parser, script_parser
from photomosaic.cli.report import tell_of_unreadable
from photomosaic.explore.display import check_display, prepare_qt
from photomosaic.options.scales import ExplorerOptions

EXAMPLE = """\
  python interactive.py --target beach.jpg --codebook-dir ~/Pictures --min-scale 1 --max-scale 12 \\
      --savepath "media/output/interactive-%s-at-scale-%d.jpg\""""


def build_parser() -> Parser:
    """Return the parser of this script's options."""
    return script_parser(ExplorerOptions, "interactive", str(__doc__), EXAMPLE)


def explore(arguments: argparse.Namespace) -> None:
    """Show the window until the user leaves it."""
    exploration = check_exploration(arguments)
    prepare_qt()
    check_display()
    # Loaded here, when a window is known to work.
    from photomosaic.explore.window import Window

    with open_explorer(arguments, exploration) as explorer:
        window = Window(
            explorer,
            exploration.wish,
            exploration.scales,
            partial(save, arguments, exploration),
            partial(say, arguments),
        )
        window.show()
        index = explorer.index
    if index is not None:
        tell_of_unreadable(index.unreadable, verbose=arguments.verbose)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the script and return its exit code."""
    return run(build_parser(), explore, argv)


if __name__ == "__main__":
    sys.exit(main())
