"""When the frames of a video are shown, as ffmpeg reads them."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt

from photomosaic.video.ffmpeg import SAFE_INPUT, running

# Sought early and dropped exactly: some formats land behind the keyframe they should land on.
EARLY_SECONDS = 10.0
HOLE_SECONDS = 0.5
# Ticks; more than any video has.
FAR = 1 << 40
# A packet that is decoded but not shown, AV_PKT_FLAG_DISCARD: outside of what an edit list keeps.
NOT_SHOWN = 4
# Little is read ahead of the packet at which reading stops (Linux only; 64 kB elsewhere).
SHORT_PIPE = 4096


@dataclass(frozen=True)
class Reading:
    """How a video is read, in the same way for its times, its frames and its sound.

    Attributes
    ----------
    path : Path
    stream : int
        Number of the video track.
    beside : int or None
        Number of the sound track, if picture and sound are always to be read both. Where times
        jump, as in transport streams put together, ffmpeg joins them by the tracks that it reads.
    seek : float
        Seconds of the file that are passed over.
    apart : float
        Seconds from the start of the picture to that of the sound, if each is read by itself and
        its times count from its own start.
    sought : bool
        Whether reading may begin anywhere.
    """

    path: Path
    stream: int
    beside: int | None
    seek: float = 0.0
    apart: float = 0.0
    sought: bool = False

    @property
    def input(self) -> list[str]:
        """Arguments of ffmpeg for the file."""
        seek = ["-noaccurate_seek", "-ss", f"{self.seek:.6f}"] if self.seek else []
        return [*SAFE_INPUT, *seek, "-i", f"file:{self.path}"]

    def along(self, stream: int | None, number: int = 0) -> list[str]:
        """Return the arguments that read a stream of that input along, but use nothing of it."""
        if self.beside is None:
            return []
        return ["-map", f"{number}:{stream}", "-c", "copy", "-f", "null", "-"]


@dataclass(frozen=True)
class FrameTimes:
    """When frames are shown.

    Attributes
    ----------
    shown : ndarray of shape (n,), float64
        Seconds from the start of the file, ascending.
    last : float
        Seconds that the last one is shown; 0 if the file does not state it.
    tick : Fraction
        Seconds of the unit that the file counts in.
    complete : bool
        Whether reading went on to the end of the file.
    joined : bool
        Whether the file's own times jump, so that it cannot be sought in.
    """

    shown: npt.NDArray[np.float64]
    last: float
    tick: Fraction
    complete: bool
    joined: bool


def read_jumping(
    reading: Reading, apart: float, start: float, until: float
) -> tuple[Reading, FrameTimes]:
    """Return how a file whose times may jump is to be read, and when its frames are shown.

    Whether they jump is known only once all before the part has been read.

    Parameters
    ----------
    reading : Reading
        Of the whole file, sound and picture.
    apart : float
        Seconds from the start of the picture to that of the sound.
    start, until : float
        Seconds from the start of the file.
    """
    times = frame_times(reading, until)
    if not times.joined:
        return replace(reading, seek=early(start), sought=True), times
    if reading.beside is not None:
        alone = replace(reading, beside=None, apart=apart)
        by_picture = frame_times(alone, until)
        # Where the last sound of a piece comes after the first picture of the next, ffmpeg makes a
        # hole as long as the piece; each by itself is right, but for a frame of sound.
        if _longest_gap(times, until) > _longest_gap(by_picture, until) + HOLE_SECONDS:
            return alone, by_picture
    return reading, times


def _longest_gap(times: FrameTimes, until: float) -> float:
    """Return the most seconds without a new frame, up to where reading stopped."""
    ends = times.shown if times.complete else np.append(times.shown, until)
    return float(np.diff(ends).max(initial=0.0))


def early(start: float) -> float:
    """Return where reading a file begins, for a part that starts at a time."""
    return max(0.0, start - EARLY_SECONDS)


def frame_times(reading: Reading, until: float) -> FrameTimes:
    """Return when the frames of a video are shown; no more of it is read than up to `until`.

    Parameters
    ----------
    reading : Reading
    until : float
        Seconds from the start of the file.
    """
    arguments = ["-v", "warning", *reading.input, "-map", f"0:{reading.stream}", "-c", "copy"]
    # Times of decoding far ahead, for else those of showing are changed to follow them.
    arguments += ["-copyinkf", "-bsf", f"setts=pts=PTS:dts=DTS-{FAR}", "-f", "framecrc"]
    # Where reading stops early, little is read ahead.
    whole = math.isinf(until)
    arguments += ["pipe:1"] if whole else ["-flush_packets", "1", "pipe:1"]
    arguments += reading.along(reading.beside)
    with running(arguments, pipe_bytes=-1 if whole else SHORT_PIPE) as ffmpeg:
        assert ffmpeg.process.stdout is not None  # noqa: S101 (it has a pipe unless it is fed)
        tick, listed, complete = _listed(ffmpeg.process.stdout, until - reading.seek)
        joined = any("timestamp discontinuity" in line for line in ffmpeg.complaints())
    decoded, shown, lasting = np.array(listed, np.int64).reshape(-1, 3).T
    if (unstated := shown < -FAR // 2).any():
        # The file states only when frames are decoded. Frames between others are shown at once, so
        # all of them follow each other as they are decoded.
        delays, often = np.unique((shown - decoded)[~unstated], return_counts=True)
        delay = delays[often.argmax()] if len(often) else _first_shown(reading) - decoded[0]
        shown = decoded + delay
    order = np.argsort(shown, kind="stable")
    seconds = shown[order].astype(np.float64) * float(tick) + reading.seek
    last = float(lasting[order[-1]] * tick) if listed else 0.0
    return FrameTimes(seconds, last, tick, complete, joined)


def _first_shown(reading: Reading) -> int:
    """Return when the first frame that can be decoded is shown, in ticks."""
    arguments = [*reading.input, "-map", f"0:{reading.stream}", "-frames:v", "1"]
    arguments += ["-fps_mode", "passthrough", "-enc_time_base", "demux", "-f", "framecrc", "pipe:1"]
    with running(arguments) as ffmpeg:
        assert ffmpeg.process.stdout is not None  # noqa: S101 (it has a pipe unless it is fed)
        lines = [line for line in ffmpeg.process.stdout if not line.startswith(b"#")]
    return int(lines[0].split(b",")[2]) if lines else 0


def _listed(lines: Iterable[bytes], until: float) -> tuple[Fraction, array[int], bool]:
    """Return the tick, the packets, and whether these are all.

    Of each packet it is when it is decoded, when shown, and for how long, in ticks.
    """
    tick, end, packets = Fraction(1), math.inf, array("q")
    for line in lines:
        if line.startswith(b"#"):
            if line.startswith(b"#tb 0: "):
                tick = Fraction(line.removeprefix(b"#tb 0: ").decode())
                end = until / float(tick)
            continue
        words = line.split(b",", 7)
        decoded = int(words[1]) + FAR
        if decoded >= end:
            return tick, packets, False
        flags = words[6].strip() if len(words) > 6 else b""
        if not (flags.startswith(b"F=") and int(flags[2:], 16) & NOT_SHOWN):
            packets.extend((decoded, int(words[2]), int(words[3])))
    return tick, packets, True
