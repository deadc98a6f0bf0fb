from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.conftest import need
from tests.explore import screen as windows
from tests.explore.screen import OpenWindow, virtual_screen


@pytest.fixture(scope="session")
def screen() -> Iterator[str]:
    """Start a virtual screen and return its name."""
    need("Xvfb", "xdotool")
    with virtual_screen() as name:
        yield name


@pytest.fixture
def open_window(screen, tmp_path, detailed_photos) -> Iterator[Callable[..., OpenWindow]]:
    """Return a function that starts interactive.py on the virtual screen."""
    opened = []

    def start(
        target: Path, *options: object, screen: str = screen, source: str = "--target"
    ) -> OpenWindow:
        words = [source, target, "--codebook-dir", detailed_photos]
        words += ["--cache-dir", tmp_path / "cache"]
        words += ["--savepath", tmp_path / "out" / "%s-at-%d.png"]
        opened.append(windows.open_window(screen, *words, *options))
        return opened[-1]

    yield start
    for window in opened:
        window.kill()


@pytest.fixture
def open_live(open_window) -> Callable[..., OpenWindow]:
    """Return a function that starts interactive.py on a clip on the virtual screen."""
    return partial(open_window, source="--camera")


@pytest.fixture(scope="session")
def detailed_photos(tmp_path_factory) -> Path:
    """Return a folder of 80 photos of many colours with blots."""
    folder = tmp_path_factory.mktemp("photos")
    rng = np.random.default_rng(5)
    for number in range(80):
        blots = rng.integers(0, 60, (4, 3, 3)) + rng.integers(0, 196, 3)
        picture = Image.fromarray(blots.astype(np.uint8))
        picture.resize((60, 80), Image.Resampling.BICUBIC).save(folder / f"{number:02d}.jpg")
    return folder


@pytest.fixture
def painting(tmp_path) -> Path:
    """Return a target of 480x360 pixels (width x height) with areas of clear colours."""
    rows, cols = np.mgrid[0:360, 0:480]
    pixels = np.stack([cols * 255 // 480, rows * 255 // 360, 255 - cols * 255 // 480], axis=2)
    pixels[np.hypot(rows - 180, cols - 240) < 100] = (250, 220, 30)
    path = tmp_path / "painting.png"
    Image.fromarray(pixels.astype(np.uint8)).save(path)
    return path
