"""The options of videos."""

from __future__ import annotations

import argparse

from photomosaic.cli.console import Parser
from photomosaic.cli.parsers import add_number, number
from photomosaic.ranges import (
    DEFAULT_PRESET,
    DEFAULT_QUALITY,
    DEFAULT_STABILIZATION_THRESHOLD,
    DURATION,
    FPS,
    QUALITY,
    SECONDS,
    STABILIZATION_THRESHOLD,
)

PRESETS = "ultrafast superfast veryfast faster fast medium slow slower veryslow".split()


def add_video_options(parser: Parser) -> None:
    """Add the options on which part of a video is rendered, and on how it is encoded."""
    group = parser.add_argument_group("video")
    add_number(
        group,
        "--stabilization-threshold",
        STABILIZATION_THRESHOLD,
        DEFAULT_STABILIZATION_THRESHOLD,
        "a tile is held from frame to frame until another is closer by this factor; 1 holds none",
    )
    add_number(group, "--start", SECONDS, 0.0, "seconds to skip")
    group.add_argument(
        "--seconds",
        type=number(DURATION),
        metavar="N",
        help=f"render only that many seconds; {DURATION}",
    )
    group.add_argument(
        "--fps",
        type=number(FPS),
        metavar="N",
        help=f"frames per second, if not the video's own; {FPS}",
    )
    add_number(
        group,
        "--quality",
        QUALITY,
        DEFAULT_QUALITY,
        "x264's rate factor; less is better and makes larger files",
    )
    group.add_argument(
        "--preset",
        choices=PRESETS,
        default=DEFAULT_PRESET,
        help="x264's preset; slower ones pack closer",
    )
    group.add_argument(
        "--audio",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="take the video's sound along",
    )
