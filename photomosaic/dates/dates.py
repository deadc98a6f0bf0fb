"""When a photo was taken, from every source that may tell.

The sources, the most reliable first, as they are named: "EXIF DateTimeOriginal", "EXIF
DateTimeDigitized", "XMP exif:DateTimeOriginal", "XMP photoshop:DateCreated", "XMP xmp:CreateDate",
"PNG text", "sidecar", "file name", "EXIF DateTime" (the last edit, mostly), "file time".
"""

from __future__ import annotations

import os
from datetime import datetime

from photomosaic.dates.date_values import PhotoDate, local_time, plausible
from photomosaic.dates.embedded_dates import EmbeddedDates, embedded_dates
from photomosaic.dates.name_dates import date_in_name
from photomosaic.dates.sidecars import sidecar_date

FILE_NAME = "file name"
FILE_TIME = "file time"


def photo_date(path: str, data: bytes, now: datetime | None = None) -> PhotoDate | None:
    """Tell when a photo was taken, or return None if nothing tells it.

    Asked in turn are EXIF, XMP and PNG text, a sidecar (Google Takeout's JSON, XMP), the file's
    name, and the EXIF date of the last edit, but never the file's time: see `file_time`. A date
    that cannot be (a camera's before 1990, a clock that begins again in 1970 or 1980, over a day in
    the future) is passed over for the next source.

    Parameters
    ----------
    path : str
    data : bytes
        The whole file.
    now : datetime, optional
        Local time that counts as now.
    """
    return best_date(path, embedded_dates(data, now), now)


def best_date(path: str, embedded: EmbeddedDates, now: datetime | None = None) -> PhotoDate | None:
    """As `photo_date`, for a file whose own dates are known already."""
    return (
        embedded.taken
        or sidecar_date(path, now)
        or plausible(date_in_name(os.path.basename(path)), FILE_NAME, now)  # noqa: PTH119
        or embedded.changed
    )


def file_time(mtime_ns: int) -> PhotoDate:
    """Return the time of a file's last change; for a photo that was copied, that of the copy."""
    when = local_time(mtime_ns / 1e9) or datetime.min
    return PhotoDate(when, FILE_TIME)
