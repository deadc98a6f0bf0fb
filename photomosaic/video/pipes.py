"""Frames out of one ffmpeg, and mosaics into another."""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np

from photomosaic.arrays import BgrImage
from photomosaic.errors import OutputError
from photomosaic.images.encode import replacing_by_name
from photomosaic.progress import StageClock
from photomosaic.video.colours import filters_to_srgb
from photomosaic.video.ffmpeg import SAFE_INPUT, Running, running
from photomosaic.video.probe import VideoInfo

log = logging.getLogger(__name__)

# Fixed, since x264's output depends on it.
ENCODER_THREADS = 4
EARLY_SECONDS = 10.0
EXACT = "flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp"
TAGS = "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv"
TO_VIDEO = f"scale=in_range=pc:out_range=tv:out_color_matrix=bt709:{EXACT},{TAGS}"


def even(side: int) -> int:
    """Return a side made even, as H.264 needs it, by leaving out one pixel at most."""
    return side - side % 2


def read_frames(video: VideoInfo, clock: StageClock | None = None) -> Generator[BgrImage]:
    """Decode the frames of a video one by one, upright, in sRGB, sides made even.

    The clock's stage "decode" is what is waited for frames.

    Yields
    ------
    ndarray of shape (H, W, 3), uint8, BGR
    """
    clock = clock or StageClock()
    width, height = even(video.width), even(video.height)
    # Sought early and dropped exactly: some formats land behind the keyframe they should land on.
    early = max(0.0, video.start - EARLY_SECONDS)
    arguments = [*SAFE_INPUT, "-ss", f"{early:.6f}"] if early else [*SAFE_INPUT]
    arguments += ["-i", f"file:{video.path}", "-map", f"0:{video.stream}"]
    arguments += ["-ss", f"{video.start - early:.6f}"] if video.start else []
    arguments += ["-vf", ",".join(_filters(video, width, height)), "-fps_mode", "passthrough"]
    if video.seconds is not None or not video.constant:
        arguments += ["-frames:v", str(video.frames)]
    arguments += ["-f", "rawvideo", "-pix_fmt", "bgr24", "pipe:1"]
    size = width * height * 3
    with running(arguments) as ffmpeg:
        pipe = ffmpeg.process.stdout
        assert pipe is not None  # noqa: S101 (asked for above)
        while True:
            with clock.stage("decode"):
                data = pipe.read(size)
            if len(data) < size:
                break
            yield np.frombuffer(data, np.uint8).reshape(height, width, 3)
        if complaint := ffmpeg.complaint():
            log.debug("while decoding: %s", complaint)


def _part(video: VideoInfo) -> list[str]:
    part = ["-ss", f"{video.start:.6f}"] if video.start else []
    return part if video.seconds is None else [*part, "-t", f"{video.seconds:.6f}"]


def _filters(video: VideoInfo, width: int, height: int) -> list[str]:
    chain = []
    if video.interlaced:
        chain.append("bwdif=mode=send_frame:deint=interlaced")
    if not video.constant:
        # A frame more than the times tell may be wanted at the end.
        chain += [f"fps={video.fps}", "tpad=stop=2:stop_mode=clone"]
    matrix = f"in_color_matrix={video.colours.matrix}"
    chain.append(f"scale={video.width}:{video.height}:{matrix}:out_range=pc:{EXACT}")
    chain += filters_to_srgb(video.colours)
    return [*chain, "setsar=1", "format=bgr24", f"crop={width}:{height}:0:0"]


