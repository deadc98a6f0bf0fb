"""The options that the scripts share, each stated once."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, overload

from photomosaic.cli.console import Parser
from photomosaic.codebook.library import DEFAULT_CACHE_DIR
from photomosaic.errors import InputError
from photomosaic.images.crop import CROPS
from photomosaic.matching.grid import TileSize
from photomosaic.matching.metrics import METRICS
from photomosaic.mosaic import RenderOptions
from photomosaic.ranges import (
    ASPECT,
    BEST_K,
    DEFAULT_PRESET,
    DEFAULT_QUALITY,
    DEFAULT_STABILIZATION_THRESHOLD,
    DURATION,
    FPS,
    MAX_USES,
    MIN_SPACING,
    QUALITY,
    RANDOMNESS,
    SCALE,
    SECONDS,
    SEED,
    SHARE,
    STABILIZATION_THRESHOLD,
    VECTORIZATION_FACTOR,
    WORKERS,
    Range,
)
from photomosaic.savepath import expanded
from photomosaic.stills import TileOptions

P = TypeVar("P", bound=Parser)

PRESETS = "ultrafast superfast veryfast faster fast medium slow slower veryslow".split()


def number(limits: Range) -> Callable[[str], float]:
    """Return a converter of texts to numbers within limits, for argparse."""

    def convert(text: str) -> float:
        try:
            value = int(text) if limits.whole else float(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not {limits}") from None
        if value not in limits:
            raise argparse.ArgumentTypeError(f"{text} is not {limits}")
        return value

    return convert


def add_number(
    group: argparse._ArgumentGroup,
    option: str,
    limits: Range,
    default: float,
    text: str,
) -> None:
    """Add an option that takes a number within limits."""
    group.add_argument(
        option, type=number(limits), default=default, metavar="N", help=f"{text}; {limits}"
    )


def file_path(text: str) -> Path:
    """Convert a text to a path, for argparse; ~ is the user's home."""
    if not text or "\0" in text:
        raise argparse.ArgumentTypeError("is not a path")
    try:
        return expanded(text)
    except InputError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


@overload
def script_parser(description: str, example: str) -> Parser: ...


@overload
def script_parser(description: str, example: str, kind: type[P]) -> P: ...


def script_parser(description: str, example: str, kind: type[Parser] = Parser) -> Parser:
    """Return a parser whose help ends with an example."""
    return kind(
        description=description,
        epilog=f"example:\n{example}",
        formatter_class=_HelpFormatter,
        allow_abbrev=False,
    )


def add_target_options(
    parser: Parser,
    savepath: str,
    kind: str = "picture",
    scale: str = "the scale",
    formats: str = "the extension picks the format",
) -> argparse._ArgumentGroup:
    """Add --target and --savepath, and return their group."""
    group = parser.add_argument_group("what to make")
    group.add_argument(
        "--target", type=file_path, required=True, help=f"the {kind} to make a mosaic of"
    )
    group.add_argument(
        "--savepath",
        default=savepath,
        help=f"where to save it: %%s becomes the target's name, %%d {scale}, %%%% a percent sign;"
        f" {formats}",
    )
    return group


def add_codebook_options(parser: Parser) -> None:
    """Add the options on which photos are used, and how they are read."""
    group = parser.add_argument_group("photos")
    group.add_argument(
        "--codebook-dir", type=file_path, required=True, help="the folder of photos for the tiles"
    )
    group.add_argument(
        "--recursive",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="also take the photos of subfolders",
    )
    group.add_argument(
        "--exclude",
        action="append",
        default=[],
        metavar="GLOB",
        help="leave out files and folders whose name, or path below the folder, matches;"
        " may be given several times",
    )
    group.add_argument(
        "--crop",
        choices=CROPS,
        default=CROPS[0],
        help="what happens to a photo of another aspect than the tiles': cut at the center, cut"
        " around what draws attention, padded to be seen whole, stretched, or skipped if it is"
        " more than 2%% off",
    )
    add_workers_option(group)


