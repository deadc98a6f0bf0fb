# PYTHON_ARGCOMPLETE_OK
"""Make a mosaic of every frame of a video out of a folder of photos, with its sound."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from photomosaic.cli.animation_words import moving_line, video_line
from photomosaic.cli.command import Command
from photomosaic.cli.console import run
from photomosaic.cli.words import log_unreadable
from photomosaic.jobs.video import make_video
from photomosaic.options.video import VideoMosaicOptions
from photomosaic.progress import Work

EXAMPLE = """\
  python video.py --target media/example/cat.mp4 --codebook-dir media/example/photos --scale 4 \\
      --savepath "media/output/%s-at-scale-%d.mp4" --seconds 2"""


def make(options: VideoMosaicOptions, work: Work) -> list[str]:
    """Make what the options describe, and return the lines on it."""
    if options.video.moving:
        # Loaded here, since few runs need it.
        from photomosaic.jobs.moving import make_moving_video

        moving = make_moving_video(options, work)
        log_unreadable(moving.tiles.unreadable, verbose=options.messages.verbose)
        return [moving_line(moving)]
    result = make_video(options, work)
    log_unreadable(result.index.unreadable, verbose=options.messages.verbose)
    return [video_line(result)]


COMMAND = Command("video", VideoMosaicOptions, str(__doc__), EXAMPLE, make)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the script and return its exit code."""
    return run(COMMAND, argv)


if __name__ == "__main__":
    sys.exit(main())
