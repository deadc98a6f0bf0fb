"""What happens in animations and videos, put into words."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from photomosaic.animation.animation import Animation
from photomosaic.animation.gifsicle import NOT_SMALLER
from photomosaic.cli.words import log_notice
from photomosaic.files.names import printable
from photomosaic.jobs.folder_gif import PicturesFound
from photomosaic.jobs.video import FilmMadeHere, VideoRead, VideoResult
from photomosaic.video.pipes import even
from photomosaic.wording import counted

if TYPE_CHECKING:
    from photomosaic.jobs.moving import MovingResult

log = logging.getLogger(__name__)

MISSING_SECONDS = 0.5


@log_notice.register
def _(notice: PicturesFound) -> None:
    if notice.fit is not None:
        log.info(
            "%s fitted to %dx%d pixels (--fit %s; --size sets others)",
            *(counted(notice.count, "picture"), notice.size[1], notice.size[0], notice.fit),
        )
    if notice.undated:
        log.warning(
            "%s without a date: shown last by --order date, and without a caption",
            counted(notice.undated, "picture"),
        )


@log_notice.register
def _(notice: FilmMadeHere) -> None:
    cause = "it cannot be sought in" if notice.long else "it is too short to be divided"
    log.info("this computer makes the film, not the cluster: %s", cause)


@log_notice.register
def _(notice: VideoRead) -> None:
    video = notice.video
    if video.sound is None and notice.audio:
        log.info("the video has no usable sound, so the mosaic is silent")
    if video.missing > MISSING_SECONDS:
        log.warning(
            "%s: the picture ends %.1f s before the length that the file states; it may be cut off",
            *(printable(video.path), video.missing),
        )


def animation_line(animation: Animation) -> str:
    """Return the line on a finished animation, with its size before and after shrinking."""
    if animation.unshrunk_because:
        # Nothing to mend, if gifsicle ran: some GIFs are as small as they get.
        level = logging.INFO if animation.unshrunk_because == NOT_SMALLER else logging.WARNING
        log.log(level, "the GIF was not shrunk: %s", animation.unshrunk_because)
    line = (
        f"{printable(animation.path)}: {counted(animation.frames, 'frame')} of"
        f" {animation.size[1]}x{animation.size[0]} pixels, {megabytes(animation.bytes)}"
    )
    if animation.bytes < animation.unshrunk_bytes:
        saved = 1 - animation.bytes / animation.unshrunk_bytes
        line += (
            f", {saved:.0%} less than the {megabytes(animation.unshrunk_bytes)} before shrinking"
        )
    return line


def video_line(result: VideoResult) -> str:
    """Return the line on a finished mosaic video."""
    video, fold = result.video, result.fold
    rate = f"{float(video.fps):.5g} a second"
    if video.dropped:
        rate += f" ({counted(video.dropped, 'frame')} of the video dropped)"
    return (
        f"{printable(result.savepath)}: {counted(fold.frames, 'frame')} of"
        f" {even(video.width)}x{even(video.height)} pixels at {rate},"
        f" {counted(result.codebook.photo_count, 'photo')};"
        f" {fold.flicker:.2%} of the tiles change per frame"
        f" ({fold.flicker_without_holding:.2%} without holding),"
        f" {fold.searched:.0%} of the patches searched"
    )


def moving_line(result: MovingResult) -> str:
    """Return the line on a finished film with moving tiles."""
    fold, tiles = result.fold, result.tiles
    return (
        f"{printable(result.savepath)}: {counted(fold.frames, 'frame')} of"
        f" {result.size[1]}x{result.size[0]} pixels at {float(tiles.fps):.5g} a second,"
        f" {counted(tiles.clip_count, 'clip')}; a cell goes to another clip"
        f" {fold.switch_rate:.2g} times a second"
    )


def megabytes(count: int) -> str:
    """Return a number of bytes in megabytes, or in kilobytes if it is small."""
    return f"{count / 1e6:.2f} MB" if count >= 100_000 else f"{count / 1e3:.1f} kB"
