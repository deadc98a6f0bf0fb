"""The report of a mosaic: figures, settings, versions and times as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from photomosaic.files.names import printable
from photomosaic.files.writing import replacing
from photomosaic.jobs.still import Still
from photomosaic.library.duplicates import THRESHOLD
from photomosaic.library.usage import Usage
from photomosaic.options.fields import flat
from photomosaic.options.mosaic import MosaicOptions
from photomosaic.progress import StageClock
from photomosaic.versions import versions

PACKAGES = ("numpy", "opencv-python", "faiss-cpu", "pillow", "scikit-image")


def write_report(path: Path, options: MosaicOptions, still: Still, clock: StageClock) -> None:
    """Write the figures, settings, versions and stage times of a run as JSON.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    report = {
        "mosaic": _mosaic(still),
        "photos": _photos(still),
        "repeats": _repeats(still),
        "settings": {name: _as_json(value) for name, value in sorted(flat(options).items())},
        "versions": versions(PACKAGES),
        "seconds": {stage: round(seconds, 6) for stage, seconds in clock.seconds.items()},
    }
    with replacing(path) as file:
        file.write((json.dumps(report, indent=2) + "\n").encode())


def _as_json(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return value if isinstance(value, bool | int | float | None) else printable(str(value))


def _mosaic(still: Still) -> dict[str, object]:
    rows, cols = still.layout.extent
    return {
        "path": printable(still.savepath),
        "width": still.size[1],
        "height": still.size[0],
        "cols": cols,
        "rows": rows,
        "cells": len(still.layout),
        "ciede2000": still.score.ciede2000,
        "ssim": still.score.ssim,
    }


def _photos(still: Still) -> dict[str, object]:
    index, usage = still.index, Usage.of(still.assignment, still.codebook)
    return {
        "available": still.codebook.photo_count,
        "used": usage.photos,
        "most_used": printable(usage.most_used),
        "most_used_count": usage.most_used_count,
        "from_cache": index.cached,
        "new": index.new,
        "removed": index.removed,
        "duplicates": index.duplicates,
        "unreadable": [
            {"path": printable(path), "reason": reason} for path, reason in index.unreadable
        ],
    }


def _repeats(still: Still) -> dict[str, object]:
    repeats, groups = still.repeats, still.codebook.groups
    energy = still.assignment.energy
    return {
        "total_distance": repeats.total_distance,
        "bound": repeats.bound,
        "gap_percent": repeats.gap_percent,
        "photos_used": repeats.photos_used,
        "largest_use_count": repeats.largest_use_count,
        "smallest_spacing": repeats.smallest_spacing,
        "energy_before": None if energy is None else energy.before,
        "energy_after": None if energy is None else energy.after,
        "near_duplicates_threshold": None if groups is None else THRESHOLD,
        "different_photos": None if groups is None else int(groups.max()) + 1,
    }
