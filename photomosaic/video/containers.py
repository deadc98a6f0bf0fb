"""Opening video files: which kinds are read, which track is the film, how large frames may be."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from photomosaic.errors import InputError
from photomosaic.files.names import printable
from photomosaic.files.regular import open_file
from photomosaic.images.kinds import HEAD_BYTES, PICTURE_FORMATS, PictureFormat, kind_of
from photomosaic.video.ffmpeg import SAFE_OPTIONS, why_unreadable

# More than any camera records (12K has 80); decoded, it takes 300 MB.
MAX_FRAME_PIXELS = 100_000_000
TOO_LARGE = f"more than {MAX_FRAME_PIXELS // 1_000_000} megapixels"
# Coded frames without a container: no times are stored, and nothing leads to a place in the file.
RAW_FORMATS = frozenset("h263 h264 hevc vvc mpegvideo m4v vc1 obu mjpeg jpeg_pipe".split())
RAW_JPEG_SUFFIXES = frozenset({".mjpeg", ".mjpg"})


def picture_kind(path: Path) -> PictureFormat | None:
    """Return the format of a file that is a picture, maybe an animated one; None of any other.

    Raises
    ------
    InputError
        If it is no file, empty, or cannot be read; the message names it.
    """
    name = printable(path)
    try:
        if path.is_dir():
            raise InputError(f"{name}: is a folder, not a video")
        with open_file(path) as file:
            kind = kind_of(file.read(HEAD_BYTES))
    except FileNotFoundError:
        raise InputError(f"{name}: there is no such file") from None
    except OSError as error:
        raise InputError(f"{name}: cannot be read: {error.strerror}") from error
    if kind == "empty":
        raise InputError(f"{name}: the file is empty")
    if kind == "JPEG" and path.suffix.lower() in RAW_JPEG_SUFFIXES:
        return None
    return next((known for known in PICTURE_FORMATS if known == kind), None)


class _Source:
    """A file as PyAV reads it.

    Damaged files lead to places that none has; PyAV would print the exception of seeking there.
    """

    def __init__(self, file: BinaryIO) -> None:
        self.name, self.read, self.tell = file.name, file.read, file.tell
        self._seek = file.seek

    def seek(self, offset: int, whence: int = 0) -> int:
        try:
            return self._seek(offset, whence)
        except (OSError, OverflowError, ValueError):
            return -errno.EINVAL


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """Open a video as a container of PyAV, which decodes no frame above `MAX_FRAME_PIXELS`.

    Raises
    ------
    InputError
        If it cannot be read, also later in the `with` block; the message names it.
    """
    import av

    name, limit = printable(path), {"max_pixels": str(MAX_FRAME_PIXELS)}
    try:
        with (
            open_file(path) as file,
            closing(
                av.open(
                    _Source(file),
                    "r",
                    options=limit,
                    container_options=SAFE_OPTIONS,
                    # Old cameras wrote titles in the encoding of their country.
                    metadata_errors="replace",
                )
            ) as container,
        ):
            for track in container.streams.video:
                if track.codec_context is not None:
                    track.codec_context.options = limit
            yield container
    except av.FFmpegError as error:
        cause = why_unreadable(path) or "no cause is known"
        raise InputError(
            f"{name}: cannot be read as a video: {cause} ({error.strerror})"
        ) from error
    except OSError as error:
        raise InputError(f"{name}: cannot be read: {error.strerror}") from error


def picture_track(container: Any, name: str) -> Any:
    """Return the track that holds the film: the default one, else the largest, of several frames.

    Covers and thumbnails are none.

    Raises
    ------
    InputError
        If there is none, or its frames are too large.
    """
    import av

    kinds = av.stream.Disposition
    beside_the_film = kinds.attached_pic | kinds.timed_thumbnails
    films = [track for track in container.streams.video if not track.disposition & beside_the_film]
    if not films:
        raise InputError(f"{name}: there is no picture in it, only sound")
    known = [track for track in films if track.codec_context is not None]
    if not known:
        raise InputError(f"{name}: this kind of video cannot be decoded")

    def likeness(track: Any) -> tuple[bool, bool, int]:
        # The number of frames is 0 where the file does not state it.
        return track.frames != 1, bool(track.disposition & kinds.default), _pixels(track)

    track = max(known, key=likeness)
    if _pixels(track) > MAX_FRAME_PIXELS:
        size = f"{track.codec_context.width}x{track.codec_context.height}"
        raise InputError(f"{name}: its frames of {size} pixels are {TOO_LARGE}")
    return track


def packets(container: Any, track: Any) -> Iterator[Any]:
    """Yield a track's packets; those of a raw stream have the times of frames one by one."""
    found = _demuxed(container, track)
    if container.format.name not in RAW_FORMATS:
        yield from found
        return
    ticks = 1 / (track.guessed_rate or 25) / track.time_base
    for number, packet in enumerate(packet for packet in found if packet.size):
        packet.pts, packet.duration = round(number * ticks), round(ticks)
        yield packet


def _demuxed(container: Any, track: Any) -> Iterator[Any]:
    while True:
        try:
            yield from container.demux(track)
        except IndexError:
            # PyAV does not know tracks that begin in the middle; the packet is passed over.
            continue
        return


def _pixels(track: Any) -> int:
    return int(track.codec_context.width * track.codec_context.height)
