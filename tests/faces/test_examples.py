from __future__ import annotations

import numpy as np
import pytest
from made_faces import face_of, photo_of, scan_of

from photomosaic.errors import InputError
from photomosaic.faces.examples import other_examples, target_examples


def faces(embeddings, **fields):
    return [face_of(embedding, **fields) for embedding in embeddings]


def photos(name, found):
    return [photo_of(f"{name}{i}.jpg", face) for i, face in enumerate(found)]


def names(pairs):
    return [path.rpartition("/")[2] for path, _ in pairs]


def test_the_only_face_is_meant(person):
    target = faces(person(1, 3))
    examples = target_examples(scan_of(*photos("a", target)))
    assert [face is other for face, other in zip(examples.faces, target, strict=True)] == [True] * 3
    assert examples.left_out == []
    assert examples.embeddings.shape == (3, 128)


def test_the_largest_face_is_meant(person):
    (target,), (guest,) = faces(person(1, 1), size=150), faces(person(2, 1), size=100)
    assert target_examples(scan_of(photo_of("a.jpg", guest, target))).faces == [target]


def test_of_faces_of_one_size_the_one_like_the_others_is_meant(person):
    target, (guest,) = faces(person(1, 4)), faces(person(2, 1), size=110)
    group = photo_of("group.jpg", guest, target[3])
    examples = target_examples(scan_of(*photos("a", target[:3]), group))
    assert examples.faces[3] is target[3]


def test_a_group_without_the_target_is_left_out(person):
    target, guests = faces(person(1, 3)), faces(person(2, 1)) + faces(person(3, 1))
    examples = target_examples(scan_of(*photos("a", target), photo_of("group.jpg", *guests)))
    assert len(examples.faces) == 3
    assert names(examples.left_out) == ["group.jpg"]


def test_the_largest_face_gives_way_to_the_one_like_the_others(person):
    target, (guest,) = faces(person(1, 5)), faces(person(2, 1), size=200)
    photo = photo_of("guest in front.jpg", guest, target[4])
    examples = target_examples(scan_of(*photos("a", target[:4]), photo))
    assert examples.faces[4] is target[4]


def test_of_groups_alone_the_face_that_all_show_is_meant(person):
    target = faces(person(1, 3))
    groups = [
        photo_of(f"{i}.jpg", *faces(person(10 + i, 1)), target[i], *faces(person(20 + i, 1)))
        for i in range(3)
    ]
    assert target_examples(scan_of(*groups)).faces == target


def test_one_group_alone_does_not_tell_who_is_meant(person):
    group = photo_of("group.jpg", *faces(person(1, 1)), *faces(person(2, 1)))
    with pytest.raises(InputError, match=r"cannot tell who is meant.*group\.jpg.*crop"):
        target_examples(scan_of(group))


@pytest.mark.parametrize("wrong", [1, 2])
def test_faces_like_none_of_the_others_are_left_out_by_name(person, wrong):
    strangers = photos("wrong", faces(person(2, wrong)))
    examples = target_examples(scan_of(*photos("a", faces(person(1, 6))), *strangers))
    assert len(examples.faces) == 6
    assert names(examples.left_out) == [f"wrong{i}.jpg" for i in range(wrong)]
    assert "not like the other photos" in examples.left_out[0][1]


def test_a_child_that_grows_up_stays_one_person(person):
    years = [face for age in np.linspace(0, 0.9, 10) for face in faces(person(1, 1, age=age))]
    apart = np.linalg.norm(years[0].embedding - years[-1].embedding)
    assert apart > 0.8
    assert len(target_examples(scan_of(*photos("a", years))).faces) == 10


def test_two_people_in_equal_parts_leave_one(person):
    both = [*photos("a", faces(person(1, 4))), *photos("b", faces(person(2, 4)))]
    examples = target_examples(scan_of(*both))
    assert len(examples.faces) == 4
    assert len(examples.left_out) == 4


def test_photos_without_a_face_are_named(person):
    examples = target_examples(scan_of(photo_of("wall.jpg"), *photos("a", faces(person(1, 2)))))
    assert examples.left_out == [("/photos/wall.jpg", "no face was found")]


@pytest.mark.parametrize(
    ("scan", "message"),
    [
        (scan_of(), "no photo in it"),
        (scan_of(photo_of("wall.jpg"), photo_of("door.jpg")), "no face was found in 2 photos"),
        (scan_of(unreadable=[("/photos/x.jpg", "damaged")]), r"x\.jpg: damaged"),
    ],
)
def test_nobody_to_look_for(scan, message):
    with pytest.raises(InputError, match=message):
        target_examples(scan)


def test_all_faces_of_others_count(person):
    targets = target_examples(scan_of(*photos("a", faces(person(1, 3)))))
    group = photo_of("group.jpg", *faces(person(2, 1)), *faces(person(3, 1)))
    examples = other_examples(scan_of(group, photo_of("wall.jpg")), targets, frozenset())
    assert len(examples.faces) == 2
    assert examples.left_out == []


def test_the_target_among_the_others_is_left_out_by_name(person):
    targets = target_examples(scan_of(*photos("a", faces(person(1, 3)))))
    party = photo_of("party.jpg", *faces(person(1, 1)), *faces(person(3, 1)))
    same = photo_of("a0.jpg", *faces(person(9, 1)))
    examples = other_examples(scan_of(party, same), targets, frozenset([same.hash]))
    assert len(examples.faces) == 1
    assert examples.left_out == [
        ("/photos/party.jpg", "shows the target"),
        ("/photos/a0.jpg", "lies among the target's photos too"),
    ]


@pytest.mark.parametrize("empty", [True, False])
def test_nobody_but_the_target_among_the_others(person, empty):
    own = photos("a", faces(person(1, 3)))
    targets = target_examples(scan_of(*own))
    scan = scan_of(photo_of("wall.jpg")) if empty else scan_of(*own)
    message = "no face was found in 1 photo;" if empty else "nobody but the target"
    with pytest.raises(InputError, match=message):
        other_examples(scan, targets, frozenset())


def test_a_folder_of_different_people_is_no_target(person):
    everybody = [face for number in range(9) for face in faces(person(number, 1))]
    same = faces(person(20, 4))
    with pytest.raises(InputError, match="different people: only 1 of 9 faces are alike"):
        target_examples(scan_of(*photos("a", everybody)))
    with pytest.raises(InputError, match="only 4 of 13 faces are alike; name a folder of one"):
        target_examples(scan_of(*photos("a", [*everybody, *same])))
    assert len(target_examples(scan_of(*photos("a", [*everybody[:4], *same]))).faces) == 4