def add_workers_option(group: argparse._ArgumentGroup) -> None:
    """Add --workers."""
    add_number(group, "--workers", WORKERS, os.cpu_count() or 1, "threads that read photos")


def add_cache_options(parser: Parser) -> None:
    """Add the options on the cache."""
    group = parser.add_argument_group("cache")
    group.add_argument(
        "--cache-dir",
        type=file_path,
        default=DEFAULT_CACHE_DIR,
        help="folder where what was read of the photos is kept",
    )
    group.add_argument(
        "--no-cache", action="store_true", help="neither use nor write the cache; takes longer"
    )


def add_tile_options(parser: Parser) -> None:
    """Add the options on the tiles' aspect and on their features."""
    group = parser.add_argument_group("tiles and matching")
    add_number(group, "--height-aspect", ASPECT, 4, "height of a tile at scale 1, in pixels")
    add_number(group, "--width-aspect", ASPECT, 3, "width of a tile at scale 1, in pixels")
    group.add_argument(
        "--metric",
        choices=METRICS,
        default=METRICS[0],
        help="how likeness is measured: as the eye sees it from a distance, or pixel by pixel",
    )
    add_number(
        group,
        "--vectorization-factor",
        VECTORIZATION_FACTOR,
        1,
        "share of the detail that is compared; 1 is generally best",
    )


def add_scale_option(group: argparse._ArgumentGroup) -> None:
    """Add --scale."""
    group.add_argument(
        "--scale",
        type=number(SCALE),
        required=True,
        help="size of the tiles: height-aspect * scale pixels high, width-aspect * scale wide;"
        f" {SCALE}",
    )


def add_scales_options(group: argparse._ArgumentGroup) -> None:
    """Add --min-scale and --max-scale."""
    for option, which in (("--min-scale", "smallest"), ("--max-scale", "largest")):
        group.add_argument(
            option,
            type=number(SCALE),
            required=True,
            metavar="N",
            help=f"the {which} scale; {SCALE}",
        )


def add_trim_option(group: argparse._ArgumentGroup) -> None:
    """Add --trim."""
    group.add_argument(
        "--trim",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="trim the picture to whole tiles; --no-trim covers all of it with cut edge tiles",
    )


def add_render_options(parser: Parser) -> None:
    """Add the options on how tiles are chosen and painted."""
    defaults = RenderOptions()
    group = parser.add_argument_group("look")
    add_number(
        group, "--best-k", BEST_K, defaults.best_k, "draw each tile from the k closest, by distance"
    )
    add_number(
        group,
        "--randomness",
        RANDOMNESS,
        defaults.randomness,
        "probability of a cell to be filled with any tile",
    )
    add_number(
        group,
        "--opacity",
        SHARE,
        defaults.opacity,
        "share of the target that is blended over the mosaic",
    )
    add_number(
        group,
        "--tint",
        SHARE,
        defaults.tint,
        "share by which each tile's mean colour is moved to its patch's",
    )
    add_number(group, "--seed", SEED, defaults.seed, "start of all random draws")


def add_spacing_option(parser: Parser) -> argparse._ArgumentGroup:
    """Add --min-spacing, and return its group."""
    group = parser.add_argument_group("repeats")
    add_number(
        group,
        "--min-spacing",
        MIN_SPACING,
        RenderOptions().min_spacing,
        "places of the same photo are at least that many cells apart; 1 is no limit",
    )
    return group


def add_repeat_options(parser: Parser) -> None:
    """Add the options on how often photos repeat, and --dither."""
    group = add_spacing_option(parser)
    group.add_argument(
        "--max-uses",
        type=number(MAX_USES),
        metavar="N",
        help=f"each photo is used at most that often; {MAX_USES}",
    )
    group.add_argument("--use-all", action="store_true", help="each photo is used at least once")
    group.add_argument(
        "--dedupe",
        action="store_true",
        help="near-duplicates, such as bursts, count as one photo in these limits",
    )
    add_number(
        group,
        "--dither",
        SHARE,
        RenderOptions().dither,
        "share of a cell's colour error that is carried to its neighbours, so that large areas keep"
        " their colour with few photos; not together with these limits",
    )


