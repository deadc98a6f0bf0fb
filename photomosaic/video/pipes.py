"""Frames out of one ffmpeg, and mosaics into another."""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from fractions import Fraction
from itertools import repeat
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np

from photomosaic import __version__
from photomosaic.arrays import BgrImage
from photomosaic.errors import InputError, OutputError
from photomosaic.files.names import printable
from photomosaic.images.own_output import SOFTWARE
from photomosaic.options.video import VideoOptions
from photomosaic.progress import StageClock
from photomosaic.video.animated import resampled
from photomosaic.video.colours import EXACT, filters_to_bgr
from photomosaic.video.containers import MAX_FRAME_PIXELS
from photomosaic.video.ffmpeg import Running, running
from photomosaic.video.probe import VideoInfo
from photomosaic.video.rate import placing
from photomosaic.video.sound import COPY, Sound
from photomosaic.wording import counted

log = logging.getLogger(__name__)

# Fixed, since x264's output depends on it.
ENCODER_THREADS = 4
TAGS = "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv"
TO_VIDEO = f"scale=in_range=pc:out_range=tv:out_color_matrix=bt709:{EXACT},{TAGS}"

COMMENT = f"{SOFTWARE} {__version__}"
# No dates and no versions, so that the same options give the same bytes.
REPRODUCIBLE = ["-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact"]
REPRODUCIBLE += ["-flags:v", "+bitexact", "-flags:a", "+bitexact"]
# Sound whose times overlap or leave a hole is cut or filled.
IN_TIME = "aresample=async=1:min_hard_comp=0.02"


def even(side: int) -> int:
    """Return a side made even, as H.264 needs it, by leaving out one pixel at most."""
    return side - side % 2


def read_frames(video: VideoInfo, clock: StageClock | None = None) -> Generator[BgrImage]:
    """Decode the frames of a video one by one, upright, in sRGB, sides made even.

    There are `video.frames`; a frame that cannot be decoded is replaced by the one before, with a
    warning. The clock's stage "decode" is the time spent waiting for frames.

    Yields
    ------
    ndarray of shape (H, W, 3), uint8, BGR

    Raises
    ------
    InputError
        If not one can be decoded.
    """
    clock = clock or StageClock()
    width, height = even(video.width), even(video.height)
    if video.animation is not None:
        for shown in resampled(video.animation, video.start, video.fps, video.frames):
            yield np.ascontiguousarray(shown[:height, :width])
        return
    arguments = ["-max_pixels:v", str(MAX_FRAME_PIXELS), *video.reading.input]
    arguments += ["-map", f"0:{video.reading.stream}"]
    arguments += ["-vf", ",".join(_filters(video, width, height))]
    # Only where the filters begin anew, as when the size changes, is there anything to fill.
    arguments += ["-r", str(video.fps), "-fps_mode", "cfr", "-frames:v", str(video.frames)]
    arguments += ["-f", "rawvideo", "-pix_fmt", "bgr24", "pipe:1"]
    end = video.start - video.reading.seek + float(video.frames / video.fps)
    along = video.reading.along(video.reading.beside)
    arguments += ["-t", f"{end:.6f}", *along] if along else []
    size, frame, made = width * height * 3, None, 0
    with running(["-max_error_rate", "1", *arguments]) as ffmpeg:
        pipe = ffmpeg.process.stdout
        assert pipe is not None  # noqa: S101 (asked for above)
        while True:
            with clock.stage("decode"):
                data = pipe.read(size)
            if len(data) < size:
                break
            frame, made = np.frombuffer(data, np.uint8).reshape(height, width, 3), made + 1
            yield frame
        _report_damage(video, ffmpeg, made)
    if frame is not None:
        # Of an ffmpeg that ended early.
        yield from repeat(frame, video.frames - made)


def _report_damage(video: VideoInfo, ffmpeg: Running, made: int) -> None:
    code, name = ffmpeg.process.wait(), printable(video.path)
    cause, lost = ffmpeg.complaint(), ffmpeg.undecodable()
    if not made:
        raise InputError(f"{name}: not one frame can be decoded" + (f" ({cause})" if cause else ""))
    if code:
        log.warning(
            "%s: cannot be decoded after %.1f s (%s); the frame before is held to the end",
            name,
            float(made / video.fps),
            cause or f"ffmpeg ended with {code}",
        )
    elif lost:
        log.warning(
            "%s: damaged: %s cannot be decoded (%s); the frame before is shown in their place",
            name,
            counted(lost, "frame"),
            cause,
        )


def _filters(video: VideoInfo, width: int, height: int) -> list[str]:
    chain = []
    if video.interlaced:
        chain.append("bwdif=mode=send_frame:deint=interlaced")
    chain.append(placing(video.start - video.reading.seek, video.fps))
    chain += filters_to_bgr(video.colours, (video.height, video.width))
    return [*chain, f"crop={width}:{height}:0:0"]


