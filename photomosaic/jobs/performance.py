"""The job of performance.py: how long mosaics take, measured, plotted and saved."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from photomosaic.arrays import BgrImage
from photomosaic.errors import naming
from photomosaic.files.names import printable
from photomosaic.files.writing import replacing
from photomosaic.images.crop import to_tile
from photomosaic.images.decode import read_target
from photomosaic.images.listing import Listing
from photomosaic.images.overwriting import check_output, refuse_others_file
from photomosaic.jobs.photos import list_codebook, list_folder
from photomosaic.jobs.targets import check_scales, fitted_grid
from photomosaic.matching.grid import TileSize, largest_scale
from photomosaic.options.fields import flat
from photomosaic.options.scales import PerformanceOptions
from photomosaic.performance.machine import PACKAGES, machine
from photomosaic.performance.measure import Measurements, measure
from photomosaic.performance.plan import Clip, Plan
from photomosaic.performance.plots import file_names, write_plots
from photomosaic.performance.table import table
from photomosaic.performance.timing import spread
from photomosaic.performance.videos import MOST_SECONDS, QUICK_VIDEO_SECONDS
from photomosaic.progress import Work
from photomosaic.versions import versions
from photomosaic.video.pipes import even

FIGURES, TABLE = "performance.json", "table.md"
QUICK_SCALES, QUICK_PIXELS = 4, 2_000_000
# Without influence on what is measured.
_NOT_RECORDED = {"quiet", "verbose", "savedir"}


@dataclass(frozen=True)
class PerformanceResult:
    """The measurements, as a table in Markdown too, and the photos that could not be read."""

    measurements: Measurements
    table: str
    unreadable: tuple[tuple[str, str], ...]


def measure_performance(options: PerformanceOptions, work: Work | None = None) -> PerformanceResult:
    """Measure, and save plots, figures and a table.

    Raises
    ------
    InputError
        If the options, the target, the video, a folder or the savedir cannot be used.
    OutputError
        If something cannot be written.
    """
    work = work or Work(options.photos.workers)
    plan, savedir = _check(options, work), options.what.savedir
    found, unreadable = measure(plan, work)
    write_plots(found, savedir)
    recorded = {k: v for k, v in flat(options).items() if k not in _NOT_RECORDED}
    figures = {
        "versions": versions(PACKAGES),
        "machine": machine(),
        "settings": {name: _recorded(value) for name, value in recorded.items()},
        "units": {"times": "seconds", "memory": "bytes", "sizes": "height and width in pixels"},
        "target": list(plan.target.shape[:2]),
        "measurements": asdict(found),
    }
    text = table(found)
    for name, content in ((FIGURES, json.dumps(figures, indent=1)), (TABLE, text)):
        with replacing(savedir / name) as file:
            file.write(f"{content}\n".encode(errors="backslashreplace"))
    return PerformanceResult(found, text, tuple(unreadable))


def _check(options: PerformanceOptions, work: Work) -> Plan:
    """Read the target, list the photos, and check that everything can be measured and saved."""
    what, tiles = options.what, options.tiles
    measured: Sequence[int] = what.scales
    with naming("--target"):
        target = read_target(what.target)
    if what.quick:
        target = _at_most(target, QUICK_PIXELS, TileSize.of(tiles, measured[-1]))
        measured = [measured[i] for i in spread(len(measured), QUICK_SCALES)]
    check_scales(target.shape[:2], measured, tiles, cover=False)
    listing = list_codebook(options.photos, work)
    with naming("--savedir"):
        plots = file_names(video=what.video is not None, faces=what.faces is not None)
        for name in [*plots, FIGURES, TABLE]:
            check_output(what.savedir / name, what.target, listing)
            refuse_others_file(what.savedir / name, "--savedir")
    return Plan(
        target=target,
        scales=measured,
        tiles=tiles,
        look=options.look,
        listing=listing,
        repeats=1 if what.quick else what.repeats,
        quick=what.quick,
        clip=_checked_clip(options, measured),
        faces=_checked_faces(options, work),
    )


def _recorded(value: object) -> object:
    """Return an option's value; of a path only the last name, which does not tell whose it is."""
    if isinstance(value, Path):
        path = value.resolve()
        return "~" if path == Path.home().resolve() else printable(path.name)
    if isinstance(value, tuple):
        return [str(each).replace(str(Path.home()), "~") for each in value]
    return value


def _at_most(target: BgrImage, pixels: int, tile: TileSize) -> BgrImage:
    """Return a target of at most so many pixels, as long as a tile fits into it."""
    height, width = target.shape[:2]
    factor = (pixels / (height * width)) ** 0.5
    factor = max(factor, tile.height / height, tile.width / width)
    if factor >= 1:
        return target
    return to_tile(target, round(height * factor), round(width * factor), "stretch")


def _checked_clip(options: PerformanceOptions, measured: Sequence[int]) -> Clip | None:
    path, tiles = options.what.video, options.tiles
    if path is None:
        return None
    from photomosaic.video.probe import probe

    seconds = QUICK_VIDEO_SECONDS if options.what.quick else MOST_SECONDS
    with naming("--video"):
        video = probe(path, start=0.0, seconds=seconds, fps=None, sound=True)
    size = even(video.height), even(video.width)
    largest = largest_scale(size, tiles.height_aspect, tiles.width_aspect)
    fitting = [scale for scale in measured if scale <= largest]
    if not fitting:
        option = f"--video {printable(path)}"
        fitted_grid(size, TileSize.of(tiles, measured[0]), tiles, cover=True, option=option)
    return Clip(video, fitting[len(fitting) // 2])


def _checked_faces(options: PerformanceOptions, work: Work) -> Listing | None:
    folder = options.what.faces
    if folder is None:
        return None
    from photomosaic.faces.weights import find_weights

    with naming("--faces"):
        listing = list_folder(folder, options.photos, work)
        find_weights()
    return listing
