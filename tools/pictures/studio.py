"""What the pictures are made of, and the scripts that make them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

import mosaic
from photomosaic.example import CHELSEA, CLIP_NAME, TARGET_NAME, make_example
from photomosaic.images.decode import decode

CAT_BOX = (50, 0, 450, 300)
CAT_SIZE = (2000, 1500)


@dataclass(frozen=True)
class Studio:
    """A folder to work in, which holds the example.

    Attributes
    ----------
    folder : Path
        Where to work; what lies there is thrown away at the end.
    """

    folder: Path

    def __post_init__(self) -> None:
        make_example(self.folder)
        sample = CHELSEA.find()
        if sample is None:
            raise FileNotFoundError("the sample photos are not installed")
        cat = decode(sample.read_bytes()).picture.crop(CAT_BOX)
        cat.resize(CAT_SIZE, Image.Resampling.LANCZOS).save(self.cat, quality=95)

    @property
    def photos(self) -> Path:
        """The photos for tiles."""
        return self.folder / "photos"

    @property
    def astronaut(self) -> Path:
        """A target, upright."""
        return self.folder / TARGET_NAME

    @property
    def cat(self) -> Path:
        """A target, across."""
        return self.folder / "cat.jpg"

    @property
    def clip(self) -> Path:
        """A video."""
        return self.folder / CLIP_NAME

    def run(self, main: Callable[[Sequence[str]], int], *words: object) -> None:
        """Run a script, with a cache of its own; raises if it does not succeed."""
        options = [*map(str, words), "--cache-dir", str(self.folder / "cache"), "--quiet"]
        if main(options):
            raise RuntimeError(f"{main.__module__} failed: {' '.join(options)}")

    def mosaic(
        self, target: Path, scale: int | None, *words: object, photos: Path | None = None
    ) -> Image.Image:
        """Return what mosaic.py makes of a target; without a scale it chooses the grid."""
        path = self.folder / "mosaic.png"
        options: list[object] = ["--target", target, "--codebook-dir", photos or self.photos]
        options += [] if scale is None else ["--scale", scale]
        self.run(mosaic.main, *options, "--savepath", path, *words)
        with Image.open(path) as picture:
            return picture.convert("RGB")
