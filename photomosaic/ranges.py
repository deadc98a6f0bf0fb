"""The range and default of each numeric setting, stated once for the library and the scripts."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass

from photomosaic.errors import InputError


@dataclass(frozen=True)
class Range:
    """The numbers that a setting may take.

    Attributes
    ----------
    low, high : float
        The ends; `high` may be infinity.
    low_open, high_open : bool
        True if that end itself is not allowed.
    whole : bool
        True if only whole numbers are allowed.
    """

    low: float
    high: float = math.inf
    low_open: bool = False
    high_open: bool = False
    whole: bool = False

    def __str__(self) -> str:
        """Describe the range in words for a message or a help text."""
        number = "a whole number" if self.whole else "a number"
        low = f"above {self.low:,.12g}" if self.low_open else f"from {self.low:,.12g}"
        if math.isinf(self.high):
            return f"{number} {low}" if self.low_open else f"{number} {low} up"
        return f"{number} {low} {'to below' if self.high_open else 'to'} {self.high:,.12g}"

    def __contains__(self, value: float) -> bool:
        """Tell whether `value` is in the range; infinity and not-a-number never are."""
        above = value > self.low if self.low_open else value >= self.low
        below = value < self.high if self.high_open else value <= self.high
        # Compared, since whole numbers may be too large to be converted.
        finite = abs(value) <= sys.float_info.max
        return above and below and finite and (not self.whole or value == int(value))

    def check(self, name: str, value: float) -> None:
        """Raise `InputError` that names the setting unless `value` is in the range."""
        if value not in self:
            raise InputError(f"{name}: {value} is not {self}")


# Sides of tiles are their product, and no picture is that large.
SCALE = Range(1, 65_500, whole=True)
ASPECT = Range(0, 65_500, low_open=True)
VECTORIZATION_FACTOR = Range(0, 1, low_open=True)
BEST_K = Range(1, whole=True)
CUTS = Range(1, 16, whole=True)
RANDOMNESS = Range(0, 1, high_open=True)
SHARE = Range(0, 1)
CELLS = Range(1, 1_000_000, whole=True)
GAP = Range(0, 0.5)
MAX_USES = Range(1, whole=True)
MIN_SPACING = Range(1, 1000, whole=True)
STABILIZATION_THRESHOLD = Range(0, 1, low_open=True)
SECONDS = Range(0)
DURATION = Range(0, low_open=True)
FPS = Range(0.01, 240)
QUALITY = Range(0, 51, whole=True)
# Above that viewers slow GIFs down instead.
ANIMATION_FPS = Range(0.01, 50)
HOLD = Range(0, 600)
COLORS = Range(2, 256, whole=True)
LOSSY = Range(0, 1000, whole=True)
MAX_PIXELS = 200_000_000
"""Pixels of the largest picture that is read or made."""
PIXELS = Range(2, 65_500, whole=True)
PORT = Range(0, 65_535, whole=True)
PERCENT = Range(0, 100)
BLENDS = Range(0, 100, whole=True)
CLOSENESS = Range(0.2, 0.49)
OUTPUT_SIZE = Range(64, 8192, whole=True)
CONFIDENCE = Range(0.5, 0.99)
FACE_SIZE = Range(20, whole=True)
ANGLE = Range(0, 90)
SHARPNESS = Range(0, 10_000)
STOPS = Range(0, 10, low_open=True)
MINUTES = Range(0, 5_256_000, low_open=True)
SEED = Range(0, whole=True)
WORKERS = Range(1, whole=True)
REPEATS = Range(1, 100, whole=True)
ENLARGE = Range(1, 1000)
DPI = Range(10, 4800)
SWITCH = Range(0, 1, whole=True)
PRINT_PIXELS = Range(1, 1_000_000, whole=True)
PHOTO_PIXELS = Range(64, 8192, whole=True)
LEVELS = Range(1, 100, whole=True)
FILM_SECONDS = Range(0, 3600, low_open=True)
FILM_PIXELS = Range(64, 4096, whole=True)
