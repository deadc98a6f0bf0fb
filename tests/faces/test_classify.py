from __future__ import annotations

import numpy as np
import pytest

from photomosaic.faces.classify import (
    MOST_DISTANCE,
    MOST_DISTANCE_ALONE,
    Classifier,
    Trial,
    cross_validated,
    people,
)


@pytest.fixture
def crowd(person):
    """Return 20 people with three faces each."""
    return np.concatenate([person(number, 3) for number in range(100, 120)])


def test_the_target_is_told_from_people_who_are_known(person, crowd):
    classifier = Classifier(person(1, 5), crowd)
    assert not classifier.by_distance_alone
    assert classifier.accepts(person(1, 40), 0.8).all()
    assert not classifier.accepts(crowd, 0.8).any()


def test_the_target_is_told_from_strangers(person, crowd):
    classifier = Classifier(person(1, 5), crowd)
    strangers = np.concatenate([person(number, 3) for number in range(200, 260)])
    assert not classifier.accepts(strangers, 0.8).any()


def test_both_the_probability_and_the_distance_must_agree(person, crowd):
    positives = person(1, 5)
    classifier = Classifier(positives, crowd)
    # On the target's side of the boundary, but far away: what the regression alone would take.
    away = positives.mean(axis=0) - crowd.mean(axis=0)
    stranger = (positives.mean(axis=0) + 0.8 * away / np.linalg.norm(away))[None]
    judgement = classifier.judge(stranger.astype(np.float32))
    assert judgement.probabilities[0] > 0.8
    assert judgement.distances[0] > MOST_DISTANCE
    assert not classifier.accepts(stranger.astype(np.float32), 0.8).any()
    near = person(1, 3)
    assert classifier.accepts(near, 0.8).all()
    assert not classifier.accepts(near, 0.9999).any()


def test_distances_are_to_the_nearest_example(person):
    positives = person(1, 4)
    judgement = Classifier(positives, positives[:0]).judge(positives[2:3] + np.float32(0.01))
    assert judgement.distances[0] == pytest.approx(0.01 * np.sqrt(128), rel=1e-3)


@pytest.mark.parametrize(("positives", "negatives"), [(1, 9), (2, 9), (5, 0)])
def test_with_few_examples_distance_alone_decides(person, positives, negatives):
    target = person(1, positives)
    classifier = Classifier(target, person(2, negatives))
    assert classifier.by_distance_alone
    step = np.zeros(128, np.float32)
    step[0] = 1
    faces = target[:1] + np.outer([MOST_DISTANCE_ALONE - 0.01, MOST_DISTANCE_ALONE + 0.3], step)
    assert classifier.judge(faces).probabilities is None
    assert classifier.accepts(faces.astype(np.float32), 0.8).tolist() == [True, False]


def test_no_faces_are_no_error(person, crowd):
    none = np.empty((0, 128), np.float32)
    assert Classifier(person(1, 5), crowd).accepts(none, 0.8).tolist() == []
    assert Classifier(person(1, 1), none).accepts(none, 0.8).tolist() == []


def test_the_same_examples_give_the_same_numbers(person, crowd):
    faces = person(3, 20)
    one = Classifier(person(1, 5), crowd).judge(faces)
    other = Classifier(person(1, 5), crowd).judge(faces)
    assert np.array_equal(one.probabilities, other.probabilities)


def test_people_are_counted(crowd):
    numbers = people(crowd)
    assert numbers.max() == 19
    assert numbers.tolist() == np.repeat(np.arange(20), 3).tolist()
    assert people(crowd[:0]).tolist() == []


def test_the_trial_leaves_out_whole_people(person, crowd):
    assert cross_validated(person(1, 6), crowd, 0.8) == Trial(6, 6, 0, 60)


def test_the_trial_tells_of_a_wrong_example(person, crowd):
    positives = np.concatenate([person(1, 5), person(300, 1)])
    trial = cross_validated(positives, crowd, 0.8)
    assert (trial.found, trial.positives) == (5, 6)


def test_the_trial_tells_of_others_who_look_alike(person, crowd):
    twins = np.concatenate([person(1, 4, age=0.15), crowd])
    assert cross_validated(person(1, 8), twins, 0.8).false > 0


def test_few_examples_can_be_tried(person, crowd):
    assert cross_validated(person(1, 3), crowd[:1], 0.8).positives == 3
