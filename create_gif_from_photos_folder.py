"""Make a GIF of the pictures in a folder, such as the frames of a face montage."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from photomosaic.cli.animation import animation_line
from photomosaic.cli.console import run, say
from photomosaic.cli.folder_gif import check_folder_gif, make_folder_gif
from photomosaic.cli.parser import Parser, script_parser
from photomosaic.cli.report import tell_of_unreadable
from photomosaic.options.animation import FolderGifOptions

EXAMPLE = """\
  python create_gif_from_photos_folder.py --photos-dir media/output/montage_will/ \\
      --fps 7 --fuzz 3 --order ascending"""


def build_parser() -> Parser:
    """Return the parser of this script's options."""
    return script_parser(FolderGifOptions, "create_gif_from_photos_folder", str(__doc__), EXAMPLE)


def make_gif(arguments: argparse.Namespace) -> None:
    """Make, save and report the animation that the options ask for."""
    plan = check_folder_gif(arguments)
    animation = make_folder_gif(arguments, plan)
    unreadable = [(one.path, one.reason) for one in plan.unreadable]
    tell_of_unreadable(unreadable, verbose=arguments.verbose)
    say(arguments, animation_line(animation))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the script and return its exit code."""
    return run(build_parser(), make_gif, argv)


if __name__ == "__main__":
    sys.exit(main())
