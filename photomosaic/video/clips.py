"""Frames cut from clips: a few of all scenes, or a single one."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from photomosaic.arrays import BgrImage
from photomosaic.errors import InputError, PictureError
from photomosaic.files.names import printable
from photomosaic.images.own_output import OWN_OUTPUT, SOFTWARE
from photomosaic.video.colours import filters_to_bgr
from photomosaic.video.containers import (
    MAX_FRAME_PIXELS,
    RAW_FORMATS,
    opened,
    picture_kind,
    picture_track,
)
from photomosaic.video.ffmpeg import SAFE_INPUT, running
from photomosaic.video.probe import Appearance, appearance
from photomosaic.video.times import early

STEP_MS = 500
"""Milliseconds between the frames that are looked at, of clips that are not long."""
MOST_FRAMES = 240
"""The most frames of a clip that are looked at; in longer clips they are further apart."""

# Frames that are further apart are sought; up to here, decoding all between them is as quick.
_SOUGHT_FROM_MS = 10_000
# Their index leads to the keyframe before a time; other formats may land behind it.
_EXACT_FORMATS = frozenset({"mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm"})
# Decoders take memory for each thread, and several clips are read at once.
_THREADS = 2


@dataclass(frozen=True)
class Clip:
    """A video of which single frames are cut.

    Attributes
    ----------
    path : Path
    stream : int
        Number of the video track.
    look : Appearance
    milliseconds : int
        Its length as the file states it; 0 if it does not.
    exact : bool
        Whether the file leads to any time in it.
    sought : bool
        Whether it can be sought in at all.
    """

    path: Path
    stream: int
    look: Appearance
    milliseconds: int
    exact: bool
    sought: bool

    @property
    def step(self) -> int:
        """Milliseconds between the frames that are looked at, a multiple of `STEP_MS`."""
        return STEP_MS * max(1, math.ceil(self.milliseconds / (STEP_MS * MOST_FRAMES)))

    def size(self, shortest: int, longest: int) -> tuple[int, int]:
        """Return the smallest height and width that are enough; see `images.decode.decode`."""
        full = self.look.height, self.look.width
        factor = min(1.0, max(shortest / min(full), longest / max(full)))
        return max(1, round(full[0] * factor)), max(1, round(full[1] * factor))


def open_clip(path: Path) -> Clip:
    """Read what a clip is.

    Raises
    ------
    PictureError
        If it cannot be read, has no picture, or was made by this toolkit.
    """
    try:
        if picture_kind(path) is not None:
            raise PictureError("a picture, not a video")
        with opened(path) as container:
            if container.metadata.get("comment", "").startswith(f"{SOFTWARE} "):
                raise PictureError(OWN_OUTPUT)
            track = picture_track(container, printable(path))
            look = appearance(container, track, path)
            kind = container.format.name
            length = (container.duration or 0) // 1000
            return Clip(
                path,
                track.index,
                look,
                milliseconds=length,
                exact=kind in _EXACT_FORMATS,
                sought=kind not in RAW_FORMATS,
            )
    except InputError as error:
        raise PictureError(str(error).removeprefix(f"{printable(path)}: ")) from error


def frames_apart(clip: Clip, size: tuple[int, int]) -> Iterator[tuple[int, BgrImage]]:
    """Yield frames of all parts of a clip, and the milliseconds at which each is shown.

    That is one every half second, and in clips above two minutes as many at even distances. Of a
    clip that is damaged it is those that can be decoded.

    Parameters
    ----------
    clip : Clip
    size : (int, int)
        Height and width of the frames, (H, W, 3), uint8, BGR.

    Raises
    ------
    PictureError
        If there is none.
    """
    if clip.sought and clip.step > _SOUGHT_FROM_MS:
        times = range(0, clip.milliseconds, clip.step)
        found = ((time, frame) for time in times for frame in _frames(clip, time, size, most=1))
    else:
        frames = _frames(clip, 0, size, most=MOST_FRAMES)
        found = ((number * clip.step, frame) for number, frame in enumerate(frames))
    none = True
    for each in found:
        none = False
        yield each
    if none:
        raise PictureError("not one frame of it can be decoded")


def frame_at(clip: Clip, milliseconds: int, size: tuple[int, int]) -> BgrImage:
    """Return what a clip shows at a time, (H, W, 3), uint8, BGR, of (height, width).

    Raises
    ------
    PictureError
        If it cannot be decoded.
    """
    for frame in _frames(clip, milliseconds, size, most=1):
        return frame
    raise PictureError("this frame of it cannot be decoded")


def frames_played(
    clip: Clip, start: int, fps: Fraction, size: tuple[int, int], most: int
) -> Iterator[BgrImage]:
    """Yield successive frames of a clip, (H, W, 3), uint8, BGR, of (height, width).

    Parameters
    ----------
    clip : Clip
    start : int
        Milliseconds of the clip before the first frame.
    fps : Fraction
        Frames per second.
    size : (int, int)
    most : int
        Number of frames; there are fewer if the clip ends before.
    """
    yield from _decoded(clip, start, fps, size, most)


def _frames(clip: Clip, start: int, size: tuple[int, int], *, most: int) -> Iterator[BgrImage]:
    """Yield what is shown at a time in milliseconds and every step after it."""
    yield from _decoded(clip, start, Fraction(1000, clip.step), size, most)


def _decoded(
    clip: Clip, start: int, fps: Fraction, size: tuple[int, int], most: int
) -> Iterator[BgrImage]:
    """Yield what is shown at a time in milliseconds, and after it at a rate, of (height, width)."""
    seek = 0.0
    if clip.sought:
        seek = start / 1000 if clip.exact else early(start / 1000)
    arguments = ["-max_error_rate", "1", "-max_pixels:v", str(MAX_FRAME_PIXELS)]
    arguments += ["-threads", str(_THREADS), *SAFE_INPUT]
    arguments += ["-noaccurate_seek", "-ss", f"{seek:.6f}"] if seek else []
    arguments += ["-i", f"file:{clip.path}", "-map", f"0:{clip.stream}"]
    # Where frames are made small, they need not be deinterlaced.
    chain = ["bwdif=mode=send_frame:deint=interlaced"] if clip.look.interlaced and most == 1 else []
    # The last frame is shown on. Of those that come before a time, the last one is shown then.
    held = "-1" if most == 1 else "1"
    chain += ["settb=AVTB", f"tpad=stop={held}:stop_mode=clone"]
    chain += [f"setpts=PTS-{start / 1000 - seek:.6f}/TB", f"fps={fps}:round=up:start_time=0"]
    chain += filters_to_bgr(clip.look.colours, size)
    arguments += ["-vf", ",".join(chain), "-frames:v", str(most), "-fps_mode", "passthrough"]
    arguments += ["-f", "rawvideo", "-pix_fmt", "bgr24", "pipe:1"]
    length = size[0] * size[1] * 3
    with running(arguments) as ffmpeg:
        assert ffmpeg.process.stdout is not None  # noqa: S101 (it has a pipe unless it is fed)
        while len(data := ffmpeg.process.stdout.read(length)) == length:
            yield np.frombuffer(data, np.uint8).reshape(*size, 3)
