"""The options that the scripts share, each stated once."""

from __future__ import annotations

import argparse
import os

from photomosaic.cli.console import Parser
from photomosaic.cli.parsers import add_number, file_path, number
from photomosaic.codebook.library import DEFAULT_CACHE_DIR
from photomosaic.images.crop import CROPS
from photomosaic.matching.metrics import METRICS
from photomosaic.ranges import (
    ASPECT,
    BEST_K,
    MAX_USES,
    MIN_SPACING,
    RANDOMNESS,
    SCALE,
    SEED,
    SHARE,
    VECTORIZATION_FACTOR,
    WORKERS,
)
from photomosaic.render_options import RenderOptions
from photomosaic.savepath import DefaultTemplate


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
        default=DefaultTemplate(savepath),
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
    add_listing_options(group)
    group.add_argument(
        "--crop",
        choices=CROPS,
        default=CROPS[0],
        help="what happens to a photo of another aspect than the tiles': cut evenly, cut"
        " around what draws attention, padded to be seen whole, stretched, or skipped if it is"
        " more than 2%% off",
    )
    add_workers_option(group)


def add_listing_options(group: argparse._ArgumentGroup) -> None:
    """Add the options on which photos of a folder are listed."""
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


def add_workers_option(
    group: argparse._ArgumentGroup, what: str = "threads that read photos"
) -> None:
    """Add --workers."""
    add_number(group, "--workers", WORKERS, os.cpu_count() or 1, what)


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
