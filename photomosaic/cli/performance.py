"""A battery of measurements, as the options of a script ask for it."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from photomosaic.arrays import BgrImage
from photomosaic.cli.console import blaming
from photomosaic.cli.settings import listed_photos, render_options, scales, tile_options
from photomosaic.cli.still import fitted_grid
from photomosaic.errors import InputError
from photomosaic.images.crop import to_tile
from photomosaic.images.decode import read_target
from photomosaic.images.listing import Listing, printable
from photomosaic.images.output_place import check_output, refuse_others_file
from photomosaic.matching.grid import TileSize, largest_scale
from photomosaic.performance.battery import Battery, Clip
from photomosaic.performance.plots import file_names
from photomosaic.performance.timing import spread
from photomosaic.performance.videos import MOST_SECONDS, QUICK_VIDEO_SECONDS
from photomosaic.ranges import DEFAULT_PRESET, DEFAULT_QUALITY, DEFAULT_STABILIZATION_THRESHOLD
from photomosaic.video.pipes import even

FIGURES, TABLE = "performance.json", "table.md"
QUICK_SCALES, QUICK_PIXELS = 4, 2_000_000
# Of no account to what is measured.
_NOT_RECORDED = {"quiet", "verbose", "savedir"}


def check_battery(arguments: argparse.Namespace) -> Battery:
    """Read the target, list the photos, and see that everything can be measured and saved.

    Raises
    ------
    InputError
        If anything is wrong with the options, the target, the video, a folder or the savedir.
    """
    measured: Sequence[int] = scales(arguments)
    tiles, quick = tile_options(arguments), arguments.quick
    with blaming("--target"):
        target = read_target(arguments.target)
    if quick:
        target = _at_most(target, QUICK_PIXELS, tiles.tile(measured[-1]))
        measured = [measured[i] for i in spread(len(measured), QUICK_SCALES)]
    for scale, option in ((measured[0], "--min-scale"), (measured[-1], "--max-scale")):
        fitted_grid(arguments, target, tiles.tile(scale), cover=False, option=option)
    with blaming("--codebook-dir"):
        listing = listed_photos(arguments, arguments.codebook_dir)
    with blaming("--savedir"):
        for name in written(arguments):
            check_output(arguments.savedir / name, arguments.target, listing)
            refuse_others_file(arguments.savedir / name, "--savedir")
    return Battery(
        target,
        measured,
        tiles,
        render_options(arguments, cover=False),
        listing,
        arguments.workers,
        1 if quick else arguments.repeats,
        quick,
        _checked_clip(arguments, measured),
        _checked_faces(arguments),
    )


def written(arguments: argparse.Namespace) -> list[str]:
    """Return the names of the files that are written."""
    plots = file_names(video=arguments.video is not None, faces=arguments.faces is not None)
    return [*plots, FIGURES, TABLE]


def recorded_settings(arguments: argparse.Namespace) -> dict[str, object]:
    """Return the options; of paths just the last name, which tells nothing of whose they are."""
    return {
        name: _recorded(value)
        for name, value in vars(arguments).items()
        if name not in _NOT_RECORDED
    }


def _recorded(value: object) -> object:
    if isinstance(value, Path):
        path = value.resolve()
        return "~" if path == Path.home().resolve() else printable(path.name)
    if isinstance(value, list):
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


def _checked_clip(arguments: argparse.Namespace, measured: Sequence[int]) -> Clip | None:
    if arguments.video is None:
        return None
    from photomosaic.video.probe import probe

    seconds = QUICK_VIDEO_SECONDS if arguments.quick else MOST_SECONDS
    with blaming("--video"):
        video = probe(arguments.video, start=0.0, seconds=seconds, fps=None, sound=True)
    size = even(video.height), even(video.width)
    largest = largest_scale(size, arguments.height_aspect, arguments.width_aspect)
    fitting = [scale for scale in measured if scale <= largest]
    if not fitting:
        raise InputError(
            f"--video {printable(arguments.video)}: tiles of scale {measured[0]} do not fit into"
            f" its {size[1]}x{size[0]} pixels; the largest scale that does is {largest}"
        )
    return Clip(
        video,
        fitting[len(fitting) // 2],
        render_options(arguments, cover=True),
        DEFAULT_STABILIZATION_THRESHOLD,
        DEFAULT_QUALITY,
        DEFAULT_PRESET,
    )


def _checked_faces(arguments: argparse.Namespace) -> Listing | None:
    if arguments.faces is None:
        return None
    from photomosaic.faces.weights import find_weights

    with blaming("--faces"):
        listing = listed_photos(arguments, arguments.faces)
        find_weights()
    return listing
