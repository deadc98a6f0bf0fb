"""The colour difference CIEDE2000, and CIELAB as exactly as it needs."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from photomosaic.arrays import BgrImage, Floats

# sRGB (IEC 61966-2-1): from blue, green and red to X, Y and Z relative to the white D65.
_TO_XYZ = np.array(
    [[0.180423, 0.357580, 0.412453], [0.072169, 0.715160, 0.212671], [0.950227, 0.119193, 0.019334]]
) / np.array([[0.95047], [1.0], [1.08883]])
# 25 to the power of 7: above it chroma counts as strong.
STRONG = np.float32(25.0**7)


class _Polar(NamedTuple):
    """Lightness, and chroma and hue after the axis of a is stretched near grey."""

    lightness: Floats
    chroma: Floats
    hue: Floats


def exact_lab(picture: BgrImage) -> Floats:
    """Return a picture (H, W, 3), uint8, BGR, in CIELAB, (H, W, 3), float32.

    OpenCV interpolates in tables, which puts the mean difference off in the third digit.
    """
    levels = np.arange(256) / 255
    linear = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)
    xyz = linear.astype(np.float32)[picture] @ _TO_XYZ.T.astype(np.float32)
    roots = np.where(xyz > 0.008856, np.cbrt(xyz), np.float32(7.787) * xyz + np.float32(16 / 116))
    x, y, z = roots[..., 0], roots[..., 1], roots[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1).astype(np.float32)


def ciede2000(one: Floats, other: Floats) -> Floats:
    """Return the CIEDE2000 differences of colours.

    As in Sharma, Wu and Dalal 2005, "The CIEDE2000 color-difference formula", with all three
    parametric factors 1.

    Parameters
    ----------
    one, other : ndarray of shape (..., 3), float32, CIELAB
        Lightness from 0 to 100.

    Returns
    -------
    ndarray of shape (...), float32
    """
    first, second = _polar(one, other)
    mean_lightness = (first.lightness + second.lightness) / 2
    mean_chroma = np.asarray((first.chroma + second.chroma) / 2, np.float32)
    apart = second.hue - first.hue
    # The shorter way round the circle. Without chroma there is no hue, and nothing between.
    apart -= np.float32(2 * np.pi) * np.rint(apart / np.float32(2 * np.pi))
    product = first.chroma * second.chroma
    both = first.hue + second.hue
    mean_hue = np.asarray(np.where(product > 0, first.hue + apart / 2, both), np.float32)
    around = (mean_lightness - 50) ** 2
    of_lightness = 1 + np.float32(0.015) * around / np.sqrt(20 + around)
    of_chroma = 1 + np.float32(0.045) * mean_chroma
    of_hue = 1 + np.float32(0.015) * mean_chroma * _by_hue(mean_hue)
    lightness = (second.lightness - first.lightness) / of_lightness
    chroma = (second.chroma - first.chroma) / of_chroma
    hue = 2 * np.sqrt(product) * np.sin(apart / 2) / of_hue
    squares = lightness**2 + chroma**2 + hue**2
    squares += _turned(mean_hue, mean_chroma) * chroma * hue
    return np.asarray(np.sqrt(np.maximum(squares, 0)), np.float32)


def _polar(one: Floats, other: Floats) -> tuple[_Polar, _Polar]:
    colours = [tuple(np.moveaxis(np.asarray(each, np.float32), -1, 0)) for each in (one, other)]
    mean = sum(np.hypot(a, b) for _, a, b in colours) / 2
    stretch = 1 + (1 - _strength(np.asarray(mean))) / 2
    polar = []
    for lightness, a, b in colours:
        stretched = stretch * a
        hue = np.arctan2(b, stretched) % np.float32(2 * np.pi)
        polar.append(_Polar(lightness, np.hypot(stretched, b), hue))
    return polar[0], polar[1]


def _strength(chroma: Floats) -> Floats:
    """Return 0 near grey to 1 for strong colours."""
    seventh = chroma**7
    return np.asarray(np.sqrt(seventh / (seventh + STRONG)), np.float32)


def _by_hue(hue: Floats) -> Floats:
    """Return how much a difference in hue counts at a mean hue."""
    terms = ((-0.17, 1, -30), (0.24, 2, 0), (0.32, 3, 6), (-0.20, 4, -63))
    weight = np.ones_like(hue)
    for factor, multiple, degrees in terms:
        weight += np.float32(factor) * np.cos(multiple * hue + np.float32(np.radians(degrees)))
    return weight


def _turned(hue: Floats, chroma: Floats) -> Floats:
    """Return how far blue hues and chroma depend on each other."""
    around = (np.degrees(hue) % 360 - 275) / 25
    angle = np.float32(np.radians(60)) * np.exp(-(around**2))
    return np.asarray(-2 * _strength(chroma) * np.sin(angle), np.float32)
