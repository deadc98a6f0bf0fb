from __future__ import annotations

import logging
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

PROJECT = Path(__file__).resolve().parents[1]
SHARED_DATA = PROJECT.parent / "shared" / "data"

MakePhoto = Callable[..., Path]
RunScript = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="session", autouse=True)
def signals_end_processes() -> None:
    """Let Ctrl-C and the like end what tests start; a background job would ignore them."""
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
        if signal.getsignal(number) is signal.SIG_IGN:
            interrupt = number == signal.SIGINT
            signal.signal(number, signal.default_int_handler if interrupt else signal.SIG_DFL)


@pytest.fixture(autouse=True)
def faults_are_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PHOTOMOSAIC_DEBUG", "1")


@pytest.fixture(autouse=True)
def logging_left_as_found() -> Iterator[None]:
    log = logging.getLogger("photomosaic")
    before = log.handlers[:], log.propagate, log.level
    yield
    log.handlers[:], log.propagate = before[0], before[1]
    log.setLevel(before[2])


def need(*programs: str) -> None:
    """Skip a test where a program is absent; fail it instead where all tests are to run."""
    missing = [program for program in programs if shutil.which(program) is None]
    if not missing:
        return
    reason = f"needs {', '.join(missing)}"
    if os.environ.get("PHOTOMOSAIC_TEST_ALL"):
        pytest.fail(reason)
    pytest.skip(reason, allow_module_level=True)


@pytest.fixture
def shared_data() -> Path:
    if not SHARED_DATA.is_dir():
        pytest.skip("the real test data is not on this machine")
    return SHARED_DATA


@pytest.fixture
def runner_of(capsys: pytest.CaptureFixture[str]) -> Callable[..., RunScript]:
    """Return a function that makes a function that runs a script in this process.

    It is made of the script's module and of options by name, which it takes unless others are given
    by keyword (None for none at all). More options are given as words. It returns the exit code,
    and what went to stdout and to stderr.
    """

    def make(script: ModuleType, settings: dict[str, object]) -> RunScript:
        def run_script(*options: object, **replaced: object) -> tuple[int, str, str]:
            named = settings | {name.replace("_", "-"): value for name, value in replaced.items()}
            words = [f"--{name}={value}" for name, value in named.items() if value is not None]
            capsys.readouterr()
            code = script.main([*words, *map(str, options)])
            shown = capsys.readouterr()
            return code, shown.out, shown.err

        return run_script

    return make


@pytest.fixture
def make_photo() -> MakePhoto:
    """Return a function that draws a photo: a colour with a lighter upper left quarter."""

    def make(
        path: Path,
        colour: tuple[int, int, int] = (200, 100, 50),
        size: tuple[int, int] = (64, 48),
        **save_options: object,
    ) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        picture = Image.new("RGB", size, colour)
        lighter = tuple(min(255, value + 40) for value in colour)
        picture.paste(lighter, (0, 0, size[0] // 2, size[1] // 2))
        picture.save(path, **save_options)
        return path

    return make


@pytest.fixture
def photo_folder(tmp_path: Path, make_photo: MakePhoto) -> Path:
    """Return a folder of 60 photos of clearly different colours, named 00.png to 59.png."""
    folder = tmp_path / "photos"
    rng = np.random.default_rng(7)
    for number in range(60):
        red, green, blue = (int(value) for value in rng.integers(0, 216, 3))
        make_photo(folder / f"{number:02d}.png", (red, green, blue))
    return folder


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Return a target of 96x128 pixels (width x height) with a colour gradient."""
    rows, cols = np.mgrid[0:128, 0:96]
    pixels = np.stack([rows * 2 % 256, cols * 2 % 256, (rows + cols) % 256], axis=2)
    path = tmp_path / "target.png"
    Image.fromarray(pixels.astype(np.uint8)).save(path)
    return path
