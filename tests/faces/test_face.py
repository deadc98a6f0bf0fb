from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_faces import face_of

from photomosaic.faces.face import distances, embeddings_of, from_bytes, to_bytes


@given(st.integers(0, 4), st.integers(0, 2**32 - 1))
def test_faces_come_back_from_bytes_as_they_were(count, seed):
    rng = np.random.default_rng(seed)
    faces = [
        face_of(rng.normal(size=128).astype(np.float32), size=50.5 + i, picture=rng.bytes(7 * i))
        for i in range(count)
    ]
    again = from_bytes(to_bytes(faces))
    assert len(again) == count
    for one, other in zip(faces, again, strict=True):
        numbers = [[*face.box, *face.nose, face.score, face.sharpness] for face in (one, other)]
        assert numbers[0] == pytest.approx(numbers[1], rel=1e-6)
        assert one.picture == other.picture
        assert np.array_equal(one.eyes, other.eyes)
        assert np.array_equal(one.embedding, other.embedding)


@pytest.mark.parametrize(
    "bad", [lambda d: d[:-1], lambda d: d + b"x", lambda d: d[:3], lambda d: d[:99]]
)
def test_bytes_that_are_cut_off_or_too_many_are_refused(bad):
    with pytest.raises(ValueError, match=r"buffer size|bytes for"):
        from_bytes(bad(to_bytes([face_of(np.zeros(128), picture=b"jpeg")])))


def test_shapes_are_checked():
    with pytest.raises(ValueError, match="embedding"):
        face_of(np.zeros(127, np.float32))


def test_distances_are_euclidean():
    one = np.zeros((2, 128), np.float32)
    one[1, 0] = 3
    other = np.zeros((3, 128), np.float32)
    other[2, 1] = 4
    assert distances(one, other).tolist() == [[0, 0, 4], [3, 3, 5]]
    assert distances(one[:0], other).shape == (0, 3)
    assert embeddings_of([]).shape == (0, 128)


def test_turned_is_the_noses_place_along_the_eyes():
    front = face_of(np.zeros(128))
    assert front.turned == pytest.approx(0, abs=1e-6)
    assert front.eye_distance == pytest.approx(40)
    assert face_of(np.zeros(128), nose=(60, 60)).turned == pytest.approx(0.25)
    # A nose that is lower is no turn.
    assert face_of(np.zeros(128), nose=(90, 50)).turned == pytest.approx(0, abs=1e-6)
