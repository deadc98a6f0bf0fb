"""The sound track of a video that goes into its mosaic."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from photomosaic.video.ffmpeg import SAFE_INPUT, running

log = logging.getLogger(__name__)

COPIED_CODECS = frozenset({"aac", "mp3", "mp3float", "ac3"})
COPY = ("-c:a", "copy")
AAC = ("-c:a", "aac", "-b:a", "192k")
# More channels than AAC has are mixed; of those without a known place (the components of ambisonic
# sound) the first is what a single microphone would have heard.
ENCODINGS = (AAC, (*AAC, "-ac", "2"), (*AAC, "-af", "pan=mono|c0=c0"))
PACKETS_TRIED = 50


@dataclass(frozen=True)
class Sound:
    """The sound track that goes into the mosaic.

    Attributes
    ----------
    stream : int
        Its number in the file.
    codec : str
    coding : tuple of str
        ffmpeg's options that bring it into an MP4 file: copied, encoded again, or mixed down.
    """

    stream: int
    codec: str
    coding: tuple[str, ...]


def find_sound(path: Path, container: Any, until: float | None = None) -> Sound | None:
    """Return the default sound track, else the first, of those that MP4 can hold in some way.

    Each way is tried on the first packets, since containers refuse more than is known from the
    name of a codec. With `until`, only the seconds of the file before that are searched for them.
    """
    import av

    default = av.stream.Disposition.default
    tracks = sorted(container.streams.audio, key=lambda track: not track.disposition & default)
    for track in tracks:
        codec = _codec(track)
        for coding in (COPY, *ENCODINGS) if codec in COPIED_CODECS else ENCODINGS:
            if _can_be_written(path, track.index, coding, until):
                return Sound(track.index, codec, coding)
    return None


def _codec(track: Any) -> str:
    return "unknown" if track.codec_context is None else str(track.codec_context.name)


def _can_be_written(path: Path, index: int, coding: tuple[str, ...], until: float | None) -> bool:
    """Tell whether ffmpeg makes an MP4 file of the first packets of a sound track."""
    arguments = [*SAFE_INPUT, *([] if until is None else ["-t", f"{until:.6f}"])]
    arguments += ["-i", f"file:{path}", "-map", f"0:{index}", *coding]
    arguments += ["-frames:a", str(PACKETS_TRIED)]
    # A pipe cannot be sought in, so the file is written in pieces.
    arguments += ["-f", "mp4", "-movflags", "+delay_moov+frag_keyframe", "pipe:1"]
    # What is copied is decoded as well, to see that it can be.
    arguments += ["-map", f"0:{index}", "-frames:a", str(PACKETS_TRIED), "-f", "null", "-"]
    with running(arguments) as ffmpeg:
        assert ffmpeg.process.stdout is not None  # noqa: S101 (it has a pipe unless it is fed)
        written = ffmpeg.process.stdout.read()
        if ffmpeg.process.wait() == 0 and b"mdat" in written:
            return True
        log.debug("sound track %d as %s: %s", index, coding, ffmpeg.complaint())
        return False
