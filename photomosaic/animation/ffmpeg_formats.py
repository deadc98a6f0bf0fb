"""Animated WebP and PNG, and MP4, by way of ffmpeg."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from itertools import chain
from pathlib import Path

import numpy as np

from photomosaic.arrays import BgrImage
from photomosaic.images.own_tag import tag_as_own
from photomosaic.video.pipes import TO_VIDEO, even, feeding, raw_input, x264

QUALITY, PRESET = 20, "medium"
ENCODERS = {".mp4": "libx264", ".webp": "libwebp_anim", ".png": "apng"}
LONGEST_SIDES = {".mp4": 16_384, ".webp": 16_383, ".png": 65_535}


def write_with_ffmpeg(
    frames: Iterable[BgrImage], path: Path, fps: Fraction, hold: float, preset: str = PRESET
) -> tuple[int, tuple[int, int]]:
    """Write an animation in the format of the path's extension: .mp4, .webp or .png.

    WebP and PNG repeat for ever. MP4 has even sides: the last row or column is left out if need be.

    Parameters
    ----------
    frames : iterable of ndarray of shape (H, W, 3), uint8, BGR
        At least one, all of one size.
    path : Path
    fps : Fraction
    hold : float
        Seconds that the last frame is shown, if longer than the others.
    preset : str, optional
        x264's, for MP4.

    Returns
    -------
    frames : int
        Their number, the last counted once.
    size : (int, int)
        Their height and width.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    source = iter(frames)
    first = next(source, None)
    if first is None:
        raise ValueError("an animation has at least one frame")
    kind = path.suffix.lower()
    height, width = first.shape[:2]
    if kind == ".mp4":
        height, width = even(height), even(width)
    arguments = [*raw_input((height, width), fps), *_encoder(kind, preset)]
    arguments += ["-fflags", "+bitexact", "-flags:v", "+bitexact", f"file:{path}"]
    count, last = 0, first
    with feeding(arguments) as pipe:
        for last in chain([first], source):
            pipe.write(np.ascontiguousarray(last[:height, :width]).data)
            count += 1
        for _ in range(max(1, round(hold * fps)) - 1):
            pipe.write(np.ascontiguousarray(last[:height, :width]).data)
    if kind != ".mp4":
        tag_as_own(path)
    return count, (height, width)


def _encoder(kind: str, preset: str) -> list[str]:
    if kind == ".mp4":
        return ["-vf", TO_VIDEO, *x264(QUALITY, preset), "-movflags", "+faststart", "-f", "mp4"]
    if kind == ".webp":
        return ["-c:v", ENCODERS[kind], "-quality", "80", "-loop", "0", "-f", "webp"]
    return ["-c:v", ENCODERS[kind], "-pred", "mixed", "-plays", "0", "-f", "apng"]
