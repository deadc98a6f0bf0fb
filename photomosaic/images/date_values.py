"""Dates of photos as values: read from text, and told from those that cannot be."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

# Cameras of the time before wrote no dates: what claims it is a clock that was never set.
FIRST_CAMERA_YEAR = 1990
FIRST_PHOTO_YEAR = 1826
CLOCK_RESETS = frozenset({(1904, 1, 1), (1970, 1, 1), (1980, 1, 1)})
CLOCK_TOLERANCE = timedelta(days=1)

_DATE = re.compile(
    r"\s*(\d{4})[-:/.](\d\d?)[-:/.](\d\d?)"
    r"(?:[ T]+(\d\d?):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?\s*(Z)?)?"
)


@dataclass(frozen=True)
class PhotoDate:
    """When a photo was taken.

    Attributes
    ----------
    when : datetime
        Local time where it was taken, without a zone; midnight if only the day is known.
    source : str
        What told it, one of the names in `photomosaic.images.dates`.
    """

    when: datetime
    source: str


def parse_date(text: str, fraction: str = "") -> datetime | None:
    """Return the local time that a text begins with, as EXIF or ISO 8601 writes it.

    An offset from UTC is passed over, since what stands before it is the local time; a time of
    the zone Z is brought to this computer's.

    Parameters
    ----------
    text : str
        "2019:01:02 03:04:05", "2019-01-02T03:04:05.12+01:00", "2019-01-02" and the like.
    fraction : str
        Digits of the fraction of a second, if the text has none.
    """
    found = _DATE.match(text)
    if not found:
        return None
    *numbers, digits, zone = found.groups()
    year, month, day, hour, minute, second = (int(number or 0) for number in numbers)
    digits = (digits or fraction.strip()).ljust(6, "0")[:6]
    microsecond = int(digits) if digits.isascii() and digits.isdigit() else 0
    try:
        when = datetime(year, month, day, hour, minute, second, microsecond)
        return when.replace(tzinfo=UTC).astimezone().replace(tzinfo=None) if zone else when
    except (OverflowError, ValueError):
        return None


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
