from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from photomosaic.faces.groups import Wishes, grouped


def apart(count):
    """Return the number of a photo of its own for each face."""
    return np.arange(count)


@pytest.fixture
def three(person):
    """Return faces of three people, 6, 4 and 3, mixed, with the person of each."""
    faces = np.concatenate([person(0, 6), person(1, 4), person(2, 3)])
    who = np.repeat([0, 1, 2], [6, 4, 3])
    mixed = np.random.default_rng(1).permutation(13)
    return faces[mixed], who[mixed]


def test_each_person_is_a_group_the_largest_first(three):
    faces, who = three
    grouping = grouped(faces, apart(13))
    assert grouping.numbers.tolist() == who.tolist()
    assert grouping.count == 3
    assert (grouping.apart < 0.45).all()


def test_a_face_like_no_other_is_in_no_group(three, person):
    faces = np.concatenate([three[0], person(7, 1)])
    grouping = grouped(faces, apart(14))
    assert grouping.numbers[-1] == -1
    assert np.isinf(grouping.apart[-1])


def test_ages_are_joined_by_a_chain(person):
    ages = [person(0, 4, age=age) for age in (0.0, 0.25, 0.5, 0.75)]
    faces = np.concatenate([*ages, person(1, 4)])
    numbers = grouped(faces, apart(20)).numbers
    assert numbers.tolist() == [0] * 16 + [1] * 4
    gap = np.concatenate([ages[0], person(0, 4, age=0.9)])
    assert grouped(gap, apart(8)).count == 2


def test_brothers_in_the_same_photos_stay_apart(person):
    brothers = np.concatenate([person(0, 6), person(0, 6, age=0.38)])
    assert grouped(brothers, apart(12)).count == 1
    photos = np.tile(np.arange(6), 2)
    assert grouped(brothers, photos).numbers.tolist() == [0] * 6 + [1] * 6


def test_wishes_join_and_part(three):
    faces, who = three
    first = [int(np.flatnonzero(who == number)[0]) for number in range(3)]
    numbers = grouped(faces, apart(13), Wishes(together=[(first[1], first[2])])).numbers
    assert numbers.tolist() == np.where(who > 0, 0, 1).tolist()
    numbers = grouped(
        faces, apart(13), Wishes(apart=[(first[0], int(np.flatnonzero(who == 0)[1]))])
    )
    assert numbers.numbers[first[0]] == -1
    assert numbers.count == 3


def test_faces_of_different_names_are_never_one_person(person):
    faces = person(0, 8)
    assert grouped(faces, apart(8)).count == 1
    assert grouped(faces, apart(8), Wishes(named={0: 0, 1: 1})).count == 2


@pytest.mark.parametrize("count", [0, 1])
def test_none_and_one(person, count):
    grouping = grouped(person(0, count) if count else np.empty((0, 128), np.float32), apart(count))
    assert grouping.numbers.tolist() == [-1] * count
    assert grouping.count == 0


@given(st.integers(0, 2**32 - 1), st.integers(2, 30))
def test_any_faces_in_any_order_give_the_same_groups(seed, count):
    rng = np.random.default_rng(seed)
    faces = rng.normal(scale=0.05, size=(count, 128)).astype(np.float32)
    shuffled = rng.permutation(count)
    one = grouped(faces, apart(count)).numbers
    other = grouped(faces[shuffled], apart(count)).numbers
    together = one[shuffled][:, None] == one[shuffled]
    assert ((other[:, None] == other) == together).all()
