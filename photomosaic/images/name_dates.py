"""Dates in the names that phones and programs give to photos."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from photomosaic.images.date_values import local_time

# One pattern for what cameras, phones, messengers and people write: a date, most significant part
# first, then perhaps a time. The parts stand together or apart; digits beside them rule it out.
_DATE = r"(?P<year>(?:18|19|20)\d\d)(?P<gap>[-_.:]?)(?P<month>\d\d)(?P=gap)(?P<day>\d\d)"
_TIME = (
    r"(?:[-_ T.,]|, | at |-at-)?(?P<hour>\d\d|\d(?=[-_.: ]))"
    r"(?P<mark>[-_.: ]?)(?P<minute>\d\d)(?P=mark)(?P<second>\d\d)"
    r"(?:[-_.]?(?P<fraction>\d{3}))?(?:\s?(?P<half>[AaPp])\.?[Mm])?"
)
_DATE_AND_TIME = re.compile(rf"(?<!\d){_DATE}{_TIME}(?!\d)")
_DAY = re.compile(rf"(?<!\d){_DATE}(?!\d)")
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
    utc = name.startswith("PXL_")
    for pattern in (_DATE_AND_TIME, _DAY_FIRST, _DAY):
        for found in pattern.finditer(name):
            when = _when(found)
            if when is not None:
                return _from_utc(when) if utc and pattern is _DATE_AND_TIME else when
    epoch = _EPOCH.search(name)
    return local_time(int(epoch.group(1)) / 1000) if epoch else None


def _when(found: re.Match[str]) -> datetime | None:
    part = {name: text for name, text in found.groupdict().items() if text}
    hour = int(part.get("hour", 0))
    if half := part.get("half"):
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + 12 * (half in "Pp")
    try:
        return datetime(
            int(part["year"]),
            int(part["month"]),
            int(part["day"]),
            hour,
            int(part.get("minute", 0)),
            int(part.get("second", 0)),
            1000 * int(part.get("fraction", 0)),
        )
    except ValueError:
        return None


def _from_utc(when: datetime) -> datetime:
    return when.replace(tzinfo=UTC).astimezone().replace(tzinfo=None)
