from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from photomosaic.images.crop import Crop, Cut
from photomosaic.images.listing import list_photos
from photomosaic.images.thumbnail import Thumbnail
from photomosaic.library import index as index_module
from photomosaic.library import ready_tiles as ready_tiles_module
from photomosaic.library.codebook import Codebook
from photomosaic.library.index import Index
from photomosaic.library.photo_library import PhotoLibrary
from photomosaic.progress import StageClock, Work
from tests import codebooks


def draw_detailed(path: Path, number: int, size: tuple[int, int]) -> None:
    """Draw a photo whose file and thumbnail are large enough to spread over many disk pages."""
    rng = np.random.default_rng(number)
    coarse = Image.fromarray(rng.integers(0, 256, (size[1] // 10, size[0] // 10, 3), np.uint8))
    path.parent.mkdir(parents=True, exist_ok=True)
    coarse.resize(size, Image.Resampling.BICUBIC).save(path)


@pytest.fixture(scope="session")
def detailed_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of 30 photos, 000.jpg to 029.jpg, that no test may change."""
    folder = tmp_path_factory.mktemp("detailed")
    for number in range(30):
        draw_detailed(folder / f"{number:03d}.jpg", number, (400, 300))
    return folder


@pytest.fixture
def few_photos(tmp_path: Path, detailed_folder: Path) -> Path:
    """Return a folder of four small photos, 000.jpg to 003.jpg, with detail."""
    folder = tmp_path / "few"
    folder.mkdir()
    for path in sorted(detailed_folder.iterdir())[:4]:
        with Image.open(path) as picture:
            picture.crop((0, 0, 120, 90)).save(folder / path.name)
    return folder


@pytest.fixture(scope="session")
def large_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of 180 photos that take a while to read, and that no test may change."""
    folder = tmp_path_factory.mktemp("large")
    for number in range(180):
        draw_detailed(folder / f"{number:03d}.jpg", number, (640, 480))
    return folder


@pytest.fixture
def album(tmp_path: Path, make_photo: Callable[..., Path]) -> Path:
    """Return a folder of five photos, a.png to e.png."""
    colours = [(200, 30, 30), (30, 200, 30), (30, 30, 200), (200, 200, 30), (90, 90, 90)]
    for name, colour in zip("abcde", colours, strict=True):
        make_photo(tmp_path / "album" / f"{name}.png", colour)
    return tmp_path / "album"


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture(scope="session")
def read_index() -> Callable[..., Index]:
    """Return a function that indexes a folder as a run of its own does."""

    def read(folder: Path, cache: Path | None, workers: int = 1, **listing: object) -> Index:
        with PhotoLibrary(cache, Work(workers)) as library:
            return library.index(list_photos(folder, **listing))

    return read


@pytest.fixture(scope="session")
def read_codebook() -> Callable[..., Codebook]:
    """Return a function that makes the codebook of a folder as a run of its own does."""
    return codebooks.read_codebook


@pytest.fixture(scope="session")
def contents() -> Callable[[Codebook], dict[str, object]]:
    """Return a function that tells of a codebook what must be the same, bit by bit."""

    def tell(codebook: Codebook) -> dict[str, object]:
        arrays = {
            "tiles": codebooks.tiles_of(codebook),
            "alpha": codebooks.alpha_of(codebook),
            "features": codebook.features,
        }
        digests = {
            name: None if array is None else hashlib.sha256(array.tobytes()).hexdigest()
            for name, array in arrays.items()
        }
        return {"paths": codebook.paths, "hashes": codebook.hashes, **digests}

    return tell


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Return a list that grows by the file content of each photo that the index decodes."""
    files: list[bytes] = []
    make_thumbnail = index_module.make_thumbnail

    def counted(data: bytes, clock: StageClock) -> Thumbnail:
        files.append(data)
        return make_thumbnail(data, clock)

    monkeypatch.setattr(index_module, "make_thumbnail", counted)
    return files


@pytest.fixture
def tiles_made(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int, Crop]]:
    """Return a list that grows by (height, width, crop) of each tile that is cut."""
    made: list[tuple[int, int, Crop]] = []
    to_tile = ready_tiles_module.to_tile

    def counted(
        photo: np.ndarray, height: int, width: int, crop: Crop, cut: Cut | None
    ) -> np.ndarray:
        made.append((height, width, crop))
        return to_tile(photo, height, width, crop, cut)

    monkeypatch.setattr(ready_tiles_module, "to_tile", counted)
    return made


@pytest.fixture
def warned(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """Return a function that tells what was warned of since it was last asked."""

    def take() -> list[str]:
        messages = [
            record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING
        ]
        caplog.clear()
        return messages

    return take
