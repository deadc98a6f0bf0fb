from __future__ import annotations

import cv2
import numpy as np
import pytest
from made_faces import astronaut

from photomosaic.faces.align import beyond_edge, eye_marks, eyes_to_marks
from photomosaic.faces.mesh import LEFT_EYE, RIGHT_EYE, FaceMesh, pose
from photomosaic.faces.weights import find_mesh_weights


@pytest.fixture(scope="module")
def mesh():
    return FaceMesh(find_mesh_weights())


def found(finder, mesh, photo):
    (face,) = finder.find(photo)
    return face, mesh.find(photo, face.box, face.eyes)


def photo_turned(degrees):
    turn = cv2.getRotationMatrix2D((150, 150), degrees, 1)
    photo = np.ascontiguousarray(astronaut()[..., ::-1])
    return cv2.warpAffine(photo, turn, (300, 300), borderMode=cv2.BORDER_REPLICATE)


@pytest.mark.parametrize("degrees", [0, 40, -90])
def test_the_points_lie_on_the_face_however_the_photo_lies(finder, mesh, degrees):
    face, points = found(finder, mesh, photo_turned(degrees))
    for eye, corners in zip(face.eyes, (LEFT_EYE, RIGHT_EYE), strict=True):
        middle = points[list(corners), :2].mean(axis=0)[::-1]
        assert np.abs(middle - eye).max() < 0.12 * face.eye_distance
    assert points.shape == (468, 3)


def test_pose_and_eyes_do_not_depend_on_how_the_photo_lies(finder, mesh):
    poses, opening = [], []
    for degrees in (0, 30, -60):
        photo = photo_turned(degrees)
        _, points = found(finder, mesh, photo)
        poses.append(pose(points))
        opening.append(mesh.eyes_open(photo, points))
    assert np.ptp(poses, axis=0).max() < 8
    assert np.ptp(opening) < 0.08
    assert min(opening) > 0.28


@pytest.mark.parametrize("degrees", [-30, 20])
def test_a_turned_head_has_the_angle_by_which_it_was_turned(finder, mesh, degrees):
    _, points = found(finder, mesh, photo_turned(0))
    sine, cosine = np.sin(np.radians(degrees)), np.cos(np.radians(degrees))
    about = {
        "side": np.array([[cosine, 0, -sine], [0, 1, 0], [sine, 0, cosine]]),
        "down": np.array([[1, 0, 0], [0, cosine, -sine], [0, sine, cosine]]),
    }
    (side, down), rolled = pose(points), np.array([[0.8, -0.6, 0], [0.6, 0.8, 0], [0, 0, 1]])
    assert pose(points @ about["side"].T)[0] == pytest.approx(side + degrees, abs=3)
    assert pose(points @ about["down"].T)[1] == pytest.approx(down + degrees, abs=3)
    assert pose(points @ rolled.T) == pytest.approx((side, down), abs=0.01)


def test_eyes_painted_over_are_closed(finder, mesh):
    photo = photo_turned(0)
    face, points = found(finder, mesh, photo)
    before = mesh.eyes_open(photo, points)
    for row, col in face.eyes:
        skin = photo[int(row + 0.32 * face.eye_distance), int(col)].tolist()
        axes = int(0.26 * face.eye_distance), int(0.14 * face.eye_distance)
        cv2.ellipse(photo, (int(col), int(row)), axes, 0, 0, 360, skin, -1)
        cv2.ellipse(photo, (int(col), int(row) + 1), axes, 0, 30, 150, (30, 30, 40), 1)
    photo = cv2.GaussianBlur(photo, (0, 0), 0.8)
    assert mesh.eyes_open(photo, mesh.find(photo, face.box, face.eyes)) < before - 0.08


@pytest.mark.parametrize(
    ("eyes", "expected"),
    [
        # The eyes of a frame of 100 pixels at closeness 0.4 lie 20 apart, at row 41.5.
        ([[49.5, 39.5], [49.5, 59.5]], 0.08),
        ([[41.5, 39.5], [41.5, 59.5]], 0.0),
        ([[41.5, -60.5], [41.5, -40.5]], 1.0),
    ],
)
def test_the_share_beyond_the_edge_is_exact(eyes, expected):
    matrix = eyes_to_marks(np.array(eyes), eye_marks(100, 0.4))
    assert beyond_edge((100, 100), matrix, 100) == pytest.approx(expected, abs=1e-5)
