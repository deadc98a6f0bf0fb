"""Colour spaces given by numbers instead of an ICC profile, and the way from them to sRGB."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.floating[Any]]

WHITE_NITS = 203.0
"""Luminance of white in HDR pictures, which becomes white (ITU-R BT.2408, 2.1)."""

_D65 = (0.3127, 0.3290)
_C = (0.310, 0.316)
_D50_XYZ = np.array([0.9642, 1.0, 0.8249])
_BT709 = (*_D65, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
_BT2020 = (*_D65, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046)
_DISPLAY_P3 = (*_D65, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060)
_BT601_525 = (*_D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070)

PRIMARIES = {
    1: _BT709,
    4: (*_C, 0.67, 0.33, 0.21, 0.71, 0.14, 0.08),
    5: (*_D65, 0.64, 0.33, 0.29, 0.60, 0.15, 0.06),
    6: _BT601_525,
    7: _BT601_525,
    8: (*_C, 0.681, 0.319, 0.243, 0.692, 0.145, 0.049),
    9: _BT2020,
    10: (1 / 3, 1 / 3, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0),
    11: (0.314, 0.351, *_DISPLAY_P3[2:]),
    12: _DISPLAY_P3,
    22: (*_D65, 0.630, 0.340, 0.295, 0.605, 0.155, 0.077),
}
"""CIE x, y of white, red, green and blue by their code in ITU-T H.273, table 2."""

PQ, HLG = 16, 18
VIDEO_TRANSFERS = frozenset({1, 6, 11, 12, 14, 15})
"""Codes of BT.709 and its like, whose values are shown as sRGB's by players and browsers."""

HDR_KNEE = 0.96
"""Light above which HDR is compressed: white comes within three levels of white."""


def _srgb_light(values: Values) -> Values:
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def _smpte_240m_light(values: Values) -> Values:
    return np.where(values < 0.0913, values / 4, ((values + 0.1115) / 1.1115) ** (1 / 0.45))


def _dci_light(values: Values) -> Values:
    return np.asarray(np.minimum(values**2.6 * (52.37 / 48), 1.0))


def _pq_light(values: Values) -> Values:
    powers = values ** (32 / 2523)
    fraction = np.maximum(powers - 3424 / 4096, 0) / (2413 / 128 - 2392 / 128 * powers)
    return np.asarray(10000 / WHITE_NITS * fraction ** (16384 / 2610))


def _hlg_scene_light(values: Values) -> Values:
    bright = (np.exp((np.maximum(values, 0.5) - 0.55991073) / 0.17883277) + 0.28466892) / 12
    return np.where(values <= 0.5, values**2 / 3, bright)


def gamma(exponent: float) -> Callable[[Values], Values]:
    """Return the transfer function that is a plain power."""
    return partial(_power, exponent)


def _power(exponent: float, values: Values) -> Values:
    return np.asarray(values**exponent)


_TRANSFERS: dict[int, Callable[[Values], Values]] = {
    2: _srgb_light,
    4: gamma(2.2),
    5: gamma(2.8),
    7: _smpte_240m_light,
    8: gamma(1.0),
    13: _srgb_light,
    PQ: _pq_light,
    17: _dci_light,
    HLG: _hlg_scene_light,
    **dict.fromkeys(VIDEO_TRANSFERS, _srgb_light),
}


@dataclass(frozen=True)
class ColourSpace:
    """What the RGB values of a picture mean.

    Attributes
    ----------
    primaries : tuple of 8 floats
        CIE x, y of white, red, green and blue.
    light : callable
        From values of 0 to 1 to light: 1 is white, and HDR goes beyond.
    hlg : bool
        Whether that is light of the scene in BT.2100's HLG, not of the display.
    """

    primaries: tuple[float, ...]
    light: Callable[[Values], Values]
    hlg: bool = False

    @property
    def hdr(self) -> bool:
        """Whether there may be light above white."""
        return self.hlg or self.light is _pq_light

    @property
    def needs_depth(self) -> bool:
        """Whether 8 bits are too few for its dark colours."""
        return self.hdr or bool(self.light(np.array(0.5)) > 0.4)


SRGB = ColourSpace(_BT709, _srgb_light)
ADOBE_RGB = ColourSpace((*_D65, 0.64, 0.33, 0.21, 0.71, 0.15, 0.06), gamma(563 / 256))
ROMM_RGB = ColourSpace((0.3457, 0.3585, 0.7347, 0.2653, 0.1596, 0.8404, 0.0366, 0.0001), gamma(1.8))


