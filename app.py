# PYTHON_ARGCOMPLETE_OK
"""Make mosaics, GIFs, videos and montages on a page in the browser; Ctrl-C ends it."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import create_gif_from_photos_folder
import face_montage
import make_gif
import mosaic
import video
from photomosaic.cli.command import Command
from photomosaic.cli.console import run
from photomosaic.options.app import AppOptions
from photomosaic.progress import Work

EXAMPLE = """\
  python app.py --folder media/example --port 8081"""

SCRIPTS = (mosaic, make_gif, video, face_montage, create_gif_from_photos_folder)


def make(options: AppOptions, work: Work) -> list[str]:
    """Serve the page until the user ends it."""
    # Loaded here, since it loads the library of the widgets.
    from photomosaic.app.server import serve

    serve(options, {script.COMMAND.script: script.COMMAND for script in SCRIPTS}, work)
    return []


COMMAND = Command("app", AppOptions, str(__doc__), EXAMPLE, make)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the script and return its exit code."""
    return run(COMMAND, argv)


if __name__ == "__main__":
    sys.exit(main())
