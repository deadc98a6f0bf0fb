"""Dates in the files that lie beside a photo: Google Takeout's JSON, and XMP."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from datetime import datetime

from photomosaic.images.date_values import PhotoDate, local_time, plausible
from photomosaic.images.embedded_dates import xmp_date

SIDECAR = "sidecar"
LARGEST_SIDECAR = 1 << 20

# Takeout cuts the names of its JSON files, without the extension, to this many characters.
_TAKEOUT_NAME = 46
_TAKEOUT_SUFFIX = ".supplemental-metadata"
_EDITED = re.compile(r"-(?:edited|bearbeitet|edit[ée]|modifi[ée]|editado|modificato)$")
_COPY = re.compile(r"\(\d+\)$")


def sidecar_date(path: str, now: datetime | None = None) -> PhotoDate | None:
    """Return the date that a file beside a photo tells, or None if none does.

    Parameters
    ----------
    path : str
        The photo.
    now : datetime, optional
        Local time that counts as now.
    """
    folder, name = os.path.split(path)
    for sidecar in _takeout_names(name):
        content = _content(os.path.join(folder, sidecar))  # noqa: PTH118
        date = content and plausible(_takeout_time(content), SIDECAR, now)
        if date:
            return date
    stem = os.path.splitext(name)[0]  # noqa: PTH122
    for sidecar in (f"{name}.xmp", f"{stem}.xmp", f"{name}.XMP", f"{stem}.XMP"):
        content = _content(os.path.join(folder, sidecar))  # noqa: PTH118
        date = content and xmp_date(content, now)
        if date:
            return PhotoDate(date.when, SIDECAR)
    return None


def _takeout_names(name: str) -> Iterator[str]:
    """Yield the names that Takeout gives to the JSON file of a photo."""
    stem, suffix = os.path.splitext(name)  # noqa: PTH122
    for original in dict.fromkeys((stem, _EDITED.sub("", stem))):
        copy = _COPY.search(original)
        number = copy.group() if copy else ""
        plain = original.removesuffix(number) + suffix
        for whole in (plain + _TAKEOUT_SUFFIX, plain):
            yield f"{whole[:_TAKEOUT_NAME]}{number}.json"
        yield f"{original[:_TAKEOUT_NAME]}.json"


def _takeout_time(content: bytes) -> datetime | None:
    try:
        seconds = int(json.loads(content)["photoTakenTime"]["timestamp"])
    except (LookupError, OverflowError, RecursionError, TypeError, ValueError):
        return None
    # Takeout writes 0 where it knows nothing, which is another day west of Greenwich.
    return local_time(seconds) if seconds else None


def _content(path: str) -> bytes:
    """Return what a file holds, or nothing if it is not there or too large for a sidecar."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123 (a name that may not be UTF-8)
            content = file.read(LARGEST_SIDECAR + 1)
    except OSError:
        return b""
    return content if len(content) <= LARGEST_SIDECAR else b""
