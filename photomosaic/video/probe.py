"""What a video is: its rate, size, colours and sound."""

from __future__ import annotations

import logging
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from photomosaic.errors import InputError
from photomosaic.images.kinds import HEAD_BYTES, PICTURE_FORMATS, kind_of
from photomosaic.images.listing import printable
from photomosaic.video.colours import VideoColours, video_colours
from photomosaic.video.sound import SAFE_OPTIONS, Sound, find_sound

log = logging.getLogger(__name__)

STANDARD_RATES = tuple(
    Fraction(*rate)
    for rate in [
        (10, 1),
        (12, 1),
        (15, 1),
        (20, 1),
        (24000, 1001),
        (24, 1),
        (25, 1),
        (30000, 1001),
        (30, 1),
        (48, 1),
        (50, 1),
        (60000, 1001),
        (60, 1),
    ]
)


@dataclass(frozen=True)
class VideoInfo:
    """A video, as it is displayed.

    Attributes
    ----------
    path : Path
    stream : int
        Number of the video track in the file.
    width, height : int
        Pixels, upright and square.
    fps : Fraction
        Frames per second to render at.
    constant : bool
        Whether the frames come at this rate; if not they are repeated or dropped by their time.
    frames : int
        Number of frames to render.
    delay : float
        Seconds from the start of the part that is rendered to its first frame.
    start : float
    seconds : float or None
        The part that is rendered.
    colours : VideoColours
    interlaced : bool
        Whether some of its frames may be, by the flag of each.
    sound : Sound or None
    missing : float
        Seconds that the file should have but that are not there.
    """

    path: Path
    stream: int
    width: int
    height: int
    fps: Fraction
    constant: bool
    frames: int
    delay: float
    start: float
    seconds: float | None
    colours: VideoColours
    interlaced: bool
    sound: Sound | None
    missing: float


def probe(
    path: Path, *, start: float, seconds: float | None, fps: Fraction | None, sound: bool
) -> VideoInfo:
    """Read what is to be known of a video.

    Parameters
    ----------
    path : Path
    start : float
        Seconds to skip.
    seconds : float or None
        Seconds to render; None for all.
    fps : Fraction or None
        Rate to render at; None for the video's own.
    sound : bool
        Whether its sound is wanted.

    Raises
    ------
    InputError
        If there is nothing that can be rendered; the message names the file.
    """
    import av

    name = printable(path)
    _refuse_other_files(path)
    try:
        with (
            path.open("rb") as file,
            closing(av.open(file, "r", container_options=SAFE_OPTIONS)) as container,
        ):
            return _probed(path, container, start, seconds, fps, sound)
    except av.FFmpegError as error:
        raise InputError(f"{name}: is no video that can be read ({error.strerror})") from error
    except OSError as error:
        raise InputError(f"{name}: cannot be read: {error.strerror}") from error


def _refuse_other_files(path: Path) -> None:
    name = printable(path)
    try:
        if path.is_dir():
            raise InputError(f"{name}: is a folder, not a video")
        with path.open("rb") as file:
            kind = kind_of(file.read(HEAD_BYTES))
    except FileNotFoundError:
        raise InputError(f"{name}: there is no such file") from None
    except OSError as error:
        raise InputError(f"{name}: cannot be read: {error.strerror}") from error
    if kind == "empty":
        raise InputError(f"{name}: the file is empty")
    if kind in PICTURE_FORMATS:
        raise InputError(f"{name}: is a picture; mosaic.py makes mosaics of pictures")


