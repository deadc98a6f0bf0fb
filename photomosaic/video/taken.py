"""When a video was taken, as its file tells."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from photomosaic.dates.date_values import PhotoDate, parse_date, plausible
from photomosaic.video.containers import opened

# Of phones, in local time; and that of the container, in UTC.
_TAGS = (
    ("com.apple.quicktime.creationdate", "QuickTime creationdate"),
    ("creation_time", "creation_time"),
)


def taken(path: Path, now: datetime | None = None) -> PhotoDate | None:
    """Return when a video began, or None if the file does not tell it.

    Parameters
    ----------
    path : Path
    now : datetime, optional
        Local time that counts as now.

    Raises
    ------
    InputError
        If it cannot be read as a video.
    """
    with opened(path) as container:
        tags = {name.lower(): str(text) for name, text in container.metadata.items()}
    for name, source in _TAGS:
        if date := plausible(parse_date(tags.get(name, "")), source, now, by_camera=True):
            return date
    return None
