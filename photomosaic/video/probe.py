"""What a video is: its rate, size, colours and sound."""

from __future__ import annotations

import logging
from contextlib import closing
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from photomosaic.errors import InputError
from photomosaic.images.kinds import HEAD_BYTES, PICTURE_FORMATS, kind_of
from photomosaic.images.listing import printable
from photomosaic.video.colours import VideoColours, video_colours
from photomosaic.video.ffmpeg import why_unreadable
from photomosaic.video.part import Wanted, part_of
from photomosaic.video.sound import SAFE_OPTIONS, Sound, find_sound
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
            return _probed(path, container, Wanted(start, seconds, fps), sound)
    except av.FFmpegError as error:
        cause = why_unreadable(path) or "no cause is known"
        raise InputError(
            f"{name}: cannot be read as a video: {cause} ({error.strerror})"
        ) from error
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


def _probed(path: Path, container: Any, wanted: Wanted, sound: bool) -> VideoInfo:
    name = printable(path)
    track = _picture_track(container, name)
    first = _first_frame(container, track, path)
    width, height = _displayed_size(track, first)
    if min(width, height) < 2:
        raise InputError(f"{name}: {width}x{height} pixels are too few for a video")
    heard = find_sound(path, container) if sound else None
    reading, times = _times(path, container, track, heard, wanted)
    if heard is not None and times.joined:
        # Pieces overlap or leave holes, for which packets cannot be cut.
        heard = replace(heard, copied=False)
    length = (container.duration or 0) / 1_000_000
    rates = [rate for rate in (track.guessed_rate, track.base_rate) if rate]
    part = part_of(times, wanted, rates, 0.0 if heard is None else length)
    if part is None:
        raise InputError(f"{name}: there is no frame in the part from {wanted.start:g} s on")
    return VideoInfo(
        path=path,
        width=width,
        height=height,
        fps=part.fps,
        frames=part.frames,
        dropped=part.dropped,
        start=part.start,
        colours=video_colours(track.codec_context),
        interlaced=_may_be_interlaced(first),
        sound=heard,
        missing=_missing(container, track, part.end) if times.complete else 0.0,
        reading=reading,
    )


def _times(
    path: Path, container: Any, track: Any, heard: Sound | None, wanted: Wanted
) -> tuple[Reading, FrameTimes]:
    import av

    if not container.format.flags & av.format.Flags.ts_discont.value:
        reading = Reading(path, track.index, None, seek=early(wanted.start))
        return reading, frame_times(reading, wanted.end)
    if heard is None:
        return read_jumping(Reading(path, track.index, None), 0.0, wanted.start, wanted.end)
    apart = _start(container.streams[heard.stream]) - _start(track)
    reading = Reading(path, track.index, heard.stream)
    return read_jumping(reading, apart, wanted.start, wanted.end)


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


def _first_frame(container: Any, track: Any, path: Path) -> Any:
    import av

    for packet in container.demux(track):
        try:
            frames = packet.decode()
        except av.FFmpegError as error:
            # What comes before the first keyframe, or is damaged.
            log.debug("a packet cannot be decoded: %s", error)
            continue
        if frames:
            return frames[0]
    cause = why_unreadable(path)
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
