"""The job of video.py: the mosaic of every frame of a video, with its sound."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from photomosaic.errors import InputError, naming
from photomosaic.files.names import printable
from photomosaic.files.writing import replacing_by_name
from photomosaic.images.listing import Listing
from photomosaic.jobs.photos import list_codebook, open_library, read_codebooks, read_index
from photomosaic.jobs.targets import check_savepath, fitted_grid, savepath_of
from photomosaic.library.codebook import Codebook
from photomosaic.library.index import Index
from photomosaic.library.originals import sharpened
from photomosaic.matching.grid import TileSize
from photomosaic.mosaic import Mosaicker
from photomosaic.motion.fold import VideoFold
from photomosaic.motion.render import render_video
from photomosaic.motion.segments import is_long
from photomosaic.options.video import VideoMosaicOptions
from photomosaic.progress import Work
from photomosaic.video.pipes import even
from photomosaic.video.probe import VideoInfo, probe


@dataclass(frozen=True)
class VideoRead:
    """Notice of the target before it is rendered; `audio` if its sound is wanted."""

    video: VideoInfo
    audio: bool


@dataclass(frozen=True)
class FilmMadeHere:
    """Notice of a film that no cluster makes: it is short, or cannot be sought in if `long`."""

    long: bool


@dataclass(frozen=True)
class VideoResult:
    """The video that was written.

    Attributes
    ----------
    savepath : Path
    video : VideoInfo
        Of the target.
    fold : VideoFold
        With the counts of frames and changed tiles.
    codebook : Codebook
    index : Index
    """

    savepath: Path
    video: VideoInfo
    fold: VideoFold
    codebook: Codebook
    index: Index


@dataclass(frozen=True)
class VideoPlan:
    """What a mosaic video is made of, checked before any long work."""

    video: VideoInfo
    tile: TileSize
    listing: Listing
    savepath: Path


def make_video(options: VideoMosaicOptions, work: Work | None = None) -> VideoResult:
    """Make and save the mosaic video that the options describe.

    Raises
    ------
    InputError
        If the options, the video, the photos or the savepath cannot be used.
    OutputError
        If the video cannot be written.
    """
    work = work or Work(options.photos.workers)
    plan = plan_video(options, work)
    work.notify(VideoRead(plan.video, options.video.audio))
    with open_library(options.cache, work) as library:
        sizes = [plan.tile]
        index = read_index(library, plan.listing, options, work)
        (codebook,) = read_codebooks(library, index, sizes, options, work)
    fold = _render(options, plan, codebook, work)
    return VideoResult(plan.savepath, plan.video, fold, codebook, index)


def plan_video(options: VideoMosaicOptions, work: Work) -> VideoPlan:
    """Read what the video is, list the photos, and check that the mosaic can be made and saved."""
    what, part = options.what, options.video
    tile = TileSize.of(options.tiles, what.scale)
    savepath = savepath_of(what.savepath, what.target, [what.scale])
    if savepath.suffix.lower() != ".mp4":
        raise InputError(f"--savepath {printable(savepath)}: videos are written as .mp4 only")
    with work.clock.stage("probe"), naming("--target"):
        video = probe(
            what.target,
            start=part.start,
            seconds=part.seconds,
            fps=None if part.fps is None else Fraction(part.fps).limit_denominator(1001),
            sound=part.audio,
        )
    size = even(video.height), even(video.width)
    fitted_grid(size, tile, options.tiles, cover=True, option="--scale")
    listing = list_codebook(options.photos, work)
    check_savepath(what.savepath, savepath, what.target, listing)
    return VideoPlan(video, tile, listing, savepath)


def _render(
    options: VideoMosaicOptions, plan: VideoPlan, codebook: Codebook, work: Work
) -> VideoFold:
    if codebook.tile != plan.tile:
        crop = options.tiles.crop
        codebook = sharpened(codebook, plan.tile, crop, work)
    mosaicker = Mosaicker(codebook, options.look.for_frames(), plan.tile, work)
    fold = VideoFold(mosaicker, options.video.stabilization_threshold)
    with naming("--target"), replacing_by_name(plan.savepath) as temporary:
        if work.cluster is None:
            render_video(plan.video, fold, temporary, options.video, work)
        elif not (is_long(plan.video) and plan.video.reading.sought):
            work.notify(FilmMadeHere(is_long(plan.video)))
            render_video(plan.video, fold, temporary, options.video, work)
        else:
            from photomosaic.motion.segments_there import render_there

            render_there(plan.video, fold, temporary, options.video, work)
    return fold
