from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_faces import astronaut, drawn_person

from photomosaic.faces import detect
from photomosaic.faces.boxes import is_same_face, parts
from photomosaic.faces.detect import method
from photomosaic.faces.weights import find_weights


def bgr(rgb):
    return np.ascontiguousarray(rgb[..., ::-1])


def scaled(pixels, factor):
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=way)


def test_a_face_is_plain_numbers_in_its_place(finder):
    (face,) = finder.find(bgr(astronaut()))
    top, left, height, width = face.box
    assert [top, left, height, width] == pytest.approx([83, 99, 88, 88], abs=20)
    (left_row, left_col), (right_row, right_col) = face.eyes
    assert left_col < face.nose[1] < right_col
    assert face.nose[0] > max(left_row, right_row)
    assert face.eyes.dtype == face.embedding.dtype == np.float32
    assert face.turned < 0.1


def test_colours_reach_dlib_as_it_was_taught(finder):
    import dlib

    rgb, weights = astronaut(), find_weights()
    (box,), _, _ = dlib.get_frontal_face_detector().run(rgb, 0, 0.0)
    shape = dlib.shape_predictor(weights.landmarks)(rgb, box)
    model = dlib.face_recognition_model_v1(weights.embedding)
    (face,) = finder.find(bgr(rgb))
    swapped = model.compute_face_descriptor(bgr(rgb), shape)
    plain = np.array(model.compute_face_descriptor(rgb, shape))
    noise = np.linalg.norm(face.embedding - plain)
    # Only where the landmarks lie is better than dlib's.
    assert noise < 0.08
    assert np.linalg.norm(face.embedding - np.array(swapped)) > 2 * noise


def test_eyes_follow_the_photo_to_a_fraction_of_a_pixel(finder):
    photo = scaled(astronaut(), 2)
    (face,) = finder.find(bgr(photo))
    errors = []
    for angle, factor in ((8, 1.0), (-12, 0.8), (4, 0.6), (-5, 1.3), (15, 0.9)):
        turn = cv2.getRotationMatrix2D((300, 300), angle, factor)
        turned = cv2.warpAffine(
            photo, turn, (600, 600), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE
        )
        (again,) = finder.find(bgr(turned))
        expected = face.eyes[:, ::-1] @ turn[:, :2].T + turn[:, 2]
        far = np.hypot(*(again.eyes[:, ::-1] - expected).T)
        errors += (160 * far / again.eye_distance).tolist()
    assert np.median(errors) < 1.2


def test_large_photos_are_searched_smaller_and_told_in_their_own_pixels(finder, monkeypatch):
    photo = bgr(scaled(astronaut(), 3))
    (whole,) = finder.find(photo)
    monkeypatch.setattr(detect, "DEFAULT_SHARE", 6)
    (face,) = finder.find(photo)
    assert face.box == pytest.approx(whole.box, abs=50)
    # What is seen of the face comes from the photo's own pixels all the same.
    assert np.abs(face.eyes - whole.eyes).max() < 2
    assert np.linalg.norm(face.embedding - whole.embedding) < 0.15


@pytest.mark.parametrize("size", [33, 45])
def test_small_faces_are_found_beside_large_ones(finder, size):
    photo = np.full((1000, 1400, 3), 128, np.uint8)
    photo[50:950, 50:950] = bgr(scaled(astronaut(), 3))
    small = bgr(scaled(astronaut(), size / 88))
    photo[600 : 600 + len(small), 1100 : 1100 + len(small)] = small
    sizes = sorted(round(face.size) for face in finder.find(photo))
    assert sizes == [pytest.approx(size, rel=0.2), pytest.approx(264, rel=0.2)]


