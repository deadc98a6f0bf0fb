"""A whole video made into mosaics: decoded, folded and encoded at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, Protocol

from photomosaic.arrays import BgrImage
from photomosaic.motion.fold import FrameWriter, VideoFold, ahead, frames_ahead
from photomosaic.motion.segments import Scenes, is_long
from photomosaic.options.video import VideoOptions
from photomosaic.progress import StageClock, Work
from photomosaic.video.pipes import encoding, encoding_picture, even, join, read_frames
from photomosaic.video.probe import VideoInfo


class Fold(Protocol):
    """What makes the mosaics of successive frames."""

    def mosaics(self, frames: Iterable[BgrImage]) -> Iterator[BgrImage]:
        """Yield the mosaics of frames (H, W, 3), uint8, BGR, in turn."""


def render_video(
    video: VideoInfo, fold: Fold, path: Path, options: VideoOptions, work: Work | None = None
) -> None:
    """Write the mosaic of every frame of a video into an MP4 file, with the video's sound.

    The file is written in place. A long video is made in segments, as by the workers of a cluster.

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
    work, size = work or Work(), even_size(video)
    with closing(ahead(read_frames(video, work.clock), frames_ahead(*size))) as decoded:
        frames = work.progress(decoded, total=video.frames, what="rendering", unit="frame")
        if not (is_long(video) and isinstance(fold, VideoFold)):
            with encoding(video, path, size, options) as pipe:
                write_frames(fold.mosaics(frames), pipe, size, work.clock)
            return
        pieces = []
        with TemporaryDirectory(dir=path.parent) as folder:
            for number, segment in groupby(frames, Scenes().segment):
                if number:
                    fold.restart()
                pieces.append(Path(folder, f"{number}.mp4"))
                with encoding_picture(pieces[-1], size, video.fps, options) as pipe:
                    write_frames(fold.mosaics(segment), pipe, size, work.clock)
            join(pieces, video, path)


def even_size(video: VideoInfo) -> tuple[int, int]:
    """Return height and width of the frames of a mosaic."""
    return even(video.height), even(video.width)


def write_frames(
    frames: Iterable[BgrImage], pipe: BinaryIO, size: tuple[int, int], clock: StageClock
) -> None:
    """Write frames of (height, width) into a pipe, in a thread of its own."""
    writer = FrameWriter(pipe, clock, frames_ahead(*size))
    for frame in frames:
        writer.write(frame)
    writer.finish()