def add_video_options(parser: Parser) -> None:
    """Add the options on which part of a video is rendered, and on how it is encoded."""
    group = parser.add_argument_group("video")
    add_number(
        group,
        "--stabilization-threshold",
        STABILIZATION_THRESHOLD,
        DEFAULT_STABILIZATION_THRESHOLD,
        "a tile is held from frame to frame until another is closer by this factor; 1 holds none",
    )
    add_number(group, "--start", SECONDS, 0.0, "seconds to skip")
    group.add_argument(
        "--seconds",
        type=number(DURATION),
        metavar="N",
        help=f"render only that many seconds; {DURATION}",
    )
    group.add_argument(
        "--fps",
        type=number(FPS),
        metavar="N",
        help=f"frames per second, if not the video's own; {FPS}",
    )
    add_number(
        group,
        "--quality",
        QUALITY,
        DEFAULT_QUALITY,
        "x264's rate factor; less is better and makes larger files",
    )
    group.add_argument(
        "--preset",
        choices=PRESETS,
        default=DEFAULT_PRESET,
        help="x264's preset; slower ones pack closer",
    )
    group.add_argument(
        "--audio",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="take the video's sound along",
    )


def add_output_options(parser: Parser, *, report: bool = True) -> None:
    """Add the options on what is told."""
    group = parser.add_argument_group("what is told")
    if report:
        group.add_argument(
            "--report", type=file_path, metavar="FILE.json", help="write figures and settings there"
        )
    loudness = group.add_mutually_exclusive_group()
    loudness.add_argument("--quiet", action="store_true", help="only warnings and errors")
    loudness.add_argument("--verbose", action="store_true", help="everything, and all lists whole")


def scales(arguments: argparse.Namespace, step: int = 1) -> range:
    """Return the scales from --min-scale to --max-scale, ascending; raises `InputError`."""
    low, high = arguments.min_scale, arguments.max_scale
    if low > high:
        raise InputError(f"--min-scale {low} is above --max-scale {high}; swap them")
    return range(low, high + 1, step)


def tile_options(arguments: argparse.Namespace) -> TileOptions:
    """Return the options on how photos become tiles."""
    return TileOptions(
        height_aspect=arguments.height_aspect,
        width_aspect=arguments.width_aspect,
        crop=arguments.crop,
        metric=arguments.metric,
        vectorization_factor=arguments.vectorization_factor,
    )


def tile_size(arguments: argparse.Namespace, scale: int) -> TileSize:
    """Return the tile that the options ask for at a scale."""
    return tile_options(arguments).tile(scale)


def render_options(arguments: argparse.Namespace, *, cover: bool) -> RenderOptions:
    """Return the options on how tiles are chosen and painted."""
    return RenderOptions(
        best_k=arguments.best_k,
        randomness=arguments.randomness,
        tint=arguments.tint,
        opacity=arguments.opacity,
        cover=cover,
        seed=arguments.seed,
        min_spacing=arguments.min_spacing,
        # Videos have the spacing only.
        max_uses=getattr(arguments, "max_uses", None),
        use_all=getattr(arguments, "use_all", False),
        dedupe=getattr(arguments, "dedupe", False),
        dither=getattr(arguments, "dither", 0.0),
    )


class _HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Keeps the example's lines, and shows the default of each option that has one."""

    def _get_help_string(self, action: argparse.Action) -> str:
        text = action.help or ""
        default = action.default
        if default is None or default is False or default in ([], argparse.SUPPRESS):
            return text
        shown = f"{default:g}" if isinstance(default, float) else str(default)
        shown = "on" if default is True else shown.replace("%", "%%")
        return f"{text} (default: {shown})"
