"""The plots of performance.py."""

from __future__ import annotations

from pathlib import Path

import performance
from tools.benchmarks.photos_needed import COUNTS, fill
from tools.pictures.studio import Studio


def lookup(studio: Studio) -> Path:
    """Plot the time of a search against the number of tiles, and return the path."""
    return _measured(studio) / "lookup.png"


def caching(studio: Studio) -> Path:
    """Plot what the cache saves, and return the path."""
    return _measured(studio) / "caching.png"


def _measured(studio: Studio) -> Path:
    folder, photos = studio.folder / "performance", studio.folder / "4000"
    photos.mkdir()
    fill(photos, studio.photos, max(COUNTS))
    options = ["--target", studio.astronaut, "--codebook-dir", photos, "--savedir", folder]
    options += ["--min-scale", 4, "--max-scale", 16]
    if performance.main([*map(str, options), "--quiet"]):
        raise RuntimeError("performance.py failed")
    return folder
