"""The sound track of a video that goes into its mosaic."""

from __future__ import annotations

import logging
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from photomosaic.video.ffmpeg import FORMATS

log = logging.getLogger(__name__)

SAFE_OPTIONS = {"protocol_whitelist": "file", "format_whitelist": FORMATS}
COPIED_CODECS = frozenset({"aac", "mp3", "mp3float", "ac3"})
PACKETS_TRIED = 50


@dataclass(frozen=True)
class Sound:
    """The sound track that goes into the mosaic.

    Attributes
    ----------
    stream : int
        Its number in the file.
    codec : str
    copied : bool
        Whether MP4 can carry it as it is.
    """

    stream: int
    codec: str
    copied: bool


def find_sound(path: Path, container: Any) -> Sound | None:
    """Return the default sound track, else the first, of those that can be decoded."""
    import av

    default = av.stream.Disposition.default
    tracks = sorted(container.streams.audio, key=lambda track: not track.disposition & default)
    for track in tracks:
        if track.codec_context is not None and _decodes(path, track.index):
            codec = track.codec_context.name
            return Sound(track.index, codec, codec in COPIED_CODECS)
    return None


def _decodes(path: Path, index: int) -> bool:
    """Tell whether a sound track can be decoded; its very first packets may be damaged."""
    import av

    with (
        path.open("rb") as file,
        closing(av.open(file, "r", container_options=SAFE_OPTIONS)) as container,
    ):
        packets = container.demux(container.streams[index])
        try:
            return any(_has_frames(packet) for packet in islice(packets, PACKETS_TRIED))
        except av.FFmpegError as error:
            log.debug("sound track %d ends early: %s", index, error)
            return False


def _has_frames(packet: Any) -> bool:
    import av

    try:
        return bool(packet.decode())
    except av.FFmpegError as error:
        log.debug("a packet of sound cannot be decoded: %s", error)
        return False
