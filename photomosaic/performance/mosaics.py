"""The time of mosaics by scale, and of the search by the number of tiles."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from photomosaic.images.encode import write_picture
from photomosaic.library.codebook import Codebook
from photomosaic.matching.grid import Grid, TileSize
from photomosaic.mosaic import Mosaicker
from photomosaic.performance.plan import Plan
from photomosaic.performance.timing import Timing, several, spread, timings, total
from photomosaic.progress import StageClock, Work
from photomosaic.stills import Stills

# Blending is always measured; the total includes it only if the options ask for it.
SIZES, BLENDED = 8, 0.5


@dataclass(frozen=True)
class ScaleTiming:
    """Seconds of the mosaic of one scale, with tiles of `height` by `width` pixels.

    `total` is from the target's pixels to the encoded mosaic, "blend" only if it is asked for.
    """

    scale: int
    height: int
    width: int
    cells: int
    total: Timing
    stages: dict[str, Timing]


@dataclass(frozen=True)
class LookupTiming:
    """Seconds that the search of all patches of a target took in so many tiles."""

    tiles: int
    patches: int
    seconds: Timing


def measure_scale(plan: Plan, scale: int, stills: Stills, path: Path, work: Work) -> ScaleTiming:
    """Make mosaics of one scale, and encode them into a file."""
    look = replace(plan.look, opacity=plan.look.opacity or BLENDED)

    def make() -> StageClock:
        clock = StageClock()
        mosaic = stills.with_work(replace(work, clock=clock)).render(scale, look).mosaic
        with clock.stage("encode"):
            write_picture(mosaic, path)
        return clock

    clocks = several(make, plan)
    excluded = 0 if plan.look.opacity else 1
    totals = Timing.of([total(clock) - excluded * clock.seconds["blend"] for clock in clocks])
    tile = TileSize.of(plan.tiles, scale)
    cells = Grid.fit(plan.target.shape[:2], tile, cover=plan.look.cover).cells
    return ScaleTiming(scale, tile.height, tile.width, cells, total=totals, stages=timings(clocks))


def measure_lookup(plan: Plan, codebook: Codebook, scale: int, work: Work) -> list[LookupTiming]:
    """Search the target's patches in parts of a codebook of growing size."""
    sizes = np.unique(np.geomspace(1, len(codebook), SIZES).round().astype(int))
    parts = (codebook.subset(np.array(spread(len(codebook), int(size)))) for size in sizes)
    return [_time_lookup(plan, part, TileSize.of(plan.tiles, scale), work) for part in parts]


def _time_lookup(plan: Plan, codebook: Codebook, tile: TileSize, work: Work) -> LookupTiming:
    patches = 0

    def match() -> StageClock:
        nonlocal patches
        clock = StageClock()
        mosaicker = Mosaicker(codebook, plan.look, tile, replace(work, clock=clock))
        patches = len(mosaicker.match(plan.target).patches)
        return clock

    clocks = several(match, plan)
    seconds = [c.seconds["search"] + c.seconds.get("index build", 0.0) for c in clocks]
    return LookupTiming(len(codebook), patches, Timing.of(seconds))