def encoding_picture(
    path: Path, size: tuple[int, int], fps: Fraction, options: VideoOptions
) -> AbstractContextManager[BinaryIO]:
    """Open an ffmpeg that writes an MP4 file of frames alone; as `encoding`."""
    arguments = [*raw_input(size, fps), "-map", "0:v", "-vf", TO_VIDEO]
    arguments += [*x264(options.quality, options.x264_preset), *REPRODUCIBLE]
    return feeding([*arguments, "-f", "mp4", f"file:{path}"])


def join(pieces: Sequence[Path], video: VideoInfo, path: Path) -> None:
    """Write an MP4 file of the frames of others, copied one after the other, and of the sound.

    Parameters
    ----------
    pieces : sequence of Path
        Files of `encoding_picture`, in one folder.
    video : VideoInfo
        Whose sound it is.
    path : Path
        File to write.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    listed = "".join(f"file '{piece.name}'\n" for piece in pieces)
    pieces_list = pieces[0].with_suffix(".txt")
    pieces_list.write_text(listed)
    arguments = ["-f", "concat", "-protocol_whitelist", "file", "-i", f"file:{pieces_list}"]
    arguments += _with_sound(video, ["-c:v", "copy", "-metadata", f"comment={COMMENT}"], path)
    with running(arguments) as ffmpeg:
        if ffmpeg.process.wait():
            raise OutputError(_why(ffmpeg))


@contextmanager
def encoding(
    video: VideoInfo, path: Path, size: tuple[int, int], options: VideoOptions
) -> Iterator[BinaryIO]:
    """Open an ffmpeg that writes an MP4 file of frames, and of the video's sound.

    Parameters
    ----------
    video : VideoInfo
    path : Path
        File to write.
    size : (int, int)
        Height and width of the frames, both even.
    options : VideoOptions
        Quality and preset of x264.

    Yields
    ------
    file
        Takes the bytes of frames (H, W, 3), uint8, BGR.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    coding = ["-vf", TO_VIDEO, *x264(options.quality, options.x264_preset)]
    with feeding(raw_input(size, video.fps) + _with_sound(video, coding, path)) as pipe:
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


def raw_input(size: tuple[int, int], fps: Fraction) -> list[str]:
    """Return the arguments for frames of (height, width), BGR, from the pipe that is fed."""
    arguments = ["-f", "rawvideo", "-pix_fmt", "bgr24", "-s", f"{size[1]}x{size[0]}"]
    return [*arguments, "-framerate", str(fps), "-protocol_whitelist", "pipe", "-i", "pipe:0"]


def x264(quality: int, preset: str) -> list[str]:
    """Return the arguments for H.264; the frames come by way of the filters `TO_VIDEO`.

    A comment says that this toolkit made the file, so that it is recognised later.
    """
    arguments = ["-c:v", "libx264", "-preset", preset, "-crf", str(quality)]
    arguments += ["-pix_fmt", "yuv420p", "-threads:v", str(ENCODER_THREADS)]
    arguments += ["-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709"]
    return [*arguments, "-color_range", "tv", "-metadata", f"comment={COMMENT}"]


def _why(ffmpeg: Running) -> str:
    complaint = ffmpeg.complaint() or f"it ended with {ffmpeg.process.returncode}"
    return f"the video could not be written: ffmpeg: {complaint}"


def _with_sound(video: VideoInfo, coding: list[str], path: Path) -> list[str]:
    """Return the arguments after those of the picture's input, for a file of picture and sound."""
    arguments, length = [], f"{float(video.frames / video.fps):.6f}"
    if video.sound is not None:
        offset = video.reading.seek + video.reading.apart - video.start
        arguments += ["-itsoffset", f"{offset:.6f}"] if offset else []
        arguments += video.reading.input
    arguments += ["-map", "0:v"]
    if video.sound is not None:
        arguments += ["-map", f"1:{video.sound.stream}", *_coding(video, video.sound)]
        # Damaged sound is silence for as long, not the end of the video.
        arguments += ["-max_error_rate", "1"]
    arguments += [*coding, *REPRODUCIBLE]
    # The file ends with the picture, however long the sound goes on.
    arguments += ["-t", length, "-movflags", "+faststart", "-f", "mp4", f"file:{path}"]
    along = [] if video.sound is None else video.reading.along(video.reading.stream, 1)
    return [*arguments, *(["-t", length, *along] if along else [])]


def _coding(video: VideoInfo, sound: Sound) -> list[str]:
    """Return the arguments for the sound, without what comes before the part."""
    # What comes less than a frame before, such as the lead-in of AAC, is kept, and not played.
    cut = video.start > 0.5 / video.fps
    if sound.coding == COPY:
        return [*COPY, *(["-copypriorss:a", "0"] if cut else [])]
    chain = [IN_TIME, "atrim=start=0"] if cut else [IN_TIME]
    coding = list(sound.coding)
    if "-af" in coding:
        place = coding.index("-af")
        chain = [coding[place + 1], *chain]
        del coding[place : place + 2]
    return [*coding, "-af", ",".join(chain)]
