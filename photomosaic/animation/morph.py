"""Morphs: blends of two frames in which points move from one place to the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import cv2
import numpy as np
import numpy.typing as npt

from photomosaic.arrays import BgrImage

Points = npt.NDArray[np.float64]
"""Shape (N, 2) as (x, y), in pixels of the frame; as many in each, in the same order."""

# Triangles of a smaller area, in square pixels, have no direction.
_LEAST_AREA = 0.01


def morphed(frames: Iterable[tuple[BgrImage, Points | None]], steps: int) -> Iterator[BgrImage]:
    """Yield frames with `steps` morphs of the two between any two.

    Parameters
    ----------
    frames : iterable of (ndarray of shape (H, W, 3), uint8, BGR; Points or None)
        All of one size, each with its points. Where a frame has none, both are blended in place.
    steps : int
    """
    last: tuple[BgrImage, Points | None] | None = None
    for frame, points in frames:
        if last is not None:
            yield from _between(last, (frame, points), steps)
        yield frame
        last = frame, points


def _between(
    one: tuple[BgrImage, Points | None], other: tuple[BgrImage, Points | None], steps: int
) -> Iterator[BgrImage]:
    shares = [step / (steps + 1) for step in range(1, steps + 1)]
    (first, start), (second, end) = one, other
    # In a line of pixels there are no triangles.
    if start is None or end is None or min(first.shape[:2]) < 2:
        yield from (_blended(first, second, share) for share in shares)
        return
    start, end = _with_edge(start, first), _with_edge(end, second)
    triangles = _triangles(start, end)
    for share in shares:
        points = (1 - share) * start + share * end
        places = _triangle_of_each_pixel(points, triangles, first)
        yield _blended(
            _warped(first, places, _affine(points, start, triangles)),
            _warped(second, places, _affine(points, end, triangles)),
            share,
        )


def _blended(one: BgrImage, other: BgrImage, share: float) -> BgrImage:
    return np.asarray(cv2.addWeighted(other, share, one, 1 - share, 0), np.uint8)


def _with_edge(points: Points, frame: BgrImage) -> Points:
    """Return points and those of the frame's edge that stay: its corners, and their middles."""
    bottom, right = frame.shape[0] - 1, frame.shape[1] - 1
    edge = [(x, y) for x in (0, right / 2, right) for y in (0, bottom / 2, bottom)]
    del edge[4]
    inside = np.clip(points, 0, [right, bottom])
    return np.vstack([inside, np.array(edge)])


def _triangles(start: Points, end: Points) -> npt.NDArray[np.intp]:
    """Return the triangles (M, 3) of a Delaunay triangulation, as numbers of points.

    Those that one of the frames shows from behind come first, so that others are drawn over them.
    """
    # Loaded here, since only morphs need it.
    from scipy.spatial import Delaunay  # type: ignore[import-untyped]

    middle = (start + end) / 2
    found = np.asarray(Delaunay(middle).simplices, np.intp)
    areas = [_areas(points, found) for points in (middle, start, end)]
    seen = np.minimum(areas[0] * areas[1], areas[0] * areas[2]) > 0
    large = abs(areas[0]) > _LEAST_AREA
    return np.concatenate([found[large & ~seen], found[large & seen]])


def _areas(points: Points, triangles: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
    """Return the areas (M,) of triangles, negative where the corners run the other way round."""
    one, two, three = (points[triangles[:, i]] for i in range(3))
    (x, y), (u, v) = (two - one).T, (three - one).T
    return np.asarray((x * v - y * u) / 2)


def _triangle_of_each_pixel(
    points: Points, triangles: npt.NDArray[np.intp], frame: BgrImage
) -> npt.NDArray[np.int32]:
    places = np.zeros(frame.shape[:2], np.int32)
    for i, corners in enumerate(np.rint(points[triangles]).astype(np.int32)):
        cv2.fillConvexPoly(places, corners, i)
    return places


def _affine(
    points: Points, targets: Points, triangles: npt.NDArray[np.intp]
) -> npt.NDArray[np.float32]:
    """Return what takes (x, y, 1) in each triangle to its place, shape (M, 3, 2)."""
    corners = np.concatenate([points[triangles], np.ones((len(triangles), 3, 1))], axis=2)
    return np.asarray(np.linalg.pinv(corners) @ targets[triangles], np.float32)


def _warped(
    frame: BgrImage, places: npt.NDArray[np.int32], affine: npt.NDArray[np.float32]
) -> BgrImage:
    rows, cols = np.indices(places.shape, dtype=np.float32)
    x, y = (
        affine[places, 0, axis] * cols + affine[places, 1, axis] * rows + affine[places, 2, axis]
        for axis in (0, 1)
    )
    warped = cv2.remap(frame, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(warped, np.uint8)
