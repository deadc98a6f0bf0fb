"""GIFs made smaller by the program gifsicle."""

from __future__ import annotations

import logging
import shutil
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import IO

from photomosaic.animation.gif import GifWriter, gif_head
from photomosaic.animation.gifsicle import (
    NO_ROOM,
    NOT_SMALLER,
    Gifsicle,
    ShrinkError,
    each_through_gifsicle,
    gifsicle_command,
    shrink_errors,
    temporary_file,
)
from photomosaic.errors import PictureError
from photomosaic.files.regular import open_file
from photomosaic.files.writing import replacing_by_name
from photomosaic.images.gif_frames import END, color_table, frames_of, gif_duration

log = logging.getLogger(__name__)


def shrink(
    pieces: Iterable[bytes], gif: Path, writer: GifWriter, lossy: int, colors: int | None
) -> None:
    """Replace a GIF by a smaller one; a large GIF is compressed while it is written.

    Parameters
    ----------
    pieces : iterable of bytes
        What `write_gif` yields as it writes the GIF.
    gif : Path
    writer : GifWriter
    lossy : int
        How much noise may be added to reduce the size; 0 adds none.
    colors : int or None
        At most so many colours in the whole GIF; None leaves each frame its own.

    Raises
    ------
    ShrinkError
        If gifsicle is missing, fails, or does not make it smaller. There may be pieces left then.
    """
    noise = [f"--lossy={lossy}"] if lossy else []
    pieces = iter(pieces)
    first = list(islice(pieces, 2))
    if len(first) == 2 and lossy and colors is None:
        # The frames are packed well already: -O3 takes five times as long for half a percent. It
        # gains more where no noise is added, or all frames get the same colours.
        _shrink_pieces(chain(first, pieces), gif, writer, gifsicle_command(noise))
    else:
        palette = [f"--colors={colors}"] if colors else []
        command = gifsicle_command(["-O3", *noise, *palette])
        deque(pieces, maxlen=0)
        _shrink_whole(gif, writer, command)


def _shrink_pieces(
    pieces: Iterable[bytes], gif: Path, writer: GifWriter, command: Sequence[str]
) -> None:
    with temporary_file(gif.parent) as made:
        colors = None
        for piece in each_through_gifsicle(pieces, command, gif.parent):
            with shrink_errors(NO_ROOM), _understood():
                if colors is None:
                    colors = color_table(piece)
                    made.write(gif_head(*writer.size, colors))
                made.write(frames_of(piece, colors))
        with shrink_errors(NO_ROOM):
            made.write(END)
            made.seek(0)
        _replace(gif, made, writer.duration)


def _shrink_whole(gif: Path, writer: GifWriter, command: Sequence[str]) -> None:
    log.info("shrinking the GIF of %.1f MB with gifsicle", gif.stat().st_size / 1e6)
    with open_file(gif) as given, closing(Gifsicle(command, given, gif.parent)) as gifsicle:
        _replace(gif, gifsicle.made(), writer.duration)


@contextmanager
def _understood() -> Iterator[None]:
    try:
        yield
    except PictureError as error:
        raise ShrinkError(f"gifsicle wrote a GIF that is {error}") from error


def _replace(gif: Path, made: IO[bytes], duration: int) -> None:
    """Replace a GIF by its compressed form if that is complete, smaller, and as long.

    It may have fewer frames, since gifsicle merges equal frames.
    """
    with replacing_by_name(gif) as smaller:
        with shrink_errors(NO_ROOM), smaller.open("xb") as file:
            shutil.copyfileobj(made, file)
        with _understood():
            if gif_duration(smaller) != 10 * duration:
                raise ShrinkError("gifsicle left out frames")
        if smaller.stat().st_size >= gif.stat().st_size:
            raise ShrinkError(NOT_SMALLER)
