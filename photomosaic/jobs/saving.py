"""The notice of a mosaic that was saved while its job goes on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class MosaicSaved:
    """Notice of a mosaic that was saved from the window."""

    path: Path
