"""Animated GIFs, written frame by frame."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from photomosaic import __version__
from photomosaic.arrays import BgrImage
from photomosaic.images.gif_frames import END, gif_frame, table_flags
from photomosaic.images.own_output import SOFTWARE

LONGEST_SIDE = 65_535
LONGEST_DELAY = 65_535
PIECE_BYTES = 1 << 20


def delays(fps: Fraction) -> Iterator[int]:
    """Yield for how many hundredths of a second each frame is shown.

    GIF delays are whole hundredths. Their running sum is rounded, so every frame begins within
    half a hundredth of its time.
    """
    shown, number = 0, 0
    while True:
        number += 1
        end = round(100 * number / fps)
        yield end - shown
        shown = end


class GifWriter:
    """Writes a GIF that repeats for ever, frame by frame.

    Pixels that equal those of the frame before stay as they are shown.

    Parameters
    ----------
    file : binary file
    colors : int
        2 to 256, in each frame.
    dither : bool
        Whether colours in between are made of dots: good for faces and skies, of no use in mosaics.

    Attributes
    ----------
    frames : int
        Number of frames written.
    duration : int
        How long they are shown, in hundredths of a second.
    size : (int, int)
        Their height and width.
    """

    def __init__(self, file: BinaryIO, colors: int, *, dither: bool) -> None:
        self.frames = 0
        self.duration = 0
        self.size = 0, 0
        self._file = file
        self._colors = colors
        self._dither = dither
        self._shown: BgrImage | None = None

    def write(self, frame: BgrImage, delay: int) -> bytes:
        """Write a frame of shape (H, W, 3), uint8, BGR, for so many hundredths of a second.

        Returns the bytes that were written for it.
        """
        if self._shown is None:
            self._file.write(gif_head(frame.shape[0], frame.shape[1]))
            changed = np.ones(frame.shape[:2], np.bool_)
        else:
            differs = frame != self._shown
            # Ten times as fast as `any`.
            changed = differs[..., 0] | differs[..., 1] | differs[..., 2]
        encoded = self._encoded(frame, changed, delay)
        self._file.write(encoded)
        self._shown = frame
        self.frames += 1
        self.duration += delay
        self.size = frame.shape[0], frame.shape[1]
        return encoded

    def finish(self) -> None:
        """Write the end of the file."""
        self._file.write(END)
        self._file.flush()

    def _encoded(self, frame: BgrImage, changed: npt.NDArray[np.bool_], delay: int) -> bytes:
        """Return the smallest part of a frame that holds all changes."""
        rows, cols = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
        if not len(rows):
            rows = cols = np.zeros(1, np.intp)
        box = slice(rows[0], rows[-1] + 1), slice(cols[0], cols[-1] + 1)
        corner = int(cols[0]), int(rows[0])
        return gif_frame(frame[box], changed[box], corner, delay, self._colors, dither=self._dither)


def write_gif(
    frames: Iterable[BgrImage], writer: GifWriter, fps: Fraction, hold: float
) -> Iterator[bytes]:
    """Write all frames of a GIF, holding no more than three of them in memory.

    Parameters
    ----------
    frames : iterable of ndarray of shape (H, W, 3), uint8, BGR
        At least one, all of one size.
    writer : GifWriter
    fps : Fraction
        At most 50; most viewers do not follow faster GIFs.
    hold : float
        Seconds that the last frame is shown, if longer than the others.

    Yields
    ------
    bytes
        The frames that were written since the last piece, as a GIF of `PIECE_BYTES` or a little
        more; the file is whole after the last one.
    """
    delay = delays(fps)
    source = iter(frames)
    frame = next(source)
    piece: list[bytes] = []
    for following in source:
        piece.append(writer.write(frame, next(delay)))
        frame = following
        if sum(map(len, piece)) >= PIECE_BYTES:
            yield _gif_of(piece, writer.size)
            piece = []
    last = writer.write(frame, max(next(delay), min(round(100 * hold), LONGEST_DELAY)))
    writer.finish()
    yield _gif_of([*piece, last], writer.size)


def _gif_of(encoded_frames: list[bytes], size: tuple[int, int]) -> bytes:
    return b"".join([gif_head(*size), *encoded_frames, END])


def gif_head(height: int, width: int, colors: bytes = b"") -> bytes:
    """Return the start of a GIF: its size, endless repetition, and who made it.

    Parameters
    ----------
    height, width : int
    colors : bytes
        Those that frames share, three bytes each.
    """
    comment = f"{SOFTWARE} {__version__}".encode()
    return (
        b"GIF89a"
        + width.to_bytes(2, "little")
        + height.to_bytes(2, "little")
        + bytes([0x70 | table_flags(colors), 0, 0])
        + colors
        + b"!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0"
        + b"!\xfe"
        + bytes([len(comment)])
        + comment
        + b"\0"
    )
