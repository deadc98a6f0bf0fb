"""Selection and order of the frames."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from datetime import datetime

import numpy as np

from photomosaic.faces.face import Face
from photomosaic.faces.search import Finding, left_out
from photomosaic.options.montage import FrameOrder as Order
from photomosaic.options.montage import Interval

# Visibility is not better above these: the variance of the Laplacian, and the distance between the
# eyes in pixels.
_SHARP, _LARGE = 300.0, 80.0
# Nor where the eyes are open by more than this.
_OPEN = 0.3


def in_order(matches: Sequence[Finding], order: Order, seed: int) -> list[Finding]:
    """Sort matches; ties by their photos' names, with numbers in natural order.

    By age, the undated come last, by their files' times. At random, the same seed and photos give
    the same order.
    """
    matches = sorted(matches, key=lambda match: _by_name(match.photo.file.path))
    if order == "random":
        shuffled = np.random.default_rng(seed).permutation(len(matches))
        return [matches[i] for i in shuffled]
    if order == "confidence":
        return sorted(matches, key=lambda match: match.likeness[1:], reverse=True)
    matches.sort(key=lambda match: match.date.when if match.date else datetime.min)
    dated = [match for match in matches if match.when is not None]
    undated = [match for match in matches if match.when is None]
    return (dated[::-1] if order == "age-descending" else dated) + undated


def best_of_each(
    matches: Sequence[Finding], interval: Interval
) -> tuple[list[Finding], list[Finding]]:
    """Return the best match of each day, week, month or year, and the others, as left out.

    Undated ones are kept, since they may be of any.
    """
    best: dict[tuple[int, ...], Finding] = {}
    for match in matches:
        if match.when is None:
            continue
        key = _interval_of(match.when, interval)
        if key not in best or rank(match) > rank(best[key]):
            best[key] = match
    chosen = {id(match) for match in best.values()}
    kept, others = [], []
    for match in matches:
        if match.when is None or id(match) in chosen:
            kept.append(match)
        else:
            others.append(left_out(match, f"another of the same {interval} shows more"))
    return kept, others


def visibility(face: Face) -> float:
    """Return how clearly a face is visible, 0 to 1: frontal, sharp, large."""
    from_front = max(0.0, 1 - 2 * face.turned)
    sharp = min(1.0, face.sharpness / _SHARP)
    large = min(1.0, face.eye_distance / _LARGE)
    return float(from_front * sharp**0.5 * large)


def rank(match: Finding) -> tuple[bool, float]:
    """Return a sort key: the largest is the best of several frames."""
    eyes = None if match.figures is None else match.figures.eyes_open
    open_share = 1.0 if eyes is None else min(1.0, eyes / _OPEN)
    return match.likeness[0], visibility(match.face) * open_share


def _interval_of(when: datetime, interval: Interval) -> tuple[int, ...]:
    if interval == "week":
        return when.isocalendar()[:2]
    parts = (when.year, when.month, when.day)
    return parts[: {"year": 1, "month": 2, "day": 3}[interval]]


def _by_name(path: str) -> tuple[list[tuple[int, str]], bytes]:
    """Return a key that sorts IMG_9 before IMG_10."""
    folder_and_name = os.fsencode(path).decode("utf-8", "replace").lower()
    parts = re.split(r"(\d+)", folder_and_name)
    numbered = [(int(part), "") if part.isdecimal() else (0, part) for part in parts]
    return numbered, os.fsencode(path)