def _probed(
    path: Path,
    container: Any,
    start: float,
    seconds: float | None,
    fps: Fraction | None,
    sound: bool,
) -> VideoInfo:
    name = printable(path)
    track = _picture_track(container, name)
    first = _first_frame(container, track, name)
    times, last_duration, declared = _frame_times(container, track)
    origin = float((container.start_time or 0) / 1_000_000)
    end = np.inf if seconds is None else origin + start + seconds
    part = times[(times >= origin + start - 1e-6) & (times < end - 1e-6)]
    if not len(part):
        raise InputError(f"{name}: there is no frame in the part from {start:g} s on")
    constant, own_rate = _rate(track, times)
    rate = fps or own_rate
    as_they_come = constant and fps in (None, own_rate)
    at_the_end = last_duration and part[-1] == times[-1]
    length = float(part[-1] - part[0]) + (last_duration if at_the_end else float(1 / own_rate))
    width, height = _displayed_size(track, first)
    if min(width, height) < 2:
        raise InputError(f"{name}: {width}x{height} pixels are too few for a video")
    return VideoInfo(
        path=path,
        stream=track.index,
        width=width,
        height=height,
        fps=rate,
        constant=as_they_come,
        frames=len(part) if as_they_come else max(1, round(length * rate)),
        delay=float(part[0]) - origin - start,
        start=start,
        seconds=seconds,
        colours=video_colours(track.codec_context),
        interlaced=_may_be_interlaced(first),
        sound=find_sound(path, container) if sound else None,
        missing=max(0.0, declared - (float(times[-1] - times[0]) + float(1 / own_rate))),
    )


def _picture_track(container: Any, name: str) -> Any:
    tracks = [track for track in container.streams.video if not _is_cover(track)]
    if not tracks:
        raise InputError(f"{name}: there is no picture in it, only sound")
    if tracks[0].codec_context is None:
        raise InputError(f"{name}: is of a kind of video that cannot be decoded")
    return tracks[0]


def _is_cover(track: Any) -> bool:
    import av

    return bool(track.disposition & av.stream.Disposition.attached_pic)


def _first_frame(container: Any, track: Any, name: str) -> Any:
    for frame in container.decode(track):
        return frame
    raise InputError(f"{name}: not one frame of it can be decoded")


def _frame_times(container: Any, track: Any) -> tuple[npt.NDArray[np.float64], float, float]:
    """Return the times of all frames, ascending, how long the last lasts, and the video as a whole.

    All in seconds; the length as a whole is what the file says of itself.
    """
    import av

    container.seek(0, stream=track, any_frame=True)
    ticks: list[tuple[int, int]] = []
    try:
        ticks.extend(
            (packet.pts, packet.duration or 0)
            for packet in container.demux(track)
            if packet.pts is not None and not packet.is_discard
        )
    except av.FFmpegError as error:
        log.debug("the packets end early: %s", error)
    ticks.sort()
    times = np.array([time for time, _ in ticks], np.float64) * float(track.time_base)
    last_duration = float(ticks[-1][1] * track.time_base) if ticks else 0.0
    return times, last_duration, float((track.duration or 0) * track.time_base)


def _rate(track: Any, times: npt.NDArray[np.float64]) -> tuple[bool, Fraction]:
    """Tell whether the frames come at a constant rate, and at which.

    The rate of a video of variable rate is the standard one nearest to its average.
    """
    guesses = [track.guessed_rate, track.base_rate, track.average_rate]
    if len(times) < 2:
        return True, next((rate for rate in guesses if rate and rate <= 120), Fraction(25))
    average = (len(times) - 1) / float(times[-1] - times[0])
    nearest = min(STANDARD_RATES, key=lambda rate: abs(float(rate) - average))
    tolerance = float(track.time_base) + 1e-3
    steps = np.arange(len(times))
    for rate in [*guesses, nearest]:
        if rate and np.abs(times - times[0] - steps / float(rate)).max() <= tolerance:
            return True, Fraction(rate)
    return False, nearest


def _displayed_size(track: Any, first: Any) -> tuple[int, int]:
    width, height = track.codec_context.width, track.codec_context.height
    pixel = track.sample_aspect_ratio or Fraction(1)
    if pixel > 0:
        width = max(1, round(width * pixel))
    if round(first.rotation / 90) % 2:
        width, height = height, width
    return width, height


def _may_be_interlaced(first: Any) -> bool:
    # The deinterlacer takes no fewer pixels, and would convert those that are not planar YUV.
    large = min(first.width, first.height) >= 16
    return large and bool(first.interlaced_frame or first.format.name.startswith("yuv"))
