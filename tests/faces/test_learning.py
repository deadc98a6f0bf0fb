from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from made_faces import face_of, photo_of

from photomosaic.faces import learning
from photomosaic.faces.decisions import Decisions
from photomosaic.faces.examples import Examples
from photomosaic.faces.learning import learning_search
from photomosaic.faces.montage_list import ACCEPTED, REJECTED
from photomosaic.faces.search import search
from photomosaic.faces.strangers import Strangers, find_strangers, key_in


def examples(embeddings, name):
    faces = [face_of(embedding) for embedding in embeddings]
    return Examples(faces, [f"/{name}/{i}.jpg" for i in range(len(faces))])


def photos(embeddings, name):
    return [photo_of(f"{name}{i}.jpg", face_of(one)) for i, one in enumerate(embeddings)]


@pytest.fixture
def learned(person):
    """Return a function that searches faces of a person of several ages, given the first age."""

    def run(*found, decisions=None, count=4, confidence=0.8):
        library = [photo for group in found for photo in group]
        look = partial(
            search,
            library,
            decisions=decisions or Decisions(),
            confidence=confidence,
            min_face_size=20,
            all_faces=False,
        )
        others = [embedding for number in range(5, 9) for embedding in person(number, 4)]
        targets = examples(person(0, count), "target")
        return learning_search(look, library, targets, examples(others, "others"))

    return run


def names(findings):
    return {finding.photo.title for finding in findings}


def test_sure_finds_bring_in_what_the_examples_do_not_show(person, learned):
    steps = (0.22, 0.44, 0.66)
    ages = [photos(person(0, 3, age=age), f"age {age} ") for age in steps]
    result = learned(*ages)
    everybody = {f"age {age} {i}.jpg" for age in steps for i in range(3)}
    assert names(result.found.matches) == everybody
    later = next(one for one in result.found.matches if one.photo.title == "age 0.44 0.jpg")
    assert later.reason.startswith("learned from age 0.22 ")
    assert ".jpg < " in later.reason
    # As it was judged before it was an example.
    assert all(one.distance > 0.1 for one in result.found.matches)
    # Without the years between, nothing leads there; nor from two examples.
    assert not learned(ages[2]).found.matches
    assert names(learned(*ages, count=2).found.matches) < everybody


def test_strangers_stay_strangers_and_serve_as_others(person, learned):
    known, new = photos(person(5, 5), "known "), photos(person(11, 5), "new ")
    result = learned(photos(person(0, 2), "target "), known, new)
    assert names(result.found.matches) == {"target 0.jpg", "target 1.jpg"}
    assert result.others == 10


def test_one_who_looks_alike_and_is_there_often_is_nobody_new(person, learned, monkeypatch):
    between = photos(person(0, 6, age=0.22), "between ")
    rng = np.random.default_rng(1)
    middle = person(0, 60, age=0.22).mean(axis=0)
    aside = np.array([0.3, *[0.6] * 5], np.float32)[:, None] * np.eye(128, dtype=np.float32)[0]
    noise = rng.normal(scale=0.004, size=(6, 128)).astype(np.float32)
    alike = photos(middle + aside + noise, "alike ")
    run = partial(learned, between, confidence=0.97)
    assert "alike 0.jpg" not in names(run(alike).found.matches)
    # Alone, or without the guard, it is taken.
    assert "alike 0.jpg" in names(run(alike[:1]).found.matches)
    monkeypatch.setattr(learning, "find_strangers", lambda *_: Strangers())
    assert "alike 0.jpg" in names(run(alike).found.matches)


def test_what_people_rejected_teaches_nothing(person, learned):
    between = photos(person(0, 3, age=0.22), "between ")
    later = photos(person(0, 3, age=0.44), "later ")
    rejected = Decisions({photo.hash: [(50.0, 50.0, REJECTED, "")] for photo in between})
    assert len(learned(between, later).found.matches) == 6
    assert names(learned(between, later, decisions=rejected).found.matches) == names(
        learned(later).found.matches
    )
    accepted = Decisions({later[0].hash: [(50.0, 50.0, ACCEPTED, "")]})
    assert learned(later, decisions=accepted).examples >= 1


def test_groups_with_an_example_or_a_find_are_no_strangers(person):
    one, two, few = (photos(person(n, 5), f"{n} ") for n in (1, 2, 3))
    library = [*one, *two, *few[:2]]
    targets = np.stack([one[0].faces[0].embedding, *person(9, 2)])
    found = find_strangers(library, targets, set())
    assert found.keys == {key_in(photo, photo.faces[0]) for photo in two}
    assert len(found.all) == len(found.surest) == 5
    finds = {key_in(two[3], two[3].faces[0])}
    assert find_strangers(library, targets, finds).keys == set()
    assert find_strangers([], targets, finds).keys == set()
