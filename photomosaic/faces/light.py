"""Faces brought to one light: curves of tone for each colour; arrays only."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from photomosaic.arrays import BgrImage
from photomosaic.faces.figures import Skin, to_linear

# Standard deviation, in frames, of the weights of the running mean.
_REACH = 8.0
# A curve brightens or darkens by at most so many stops; more would show noise only.
_MOST_STOPS = 3.0
_STEPS = 20

Light = npt.NDArray[np.float64]
"""Shape (3,): the mean of skin in linear light, 0 to 1, of blue, green and red."""


def evened_lights(skins: Sequence[Skin]) -> list[Light]:
    """Return the light that each of the frames' faces should have: the running mean of all.

    Weights are those of a normal distribution over the frames before and after; the mean is that of
    logarithms, so that a bright frame counts as much as a dark one.
    """
    if not skins:
        return []
    stops = np.log2(np.maximum([to_linear(skin).mean(axis=0) for skin in skins], 1e-4))
    count = len(stops)
    reach = min(count - 1, round(3 * _REACH))
    weights = np.exp(-np.square(np.arange(-reach, reach + 1) / _REACH) / 2)
    total = np.convolve(np.ones(count), weights)[reach : reach + count]
    sums = [np.convolve(channel, weights)[reach : reach + count] for channel in stops.T]
    return list(np.exp2(np.stack(sums, axis=1) / total[:, None]))


def in_light(frame: BgrImage, skin: Skin, light: Light) -> BgrImage:
    """Return a frame (H, W, 3), uint8, BGR, by curves that give its face's skin a light.

    Black and white stay as they are, so nothing is cut off.
    """
    values = to_linear(np.arange(256, dtype=np.uint8))
    curves = [
        _to_srgb(_curve(values, _factor(to_linear(skin[:, channel]), light[channel])))
        for channel in range(3)
    ]
    table = np.stack(curves, axis=1)[None]
    return np.asarray(cv2.LUT(frame, table), np.uint8)


def _curve(values: npt.NDArray[np.float64], factor: float) -> npt.NDArray[np.float64]:
    """Return linear light that is `factor` times as bright in the shadows, and 1 where it was 1."""
    return factor * values / (1 + (factor - 1) * values)


def _factor(skin: npt.NDArray[np.float64], mean: float) -> float:
    """Return the factor of the curve that gives skin a mean, by bisection."""
    low, high = -_MOST_STOPS, _MOST_STOPS
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if _curve(skin, 2.0**middle).mean() < mean:
            low = middle
        else:
            high = middle
    return float(2.0 ** ((low + high) / 2))


def _to_srgb(linear: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
    low, high = 12.92 * linear, 1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055
    return np.asarray(np.rint(255 * np.where(linear <= 0.0031308, low, high)), np.uint8)
