"""Faces brought to one size and place; arrays only."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from photomosaic.arrays import BgrImage
from photomosaic.options.montage import Border

# Height of the eyes in a frame, as a share of it: most of the face lies below them.
EYE_LINE = 0.42

# How much of a frame's side the blur of the border reaches, and the width of its soft edge.
_BLUR_SHARE = 0.08
_EDGE_SHARE = 0.01

Matrix = npt.NDArray[np.float64]
"""Shape (2, 3): takes (x, y, 1) in the photo to (x, y) in the frame."""


Size = int | tuple[int, int]
"""Side of a square, or height and width, in pixels."""


def eye_marks(size: Size, closeness: float) -> npt.NDArray[np.float64]:
    """Return where the eyes' centres are to lie in a frame, as rows of (row, col).

    Parameters
    ----------
    size : Size
        Of the frame.
    closeness : float
        Share of the shorter side that lies to the left of the left eye in the square of that side
        in the middle of the frame; up to 0.5, where the eyes meet.
    """
    # Shares of the frame are between its pixels' edges, and pixel 0 has its centre at 0.
    height, width = _height_and_width(size)
    half = (0.5 - closeness) * min(height, width)
    row, middle = EYE_LINE * height - 0.5, width / 2 - 0.5
    return np.array([[row, middle - half], [row, middle + half]])


def _height_and_width(size: Size) -> tuple[int, int]:
    return (size, size) if isinstance(size, int) else size


def eyes_to_marks(eyes: npt.NDArray[np.floating[Any]], marks: npt.NDArray[np.float64]) -> Matrix:
    """Return the turn, zoom and shift that takes both eyes exactly to their marks.

    Parameters
    ----------
    eyes, marks : ndarray of shape (2, 2)
        Left and right, each as (row, col).
    """
    (y0, x0), (y1, x1) = np.asarray(eyes, float)
    (v0, u0), (v1, u1) = marks
    # A similarity is a multiplication of complex numbers, and an addition.
    factor = complex(u1 - u0, v1 - v0) / complex(x1 - x0, y1 - y0)
    shift = complex(u0, v0) - factor * complex(x0, y0)
    a, b = factor.real, factor.imag
    return np.array([[a, -b, shift.real], [b, a, shift.imag]])


def zoom_of(matrix: Matrix) -> float:
    """Return the factor by which a similarity enlarges."""
    return float(np.hypot(matrix[0, 0], matrix[1, 0]))


def points_to_marks(points: npt.NDArray[np.float64], marks: npt.NDArray[np.float64]) -> Matrix:
    """Return the turn, zoom and shift that takes points as near to their marks as can be.

    Least squares; of two points it is that of `eyes_to_marks`.

    Parameters
    ----------
    points, marks : ndarray of shape (N, 2)
        Each as (row, col).
    """
    source, target = (rows[:, 1] + 1j * rows[:, 0] for rows in (points, marks))
    from_middle = source - source.mean()
    factor = (from_middle.conj() @ (target - target.mean())) / (abs(from_middle) ** 2).sum()
    shift = target.mean() - factor * source.mean()
    a, b = factor.real, factor.imag
    return np.array([[a, -b, shift.real], [b, a, shift.imag]])


def beyond_edge(photo: tuple[int, int], matrix: Matrix, size: Size) -> float:
    """Return the share of a frame, 0 to 1, that lies beyond a photo of (height, width)."""
    (height, width), (rows, cols) = photo, _height_and_width(size)
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]]) - 0.5
    shown = (corners @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32)
    frame = np.array([[0, 0], [cols, 0], [cols, rows], [0, rows]], np.float32) - np.float32(0.5)
    covered, _ = cv2.intersectConvexConvex(shown, frame)
    return max(0.0, 1 - covered / (rows * cols))


def aligned(photo: BgrImage, matrix: Matrix, size: Size, border: Border) -> BgrImage:
    """Return a frame, warped in one step from a photo's own pixels.

    Parameters
    ----------
    photo : ndarray of shape (H, W, 3), uint8, BGR
    matrix : ndarray of shape (2, 3)
    size : Size
        Of the frame.
    border : str
        What is shown beyond the photo: its blurred continuation, black, or its edge repeated.

    Returns
    -------
    ndarray of shape (height, width, 3), uint8, BGR
    """
    size = _height_and_width(size)
    crop, matrix = _needed_part(photo, matrix, size)
    # What is finer than the frame's pixels would show as jagged edges.
    crop, matrix = _shrunk(crop, matrix)
    zoom = zoom_of(matrix)
    if zoom < 1:
        crop = np.asarray(cv2.GaussianBlur(crop, (0, 0), (1 / zoom - 1) / 2), np.uint8)
    fill = cv2.BORDER_CONSTANT if border == "black" else cv2.BORDER_REPLICATE
    frame = _warped(crop, matrix, size, cv2.INTER_CUBIC, fill)
    if border != "blur":
        return frame
    return _with_soft_border(frame, _coverage(crop.shape[:2], matrix, size))


def _needed_part(photo: BgrImage, matrix: Matrix, size: tuple[int, int]) -> tuple[BgrImage, Matrix]:
    """Return the part of a photo that a frame shows, with a margin, and the matrix for it."""
    rows, cols = size
    corners = np.array([[0, 0, 1], [cols, 0, 1], [0, rows, 1], [cols, rows, 1]], float).T
    back = cv2.invertAffineTransform(matrix)
    margin = 4 * max(1.0, 1 / zoom_of(matrix)) + 2
    low = np.floor((back @ corners).min(axis=1) - margin).astype(int)
    high = np.ceil((back @ corners).max(axis=1) + margin).astype(int)
    height, width = photo.shape[:2]
    left, top = np.clip(low, 0, [width - 1, height - 1])
    right, bottom = np.clip(high, [left + 1, top + 1], [width, height])
    moved = np.array(matrix)
    moved[:, 2] += matrix[:, :2] @ [left, top]
    return photo[top:bottom, left:right], moved


def _shrunk(photo: BgrImage, matrix: Matrix) -> tuple[BgrImage, Matrix]:
    """Return a photo shrunk by a whole number, by the means of its pixels, and the matrix for it.

    What is left to shrink is less than a half.
    """
    factor = max(1, int(1 / zoom_of(matrix)))
    height, width = len(photo) // factor, photo.shape[1] // factor
    if factor < 2 or not height or not width:
        return photo, matrix
    whole = photo[: height * factor, : width * factor]
    small = cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA)
    # Pixel i of the small one has its centre at factor * i + (factor - 1) / 2.
    moved = matrix * [factor, factor, 1]
    moved[:, 2] += matrix[:, :2].sum(axis=1) * (factor - 1) / 2
    return np.asarray(small, np.uint8), moved


def _warped(
    picture: BgrImage, matrix: Matrix, size: tuple[int, int], way: int, border: int
) -> npt.NDArray[np.uint8]:
    warped = cv2.warpAffine(picture, matrix, size[::-1], flags=way, borderMode=border)
    return np.asarray(warped, np.uint8)


def _coverage(
    shape: tuple[int, ...], matrix: Matrix, size: tuple[int, int]
) -> npt.NDArray[np.uint8]:
    """Return 255 where a frame shows the photo, 0 where it shows what is beyond."""
    everything = np.full(shape, 255, np.uint8)
    return _warped(everything, matrix, size, cv2.INTER_NEAREST, cv2.BORDER_CONSTANT)


def _with_soft_border(frame: BgrImage, coverage: npt.NDArray[np.uint8]) -> BgrImage:
    if coverage.all():
        return frame
    side = min(frame.shape[:2])
    blurred = _strongly_blurred(frame, max(1.0, _BLUR_SHARE * side))
    edge = max(1, round(_EDGE_SHARE * side))
    inner = cv2.erode(coverage, np.ones((2 * edge + 1, 2 * edge + 1), np.uint8))
    share = cv2.GaussianBlur(inner, (0, 0), edge / 2)[..., None] / np.float32(255)
    return np.asarray(np.rint(share * frame + (1 - share) * blurred), np.uint8)


def _strongly_blurred(frame: BgrImage, reach: float) -> BgrImage:
    # Shrunk before, since the time that a blur takes grows with its reach.
    height, width = frame.shape[:2]
    factor = max(1, int(reach / 4))
    size = max(1, width // factor), max(1, height // factor)
    small = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), reach / factor, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)
