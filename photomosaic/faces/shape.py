"""The common shape of a person's faces, for an alignment by more than the eyes; arrays only."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from photomosaic.faces.align import eyes_to_marks, points_to_marks
from photomosaic.faces.face import Points
from photomosaic.faces.mesh import LEFT_EYE, RIGHT_EYE, Mesh

# Corners of the eyes, root and base of the nose, corners of the mouth, chin.
_POINTS = (*LEFT_EYE, *RIGHT_EYE, 168, 2, 61, 291, 152)
_ROUNDS = 3
# In the shape, the eyes lie at these, as (row, col).
_EYES = np.array([[0.0, -0.5], [0.0, 0.5]])

Shape = npt.NDArray[np.float64]
"""Shape (N, 2) as (row, col), in distances of the eyes from their middle."""


def face_points(mesh: Mesh) -> npt.NDArray[np.float64]:
    """Return the points of a mesh that make up a shape, each as (row, col)."""
    return mesh[list(_POINTS), 1::-1]


def common_shape(faces: Sequence[tuple[Points, npt.NDArray[np.float64]]]) -> Shape:
    """Return the median shape of faces, each given by its eyes and its points in a photo.

    It begins with the eyes in one place, and is refined by bringing all points near to it.
    """
    found = [points for _, points in faces]
    matrices = [eyes_to_marks(eyes, _EYES) for eyes, _ in faces]
    for _ in range(_ROUNDS):
        placed = [_moved(points, m) for points, m in zip(found, matrices, strict=True)]
        shape = np.median(placed, axis=0)
        matrices = [points_to_marks(points, shape) for points in found]
    return np.asarray(shape)


def shape_marks(shape: Shape, marks: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return where the points of a shape lie in a frame in which its eyes lie at `marks`."""
    eyes = np.stack([shape[:2].mean(axis=0), shape[2:4].mean(axis=0)])
    return _moved(shape, eyes_to_marks(eyes, marks))


def _moved(
    points: npt.NDArray[np.float64], matrix: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    return np.asarray((points[:, ::-1] @ matrix[:, :2].T + matrix[:, 2])[:, ::-1])