def coded(primaries: int, transfer: int) -> ColourSpace | None:
    """Return the space of two codes of ITU-T H.273, or None for unknown ones.

    Unspecified values are those of BT.2020 in HDR, else those of sRGB.
    """
    light = _TRANSFERS.get(transfer)
    if light is None or (primaries, transfer) == (2, 2):
        return None
    unspecified = _BT2020 if transfer in (PQ, HLG) else _BT709
    corners = unspecified if primaries == 2 else PRIMARIES.get(primaries)
    return None if corners is None else ColourSpace(corners, light, hlg=transfer == HLG)


def to_light_of_srgb(space: ColourSpace, light: Values) -> Values:
    """Return light in a space's primaries as light in those of sRGB, not clipped.

    HDR keeps its hues: all three values are scaled by what brings the largest below 1.

    Parameters
    ----------
    space : ColourSpace
    light : ndarray of shape (..., 3), float
        What `space.light` returns.
    """
    matrix = _to_xyz(space.primaries)
    if space.hlg:
        # BT.2100's OOTF, for a display of 1,000 nits.
        luminance = light @ matrix[1].astype(light.dtype)
        light = light * (1000 / WHITE_NITS * luminance**0.2)[..., np.newaxis]
    to_srgb = np.linalg.inv(_to_xyz(SRGB.primaries)) @ matrix
    light = light @ to_srgb.T.astype(light.dtype)
    return _without_highlights(light) if space.hdr else light


def encoded_srgb(light: Values) -> Values:
    """Return light as values of sRGB (IEC 61966-2-1), 0 to 1."""
    light = light.clip(0, 1)
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def _without_highlights(light: Values) -> Values:
    peak = light.max(axis=-1, keepdims=True)
    # A hyperbola that leaves the knee at a slope of 1 and nears 1.
    above = 1 - (1 - HDR_KNEE) ** 2 / (np.maximum(peak, HDR_KNEE) + 1 - 2 * HDR_KNEE)
    scaled = light * (above / np.maximum(peak, HDR_KNEE))
    return np.where(peak > HDR_KNEE, scaled, light)


def _to_xyz(primaries: tuple[float, ...]) -> npt.NDArray[np.float64]:
    """Return the matrix from light of these primaries to CIE XYZ under D50 (Bradford)."""
    white, *corners = (
        np.array([x, y, 1 - x - y]) for x, y in zip(primaries[::2], primaries[1::2], strict=True)
    )
    columns = np.stack(corners, axis=1)
    matrix = columns * np.linalg.solve(columns, white / white[1])
    bradford = np.array(
        [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
    )
    scale = (bradford @ _D50_XYZ) / (bradford @ (white / white[1]))
    return np.asarray(np.linalg.inv(bradford) @ (scale[:, np.newaxis] * bradford) @ matrix)


@lru_cache(maxsize=64)
def as_profile(space: ColourSpace) -> bytes:
    """Return an ICC profile (ICC.1:2001-04) of a space, its curves exact for values of 8 bits."""
    levels = np.rint(space.light(np.arange(256) / 255).clip(0, 1) * 65535).astype(">u2")
    curve = b"curv" + struct.pack(">II", 0, 256) + levels.tobytes()
    white = b"XYZ " + bytes(4) + _fixed(_D50_XYZ)
    tags = [(b"wtpt", white), *((name, curve) for name in (b"rTRC", b"gTRC", b"bTRC"))]
    columns = zip((b"rXYZ", b"gXYZ", b"bXYZ"), _to_xyz(space.primaries).T, strict=True)
    tags += [(name, b"XYZ " + bytes(4) + _fixed(column)) for name, column in columns]
    table, body, start = struct.pack(">I", len(tags)), b"", 132 + 12 * len(tags)
    for name, data in tags:
        table += name + struct.pack(">II", start + len(body), len(data))
        body += data
    head = struct.pack(">I4x4s", start + len(body), b"\2\x40\0\0") + b"mntrRGB XYZ " + bytes(12)
    head += b"acsp" + bytes(28) + _fixed(_D50_XYZ)
    return head.ljust(128, b"\0") + table + body


def _fixed(values: npt.NDArray[np.float64]) -> bytes:
    return np.rint(values * 65536).astype(">i4").tobytes()
