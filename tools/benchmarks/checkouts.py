"""Mosaics made by the scripts of a checkout of this project, of this or an earlier commit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from PIL import Image

from photomosaic.arrays import BgrImage, Ids
from photomosaic.images.decode import read_target

SHOWN_TARGETS = ("astronaut", "kodim04", "kodim23", "starry_night", "fruits", "canyon")


@dataclass(frozen=True)
class Made:
    """A mosaic that a checkout made.

    Attributes
    ----------
    path : Path
    mosaic : ndarray of shape (H, W, 3), uint8, BGR
    photos : ndarray of shape (rows, cols), int
        A number for the photo in each cell, the same for all cuts of it.
    told : str
        The line on the result.
    """

    path: Path
    mosaic: BgrImage
    photos: Ids
    told: str


@dataclass(frozen=True)
class Checkout:
    """A folder with the project's scripts.

    Attributes
    ----------
    name : str
    folder : Path
    scratch : Path
        Where its cache and its mosaics go.
    options : tuple of str
        Given to it alone, before those of a run.
    """

    name: str
    folder: Path
    scratch: Path
    options: tuple[str, ...] = ()

    @cached_property
    def _help(self) -> str:
        command = [sys.executable, "mosaic.py", "--help"]
        return subprocess.run(
            command, cwd=self.folder, capture_output=True, text=True, check=True
        ).stdout

    def known(self, *options: object) -> list[str]:
        """Return those of some pairs of option and value that its mosaic.py knows, as words."""
        words = list(map(str, options))
        pairs = zip(words[::2], words[1::2], strict=True)
        return [word for pair in pairs if pair[0] in self._help for word in pair]

    def mosaic(self, target: Path, photos: Path, options: Sequence[object]) -> Made:
        """Make a mosaic with some options; stop with its message if it cannot be made."""
        self.scratch.mkdir(parents=True, exist_ok=True)
        path, project = self.scratch / f"{target.stem}.png", self.scratch / "project.json"
        words = ["--target", target, "--codebook-dir", photos, "--savepath", path]
        words += ["--save-project", project, *self.options, *options]
        told = self.run("mosaic.py", *words)
        return Made(path, read_target(path), photos_of(project), told)

    def run(self, script: str, *words: object) -> str:
        """Run a script of the checkout with a cache of its own, and return what it told."""
        command = [sys.executable, script, *map(str, words), "--cache-dir", str(self.scratch)]
        result = subprocess.run(
            command,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            env=_environment(),
        )
        if result.returncode:
            raise SystemExit(f"{self.name}: {' '.join(command)}\n{result.stderr}")
        return result.stdout.strip()


def _environment() -> dict[str, str]:
    # What is loaded has to be the checkout's own.
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def photos_of(project: Path) -> Ids:
    """Return the number of the photo in each cell of a project."""
    content = json.loads(project.read_bytes())
    numbers: dict[str, int] = {}
    photo = [numbers.setdefault(each["sha256"], len(numbers)) for each in content["photos"]]
    return np.array(photo)[np.array(content["cells"])]


def wide_targets(folder: Path, into: Path, size: tuple[int, int | None]) -> list[Path]:
    """Resize the pictures of a folder to a width, and a height if one is given; return the copies.

    With a height the middle of each picture is cut to that shape.
    """
    into.mkdir(parents=True, exist_ok=True)
    width, height = size
    copies = []
    for path in sorted(folder.iterdir()):
        picture = Image.fromarray(read_target(path)[:, :, ::-1])
        box = (0.0, 0.0, float(picture.width), float(picture.height))
        if height is not None:
            wide = min(picture.width, picture.height * width / height)
            tall = wide * height / width
            left, top = (picture.width - wide) / 2, (picture.height - tall) / 2
            box = (left, top, left + wide, top + tall)
        tall_pixels = height or round(picture.height * width / picture.width)
        copies.append(into / f"{path.stem}.png")
        picture.resize((width, tall_pixels), Image.Resampling.BICUBIC, box).save(copies[-1])
    return copies
