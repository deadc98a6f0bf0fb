"""Which matches become frames: limits on their figures, and one of a burst."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence
from datetime import datetime, timedelta

from photomosaic.faces.montage_list import ACCEPTED
from photomosaic.faces.order import rank
from photomosaic.faces.search import Finding, left_out
from photomosaic.options.choice import ChoiceOptions


def within_limits(
    matches: Sequence[Finding], limits: ChoiceOptions
) -> tuple[list[Finding], list[Finding]]:
    """Return the matches that keep all limits, and the others, as left out with their figures.

    Parameters
    ----------
    matches : sequence of Finding
        Measured. Those that people accepted are kept.
    limits : ChoiceOptions
    """
    kept, others = [], []
    for match in matches:
        reasons = [] if match.status == ACCEPTED else _reasons(match, limits)
        if reasons:
            others.append(left_out(match, "; ".join(reasons)))
        else:
            kept.append(match)
    return kept, others


def apart(matches: Sequence[Finding], minutes: float) -> tuple[list[Finding], list[Finding]]:
    """Return matches taken at least so many minutes apart, the best of each burst, and the others.

    Undated ones are kept, and those that people accepted.
    """
    gap, times = timedelta(minutes=minutes), list[datetime]()
    kept = set()
    for match in sorted(matches, key=rank, reverse=True):
        if match.when is not None and match.status != ACCEPTED and _is_near(match.when, times, gap):
            continue
        kept.add(id(match))
        if match.when is not None:
            insort(times, match.when)
    reason = f"another taken within {minutes:g} minutes shows more"
    others = [left_out(match, reason) for match in matches if id(match) not in kept]
    return [match for match in matches if id(match) in kept], others


def _is_near(when: datetime, times: Sequence[datetime], gap: timedelta) -> bool:
    i = bisect_left(times, when)
    return any(abs(when - other) < gap for other in times[max(0, i - 1) : i + 1])


def _reasons(match: Finding, limits: ChoiceOptions) -> list[str]:
    figures, reasons = match.figures, []
    if figures is None:
        raise ValueError("limits need figures")
    if _above(figures.turned, limits.frontal):
        reasons.append(f"turned by {figures.turned:.1f}°, above {limits.frontal:g}")
    if _above(limits.eyes_open, figures.eyes_open):
        reasons.append(f"eyes open {figures.eyes_open:.3f}, below {limits.eyes_open:g}")
    if _above(limits.sharp, match.face.sharpness):
        reasons.append(f"sharpness {match.face.sharpness:.1f}, below {limits.sharp:g}")
    if _above(abs(figures.exposure), limits.exposure):
        what = "brighter" if figures.exposure > 0 else "darker"
        stops = f"{abs(figures.exposure):.2f} stops {what}"
        reasons.append(f"{stops}, above {limits.exposure:g}")
    if _above(figures.padding, limits.max_padding):
        reasons.append(f"{figures.padding:.1f} % border, above {limits.max_padding:g}")
    return reasons


def _above(value: float | None, limit: float | None) -> bool:
    return value is not None and limit is not None and value > limit
