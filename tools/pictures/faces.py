"""A picture of a face montage."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

import face_montage
from tools.pictures.layout import column, row
from tools.pictures.studio import Studio


def montage(studio: Studio) -> Image.Image:
    """Show photos of a face above the frames that are made of them."""
    photos, frames = studio.folder / "album", studio.folder / "frames"
    options = ["--target-face-dir", studio.folder / "faces", "--photos-dir", photos]
    options += ["--savedir", frames, "--order", "age", "--output-size", 400]
    studio.run(face_montage.main, *options)
    return column([row(_opened(photos)), row(_opened(frames))])


def _opened(folder: Path) -> list[Image.Image]:
    return [Image.open(path) for path in sorted(folder.glob("*.jpg"))]
