"""What a film shows at a time: rectangles, and the way from one into another."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple


class Rect(NamedTuple):
    """A rectangle, in cells of a mosaic or in fractions of a photo's height and width."""

    top: float
    left: float
    height: float
    width: float

    @property
    def bottom(self) -> float:
        """Its last row."""
        return self.top + self.height

    @property
    def right(self) -> float:
        """Its last column."""
        return self.left + self.width

    def within(self, other: Rect, margin: float = 0.0) -> bool:
        """Tell whether it lies in another, apart from its edges by a share of that one's sides."""
        down, across = margin * other.height, margin * other.width
        return (
            self.top >= other.top + down
            and self.left >= other.left + across
            and self.bottom <= other.bottom - down
            and self.right <= other.right - across
        )

    def seen_from(self, there: Rect, here: Rect) -> Rect:
        """Return it in the units of `here`, where `there` in its own units is the same place."""
        down, across = here.height / there.height, here.width / there.width
        return Rect(
            here.top + (self.top - there.top) * down,
            here.left + (self.left - there.left) * across,
            self.height * down,
            self.width * across,
        )

    def towards(self, other: Rect, share: float) -> Rect:
        """Return what lies between it (share 0) and another (1), each edge moved evenly."""
        return Rect(*(a + (b - a) * share for a, b in zip(self, other, strict=True)))


@dataclass(frozen=True)
class Zoom:
    """The way of a camera from a view into a smaller one inside of it.

    The sides shrink exponentially about the point that both views have at the same place, so all
    views of the way lie inside of one another.

    Attributes
    ----------
    start, end : Rect
        `end` is narrower and lower, and inside of `start`.
    """

    start: Rect
    end: Rect

    @property
    def factor(self) -> float:
        """How many times larger things are seen at the end, as the mean of both directions."""
        down = self.start.height / self.end.height
        return math.sqrt(down * self.start.width / self.end.width)

    def at(self, share: float) -> Rect:
        """Return the view after a share of the way, 0 to 1."""
        down = _between(self.start.top, self.start.height, self.end.top, self.end.height, share)
        across = _between(self.start.left, self.start.width, self.end.left, self.end.width, share)
        return Rect(down[0], across[0], down[1], across[1])


def _between(
    start: float, length: float, end: float, end_length: float, share: float
) -> tuple[float, float]:
    size = length * (end_length / length) ** share
    return start + (end - start) * (length - size) / (length - end_length), size


def eased(time: float, start: float = 0.0, end: float = 1.0) -> float:
    """Return 0 before a start, 1 after an end, and a curve between that is level at both."""
    share = min(1.0, max(0.0, (time - start) / (end - start)))
    return share * share * (3 - 2 * share)
