"""The time that mosaics take, measured on the code that makes them."""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path

import numpy as np

from photomosaic.arrays import BgrImage
from photomosaic.cli.console import blaming, progress_for
from photomosaic.cli.options import render_options, scales, tile_options
from photomosaic.cli.still import fitted_grid
from photomosaic.codebook.codebook import Codebook
from photomosaic.codebook.library import LARGEST_READY_TILE, PhotoLibrary
from photomosaic.errors import InputError
from photomosaic.images.decode import read_target
from photomosaic.images.encode import check_output, write_picture
from photomosaic.images.listing import Listing, list_photos
from photomosaic.mosaic import Mosaicker, RenderOptions
from photomosaic.progress import StageClock

QUICK_PHOTOS = 48
QUICK_SCALES = 4
FORMAT_PHOTOS = 24
SIZES = 6
FORMATS = {".jpg": "JPEG", ".jpeg": "JPEG", ".heic": "HEIC", ".heif": "HEIC", ".png": "PNG"}
PACKAGES = "numpy", "opencv-python", "faiss-cpu", "pillow", "pillow-heif"
FILES = "stages.png", "mosaics.png", "lookup.png", "caching.png", "performance.json", "table.md"


@dataclass(frozen=True)
class Timing:
    """Seconds that something took, over several runs: the median, and the least and most."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Timing:
        """Sum up the seconds of several runs."""
        return cls(statistics.median(seconds), min(seconds), max(seconds))


@dataclass(frozen=True)
class ScaleTiming:
    """Seconds that the mosaic of one scale took, altogether and by stage."""

    scale: int
    height: int
    width: int
    cells: int
    total: Timing
    stages: dict[str, Timing]


@dataclass(frozen=True)
class Measurements:
    """What the battery found; times are in seconds, memory is in bytes."""

    photos: int
    scales: list[ScaleTiming]
    lookup: list[tuple[int, Timing]]
    """Of the target's patches in that many tiles."""
    caching: dict[str, Timing]
    """Folder to codebook: without a cache, with an empty one, and with one that knows all."""
    formats: dict[str, Timing]
    """First index per photo."""
    peak_memory: int


@dataclass(frozen=True)
class Battery:
    """What is to be measured, checked before any long work."""

    target: BgrImage
    scales: Sequence[int]
    options: RenderOptions
    listing: Listing
    savedir: Path
    repeats: int


def check_battery(arguments: argparse.Namespace) -> Battery:
    """Read the target, list the photos, and see that everything can be measured and saved.

    Raises
    ------
    InputError
        If anything is wrong with the options, the target, the folder or the savedir.
    """
    measured = scales(arguments)
    with blaming("--target"):
        target = read_target(arguments.target)
    for scale, option in ((measured[0], "--min-scale"), (measured[-1], "--max-scale")):
        fitted_grid(
            arguments, target, tile_options(arguments).tile(scale), cover=False, option=option
        )
    largest = tile_options(arguments).tile(measured[-1])
    if largest.at_most(LARGEST_READY_TILE) != largest:
        raise InputError(
            f"--max-scale {measured[-1]}: tiles are measured up to {LARGEST_READY_TILE} pixels a"
            " side; take a smaller scale"
        )
    with blaming("--codebook-dir"):
        listing = list_photos(
            arguments.codebook_dir, recursive=arguments.recursive, exclude=arguments.exclude
        )
    with blaming("--savedir"):
        for name in FILES:
            check_output(arguments.savedir / name, arguments.target, listing)
    chosen: Sequence[int] = measured
    if arguments.quick:
        listing = _sample(listing, QUICK_PHOTOS)
        chosen = [measured[i] for i in _spread(len(measured), QUICK_SCALES)]
    repeats = 1 if arguments.quick else arguments.repeats
    options = render_options(arguments, cover=False)
    return Battery(target, chosen, options, listing, arguments.savedir, repeats)


