"""Channels of any number of bits, brought to 8."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_ROWS_AT_ONCE = 64


def to_8_bits(pixels: npt.NDArray[np.generic], bits: int) -> npt.NDArray[np.uint8]:
    """Return integers of a number of bits as 8-bit ones, rounded.

    Parameters
    ----------
    pixels : ndarray of shape (H, W, C), signed or unsigned integers
        Of signed ones the lowest possible value counts as 0.
    bits : int
        How many bits of them count; the highest value that these hold becomes 255.
    """
    if bits == 8 and pixels.dtype == np.uint8:
        return np.asarray(pixels, np.uint8)
    unsigned = pixels.view(f"u{pixels.itemsize}")
    sign = 1 << (bits - 1) if pixels.dtype.kind == "i" else 0
    used, top = (1 << bits) - 1, (1 << min(bits, 16)) - 1
    table = (np.arange(top + 1) * (255 / top) + 0.5).astype(np.uint8)
    narrow = np.empty(pixels.shape, np.uint8)
    # Few rows at a time, since indices take eight bytes each.
    for i in range(0, len(pixels), _ROWS_AT_ONCE):
        values = (unsigned[i : i + _ROWS_AT_ONCE] & used) ^ sign
        narrow[i : i + _ROWS_AT_ONCE] = table[values >> max(0, bits - 16)]
    return narrow
