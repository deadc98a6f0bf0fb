"""Dates in the files that lie beside a photo: Google Takeout's JSON, and XMP."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache

from photomosaic.dates.date_values import PhotoDate, local_time, plausible
from photomosaic.dates.embedded_dates import xmp_date
from photomosaic.files.names import folded
from photomosaic.files.regular import read_file

SIDECAR = "sidecar"
LARGEST_SIDECAR = 1 << 20
_SUFFIXES = (".json", ".xmp")

_TAKEOUT_SUFFIX = ".supplemental-metadata"
# Takeout cuts names: at 46 letters, or earlier where letters take several bytes.
_SHORTEST_CUT = 40
_COPY = re.compile(r"\(\d+\)$")
_TAKEOUT_TAIL = re.compile(r"\.\w{2,5}(?:\.(?:s[a-z-]*)?)?(\(\d+\))?$")
# Where the name of an edited copy, in any language, goes on after that of the original.
_EDITED = re.compile(r"[-_ ](?=\D*$)|~|-(?=[^\W\d])|(?<=\d)(?=[(\[]|[^\x00-\x7f])")


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
    try:
        changed = os.stat(folder or ".").st_mtime_ns  # noqa: PTH116
        sidecars = _sidecars_of(folder or ".", changed)
    except OSError:
        return None
    name = folded(name)
    for sidecar in filter(None, map(sidecars.get, _takeout_names(name))):
        content = _content(os.path.join(folder, sidecar))  # noqa: PTH118
        date = content and plausible(_takeout_time(content), SIDECAR, now)
        if date:
            return date
    for xmp_name in (f"{name}.xmp", f"{os.path.splitext(name)[0]}.xmp"):  # noqa: PTH122
        sidecar = sidecars.get(xmp_name, "")
        content = _content(os.path.join(folder, sidecar)) if sidecar else b""  # noqa: PTH118
        date = content and xmp_date(content, now)
        if date:
            return PhotoDate(date.when, SIDECAR)
    return None


@lru_cache(maxsize=4)
def _sidecars_of(folder: str, changed: int) -> dict[str, str]:  # noqa: ARG001 (forgets old listings)
    """Return the names of a folder's sidecars by the keys that photos look up.

    Those are the names, folded and without ".json"; and, if that is no other file's, the same
    without the photo's extension.
    """
    with os.scandir(folder) as entries:
        found = sorted(entry.name for entry in entries if entry.name.lower().endswith(_SUFFIXES))
    names = {folded(name).removesuffix(".json"): name for name in found}
    for key, name in list(names.items()):
        shorter = _TAKEOUT_TAIL.sub(r"\1", key)
        if not key.endswith(".xmp"):
            names.setdefault(shorter, name)
    return names


def _takeout_names(name: str) -> Iterator[str]:
    """Yield the names, without ".json", that Takeout may give to the JSON file of a photo."""
    stem, suffix = os.path.splitext(name)  # noqa: PTH122
    copy = _COPY.search(stem)
    last_number = copy.group() if copy else ""
    whole = stem.removesuffix(last_number)
    cuts = [len(whole), *(found.start() for found in reversed([*_EDITED.finditer(whole)]))]
    for original in (whole[:cut] for cut in cuts if cut):
        copy = _COPY.search(original)
        number = copy.group() if copy else last_number
        plain = original.removesuffix(number) + suffix
        yield from _cut_names(plain, number)
        yield from _cut_names(original + last_number + suffix, "")
        yield original.removesuffix(number) + number


def _cut_names(plain: str, number: str) -> Iterator[str]:
    """Yield the names for a photo, the longest first: Takeout cuts even its own suffix."""
    longest = plain + _TAKEOUT_SUFFIX
    for end in range(len(longest), 0, -1):
        if end < len(plain) and len(os.fsencode(longest[:end])) < _SHORTEST_CUT:
            return
        yield longest[:end] + number


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
        return read_file(path, LARGEST_SIDECAR)
    except OSError:
        return b""
