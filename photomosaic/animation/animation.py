"""Frames to a file that plays, in the format that its name asks for."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from photomosaic.animation.ffmpeg_formats import ENCODERS, LONGEST_SIDES, write_with_ffmpeg
from photomosaic.animation.gif import LONGEST_SIDE, GifWriter, write_gif
from photomosaic.animation.gifsicle import ShrinkError
from photomosaic.animation.shrink import shrink
from photomosaic.arrays import BgrImage
from photomosaic.errors import InputError
from photomosaic.files.names import printable
from photomosaic.files.writing import replacing_by_name
from photomosaic.options.animation import AnimationOptions
from photomosaic.video.ffmpeg import encoders
from photomosaic.video.music import with_music

FORMATS = (".gif", *ENCODERS)
MOST_COLORS = 256
DEFAULT_LOSSY = 80


@dataclass(frozen=True)
class Animation:
    """A written animation.

    Attributes
    ----------
    path : Path
    frames : int
    size : (int, int)
        Height and width of the frames.
    bytes : int
        Size of the file.
    unshrunk_bytes : int
        Its size before gifsicle made it smaller, or the same.
    unshrunk_because : str or None
        Why gifsicle did not do so, if it should have.
    """

    path: Path
    frames: int
    size: tuple[int, int]
    bytes: int
    unshrunk_bytes: int
    unshrunk_because: str | None


def check_format(path: Path, size: tuple[int, int]) -> None:
    """Raise `InputError` if frames of (height, width) cannot be written to `path`."""
    kind, name = path.suffix.lower(), printable(path)
    if kind not in FORMATS:
        known = ", ".join(suffix[1:] for suffix in FORMATS)
        raise InputError(f"{name}: animations are written as {known}; name a file ending in one")
    if kind != ".gif" and ENCODERS[kind] not in encoders():
        raise InputError(f"{name}: this ffmpeg cannot write {kind}; take .gif")
    longest = LONGEST_SIDES.get(kind, LONGEST_SIDE)
    if max(size) > longest:
        raise InputError(
            f"{name}: {kind} holds at most {longest} pixels a side, and the frames have"
            f" {size[1]}x{size[0]}; make them smaller"
        )
    if kind == ".mp4" and min(size) < 2:
        raise InputError(f"{name}: {size[1]}x{size[0]} pixels are too few for .mp4; take .gif")


def write_animation(
    frames: Iterable[BgrImage], path: Path, options: AnimationOptions, music: Path | None = None
) -> Animation:
    """Write frames as they come, in the format of the path's extension; see `check_format`.

    Parameters
    ----------
    frames : iterable of ndarray of shape (H, W, 3), uint8, BGR
        At least one, all of one size.
    path : Path
    options : AnimationOptions
    music : Path or None
        Sound of an .mp4, as for `with_music`.

    Raises
    ------
    OutputError
        If it cannot be written; what lay at `path` before is still there.
    """
    fps = Fraction(options.fps).limit_denominator(1001)
    problem = None
    with replacing_by_name(path) as temporary:
        if path.suffix.lower() != ".gif":
            count, frame_size = write_with_ffmpeg(frames, temporary, fps, options.hold)
            if music is not None:
                shown = count - 1 + max(1, round(options.hold * fps))
                silent = temporary.replace(temporary.with_stem("silent"))
                with_music(silent, music, float(shown / fps), temporary)
            unshrunk = temporary.stat().st_size
        else:
            writer, unshrunk, problem = _write_gif(frames, temporary, fps, options)
            count, frame_size = writer.frames, writer.size
        size = temporary.stat().st_size
    return Animation(
        path,
        count,
        frame_size,
        bytes=size,
        unshrunk_bytes=unshrunk,
        unshrunk_because=problem,
    )


def _write_gif(
    frames: Iterable[BgrImage], path: Path, fps: Fraction, options: AnimationOptions
) -> tuple[GifWriter, int, str | None]:
    """Write a GIF and shrink it; return its size before, too, and why it was not shrunk."""
    problem = None
    with path.open("xb") as file:
        writer = GifWriter(file, options.colors or MOST_COLORS, dither=options.dither)
        pieces = write_gif(frames, writer, fps, options.hold)
        try:
            if options.optimize is not False:
                noise = DEFAULT_LOSSY if options.lossy is None else options.lossy
                shrink(pieces, path, writer, noise, options.colors)
        except ShrinkError as error:
            problem = str(error)
        # The frames that shrinking did not read are written all the same.
        deque(pieces, maxlen=0)
        unshrunk = file.tell()
    return writer, unshrunk, problem