def test_the_smallest_face_is_that_asked_for_however_large_the_photo_is(finder, monkeypatch):
    monkeypatch.setattr(detect, "LONGEST_SIDE", 700)
    photo = np.full((500, 900, 3), 128, np.uint8)
    photo[20:320, 30:330] = bgr(astronaut())
    small = bgr(scaled(astronaut(), 0.45))
    # Also where the parts meet that are looked at one by one.
    corners = [(340, left) for left in range(30, 750, 170)]
    for top, left in corners:
        photo[top : top + len(small), left : left + len(small)] = small
    monkeypatch.setattr(finder, "_smallest", 36)
    _, *faces = sorted(finder.find(photo), key=lambda face: -face.size)
    expected = [(top + 83 * 0.45, left + 99 * 0.45) for top, left in corners]
    found = sorted((face.box[:2] for face in faces), key=lambda place: place[1])
    assert np.abs(np.array(found) - expected).max() < 12
    monkeypatch.setattr(finder, "_smallest", 60)
    (large,) = finder.find(photo)
    assert large.size > 60


@given(length=st.integers(1, 3000), side=st.integers(20, 900), overlap=st.integers(0, 19))
def test_parts_cover_all_and_share_enough(length, side, overlap):
    found = parts(length, side, overlap)
    assert (found[0][0], found[-1][1]) == (0, length)
    assert all(end - start <= side + 2 for start, end in found)
    assert all(end - start >= overlap for (_, end), (start, _) in pairwise(found))


def test_boxes_of_one_face_are_one_and_those_of_neighbours_stay():
    face, again, wider = (0.0, 0.0, 100.0, 100.0), (8.0, 8.0, 90.0, 90.0), (-15.0, -15.0, 130, 130)
    neighbour, within = (0.0, 80.0, 100.0, 100.0), (30.0, 30.0, 40.0, 40.0)
    assert [is_same_face(face, other) for other in (again, wider, neighbour, within)] == [
        *(True, True, False, False)
    ]


@pytest.mark.parametrize("angle", [-150, -90, -45, 60, 90, 180])
def test_faces_turned_by_any_angle_are_found_with_their_own_left_and_right(finder, angle):
    (face,) = finder.find(bgr(astronaut()))
    turn = cv2.getRotationMatrix2D((150, 150), angle, 0.75)
    turned = cv2.warpAffine(bgr(astronaut()), turn, (300, 300), borderMode=cv2.BORDER_REPLICATE)
    (again,) = finder.find(turned)
    expected = face.eyes[:, ::-1] @ turn[:, :2].T + turn[:, 2]
    assert np.abs(again.eyes[:, ::-1] - expected).max() < 1.5
    assert np.linalg.norm(again.embedding - face.embedding) < 0.25


def test_what_only_looks_like_a_face_from_afar_is_none(finder):
    photo = np.full((300, 300, 3), 200, np.uint8)
    for col in (120, 180):
        cv2.circle(photo, (col, 120), 12, (40, 40, 40), -1)
    cv2.ellipse(photo, (150, 190), (40, 12), 0, 0, 180, (40, 40, 40), -1)
    assert finder.find(photo) == ()


def test_several_faces_come_in_order(finder):
    group = np.full((420, 820, 3), 128, np.uint8)
    group[10:310, 10:310] = astronaut()
    group[10:310, 410:710] = drawn_person(0)
    faces = finder.find(bgr(group))
    assert len(faces) == 2
    assert [face.box for face in faces] == sorted(face.box for face in faces)


def test_a_face_at_the_edge_is_no_error(finder):
    for crop in (astronaut()[95:], astronaut()[:, 120:], astronaut()[:165], astronaut()[:, :170]):
        for face in finder.find(bgr(crop)):
            assert np.isfinite(face.embedding).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 900), (900, 1), (7, 5)])
def test_tiny_and_narrow_pictures_hold_no_face(finder, shape):
    assert finder.find(np.full((*shape, 3), 128, np.uint8)) == ()


def test_the_same_photo_gives_the_same_numbers(finder):
    one, other = (finder.find(bgr(astronaut()))[0] for _ in range(2))
    assert np.array_equal(one.embedding, other.embedding)
    assert np.array_equal(one.eyes, other.eyes)


def test_the_method_names_what_the_numbers_depend_on(monkeypatch):
    before = method()
    assert "dlib" in before
    assert len({before, method(30), method(40)}) == 3
    monkeypatch.setattr(detect, "LONGEST_SIDE", 1200)
    assert method() != before
