"""The options of the scripts that make mosaics at a range of scales."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from photomosaic import ranges
from photomosaic.errors import InputError
from photomosaic.options.animation import AnimationOptions
from photomosaic.options.fields import Options, option
from photomosaic.options.look import RenderOptions
from photomosaic.options.photos import CacheOptions, MessageOptions, PhotoOptions, TileOptions
from photomosaic.options.texts import ANIMATION_FORMATS, SAVEPATH_HELP
from photomosaic.options.values import DefaultTemplate


@dataclass(frozen=True, kw_only=True)
class ScaleRange(Options):
    """A range of scales."""

    heading: ClassVar[str] = "target and mosaic"

    min_scale: int = option(help="the smallest scale", limits=ranges.SCALE)
    max_scale: int = option(help="the largest scale", limits=ranges.SCALE)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.min_scale > self.max_scale:
            raise InputError(
                f"--min-scale {self.min_scale} is above --max-scale {self.max_scale}; swap them"
            )

    @property
    def scales(self) -> range:
        """From the smallest to the largest scale."""
        return range(self.min_scale, self.max_scale + 1)


@dataclass(frozen=True, kw_only=True)
class PictureOptions(Options):
    """The picture of which mosaics are made."""

    target: Path = option(help="picture to make mosaics of", metavar="FILE")


@dataclass(frozen=True, kw_only=True)
class ScalesOptions(ScaleRange, PictureOptions):
    """A picture and a range of scales."""


@dataclass(frozen=True, kw_only=True)
class SourceOptions(Options):
    """What interactive.py makes mosaics of."""

    target: Path | None = option(
        None,
        "picture to make mosaics of; needed unless there is a camera",
        metavar="FILE",
        exclusive="source",
    )
    camera: str | None = option(
        None,
        "show live mosaics of a camera (0 is the first), or of a video file",
        metavar="SOURCE",
        exclusive="source",
    )


@dataclass(frozen=True, kw_only=True)
class ExplorerTargetOptions(ScaleRange, SourceOptions):
    """What interactive.py shows, and where it saves."""

    savepath: str = option(
        DefaultTemplate("media/output/interactive-%s-at-scale-%d.jpg"),
        SAVEPATH_HELP.format("mosaics", "the scale") + "; format by extension",
    )


@dataclass(frozen=True, kw_only=True)
class ExplorerOptions:
    """The options of interactive.py."""

    what: ExplorerTargetOptions
    photos: PhotoOptions
    tiles: TileOptions
    look: RenderOptions
    cache: CacheOptions
    messages: MessageOptions


@dataclass(frozen=True, kw_only=True)
class SweepTargetOptions(ScalesOptions):
    """Which scales make_gif.py shows, and where the animation goes."""

    savepath: str = option(
        DefaultTemplate("media/output/%s-from-%d-to-%d.gif"),
        SAVEPATH_HELP.format("animation", "the smallest and the largest scale")
        + f"; {ANIMATION_FORMATS}",
        writes="%s-from-%d-to-%d.gif",
    )
    step: int = option(1, "step from one scale to the next", ranges.SCALE)
    ascending: int = option(1, "1 shows the smallest scale first, 0 the largest", ranges.SWITCH)
    resize_height: int | None = option(
        None, "height of the frames, if not the target's", ranges.PIXELS, group="animation"
    )

    @property
    def scales(self) -> range:
        """The scales in the order in which they are shown."""
        scales = range(self.min_scale, self.max_scale + 1, self.step)
        return scales if self.ascending else scales[::-1]


@dataclass(frozen=True, kw_only=True)
class SweepOptions:
    """The options of make_gif.py."""

    what: SweepTargetOptions
    animation: AnimationOptions
    photos: PhotoOptions
    tiles: TileOptions
    look: RenderOptions
    cache: CacheOptions
    messages: MessageOptions


@dataclass(frozen=True, kw_only=True)
class MeasuringOptions(ScalesOptions):
    """What performance.py measures."""

    heading: ClassVar[str] = "what to measure"

    video: Path | None = option(None, "a video, to measure part of it too", metavar="FILE")
    faces: Path | None = option(
        None, "a folder of photos, to time the search for faces in some of them", metavar="DIR"
    )
    savedir: Path = option(
        Path("media/output/performance"),
        "folder of the plots, performance.json and the table",
        metavar="DIR",
    )
    repeats: int = option(
        3, "runs of each measurement, more if short; the median is reported", ranges.REPEATS
    )
    quick: bool = option(False, "one run, on few photos, scales and frames; ends within 30 seconds")


@dataclass(frozen=True, kw_only=True)
class PerformanceOptions:
    """The options of performance.py."""

    what: MeasuringOptions
    photos: PhotoOptions
    tiles: TileOptions
    look: RenderOptions
    messages: MessageOptions
