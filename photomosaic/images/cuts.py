"""The parts of a photo that serve as its tiles, none of which cuts off what matters in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from photomosaic.images.crop import Cut

Box = tuple[float, float, float, float]
"""Top, left, height and width, in fractions of a photo's height and width."""

_Numbers = npt.NDArray[np.float64]

# Zoom, and where the cut lies in the room that it has, from 0 (top or left) to 1. The first eight
# are those of which a mosaic gains most; sides and closer cuts stand in for those that drop out.
_CORNERS = ((0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0))
_CENTRE = (0.5, 0.5)
_SIDES = ((0.0, 0.5), (1.0, 0.5), (0.5, 0.0), (0.5, 1.0))
_PLACES = (
    *((1.0, place) for place in ((0.0, 0.0), (1.0, 1.0))),
    *((0.7, place) for place in (*_CORNERS, _CENTRE, *_SIDES)),
    *((0.5, place) for place in (*_CORNERS, _CENTRE, *_SIDES)),
)
# Two cuts are nearly the same if they share this much of the area that either shows.
SAME = 0.8


@dataclass(frozen=True)
class Focus:
    """What matters in a photo.

    Attributes
    ----------
    point : (float, float) or None
        Where it draws attention, in fractions of its height and width.
    faces : sequence of Box
    """

    point: tuple[float, float] | None = None
    faces: Sequence[Box] = ()


@dataclass(frozen=True)
class CutList:
    """Many cuts, as arrays.

    Attributes
    ----------
    sides : ndarray of shape (N, 4), float64
        Top, left, height and width, in fractions of the photo's.
    mirrored : ndarray of shape (N,), bool
    """

    sides: _Numbers
    mirrored: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, cuts: Iterable[Cut]) -> CutList:
        """Return cuts as arrays."""
        rows = [(cut.top, cut.left, cut.height, cut.width, cut.mirrored) for cut in cuts]
        table = np.array(rows, np.float64).reshape(-1, 5)
        return cls(table[:, :4], table[:, 4] > 0)

    def __len__(self) -> int:
        """Return the number of cuts."""
        return len(self.sides)

    def __getitem__(self, number: int) -> Cut:
        """Return one of the cuts."""
        top, left, height, width = self.sides[number].tolist()
        return Cut(top, left, height, width, bool(self.mirrored[number]))

    def joined(self, others: CutList) -> CutList:
        """Return these cuts, and others after them."""
        return CutList(
            np.concatenate([self.sides, others.sides]),
            np.concatenate([self.mirrored, others.mirrored]),
        )

    def part(self, numbers: npt.NDArray[np.int64]) -> CutList:
        """Return some of the cuts."""
        return CutList(self.sides[numbers], self.mirrored[numbers])

    def nearest(self, cut: Cut, among: npt.NDArray[np.int64]) -> int:
        """Return which of some numbers, (n,), has the cut most like another one."""
        sides = np.array((cut.top, cut.left, cut.height, cut.width))
        apart = np.abs(self.sides[among] - sides).sum(axis=1)
        apart += 4.0 * (self.mirrored[among] != cut.mirrored)
        return int(among[apart.argmin()])


def cuts_of(photo: tuple[int, int], first: Cut, count: int, focus: Focus) -> tuple[Cut, ...]:
    """Return different cuts of a photo, all of one aspect.

    Each cut is moved as little as possible until it shows where the photo draws attention, and
    each face either whole or not at all. A cut that cannot is left out, except for the first if no
    other is left.

    Parameters
    ----------
    photo : (int, int)
        Height and width in pixels.
    first : Cut
        The largest one of the tile's aspect, where the crop places it.
    count : int
        How many at most, from 1. A single one is `first` as it is.
    focus : Focus

    Returns
    -------
    tuple of Cut
        From 1 to `count`. No two show nearly the same pixels, so a tiny photo has few.
    """
    if count == 1:
        return (first,)
    cuts: list[Cut] = []
    for wanted in (first, *(_placed(first, zoom, place) for zoom, place in _PLACES)):
        cut = _moved(wanted, focus)
        if cut is not None and not any(_alike(cut, other, photo) for other in cuts):
            cuts.append(cut)
        if len(cuts) == count:
            break
    return tuple(cuts) or (first,)