@contextmanager
def encoding(
    video: VideoInfo, path: Path, size: tuple[int, int], quality: int, preset: str
) -> Iterator[BinaryIO]:
    """Open an ffmpeg that writes an MP4 file of frames, and of the video's sound.

    Parameters
    ----------
    video : VideoInfo
    path : Path
        File to write.
    size : (int, int)
        Height and width of the frames, both even.
    quality : int
        x264's constant rate factor, 0 to 51; less is better and larger.
    preset : str
        x264's preset.

    Yields
    ------
    file
        Takes the bytes of frames (H, W, 3), uint8, BGR.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    with feeding(_encoder_arguments(video, path, size, quality, preset)) as pipe:
        yield pipe


@contextmanager
def feeding(arguments: Sequence[str]) -> Iterator[BinaryIO]:
    """Open an ffmpeg that takes frames from a pipe, and wait until it has written its file.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    with running(arguments, feed=True) as ffmpeg:
        pipe = ffmpeg.process.stdin
        assert pipe is not None  # noqa: S101 (asked for above)
        try:
            yield cast(BinaryIO, pipe)
            pipe.close()
        except BrokenPipeError as error:
            ffmpeg.process.wait()
            raise OutputError(_why(ffmpeg)) from error
        if ffmpeg.process.wait():
            raise OutputError(_why(ffmpeg))


def cut_sound(path: Path, video: VideoInfo, frames: int) -> None:
    """Cut the sound of a written MP4 file at the end of its picture, after fewer frames than told.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    length = video.delay + float(frames / video.fps)
    with replacing_by_name(path) as shorter:
        arguments = ["-i", f"file:{path}", "-c", "copy", "-t", f"{length:.6f}"]
        arguments += ["-fflags", "+bitexact", "-movflags", "+faststart", "-f", "mp4"]
        with running([*arguments, f"file:{shorter}"]) as ffmpeg:
            if ffmpeg.process.wait():
                raise OutputError(_why(ffmpeg))


def raw_input(size: tuple[int, int], fps: Fraction) -> list[str]:
    """Return the arguments for frames of (height, width), BGR, from the pipe that is fed."""
    arguments = ["-f", "rawvideo", "-pix_fmt", "bgr24", "-s", f"{size[1]}x{size[0]}"]
    return [*arguments, "-framerate", str(fps), "-protocol_whitelist", "pipe", "-i", "pipe:0"]


def x264(quality: int, preset: str) -> list[str]:
    """Return the arguments for H.264; the frames come by way of the filters `TO_VIDEO`."""
    arguments = ["-c:v", "libx264", "-preset", preset, "-crf", str(quality)]
    arguments += ["-pix_fmt", "yuv420p", "-threads:v", str(ENCODER_THREADS)]
    arguments += ["-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709"]
    return [*arguments, "-color_range", "tv"]


def _why(ffmpeg: Running) -> str:
    complaint = ffmpeg.complaint() or f"it ended with {ffmpeg.process.returncode}"
    return f"the video could not be written: ffmpeg: {complaint}"


def _encoder_arguments(
    video: VideoInfo, path: Path, size: tuple[int, int], quality: int, preset: str
) -> list[str]:
    arguments = raw_input(size, video.fps)
    if video.sound is not None:
        late = max(0.0, video.sound.delay - video.start)
        arguments += [*SAFE_INPUT, *_part(video), "-itsoffset", f"{late:.6f}"]
        arguments += ["-i", f"file:{video.path}"]
    arguments += ["-map", "0:v"]
    if video.sound is not None:
        arguments += ["-map", f"1:{video.sound.stream}"]
        arguments += ["-c:a", "copy"] if video.sound.copied else ["-c:a", "aac", "-b:a", "192k"]
    chain = TO_VIDEO
    if video.delay > 0:
        # Frames are a hundred ticks apart, so that the start of the picture is placed finely.
        ticks = video.fps.denominator, video.fps.numerator * 100
        chain += f",settb={ticks[0]}/{ticks[1]},setpts=PTS+{video.delay:.6f}/TB"
        arguments += ["-fps_mode", "passthrough", "-enc_time_base:v", f"{ticks[0]}:{ticks[1]}"]
    arguments += ["-vf", chain, *x264(quality, preset)]
    arguments += ["-map_metadata", "-1", "-map_chapters", "-1"]
    # No dates and no versions, so that the same options give the same bytes.
    arguments += ["-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact"]
    # The file ends with the picture, however long the sound goes on.
    arguments += ["-t", f"{video.delay + float(video.frames / video.fps):.6f}"]
    return [*arguments, "-movflags", "+faststart", "-f", "mp4", f"file:{path}"]
