"""The time that mosaics take by scale, and the lookup by the number of tiles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from photomosaic.images.encode import write_picture
from photomosaic.library.codebook import Codebook
from photomosaic.matching.grid import TileSize
from photomosaic.matching.search import Matches
from photomosaic.mosaic import Mosaicker
from photomosaic.performance.battery import Battery
from photomosaic.performance.timing import Timing, several, spread, timings, total
from photomosaic.progress import Progress, StageClock, Work
from photomosaic.stills import paint

SIZES = 8
# Blending is measured even if none is asked for; the total is without it then.
BLENDED = 0.5


@dataclass(frozen=True)
class ScaleTiming:
    """Seconds that the mosaic of one scale took, altogether and by stage.

    Attributes
    ----------
    scale : int
    height, width : int
        Of a tile, in pixels.
    cells : int
    total : Timing
        From the target's pixels to the encoded mosaic.
    stages : dict of str to Timing
        "blend" is in the total only if the options ask for it.
    """

    scale: int
    height: int
    width: int
    cells: int
    total: Timing
    stages: dict[str, Timing]


@dataclass(frozen=True)
class LookupTiming:
    """Seconds that the search of all of a target's patches took in so many tiles."""

    tiles: int
    patches: int
    seconds: Timing


def measure_scales(
    battery: Battery, codebook: Callable[[int], Codebook], folder: Path, progress: Progress
) -> list[ScaleTiming]:
    """Make mosaics of all scales, and encode them into a folder."""
    shown = progress(battery.scales, total=len(battery.scales), what="scales", unit="scale")
    return [_time_scale(battery, scale, codebook(scale), folder / "mosaic.jpg") for scale in shown]


def measure_lookup(battery: Battery, codebook: Codebook, scale: int) -> list[LookupTiming]:
    """Search the target's patches in parts of a codebook of growing size."""
    sizes = np.unique(np.geomspace(1, len(codebook), SIZES).round().astype(int))
    parts = (codebook.subset(np.array(spread(len(codebook), int(size)))) for size in sizes)
    return [_time_lookup(battery, part, scale) for part in parts]


def _time_scale(battery: Battery, scale: int, codebook: Codebook, path: Path) -> ScaleTiming:
    tile = TileSize.of(battery.tiles, scale)
    _make(battery, codebook, scale, path)
    clocks = several(
        lambda: _make(battery, codebook, scale, path), battery.repeats, quick=battery.quick
    )
    left_out = 0 if battery.options.opacity else 1
    totals = [total(clock) - left_out * clock.seconds["blend"] for clock in clocks]
    grid = Mosaicker(codebook, battery.options, tile).grid(battery.target)
    return ScaleTiming(
        scale, tile.height, tile.width, grid.cells, Timing.of(totals), timings(clocks)
    )


def _make(battery: Battery, codebook: Codebook, scale: int, path: Path) -> StageClock:
    clock = StageClock()
    options = replace(battery.options, opacity=battery.options.opacity or BLENDED)
    mosaicker = Mosaicker(
        codebook, options, TileSize.of(battery.tiles, scale), Work(battery.workers, clock=clock)
    )
    assignment = mosaicker.assign(battery.target)
    mosaic = paint(battery.target, mosaicker, assignment, battery.tiles.crop)
    with clock.stage("encode"):
        write_picture(mosaic, path)
    return clock


def _time_lookup(battery: Battery, codebook: Codebook, scale: int) -> LookupTiming:
    def match() -> tuple[StageClock, Matches]:
        clock = StageClock()
        tile, work = TileSize.of(battery.tiles, scale), Work(battery.workers, clock=clock)
        mosaicker = Mosaicker(codebook, battery.options, tile, work)
        return clock, mosaicker.match(battery.target)

    patches = len(match()[1].patches)
    clocks = several(lambda: match()[0], battery.repeats, quick=battery.quick)
    seconds = [c.seconds["search"] + c.seconds.get("index build", 0.0) for c in clocks]
    return LookupTiming(len(codebook), patches, Timing.of(seconds))
