# PYTHON_ARGCOMPLETE_OK
"""Make a GIF of the pictures in a folder, such as the frames of a face montage."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from photomosaic.cli.animation_words import animation_line
from photomosaic.cli.command import Command
from photomosaic.cli.console import run
from photomosaic.cli.words import log_unreadable
from photomosaic.jobs.folder_gif import make_folder_gif
from photomosaic.options.animation import FolderGifOptions
from photomosaic.progress import Work

EXAMPLE = """\
  python create_gif_from_photos_folder.py --photos-dir media/example/album \\
      --savepath media/output/album.gif --fps 2 --order date"""


def make(options: FolderGifOptions, work: Work) -> list[str]:
    """Make what the options describe, and return the lines on it."""
    result = make_folder_gif(options, work)
    unreadable = [(picture.path, picture.reason) for picture in result.unreadable]
    log_unreadable(unreadable, verbose=options.messages.verbose)
    return [animation_line(result.animation)]


COMMAND = Command("create_gif_from_photos_folder", FolderGifOptions, str(__doc__), EXAMPLE, make)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the script and return its exit code."""
    return run(COMMAND, argv)


if __name__ == "__main__":
    sys.exit(main())
