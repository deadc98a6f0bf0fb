"""The files of weights that recognising faces takes, found and checked."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from photomosaic.errors import InputError
from photomosaic.files.names import printable
from photomosaic.files.regular import sha256_of

PACKAGE = "face_recognition_models"
ADVICE = f"type: python -m pip install --force-reinstall --no-deps {PACKAGE}==0.3.0"
DLIB_PACKAGES = ("dlib-bin", "dlib")


@dataclass(frozen=True)
class _Weights:
    """A file of weights: its name, size in bytes and SHA-256."""

    name: str
    size: int
    sha256: str


# The package holds two more, which are not used: the detector that is a network takes 75 times as
# long, and the data that the 68 points were learned from exclude commercial use.
LANDMARKS = _Weights(
    "shape_predictor_5_face_landmarks.dat",
    9_150_489,
    "c4b1e9804792707d3a405c2c16a80a20269e6675021f64a41d30fffafbc41888",
)
EMBEDDING = _Weights(
    "dlib_face_recognition_resnet_model_v1.dat",
    22_466_066,
    "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
)


@dataclass(frozen=True)
class Weights:
    """Paths of the files that are there and right."""

    landmarks: str
    embedding: str


def find_weights() -> Weights:
    """Find the files of weights in the package that carries them, and check what they hold.

    The package itself is not imported, since that fails where setuptools is new or absent.

    Raises
    ------
    InputError
        If one is missing or wrong, or dlib is; the message tells what to type.
    """
    if find_spec("dlib") is None:
        raise InputError("finding faces takes dlib; type: python -m pip install dlib-bin")
    spec = find_spec(PACKAGE)
    folders = (spec and spec.submodule_search_locations) or []
    if not folders:
        raise InputError(f"finding faces takes the weights of {PACKAGE}; {ADVICE}")
    models = Path(folders[0], "models")
    return Weights(_checked(models, LANDMARKS), _checked(models, EMBEDDING))


def dlib_version() -> str:
    """Return the version of dlib, without loading it; empty if it is not installed."""
    for package in DLIB_PACKAGES:
        try:
            return version(package)
        except PackageNotFoundError:
            continue
    return ""


def _checked(folder: Path, weights: _Weights) -> str:
    path = folder / weights.name
    try:
        right_size = path.stat().st_size == weights.size
        sound = right_size and sha256_of(path) == weights.sha256
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"{printable(path)}: cannot be read ({reason}); {ADVICE}") from error
    if not sound:
        raise InputError(f"{printable(path)}: is not the file that it should be; {ADVICE}")
    return str(path)
