"""Make a mosaic of every frame of a video out of a folder of photos, with its sound."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence

from photomosaic.cli.clip import check_clip, clip_line, make_clip, tell_of_video
from photomosaic.cli.console import run, say
from photomosaic.cli.parser import Parser, script_parser
from photomosaic.cli.report import tell_of_photos, tell_of_unreadable
from photomosaic.cli.still import load_codebooks
from photomosaic.options.video import VideoMosaicOptions
from photomosaic.progress import StageClock

EXAMPLE = """\
  python video.py --target concert.mov --codebook-dir ~/Pictures --scale 10 \\
      --savepath "media/output/%s-at-scale-%d.mp4" --seconds 20"""

log = logging.getLogger("photomosaic")


def build_parser() -> Parser:
    """Return the parser of this script's options."""
    return script_parser(VideoMosaicOptions, "video", str(__doc__), EXAMPLE)


def make_video(arguments: argparse.Namespace) -> None:
    """Make, save and report the mosaic video that the options ask for."""
    clock = StageClock()
    clip = check_clip(arguments, clock)
    tell_of_video(clip.video, arguments)
    index, (codebook,) = load_codebooks(arguments, clip.listing, [clip.tile], clock)
    tell_of_photos(index, codebook, arguments)
    fold = make_clip(arguments, clip, codebook, clock)
    tell_of_unreadable(index.unreadable, verbose=arguments.verbose)
    for stage, seconds in clock.seconds.items():
        log.debug("%-14s %8.3f s", stage, seconds)
    say(arguments, clip_line(clip, codebook, fold))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the script and return its exit code."""
    return run(build_parser(), make_video, argv)


if __name__ == "__main__":
    sys.exit(main())
