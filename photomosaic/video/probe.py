"""What a video is: its rate, size, colours and sound."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from photomosaic.errors import InputError
from photomosaic.files.names import printable
from photomosaic.images.animated import AnimatedPicture, animated_picture
from photomosaic.images.kinds import PictureFormat
from photomosaic.video.animated import frames_in, natural_rate
from photomosaic.video.colours import VideoColours, video_colours
from photomosaic.video.containers import (
    MAX_FRAME_PIXELS,
    RAW_FORMATS,
    TOO_LARGE,
    opened,
    packets,
    picture_kind,
    picture_track,
)
from photomosaic.video.ffmpeg import why_unreadable
from photomosaic.video.part import PartRequest, part_of
from photomosaic.video.sound import AAC, COPY, Sound, find_sound
from photomosaic.video.times import FrameTimes, Reading, early, frame_times, read_jumping

log = logging.getLogger(__name__)

# Others state the length of the longest track alone.
FORMATS_OF_MEASURED_TRACKS = frozenset({"mov,mp4,m4a,3gp,3g2,mj2", "avi"})


@dataclass(frozen=True)
class VideoInfo:
    """A video, as it is displayed.

    Attributes
    ----------
    path : Path
    width, height : int
        Pixels, upright and square.
    fps : Fraction
        Frames per second to render at.
    frames : int
        Number of frames to render.
    dropped : int
        Number of the video's frames that have no place at this rate.
    start : float
        Seconds of the file before the part that is rendered, within half a frame of what was asked
        for, so that the video's frames are in time; negative if the sound is to wait for it.
    colours : VideoColours
    interlaced : bool
        Whether some of its frames may be, by the flag of each.
    sound : Sound or None
    missing : float
        Seconds by which the frames end before the length that the file states.
    reading : Reading
    animation : AnimatedPicture or None
        The file itself, if it is no video but an animated picture.
    """

    path: Path
    width: int
    height: int
    fps: Fraction
    frames: int
    dropped: int
    start: float
    colours: VideoColours
    interlaced: bool
    sound: Sound | None
    missing: float
    reading: Reading
    animation: AnimatedPicture | None = None


def probe(
    path: Path, *, start: float, seconds: float | None, fps: Fraction | None, sound: bool
) -> VideoInfo:
    """Read the properties of a video.

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
        Whether to look for its sound.

    Raises
    ------
    InputError
        If there is nothing that can be rendered; the message names the file.
    """
    kind = picture_kind(path)
    if kind is not None:
        return _probed_animation(path, kind, start, seconds, fps)
    with opened(path) as container:
        return _probed(path, container, PartRequest(start, seconds, fps), sound)


def _probed_animation(
    path: Path, kind: PictureFormat, start: float, seconds: float | None, fps: Fraction | None
) -> VideoInfo:
    picture, name = animated_picture(path, kind, MAX_FRAME_PIXELS), printable(path)
    if picture is None:
        raise InputError(f"{name}: is a picture; mosaic.py makes mosaics of pictures")
    rate = fps or natural_rate(picture)
    frames = frames_in(picture, start, seconds, rate)
    if not frames:
        raise InputError(f"{name}: there is no frame in the part from {start:g} s on")
    _refuse_tiny(picture.size[1], picture.size[0], name)
    return VideoInfo(
        path=path,
        width=picture.size[1],
        height=picture.size[0],
        fps=rate,
        frames=frames,
        dropped=0,
        start=start,
        colours=VideoColours("auto", None, None),
        interlaced=False,
        sound=None,
        missing=0.0,
        reading=Reading(path, 0, None),
        animation=picture,
    )


def _refuse_tiny(width: int, height: int, name: str) -> None:
    if min(width, height) < 2:
        raise InputError(f"{name}: {width}x{height} pixels are too few for a video")


def _probed(path: Path, container: Any, request: PartRequest, sound: bool) -> VideoInfo:
    name = printable(path)
    track = picture_track(container, name)
    look = appearance(container, track, path)
    until = None if request.seconds is None else request.end
    heard = find_sound(path, container, until) if sound else None
    reading, times = _times(path, container, track, heard, request)
    if heard is not None and times.joined and heard.coding == COPY:
        # Pieces overlap or leave holes, for which packets cannot be cut.
        heard = replace(heard, coding=AAC)
    length = (container.duration or 0) / 1_000_000
    rates = [rate for rate in (track.guessed_rate, track.base_rate) if rate]
    part = part_of(times, request, rates, 0.0 if heard is None else length)
    if part is None:
        raise InputError(f"{name}: there is no frame in the part from {request.start:g} s on")
    return VideoInfo(
        path=path,
        width=look.width,
        height=look.height,
        fps=part.fps,
        frames=part.frames,
        dropped=part.dropped,
        start=part.start,
        colours=look.colours,
        interlaced=look.interlaced,
        sound=heard,
        missing=_missing(container, track, part.end) if times.complete else 0.0,
        reading=reading,
    )


def _times(
    path: Path, container: Any, track: Any, heard: Sound | None, request: PartRequest
) -> tuple[Reading, FrameTimes]:
    import av

    if container.format.name in RAW_FORMATS:
        # Nothing leads to a place in the middle.
        reading = Reading(path, track.index, None)
        return reading, frame_times(reading, request.end)
    if not container.format.flags & av.format.Flags.ts_discont.value:
        reading = Reading(path, track.index, None, early(request.start), sought=True)
        return reading, frame_times(reading, request.end)
    if heard is None:
        return read_jumping(Reading(path, track.index, None), 0.0, request.start, request.end)
    apart = _start(container.streams[heard.stream]) - _start(track)
    reading = Reading(path, track.index, heard.stream)
    return read_jumping(reading, apart, request.start, request.end)


def _missing(container: Any, track: Any, end: float) -> float:
    """Return by how many seconds the frames end before the length that the file states."""
    import av

    jumping = container.format.flags & av.format.Flags.ts_discont.value
    alone = len(container.streams) == 1 and not jumping
    if not alone and container.format.name not in FORMATS_OF_MEASURED_TRACKS:
        return 0.0
    start = _start(track) - float((container.start_time or 0) / 1_000_000)
    return max(0.0, start + float((track.duration or 0) * track.time_base) - end)


def _start(track: Any) -> float:
    return float((track.start_time or 0) * track.time_base)


@dataclass(frozen=True)
class Appearance:
    """How the frames of a video track look.

    Attributes
    ----------
    width, height : int
        Pixels, upright and square.
    colours : VideoColours
    interlaced : bool
        Whether some of its frames may be, by the flag of each.
    """

    width: int
    height: int
    colours: VideoColours
    interlaced: bool


def appearance(container: Any, track: Any, path: Path) -> Appearance:
    """Tell how the frames of a track look, by the first one.

    Raises
    ------
    InputError
        If there is none that can be decoded, or they are too small.
    """
    first = _first_frame(container, track, path)
    width, height = _displayed_size(track, first)
    _refuse_tiny(width, height, printable(path))
    return Appearance(width, height, video_colours(track.codec_context), _may_be_interlaced(first))


def _first_frame(container: Any, track: Any, path: Path) -> Any:
    import av

    for packet in packets(container, track):
        try:
            frames = packet.decode()
        except av.FFmpegError as error:
            # What comes before the first keyframe, or is damaged.
            log.debug("a packet cannot be decoded: %s", error)
            continue
        if frames:
            return frames[0]
    # Where the head does not tell the size, the decoder refuses the frames without saying why.
    large = "" if track.codec_context.width else f"they are damaged, or have {TOO_LARGE}"
    cause = large or why_unreadable(path)
    because = f": {cause}" if cause else ""
    raise InputError(f"{printable(path)}: not one frame of it can be decoded{because}")


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
