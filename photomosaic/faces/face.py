"""A face in a photo, as plain numbers that can be kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from photomosaic.arrays import Floats

Embedding = npt.NDArray[np.float32]
"""128 numbers; faces of one person lie within about 0.6 of each other, by Euclidean distance."""

Points = npt.NDArray[np.float32]
"""Points as rows of (row, col), in pixels, the centre of the upper left pixel being (0, 0)."""

EMBEDDING_SIZE = 128

_RECORD = np.dtype(
    [
        ("box", "<f4", 4),
        ("eyes", "<f4", (2, 2)),
        ("nose", "<f4", 2),
        ("score", "<f4"),
        ("sharpness", "<f4"),
        ("embedding", "<f4", EMBEDDING_SIZE),
        ("bytes", "<u4"),
    ]
)


@dataclass(frozen=True, eq=False)
class Face:
    """A face, in pixels of the whole upright photo.

    Attributes
    ----------
    box : (float, float, float, float)
        Top, left, height and width.
    eyes : ndarray of shape (2, 2), float32
        Centres of the left and the right eye as seen in the photo, each as (row, col).
    nose : (float, float)
        Row and column of the base of the nose.
    score : float
        How sure the detector was, 0 to 1.
    sharpness : float
        Variance of the Laplacian of the face brought to a fixed size.
    embedding : ndarray of shape (128,), float32
    picture : bytes
        A small JPEG of the upright face; empty if there is none.
    """

    box: tuple[float, float, float, float]
    eyes: Points
    nose: tuple[float, float]
    score: float
    sharpness: float
    embedding: Embedding
    picture: bytes = b""

    def __post_init__(self) -> None:
        """Check the shapes."""
        if self.eyes.shape != (2, 2) or self.embedding.shape != (EMBEDDING_SIZE,):
            raise ValueError(f"eyes {self.eyes.shape}, embedding {self.embedding.shape}")

    def scaled(self, factor: float) -> Face:
        """Return the face of a photo that is `factor` times as wide and high."""
        if factor == 1:
            return self
        top, left, height, width = (value * factor for value in self.box)
        row, col = ((value + 0.5) * factor - 0.5 for value in self.nose)
        eyes = ((self.eyes + 0.5) * factor - 0.5).astype(np.float32)
        return replace(self, box=(top, left, height, width), eyes=eyes, nose=(row, col))

    def is_at(self, row: float, col: float) -> bool:
        """Tell whether the middle of the face, as found by another method, may lie there."""
        top, left, height, width = self.box
        return abs(row - top - height / 2) < height / 2 and abs(col - left - width / 2) < width / 2

    def without_picture(self) -> Face:
        """Return the same without its small picture."""
        return replace(self, picture=b"")

    @property
    def size(self) -> float:
        """Width of the box."""
        return self.box[3]

    @property
    def eye_distance(self) -> float:
        """Distance between the eyes' centres."""
        return float(np.hypot(*(self.eyes[1] - self.eyes[0])))

    @property
    def turned(self) -> float:
        """How far the nose is to a side of the eyes' middle, in eye distances; 0 from the front."""
        along = self.eyes[1] - self.eyes[0]
        from_middle = np.asarray(self.nose) - self.eyes.mean(axis=0)
        return float(abs(from_middle @ along)) / max(self.eye_distance**2, 1e-6)


def to_bytes(faces: Sequence[Face]) -> bytes:
    """Return faces as bytes: their number, what is of a fixed layout, and the pictures."""
    records = np.zeros(len(faces), _RECORD)
    for record, face in zip(records, faces, strict=True):
        for name in _RECORD.names or ():
            record[name] = len(face.picture) if name == "bytes" else getattr(face, name)
    pictures = [face.picture for face in faces]
    return b"".join([len(faces).to_bytes(4, "little"), records.tobytes(), *pictures])


def from_bytes(data: bytes) -> tuple[Face, ...]:
    """Return the faces that `to_bytes` made bytes of.

    Raises
    ------
    ValueError
        If there are too many bytes or too few.
    """
    count = int.from_bytes(data[:4], "little")
    start = 4 + count * _RECORD.itemsize
    records = np.frombuffer(data[4:start], _RECORD)
    if len(data) < 4 or len(records) != count or len(data) != start + int(records["bytes"].sum()):
        raise ValueError(f"{len(data)} bytes for {count} faces")
    faces = []
    for record in records:
        end = start + int(record["bytes"])
        faces.append(_face(record, data[start:end]))
        start = end
    return tuple(faces)


def _face(record: np.void, picture: bytes) -> Face:
    return Face(
        box=_numbers(record["box"]),
        eyes=np.array(record["eyes"], np.float32),
        nose=(float(record["nose"][0]), float(record["nose"][1])),
        score=float(record["score"]),
        sharpness=float(record["sharpness"]),
        embedding=np.array(record["embedding"], np.float32),
        picture=picture,
    )


def _numbers(box: Floats) -> tuple[float, float, float, float]:
    top, left, height, width = map(float, box)
    return top, left, height, width


def embeddings_of(faces: Sequence[Face]) -> Embedding:
    """Return the embeddings of faces, shape (N, 128), float32."""
    if not faces:
        return np.empty((0, EMBEDDING_SIZE), np.float32)
    return np.stack([face.embedding for face in faces])


def distances(one: Embedding, other: Embedding) -> npt.NDArray[np.float32]:
    """Return the Euclidean distances, shape (N, M), of embeddings (N, 128) and (M, 128)."""
    # Faces by the thousand at once would take gigabytes.
    rows = [np.sqrt(np.square(row - other).sum(axis=1)) for row in one]
    return np.stack(rows) if rows else np.empty((0, len(other)), np.float32)
