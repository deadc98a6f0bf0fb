"""The options of video.py."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from photomosaic import ranges
from photomosaic.options.fields import Options, option
from photomosaic.options.look import RenderOptions
from photomosaic.options.photos import CacheOptions, MessageOptions, PhotoOptions, TileOptions
from photomosaic.options.texts import SAVEPATH_HELP, SCALE_HELP

Preset = Literal[
    "ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow"
]


@dataclass(frozen=True, kw_only=True)
class VideoTargetOptions(Options):
    """The video that video.py imitates, and where the mosaic goes."""

    heading: ClassVar[str] = "target and mosaic"

    target: Path = option(help="video to make a mosaic of", metavar="FILE")
    savepath: str = option(
        "media/output/%s-at-scale-%d.mp4",
        SAVEPATH_HELP.format("mosaic, an .mp4", "the scale"),
        writes="%s-at-scale-%d.mp4",
    )
    scale: int = option(help=SCALE_HELP, limits=ranges.SCALE)


@dataclass(frozen=True, kw_only=True)
class VideoOptions(Options):
    """Which part of a video is rendered, and how it is encoded."""

    heading: ClassVar[str] = "video"

    stabilization_threshold: float = option(
        0.9,
        "hold a tile until another is closer by this factor; 1 holds none",
        ranges.STABILIZATION_THRESHOLD,
    )
    start: float = option(0.0, "seconds to skip", ranges.SECONDS)
    seconds: float | None = option(None, "render only N seconds", ranges.DURATION)
    fps: float | None = option(None, "frames per second, if not the video's own", ranges.FPS)
    quality: int = option(
        20, "x264's rate factor; lower is better and makes larger files", ranges.QUALITY
    )
    preset: Preset | None = option(
        None,
        "x264's preset; slower ones compress more (default: fast; veryfast for moving tiles, whose"
        " files it makes no larger)",
    )
    moving: bool = option(
        False, "let each cell play a clip: the videos of the codebook folder, in place of photos"
    )
    audio: bool = option(True, "keep the video's sound")

    @property
    def x264_preset(self) -> Preset:
        """The preset, given or chosen."""
        return self.preset or ("veryfast" if self.moving else "fast")


@dataclass(frozen=True, kw_only=True)
class VideoMosaicOptions:
    """The options of video.py."""

    what: VideoTargetOptions
    video: VideoOptions
    photos: PhotoOptions
    tiles: TileOptions
    look: RenderOptions
    cache: CacheOptions
    messages: MessageOptions
