"""Photomosaics of pictures out of a folder of photos."""

from __future__ import annotations

__version__ = "0.1.0"
