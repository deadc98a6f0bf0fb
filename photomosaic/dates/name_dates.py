"""Dates in the names that phones and programs give to photos."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime

from photomosaic.dates.date_values import (
    HALF_AFTER,
    HALF_BEFORE,
    clock_time,
    from_utc,
    in_half,
    local_time,
)

# One pattern for what cameras, phones, messengers and people write: a date, most significant part
# first, then perhaps a time. The parts stand together or apart; digits beside them rule it out.
# Between the date and a time whose parts stand apart may be words of any language ("at", "um").
_DATE = r"(?P<year>(?:18|19|20)\d\d)(?P<gap>[-_.:]?)(?P<month>\d\d)(?P=gap)(?P<day>\d\d)"
_SECOND = r"(?P<second>\d\d)(?:[-_.]?(?P<fraction>\d{3}))?"
_TIME = rf"[-_ T.,]?(?P<hour>\d\d)(?P<minute>\d\d){_SECOND}"
_TIME_APART = (
    rf"\D{{0,16}}?(?P<before>{HALF_BEFORE})?[^\w.]?(?P<hour>\d\d?)"
    rf"(?P<mark>[-_.: ])(?P<minute>\d\d)(?P=mark){_SECOND}"
)
# Of one digit in Finnish and Polish, and only before a time: it may be anything otherwise.
_SHORT_DATE = r"(?P<year>(?:19|20)\d\d)(?P<gap>[-_.])(?P<month>\d\d?)(?P=gap)(?P<day>\d\d?)"
_DATES_AND_TIMES = tuple(
    re.compile(rf"(?<!\d){moment}(?:\s?(?P<after>{HALF_AFTER}))?(?!\d)")
    for moment in (_DATE + _TIME, _DATE + _TIME_APART, rf"{_SHORT_DATE}(?!\d){_TIME_APART}")
)
_DAY = re.compile(rf"(?<!\d){_DATE}(?!\d)")
# Dates and times as Chinese, Japanese and Korean write them.
_EAST_ASIAN = re.compile(r"(\d{4})\s?[年년]\s?(\d\d?)\s?[月월]\s?(\d\d?)\s?[日일]")
_EAST_ASIAN_TIME = re.compile(r"(\d\d?)\s?[時时點点시]\s?(\d\d?)\s?[分분]\s?(\d\d?)\s?[秒초]")
# Telegram's desktop program: day first.
_DAY_FIRST = re.compile(
    r"(?<!\d)(?P<day>\d\d)-(?P<month>\d\d)-(?P<year>(?:19|20)\d\d)"
    r"_(?P<hour>\d\d)-(?P<minute>\d\d)-(?P<second>\d\d)(?!\d)"
)
# Milliseconds since 1970, of the years 2001 to 2033.
_EPOCH = re.compile(r"(?<!\d)(1\d{12})(?!\d)")


def date_in_name(name: str) -> datetime | None:
    """Return the local time in a file's name, or None if there is none.

    Midnight stands for a day without a time. Google's PXL_ names, and milliseconds since 1970, are
    in UTC and brought to this computer's zone; all others are local.
    """
    name = unicodedata.normalize("NFC", name)
    name = re.sub(r"\d", lambda digit: str(int(digit.group())), name)  # of Arabic and other scripts
    name = _EAST_ASIAN.sub(lambda found: "{}-{:0>2}-{:0>2} ".format(*found.groups()), name)
    name = _EAST_ASIAN_TIME.sub(r"\1.\2.\3", name)
    for pattern in (*_DATES_AND_TIMES, _DAY_FIRST, _DAY):
        for found in pattern.finditer(name):
            when = _when(found)
            if when is not None:
                utc = name.startswith("PXL_") and pattern in _DATES_AND_TIMES
                return from_utc(when) if utc else when
    epoch = _EPOCH.search(name)
    return local_time(int(epoch.group(1)) / 1000) if epoch else None


def _when(found: re.Match[str]) -> datetime | None:
    part = {name: text for name, text in found.groupdict().items() if text}
    clock = clock_time(*(int(part.get(name, 0)) for name in ("hour", "minute", "second")))
    hour = in_half(clock[0], part.get("before") or part.get("after"))
    try:
        return datetime(
            int(part["year"]),
            int(part["month"]),
            int(part["day"]),
            hour,
            *clock[1:],
            1000 * int(part.get("fraction", 0)),
        )
    except ValueError:
        return None
