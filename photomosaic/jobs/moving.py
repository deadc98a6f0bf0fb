"""The job of moving tiles: films in which each cell plays a clip, of a video or of a picture."""

from __future__ import annotations

import hashlib
from contextlib import closing
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import repeat
from pathlib import Path

from photomosaic.animation.animation import check_format
from photomosaic.animation.ffmpeg_formats import write_with_ffmpeg
from photomosaic.errors import InputError, naming
from photomosaic.files.names import printable
from photomosaic.files.writing import replacing_by_name
from photomosaic.images.listing import Listing
from photomosaic.jobs.still_plan import StillPlan
from photomosaic.jobs.video import VideoRead, plan_video
from photomosaic.library.codebook import Codebook
from photomosaic.library.tile_pictures import ArrayTiles
from photomosaic.matching.features import FeatureSpec
from photomosaic.matching.grid import TileSize
from photomosaic.mosaic import Mosaicker
from photomosaic.motion.clip_reading import ClipReading, read_clip_tiles
from photomosaic.motion.clip_tiles import ClipTiles
from photomosaic.motion.fold import ahead, frames_ahead
from photomosaic.motion.moving import MovingFold
from photomosaic.motion.render import render_video
from photomosaic.options.look import RenderOptions
from photomosaic.options.photos import TileOptions
from photomosaic.options.video import VideoMosaicOptions, VideoOptions
from photomosaic.progress import Work
from photomosaic.video.pipes import even

FPS = Fraction(30)
SECONDS = 10.0
# More make the search slower, and gain little.
CUTS = 12
PRESET = "veryfast"


@dataclass(frozen=True)
class MovingResult:
    """The film that was written.

    Attributes
    ----------
    savepath : Path
    size : (int, int)
        Height and width of its frames.
    tiles : ClipTiles
    fold : MovingFold
        With the counts of frames and switches.
    """

    savepath: Path
    size: tuple[int, int]
    tiles: ClipTiles
    fold: MovingFold


def make_moving_video(options: VideoMosaicOptions, work: Work | None = None) -> MovingResult:
    """Make and save the mosaic video that the options describe, of clips in place of photos.

    Raises
    ------
    InputError
        If the options, the video, the clips or the savepath cannot be used.
    OutputError
        If the video cannot be written.
    """
    work = work or Work(options.photos.workers)
    _refuse(options.tiles, options.look)
    plan = plan_video(replace(options, photos=replace(options.photos, clips=True)), work)
    _check_clips(plan.listing)
    work.notify(VideoRead(plan.video, options.video.audio))
    reading = ClipReading(plan.video.fps, options.tiles.cuts or CUTS, plan.savepath.parent)
    tiles = _read(plan.listing, plan.tile, reading, work)
    look = options.look.for_frames()
    fold = _fold(tiles, look, plan.tile, options.video.stabilization_threshold, work)
    with naming("--target"), replacing_by_name(plan.savepath) as temporary:
        render_video(plan.video, fold, temporary, options.video, work)
    size = even(plan.video.height), even(plan.video.width)
    return MovingResult(plan.savepath, size, tiles, fold)


def check_moving_still(plan: StillPlan, path: Path) -> None:
    """Raise `InputError` if no film with moving tiles can be made of a picture."""
    options = plan.options
    _refuse(options.tiles, options.look)
    if not plan.cells.layout.is_grid or plan.cells.finish or not options.look.uniform:
        raise InputError("--moving: needs a plain grid, without a mask, gaps or another layout")
    if options.project.edited or (plan.project is not None and any(vars(plan.project.edits))):
        raise InputError("--moving: knows no edits of single photos or cells")
    with naming("--moving"):
        if path.suffix.lower() != ".mp4":
            raise InputError(f"{printable(path)}: films are written as .mp4 only")
        check_format(path, plan.size)
    _check_clips(plan.listing)


def make_moving_still(plan: StillPlan, path: Path, work: Work) -> MovingResult:
    """Make and save the film of a planned mosaic's target with moving tiles.

    Raises
    ------
    InputError
        If no clip can be read.
    OutputError
        If it cannot be written; what lay in its place before still does.
    """
    options = plan.options
    look = replace(options.look, refine=0.0, variety=0.0)
    reading = ClipReading(FPS, options.tiles.cuts or CUTS, path.parent)
    tiles = _read(plan.listing, plan.tile, reading, work)
    fold = _fold(tiles, look, plan.tile, VideoOptions().stabilization_threshold, work)
    count = max(1, round((options.film.seconds or SECONDS) * FPS))
    mosaics = fold.mosaics(repeat(plan.target, count))
    with (
        naming("--moving:"),
        replacing_by_name(path) as temporary,
        closing(ahead(mosaics, frames_ahead(*plan.size))) as frames,
    ):
        shown = work.progress(frames, total=count, what="filming", unit="frame")
        _, size = write_with_ffmpeg(shown, temporary, FPS, 0, PRESET)
    return MovingResult(path, size, tiles, fold)


def _refuse(tiles: TileOptions, look: RenderOptions) -> None:
    """Raise `InputError` for options that moving tiles do not have."""
    for flag, given in (
        (f"--crop {tiles.crop}", tiles.crop != "center"),
        ("--mirror", tiles.mirror),
        ("--metric rgb", tiles.metric == "rgb"),
        ("--best-k", look.best_k > 1),
        ("--randomness", look.randomness),
        ("--max-uses", look.max_uses is not None),
        ("--use-all", look.use_all),
        ("--dither", look.dither),
    ):
        if given:
            raise InputError(f"{flag} cannot be combined with --moving")


def _check_clips(listing: Listing) -> None:
    if not listing.clips and not listing.live:
        raise InputError(
            f"--moving: there is no video in {printable(listing.folder)}; tiles that move are clips"
        )


def _read(listing: Listing, tile: TileSize, how: ClipReading, work: Work) -> ClipTiles:
    spec = FeatureSpec.for_tile(tile, "perceptual", 1)
    paths = sorted(file.path for file in (*listing.clips, *listing.live))
    with naming("--moving:"):
        return read_clip_tiles(paths, tile, spec, how, work)


def _fold(
    tiles: ClipTiles, look: RenderOptions, tile: TileSize, threshold: float, work: Work
) -> MovingFold:
    codebook = clips_codebook(tiles, tile)
    return MovingFold(tiles, Mosaicker(codebook, look, tile, work), threshold)


def clips_codebook(tiles: ClipTiles, tile: TileSize) -> Codebook:
    """Return the frames of clips as a codebook, by which mosaics are painted."""
    names = [str(number) for number in range(len(tiles.features))]
    return Codebook(
        tile,
        tiles.spec,
        paths=tuple(names),
        hashes=tuple(hashlib.sha256(name.encode()).digest() for name in names),
        pictures=ArrayTiles(tiles.tiles),
        features=tiles.features,
    )
