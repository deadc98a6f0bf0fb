"""The options of a montage as a film."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from photomosaic import ranges
from photomosaic.options.animation import MORPH_STEPS, MUSIC_HELP, Caption
from photomosaic.options.fields import Options, option
from photomosaic.options.texts import ANIMATION_FORMATS


@dataclass(frozen=True, kw_only=True)
class FilmOptions(Options):
    """The frames of a montage as a film; all need `film`."""

    heading: ClassVar[str] = "film"

    film: Path | None = option(
        None,
        f"also save the frames as a film or GIF; {ANIMATION_FORMATS}",
        metavar="FILE",
        writes="montage.mp4",
    )
    fps: float | None = option(
        None, "frames per second of the film (default: 7)", ranges.ANIMATION_FPS
    )
    hold: float | None = option(
        None, "seconds that the last frame of the film stays (default: as long as any)", ranges.HOLD
    )
    crossfade: int | None = option(
        None,
        f"blended frames between two of the montage (default: 0, or {MORPH_STEPS} with --morph)",
        ranges.BLENDS,
    )
    morph: bool = option(
        False, "move the parts of the face to their next place while frames of the film blend"
    )
    caption: Caption | None = option(
        None, "write the date taken, or the name, on the film (default: none)"
    )
    music: Path | None = option(None, MUSIC_HELP, metavar="FILE")
