"""A whole video made into mosaics: decoded, folded and encoded at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Protocol

from photomosaic.arrays import BgrImage
from photomosaic.motion.fold import FrameWriter, ahead, frames_ahead
from photomosaic.options.video import VideoOptions
from photomosaic.progress import Work
from photomosaic.video.pipes import encoding, even, read_frames
from photomosaic.video.probe import VideoInfo


class Fold(Protocol):
    """What makes the mosaics of successive frames."""

    def mosaics(self, frames: Iterable[BgrImage]) -> Iterator[BgrImage]:
        """Yield the mosaics of frames (H, W, 3), uint8, BGR, in turn."""


def render_video(
    video: VideoInfo, fold: Fold, path: Path, options: VideoOptions, work: Work | None = None
) -> None:
    """Write the mosaic of every frame of a video into an MP4 file, with the video's sound.

    The file is written in place.

    Parameters
    ----------
    video : VideoInfo
    fold : Fold
        New, with a mosaicker that covers the frames.
    path : Path
    options : VideoOptions
        Quality and preset of x264.
    work : Work, optional
        The stages "decode" and "encode" run in threads of their own; each is the time spent
        waiting for ffmpeg.

    Raises
    ------
    InputError
        If not one frame can be decoded.
    OutputError
        If it cannot be written.
    """
    work = work or Work()
    size = even(video.height), even(video.width)
    most = frames_ahead(*size)
    with (
        encoding(video, path, size, options) as pipe,
        closing(ahead(read_frames(video, work.clock), most)) as frames,
    ):
        writer = FrameWriter(pipe, work.clock, most)
        made, total = fold.mosaics(frames), video.frames
        for mosaic in work.progress(made, total=total, what="rendering", unit="frame"):
            writer.write(mosaic)
        writer.finish()
