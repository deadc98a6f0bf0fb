"""A whole video made into mosaics: decoded, folded and encoded at once."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from photomosaic.progress import Progress, StageClock, silent
from photomosaic.video.fold import FrameWriter, VideoFold, ahead, frames_ahead
from photomosaic.video.pipes import encoding, even, read_frames
from photomosaic.video.probe import VideoInfo


def render_video(
    video: VideoInfo,
    fold: VideoFold,
    path: Path,
    quality: int,
    preset: str,
    progress: Progress = silent,
    clock: StageClock | None = None,
) -> None:
    """Write the mosaic of every frame of a video into an MP4 file, with the video's sound.

    The file is written in place.

    Parameters
    ----------
    video : VideoInfo
    fold : VideoFold
        New, with a mosaicker that covers the frames.
    path : Path
    quality : int
        x264's constant rate factor.
    preset : str
    progress : Progress, optional
    clock : StageClock, optional
        Of "decode" and "encode", each in a thread of its own: what is waited for ffmpeg.

    Raises
    ------
    InputError
        If not one frame can be decoded.
    OutputError
        If it cannot be written.
    """
    size = even(video.height), even(video.width)
    most = frames_ahead(*size)
    with (
        encoding(video, path, size, quality, preset) as pipe,
        closing(ahead(read_frames(video, clock), most)) as frames,
    ):
        writer = FrameWriter(pipe, clock, most)
        for frame in progress(frames, total=video.frames, what="rendering", unit="frame"):
            writer.write(fold.step(frame))
        writer.finish()