def _placed(first: Cut, zoom: float, place: tuple[float, float]) -> Cut:
    height, width = first.height * zoom, first.width * zoom
    return Cut((1 - height) * place[0], (1 - width) * place[1], height, width)


def _moved(cut: Cut, focus: Focus) -> Cut | None:
    """Return a cut moved as little as possible to where it may lie, or None if it may nowhere.

    The allowed places are a union of rectangles, so the nearest one has each coordinate either
    unchanged or at the side of a rectangle.
    """
    ends = [(0.0, 1 - cut.height), (0.0, 1 - cut.width)]
    if focus.point is not None:
        ends = [
            _showing(focus.point[0], cut.height),
            _showing(focus.point[1], cut.width),
        ]
    if not focus.faces:
        top, left = (
            min(max(start, low), high)
            for start, (low, high) in zip((cut.top, cut.left), ends, strict=True)
        )
        return replace(cut, top=top, left=left)
    tops, lefts = (
        _stops(start, size, end, [(face[axis], face[axis + 2]) for face in focus.faces])
        for axis, (start, size, end) in enumerate(
            ((cut.top, cut.height, ends[0]), (cut.left, cut.width, ends[1]))
        )
    )
    allowed = _whole_faces(tops, lefts, cut, focus.faces)
    if not allowed.any():
        return None
    distances = np.hypot(tops[:, None] - cut.top, lefts[None, :] - cut.left)
    row, col = divmod(int(np.where(allowed, distances, np.inf).argmin()), len(lefts))
    return replace(cut, top=float(tops[row]), left=float(lefts[col]))


def _showing(place: float, size: float) -> tuple[float, float]:
    """Return from where to where a cut of a size may start to show a place, on one axis."""
    last = 1 - size
    return min(max(0.0, place - size), last), max(min(last, place), 0.0)


def _stops(
    start: float, size: float, ends: tuple[float, float], faces: Sequence[tuple[float, float]]
) -> _Numbers:
    """Return where a cut may start on one axis: unmoved, or at an end or a side of a face."""
    stops = [min(max(start, ends[0]), ends[1]), *ends]
    for near, length in faces:
        stops += [near, near + length, near - size, near + length - size]
    return np.array([stop for stop in stops if ends[0] <= stop <= ends[1]])


def _whole_faces(
    tops: _Numbers, lefts: _Numbers, cut: Cut, faces: Sequence[Box]
) -> npt.NDArray[np.bool_]:
    """Tell for each top and left whether a cut there shows each face whole or not at all."""
    allowed = np.ones((len(tops), len(lefts)), np.bool_)
    # Sides that only touch differ by rounding.
    slack = 1e-9
    for top, left, height, width in faces:
        over = (tops < top + height - slack) & (tops + cut.height > top + slack)
        beside = (lefts < left + width - slack) & (lefts + cut.width > left + slack)
        holds = (tops <= top + slack) & (tops + cut.height >= top + height - slack)
        across = (lefts <= left + slack) & (lefts + cut.width >= left + width - slack)
        sliced = (over[:, None] & beside[None, :]) & ~(holds[:, None] & across[None, :])
        allowed &= ~sliced
    return allowed


def _alike(cut: Cut, other: Cut, photo: tuple[int, int]) -> bool:
    """Tell whether two cuts show nearly the same pixels of a photo."""
    one, two = cut.pixels(photo), other.pixels(photo)
    shared = 1
    for axis in (0, 1):
        start = max(one[axis], two[axis])
        shared *= max(0, min(one[axis] + one[axis + 2], two[axis] + two[axis + 2]) - start)
    return shared > SAME * (one[2] * one[3] + two[2] * two[3] - shared)
