"""One frame of each second of a video."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from photomosaic.faces.order import rank
from photomosaic.faces.search import Finding, Found

_Moment = tuple[str, int]


def one_of_each_second(found: Found) -> Found:
    """Return the best match of each second of a video, or else its nearest miss.

    A face that people rejected is rejected in all frames of its second. Photos stay as they are.
    """
    rejected = [one for one in found.rejected if one.photo.sample is not None]
    of_second: dict[_Moment, list[Finding]] = {}
    for one in rejected:
        of_second.setdefault(_moment(one), []).append(one)

    def is_left(one: Finding) -> bool:
        return not any(_same_place(one, other) for other in of_second.get(_moment(one), ()))

    matches = _best([one for one in found.matches if is_left(one)], _as_frame)
    matched = {_moment(one) for one in matches}
    misses = [one for one in found.near_misses if is_left(one) and _moment(one) not in matched]
    misses = _best(misses, _as_miss)
    missed = matched | {_moment(one) for one in misses}
    others = _best([one for one in found.others if _moment(one) not in missed], _as_miss)
    return replace(found, matches=matches, near_misses=misses, others=others)


def _best(findings: Sequence[Finding], key: Callable[[Finding], Any]) -> list[Finding]:
    best: dict[_Moment, Finding] = {}
    for one in findings:
        moment = _moment(one)
        if one.photo.sample is not None and (moment not in best or key(one) > key(best[moment])):
            best[moment] = one
    return [one for one in findings if one.photo.sample is None or best[_moment(one)] is one]


def _as_frame(one: Finding) -> tuple[object, ...]:
    # A frame that was placed by hand stays.
    return rank(one)[0], one.placed is not None, *rank(one)[1:]


def _as_miss(one: Finding) -> tuple[object, ...]:
    return one.likeness


def _moment(one: Finding) -> _Moment:
    return one.photo.file.path, int(one.photo.seconds) if one.photo.sample is not None else -1


def _same_place(one: Finding, other: Finding) -> bool:
    if one.photo.sample is None:
        return False
    top, left, height, width = other.face.box
    return one.face.is_at(top + height / 2, left + width / 2)
