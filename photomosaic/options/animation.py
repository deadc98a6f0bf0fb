"""The options of animations, and of create_gif_from_photos_folder.py."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, Literal

from photomosaic import ranges
from photomosaic.options.fields import Options, option
from photomosaic.options.photos import CORES, MessageOptions
from photomosaic.options.texts import ANIMATION_FORMATS
from photomosaic.options.values import FrameSize

PictureOrder = Literal["ascending", "descending", "date", "date-descending", "random"]
Fit = Literal["cover", "contain"]
Caption = Literal["none", "date", "name"]
MORPH_STEPS = 5
MUSIC_HELP = (
    "music of an .mp4, from any file with sound; cut to its length, or repeated, and faded out"
)


@dataclass(frozen=True, kw_only=True)
class AnimationOptions(Options):
    """How frames are shown and packed.

    Attributes
    ----------
    dither : bool
        Whether a GIF approximates other colours by dots; no option of a script.
    """

    heading: ClassVar[str] = "animation"

    fps: float = option(3, "frames per second", ranges.ANIMATION_FPS)
    hold: float = option(
        0, "seconds the last frame is shown, if longer than the others", ranges.HOLD
    )
    colors: int | None = option(
        None,
        "at most N colours, for smaller GIFs; without it each frame has 256 of its own",
        ranges.COLORS,
    )
    lossy: int | None = option(
        None, "noise that gifsicle may add to make GIFs smaller (default: 80)", ranges.LOSSY
    )
    optimize: bool | None = option(None, "shrink GIFs with gifsicle (default: on)")
    dither: bool = True

    def without_dots(self) -> AnimationOptions:
        """Return these options without dithering of GIFs."""
        return replace(self, dither=False)


@dataclass(frozen=True, kw_only=True)
class FolderOptions(Options):
    """The pictures of an animation, and where it goes."""

    heading: ClassVar[str] = "pictures and animation"

    photos_dir: Path = option(
        help="folder of pictures; its subfolders are not searched", metavar="DIR"
    )
    savepath: Path | None = option(
        None,
        f"where to save it (default: a GIF beside the folder, named like it); {ANIMATION_FORMATS}",
        metavar="FILE",
        writes="animation.gif",
    )
    order: PictureOrder = option(
        "ascending", "by name with 2 before 10, by the date taken, or at random"
    )
    seed: int = option(0, "seed of the random order", ranges.SEED)
    fuzz: float = option(
        3,
        "keep a pixel if it differs by at most N percent from the frame before",
        ranges.PERCENT,
        group="animation",
    )
    crossfade: int | None = option(
        None,
        "blended frames between two pictures, each shown as long as any frame (default: 0, or"
        f" {MORPH_STEPS} with --morph)",
        ranges.BLENDS,
        group="animation",
    )
    morph: bool = option(
        False, "move the parts of a face to their next place while frames blend", group="animation"
    )
    size: FrameSize | None = option(
        None,
        "size of the frames in pixels, or their longer side (default: that of most pictures, at"
        " most 1000)",
        metavar="WxH",
        parse=FrameSize.parse,
        group="animation",
    )
    fit: Fit = option(
        "cover", "fill the frame and cut pictures, or show them whole", group="animation"
    )
    caption: Caption = option(
        "none", "write the date taken, or the name, on each picture", group="animation"
    )
    music: Path | None = option(None, MUSIC_HELP, group="animation", metavar="FILE")
    workers: int = option(
        CORES, "threads that read pictures", ranges.WORKERS, group="photos", metavar="N"
    )

    @property
    def steps(self) -> int:
        """How many frames there are between two pictures."""
        return self.crossfade if self.crossfade is not None else MORPH_STEPS * self.morph


@dataclass(frozen=True, kw_only=True)
class FolderGifOptions:
    """The options of create_gif_from_photos_folder.py."""

    defaults: ClassVar[dict[str, object]] = {"fps": 7}

    folder: FolderOptions
    animation: AnimationOptions
    messages: MessageOptions
