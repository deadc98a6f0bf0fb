from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

import mosaic

RunScript = Callable[..., tuple[int, str, str]]


def smooth_noise(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """Draw a picture (height, width, 3), uint8, with detail of all sizes."""
    layers = [
        cv2.resize(
            rng.uniform(-60, 60, (side, side, 3)), (width, height), interpolation=cv2.INTER_CUBIC
        )
        for side in (2, 5, 12)
    ]
    return np.clip(sum(layers) + rng.uniform(40, 215, 3), 0, 255).astype(np.uint8)


@pytest.fixture(scope="session")
def album(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of 40 photos of 400x300 pixels, photo-00.jpg to photo-39.jpg, with dates."""
    folder = tmp_path_factory.mktemp("album")
    rng = np.random.default_rng(5)
    for number in range(40):
        exif = Image.Exif()
        exif.get_ifd(0x8769)[0x9003] = f"2019:05:{number % 28 + 1:02d} 10:00:00"
        exif.get_ifd(0x8825)[2] = (48.0, 51.0, 29.0)
        photo = Image.fromarray(smooth_noise(rng, 400, 300))
        photo.save(folder / f"photo-{number:02d}.jpg", quality=95, exif=exif)
    return folder


@pytest.fixture(scope="session")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a target of 240x320 pixels."""
    path = tmp_path_factory.mktemp("picture") / "beach & sea.png"
    Image.fromarray(smooth_noise(np.random.default_rng(6), 320, 240)).save(path)
    return path


@pytest.fixture
def run(
    tmp_path: Path,
    album: Path,
    picture: Path,
    runner_of: Callable[..., RunScript],
) -> RunScript:
    """Return a function that runs mosaic.py in this process; 10 x 10 cells at scale 8."""
    return runner_of(
        mosaic,
        {
            "target": picture,
            "codebook-dir": album,
            "scale": 8,
            "savepath": tmp_path / "out" / "mosaic.png",
            "cache-dir": tmp_path / "cache",
            **{"cuts": 1, "refine": 0, "variety": 0},
        },
    )


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out" / "mosaic.png"