def measure(arguments: argparse.Namespace, battery: Battery) -> Measurements:
    """Run the battery; what it caches goes to a temporary folder."""
    progress = progress_for(arguments)
    with tempfile.TemporaryDirectory(prefix="photomosaic-") as folder:
        # What loads on first use, such as decoders, is not to count for what happens to come first.
        _time_codebook(arguments, battery, battery.listing, None)
        caching = _time_caching(arguments, battery, Path(folder))
        formats = _time_formats(arguments, battery)
        with PhotoLibrary(Path(folder) / "0", arguments.workers, progress) as library:
            index = library.index(battery.listing)

            def codebook(scale: int) -> Codebook:
                how = tile_options(arguments)
                return library.codebook(
                    index, how.tile(scale), how.crop, how.metric, how.vectorization_factor
                )

            encoded = Path(folder) / "mosaic.jpg"
            shown = progress(battery.scales, total=len(battery.scales), what="scales", unit="scale")
            timings = [_time_scale(battery, scale, codebook, encoded) for scale in shown]
            lookup = _time_lookup(battery, codebook(battery.scales[len(battery.scales) // 2]))
    return Measurements(len(index.photos), timings, lookup, caching, formats, _peak_memory())


def settings(arguments: argparse.Namespace, battery: Battery) -> dict[str, object]:
    """Return what the figures hold for: versions, machine and options."""
    options = {name: value for name, value in vars(arguments).items() if name != "exclude"}
    return {
        "versions": {"python": platform.python_version()} | {p: version(p) for p in PACKAGES},
        "machine": {"system": platform.system(), "architecture": platform.machine()}
        | {"cores": os.cpu_count()},
        "settings": {n: str(v) if isinstance(v, Path) else v for n, v in options.items()},
        "target": list(battery.target.shape[:2]),
    }


def as_json(measurements: Measurements) -> dict[str, object]:
    """Return the measurements as what JSON can hold."""
    return asdict(measurements)


def _time_scale(
    battery: Battery, scale: int, codebook: Callable[[int], Codebook], encoded: Path
) -> ScaleTiming:
    stages: defaultdict[str, list[float]] = defaultdict(list)
    totals, tiles = [], codebook(scale)
    Mosaicker(tiles, battery.options, tiles.tile).render(battery.target)
    for _ in range(battery.repeats):
        clock = StageClock()
        mosaic = Mosaicker(tiles, battery.options, tiles.tile, clock).render(battery.target)
        with clock.stage("encode"):
            write_picture(mosaic, encoded)
        totals.append(sum(clock.seconds.values()))
        for stage, seconds in clock.seconds.items():
            stages[stage].append(seconds)
    height, width = tiles.tile.height, tiles.tile.width
    cells = (battery.target.shape[0] // height) * (battery.target.shape[1] // width)
    times = {stage: Timing.of(seconds) for stage, seconds in stages.items()}
    return ScaleTiming(scale, height, width, cells, Timing.of(totals), times)


def _time_lookup(battery: Battery, codebook: Codebook) -> list[tuple[int, Timing]]:
    sizes = np.unique(np.geomspace(1, len(codebook), SIZES).round().astype(int))
    found = []
    for size in map(int, sizes):
        part = codebook.subset(np.array(_spread(len(codebook), size)))
        seconds = []
        for _ in range(battery.repeats):
            clock = StageClock()
            Mosaicker(part, battery.options, part.tile, clock).match(battery.target)
            seconds.append(clock.seconds["search"])
        found.append((size, Timing.of(seconds)))
    return found


def _time_caching(
    arguments: argparse.Namespace, battery: Battery, folder: Path
) -> dict[str, Timing]:
    seconds: defaultdict[str, list[float]] = defaultdict(list)
    for run in range(battery.repeats):
        cache = folder / str(run)
        for name, place in (("no cache", None), ("first run", cache), ("later run", cache)):
            seconds[name].append(_time_codebook(arguments, battery, battery.listing, place))
    return {name: Timing.of(times) for name, times in seconds.items()}


def _time_codebook(
    arguments: argparse.Namespace, battery: Battery, listing: Listing, cache: Path | None
) -> float:
    clock, how = StageClock(), tile_options(arguments)
    with PhotoLibrary(cache, arguments.workers, progress_for(arguments), clock) as library:
        tile = how.tile(battery.scales[-1])
        index = library.index(listing)
        library.codebook(index, tile, how.crop, how.metric, how.vectorization_factor)
    return sum(clock.seconds.values())


def _time_formats(arguments: argparse.Namespace, battery: Battery) -> dict[str, Timing]:
    found = {}
    for name in sorted(set(FORMATS.values())):
        photos = [
            photo
            for photo in battery.listing.photos
            if FORMATS.get(Path(os.fsdecode(photo.path)).suffix.lower()) == name
        ]
        if photos:
            part = _sample(replace(battery.listing, photos=photos), FORMAT_PHOTOS)
            seconds = []
            for _ in range(battery.repeats):
                clock = StageClock()
                with PhotoLibrary(None, arguments.workers, clock=clock) as library:
                    library.index(part)
                seconds.append(clock.seconds["index"] / len(part.photos))
            found[name] = Timing.of(seconds)
    return found


def _sample(listing: Listing, most: int) -> Listing:
    rows = _spread(len(listing.photos), most)
    return replace(listing, photos=[listing.photos[row] for row in rows])


def _spread(count: int, most: int) -> list[int]:
    """Return at most so many of the numbers below `count`, evenly spread, with both ends."""
    return [int(i) for i in np.linspace(0, count - 1, min(count, most)).round()]


def _peak_memory() -> int:
    if sys.platform == "win32":
        return 0
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Kilobytes, except on macOS.
    return peak if sys.platform == "darwin" else peak * 1024
