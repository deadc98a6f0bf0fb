"""How close a mosaic comes to its target, seen from a distance."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from photomosaic.arrays import AnyImage, BgrImage, Floats
from photomosaic.matching.grid import TileSize
from photomosaic.progress import Progress, silent
from photomosaic.rendering.ciede2000 import ciede2000, exact_lab

SAMPLE_STEP = 4
SSIM_WINDOW = 7
NARROW_SIGMA = 4.0
OPAQUE = 127
BAND_PIXELS = 1 << 19

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Score:
    """Likeness of a mosaic and its target.

    Attributes
    ----------
    ciede2000 : float
        Mean colour difference after a Gaussian blur of half the tile's shorter side, on every
        fourth pixel each way; 0 is equal, about 2 just noticeable (Luo, Cui and Rigg 2001).
    ssim : float or None
        Structural similarity of the grey pictures after a blur of a quarter of that side; 1 is
        equal (Wang et al. 2004). None for a picture of under three pixels a side.
    """

    ciede2000: float
    ssim: float | None


def score(target: BgrImage, mosaic: AnyImage, tile: TileSize, progress: Progress = silent) -> Score:
    """Compare a mosaic with the part of the target that it covers, both (H, W, 3), uint8, BGR.

    A mosaic with alpha, (H, W, 4), is compared where it is opaque.
    """
    inside = None
    if mosaic.shape[2] == 4:
        inside = mosaic[..., 3] > OPAQUE
        mosaic = np.where(inside[..., None], mosaic[..., :3], target)
    shorter = min(tile.height, tile.width)
    figures = (_colour_difference, shorter / 2), (_likeness, shorter / 4)
    shown = progress(figures, total=len(figures), what="comparing with the target", unit="figure")
    difference, likeness = (
        figure(_blurred(target, sigma), _blurred(mosaic, sigma), inside) for figure, sigma in shown
    )
    return Score(difference, None if math.isnan(likeness) else likeness)


def _colour_difference(target: BgrImage, mosaic: BgrImage, inside: Flags | None) -> float:
    """Return the mean CIEDE2000 of two blurred pictures."""
    samples = [picture[::SAMPLE_STEP, ::SAMPLE_STEP] for picture in (target, mosaic)]
    differences = [
        ciede2000(*(exact_lab(picture[band]) for picture in samples)).ravel()
        for band in _bands(samples[0].shape, 0)
    ]
    every = np.concatenate(differences)
    if inside is not None:
        seen = inside[::SAMPLE_STEP, ::SAMPLE_STEP].ravel()
        every = every[seen] if seen.any() else every
    return float(np.mean(every, dtype=np.float64))


def _likeness(target: BgrImage, mosaic: BgrImage, inside: Flags | None) -> float:
    """Return the SSIM of two blurred pictures in grey, not-a-number if they are too small."""
    smallest = min(target.shape[:2])
    window = min(SSIM_WINDOW, smallest - 1 + smallest % 2)
    if window < 3:
        return math.nan
    a, b = (cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY) for picture in (target, mosaic))
    likeness = [
        _structural_similarity(a[band].astype(np.float32), b[band].astype(np.float32), window)
        for band in _bands(a.shape, window // 2)
    ]
    if inside is not None:
        edge = window // 2
        seen = inside[edge : inside.shape[0] - edge, edge : inside.shape[1] - edge]
        values = np.concatenate(likeness)[seen]
        return float(values.mean(dtype=np.float64)) if len(values) else math.nan
    # The edge has no whole windows.
    size = sum(part.size for part in likeness)
    return float(sum(part.sum(dtype=np.float64) for part in likeness) / size)


def _bands(shape: tuple[int, ...], edge: int) -> Iterator[slice]:
    """Yield bands of a picture's rows that are worked on by themselves, which saves memory.

    They overlap by `edge` rows on either side.
    """
    step = max(1, BAND_PIXELS // shape[1])
    for top in range(edge, shape[0] - edge, step):
        yield slice(top - edge, min(top + step, shape[0] - edge) + edge)


def _structural_similarity(a: Floats, b: Floats, window: int) -> Floats:
    """Return the SSIM of two grey pictures (H, W), values 0 to 255, where a square window fits.

    As in scikit-image, whose own takes ten times as long, of which half goes into loading it.
    """
    mean_a, mean_b, square_a, square_b, product = (
        cv2.blur(picture, (window, window)) for picture in (a, b, a * a, b * b, a * b)
    )
    unbiased = window**2 / (window**2 - 1)
    variance_a = unbiased * (square_a - mean_a * mean_a)
    variance_b = unbiased * (square_b - mean_b * mean_b)
    covariance = unbiased * (product - mean_a * mean_b)
    luminance, contrast = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    likeness = (2 * mean_a * mean_b + luminance) * (2 * covariance + contrast)
    likeness /= (mean_a**2 + mean_b**2 + luminance) * (variance_a + variance_b + contrast)
    edge = window // 2
    return np.asarray(likeness[edge : a.shape[0] - edge, edge : a.shape[1] - edge], np.float32)


def _blurred(picture: BgrImage, sigma: float) -> BgrImage:
    """Blur a picture; where the blur is wide, on a smaller copy, with the same result."""
    factor = int(sigma // NARROW_SIGMA)
    if factor < 2:
        return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), np.uint8)
    height, width = picture.shape[:2]
    size = max(1, width // factor), max(1, height // factor)
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), sigma / factor)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)
