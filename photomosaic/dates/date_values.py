"""Dates of photos: read from text, and checked for whether they are possible."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

# Cameras of the time before wrote no dates: what claims it is a clock that was never set.
FIRST_CAMERA_YEAR = 1990
FIRST_PHOTO_YEAR = 1826
CLOCK_RESETS = frozenset({(1904, 1, 1), (1970, 1, 1), (1980, 1, 1)})
CLOCK_TOLERANCE = timedelta(days=1)

# What tells the half of the day: behind the time, or in front of it, as in East Asia.
HALF_AFTER = r"[AaPp]\.?\s?[Mm](?![^\W\d_])\.?|[πμ]\.?\s?μ\.?|[صم](?!\w)"
HALF_BEFORE = "[AP]M|上午|凌晨|清晨|早上|午前|오전|ÖÖ|ÖS|中午|下午|晚上|午後|오후"
_AFTERNOON = re.compile(r"[Pp]|μ\.?\s?μ|م|ÖS|中午|下午|晚上|午後|오후")

# Some cameras write blanks for noughts.
_MARK, _COLON = r"[\s\0]*[-:/.][\s\0]*", r"[\s\0]*[:.][\s\0]*"
_DATE = re.compile(
    rf"[\s\0]*(?P<year>\d{{4}}){_MARK}(?P<month>\d\d?){_MARK}(?P<day>\d\d?)"
    rf"(?:[\s\0T:]+(?P<before>{HALF_BEFORE})?\s*(?P<hour>\d\d?){_COLON}(?:(?P<minute>\d\d?)"
    rf"(?:{_COLON}(?P<second>\d\d?)(?:[.,](?P<fraction>\d+))?)?)?"
    rf"\s*(?P<after>{HALF_AFTER})?\s*(?P<zone>Z)?)?"
)


@dataclass(frozen=True)
class PhotoDate:
    """When a photo was taken.

    Attributes
    ----------
    when : datetime
        Local time where it was taken, without a zone; midnight if only the day is known.
    source : str
        What told it, one of the names in `photomosaic.dates.dates`.
    """

    when: datetime
    source: str


def parse_date(text: str, fraction: str = "") -> datetime | None:
    """Return the local time that a text begins with, as EXIF or ISO 8601 writes it.

    An offset from UTC is ignored, since what stands before it is the local time; a time of the
    zone Z is converted to this computer's. Of a time that cannot be, what is sure is kept: of
    "2019:01:02 15:99:05" the hour, of "2019:01:02 99:99:99" the day.

    Parameters
    ----------
    text : str
        "2019:01:02 03:04:05", "2019-01-02T03:04:05.12+01:00", "2019: 1: 2  3: 4: 5",
        "2019-01-02 3:04 PM", "2019-01-02" and the like.
    fraction : str
        Digits of the fraction of a second, if the text has none.
    """
    found = _DATE.match(text)
    if not found:
        return None
    parts = found.groupdict(default="")
    digits = (parts["fraction"] or fraction.strip()).ljust(6, "0")[:6]
    microsecond = int(digits) if digits.isascii() and digits.isdigit() else 0
    clock = clock_time(*(int(parts[name] or 0) for name in ("hour", "minute", "second")))
    hour = in_half(clock[0], parts["before"] or parts["after"])
    numbers = *(int(parts[name]) for name in ("year", "month", "day")), hour, *clock[1:]
    for known in (7, 5, 4, 3):
        try:
            when = datetime(*(*numbers, microsecond)[:known])  # type: ignore[arg-type]
            return from_utc(when) if parts["zone"] else when
        except (OverflowError, ValueError):
            continue
    return None


def clock_time(hour: int, minute: int, second: int) -> tuple[int, int, int]:
    """Return a time of day as `datetime` takes it.

    Phones write hour 24 for the first of the day (the pattern "kk" of Android), and a leap second
    is counted 60.
    """
    return 0 if hour == 24 else hour, minute, 59 if second == 60 else second


def in_half(hour: int, half: str | None) -> int:
    """Return an hour of the 12-hour clock, with "AM" or "PM", as one of the 24-hour clock."""
    if not half or hour > 12:
        return hour
    return hour % 12 + 12 * bool(_AFTERNOON.match(half))


def from_utc(when: datetime) -> datetime:
    """Return the local time on this computer of a time in UTC."""
    return when.replace(tzinfo=UTC).astimezone().replace(tzinfo=None)


def local_time(seconds: float) -> datetime | None:
    """Return the local time on this computer of a number of seconds since 1970 in UTC."""
    try:
        return datetime.fromtimestamp(seconds)
    except (OverflowError, OSError, ValueError):
        return None


def plausible(
    when: datetime | None, source: str, now: datetime | None = None, *, by_camera: bool = False
) -> PhotoDate | None:
    """Return a date with its source, or None if no photo was taken then.

    Parameters
    ----------
    when : datetime or None
    source : str
    now : datetime, optional
        Local time that counts as now.
    by_camera : bool
        Whether a camera's clock told it, which never was before 1990; people date scans as well.
    """
    if when is None or (when.year, when.month, when.day) in CLOCK_RESETS:
        return None
    first = FIRST_CAMERA_YEAR if by_camera else FIRST_PHOTO_YEAR
    latest = (now or datetime.now()) + CLOCK_TOLERANCE
    return PhotoDate(when, source) if when.year >= first and when <= latest else None
