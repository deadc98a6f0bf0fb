"""Options on how tiles are chosen and painted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from photomosaic import ranges
from photomosaic.errors import InputError
from photomosaic.options.fields import Options, Preset, option
from photomosaic.options.values import as_colour, bgr_of

CLASSIC = Preset(
    "--classic",
    "match as the original toolkit: the closest photo by pixels, one cut of each photo;"
    " other options still apply",
    {"metric": "rgb", "cuts": 1, "mirror": False, "refine": 0.0, "variety": 0.0},
)
LayoutName = Literal["grid", "brick", "hexagon", "mixed"]
WITH_LAYOUT = ("mosaic", "interactive", "make_gif")
WITH_LIMITS = ("mosaic", "interactive", "make_gif")
WITH_TRIM = ("mosaic", "interactive")


@dataclass(frozen=True, kw_only=True)
class RenderOptions(Options):
    """How tiles are chosen and painted."""

    heading: ClassVar[str] = "look"
    presets: ClassVar[tuple[Preset, ...]] = (CLASSIC,)

    best_k: int = option(
        1,
        "draw each tile from the k closest, weighted by 1 / distance",
        ranges.BEST_K,
        in_project=True,
        slider=(1, 20),
        trackbar=True,
    )
    randomness: float = option(
        0.0,
        "probability that a cell gets a random tile",
        ranges.RANDOMNESS,
        in_project=True,
        slider=(0, 0.99),
    )
    opacity: float = option(
        0.0,
        "how strongly the target is blended over the mosaic",
        ranges.SHARE,
        in_project=True,
        changeable=True,
        slider=(0, 1),
        trackbar=True,
    )
    tint: float = option(
        0.0,
        "how far the mean colour of each tile is moved to that of its patch",
        ranges.SHARE,
        in_project=True,
        changeable=True,
        slider=(0, 1),
        trackbar=True,
    )
    trim: bool = option(
        True,
        "trim the picture to whole tiles; --no-trim covers all of it with cut edge tiles",
        scripts=WITH_TRIM,
        in_project=True,
    )
    seed: int = option(0, "seed of all random draws", ranges.SEED, in_project=True)
    refine: float = option(
        1.0,
        "how strongly tiles are chosen jointly, for the look from a distance",
        ranges.SHARE,
        scripts=WITH_LIMITS,
        in_project=True,
        slider=(0, 1),
    )
    variety: float = option(
        0.5,
        "how far the same photo is kept away from its neighbours; soft where --min-spacing is a"
        " limit",
        ranges.SHARE,
        scripts=WITH_LIMITS,
        in_project=True,
        slider=(0, 1),
    )
    layout: LayoutName = option(
        "grid",
        "how cells lie: in a grid, in rows shifted by half a cell, as hexagons, or upright and on"
        " their side, mixed, for photos of either shape",
        scripts=WITH_LAYOUT,
        group="layout",
        in_project=True,
    )
    detail: float = option(
        0.0,
        "small cells where the target needs them, above all in faces, and large ones where it is"
        " calm; about as many as without; 0 makes all cells alike",
        ranges.SHARE,
        scripts=("mosaic",),
        group="layout",
        in_project=True,
    )
    gap: float = option(
        0.0,
        "width of the gaps between cells, as a share of a tile's shorter side",
        ranges.GAP,
        scripts=WITH_LAYOUT,
        group="layout",
        in_project=True,
        changeable=True,
        slider=(0, 0.5),
    )
    gap_color: str = option(
        "#ffffff",
        "colour of the gaps: a name or #RRGGBB",
        scripts=WITH_LAYOUT,
        group="layout",
        metavar="COLOUR",
        parse=as_colour,
        in_project=True,
        changeable=True,
    )
    round: float = option(
        0.0,
        "how round the corners of cells are; 1 is as round as they can be",
        ranges.SHARE,
        scripts=WITH_LAYOUT,
        group="layout",
        in_project=True,
        changeable=True,
        slider=(0, 1),
    )
    min_spacing: int = option(
        1,
        "smallest distance between two places of a photo, in cells; 1 is no limit",
        ranges.MIN_SPACING,
        group="repeats",
        in_project=True,
        slider=(1, 12),
    )
    max_uses: int | None = option(
        None,
        "use each photo at most N times",
        ranges.MAX_USES,
        group="repeats",
        scripts=WITH_LIMITS,
        in_project=True,
        slider=(0, 1_000_000),
    )
    use_all: bool = option(
        False,
        "use each photo at least once",
        group="repeats",
        scripts=WITH_LIMITS,
        in_project=True,
    )
    dedupe: bool = option(
        False,
        "count near-duplicates, such as bursts, as one photo in these limits",
        group="repeats",
        scripts=WITH_LIMITS,
        in_project=True,
    )
    dither: float = option(
        0.0,
        "share of a cell's colour error that is passed to its neighbours; keeps the colours of"
        " large areas with few photos; takes the place of --refine and --variety, and cannot be"
        " combined with these limits",
        ranges.SHARE,
        group="repeats",
        scripts=WITH_LIMITS,
        in_project=True,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.dither and self.limited:
            raise InputError(
                "--dither cannot be combined with --max-uses, --min-spacing or --use-all"
            )
        if not self.uniform:
            self._check_choice()
        bgr_of(self.gap_color)

    def _check_choice(self) -> None:
        """Raise `InputError` for ways to choose tiles that need a grid."""
        cause = f"--layout {self.layout}" if self.layout != "grid" else "--detail"
        if self.dither:
            raise InputError(f"--dither cannot be combined with {cause}")
        if self.randomness and self.layout == "mixed":
            raise InputError("--randomness cannot be combined with --layout mixed")
        if self.detail and self.layout != "grid":
            raise InputError(f"--detail cannot be combined with --layout {self.layout}")

    @property
    def uniform(self) -> bool:
        """Whether the cells are a grid."""
        return self.layout == "grid" and not self.detail

    @property
    def limited(self) -> bool:
        """Whether the repeats of photos are limited."""
        return self.max_uses is not None or self.min_spacing > 1 or self.use_all

    @property
    def joint(self) -> bool:
        """Whether tiles are chosen together."""
        return bool(self.refine or self.variety) and not self.dither

    @property
    def cover(self) -> bool:
        """Whether the frame is covered with cut edge tiles instead of trimmed to whole tiles."""
        return not self.trim

    def covering(self) -> RenderOptions:
        """Return these options with the frame covered."""
        return replace(self, trim=False)

    def for_frames(self) -> RenderOptions:
        """Return these options for a video, whose tiles would flicker if chosen together."""
        return replace(self, trim=False, refine=0.0, variety=0.0)
