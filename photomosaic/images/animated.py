"""Animated pictures read frame by frame: GIF, WebP, PNG and AVIF."""

from __future__ import annotations

import io
import logging
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from photomosaic.arrays import BgrImage
from photomosaic.errors import InputError
from photomosaic.files.names import printable
from photomosaic.files.regular import read_file
from photomosaic.images.colour import plain_mode, to_srgb
from photomosaic.images.colour_tags import colours_of
from photomosaic.images.kinds import PictureFormat
from photomosaic.images.opening import DECODER_ERRORS
from photomosaic.images.pixels import on_white

log = logging.getLogger(__name__)

# As browsers show frames for which less is asked: what is shortest of all was meant as "any time".
SHORTEST_MS, USUAL_MS = 11, 100


@dataclass(frozen=True)
class AnimatedPicture:
    """An animated picture.

    Attributes
    ----------
    path : Path
    kind : str
        Its format, as Pillow names it.
    size : (int, int)
        Height and width in pixels.
    durations : tuple of int
        Milliseconds for which each frame is shown.
    """

    path: Path
    kind: PictureFormat
    size: tuple[int, int]
    durations: tuple[int, ...]

    def frames(self) -> Generator[BgrImage]:
        """Decode the frames one by one: (H, W, 3), uint8, BGR, sRGB, transparent parts white.

        Raises
        ------
        InputError
            If the file cannot be read any more, or is damaged.
        """
        with _opened(self.path, self.kind) as (picture, data):
            colours = colours_of(picture, data)
            for number in range(len(self.durations)):
                picture.seek(number)
                yield on_white(to_srgb(plain_mode(picture), colours))


def animated_picture(path: Path, kind: PictureFormat, most_pixels: int) -> AnimatedPicture | None:
    """Return the properties of an animated picture, or None if it is a still one.

    Frames after a damaged one are left out, with a warning.

    Raises
    ------
    InputError
        If it cannot be read, or has more than `most_pixels` pixels; the message names the file.
    """
    with _opened(path, kind) as (picture, _):
        frames = getattr(picture, "n_frames", 1)
        # The MPO files of cameras are JPEGs with several versions of one picture.
        if frames < 2 or kind not in ("GIF", "WEBP", "PNG", "AVIF"):
            return None
        if picture.width * picture.height > most_pixels:
            size = f"{picture.width}x{picture.height}"
            limit = f"{most_pixels // 1_000_000} megapixels"
            raise InputError(
                f"{printable(path)}: its frames of {size} pixels are more than {limit}"
            )
        durations = tuple(_durations(picture, frames, printable(path)))
        return AnimatedPicture(path, kind, (picture.height, picture.width), durations)


def _durations(picture: Image.Image, frames: int, name: str) -> Iterator[int]:
    for number in range(frames):
        try:
            picture.seek(number)
            picture.load()
            duration = round(float(picture.info.get("duration", 0)))
        except DECODER_ERRORS as error:
            if not number:
                raise
            log.debug("frame %d: %s", number, error)
            log.warning("%s: damaged: only %d of %d frames are readable", name, number, frames)
            return
        yield duration if duration >= SHORTEST_MS else USUAL_MS


@contextmanager
def _opened(path: Path, kind: PictureFormat) -> Iterator[tuple[Image.Image, bytes]]:
    name = printable(path)
    try:
        data = read_file(path)
        with Image.open(io.BytesIO(data), formats=[kind]) as picture:
            yield picture, data
    except DECODER_ERRORS as error:
        if isinstance(error, OSError) and error.strerror:
            raise InputError(f"{name}: cannot be read: {error.strerror}") from error
        raise InputError(f"{name}: is damaged") from error
