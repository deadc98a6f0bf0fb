from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest
from made_faces import face_of, photo_of

from photomosaic.dates.date_values import PhotoDate
from photomosaic.dates.embedded_dates import EmbeddedDates
from photomosaic.faces.classify import Classifier
from photomosaic.faces.decisions import Decisions
from photomosaic.faces.montage_list import ACCEPTED, LEFT_OUT, MATCH, NEAR_MISS, REJECTED
from photomosaic.faces.order import best_of_each, in_order, visibility
from photomosaic.faces.search import as_probability, search

NOBODY = np.empty((0, 128), np.float32)


@pytest.fixture
def look(person):
    """Return a function that searches photos for person 1, by distance alone or not."""
    crowd = np.concatenate([person(number, 2) for number in range(100, 120)])

    def look(*photos, alone=False, decisions=None, **options):
        classifier = Classifier(person(1, 4), NOBODY if alone else crowd)
        options = {"confidence": 0.8, "min_face_size": 30, "all_faces": False} | options
        return search(photos, classifier, decisions or Decisions(), **options)

    return look


@pytest.fixture
def at_distance(person):
    """Return a function that makes faces at a distance from the nearest example of person 1."""
    from photomosaic.faces.face import distances

    examples = person(1, 4)

    def make(distance, **fields):
        step = np.random.default_rng(int(distance * 1000)).normal(size=128)
        step /= np.linalg.norm(step)
        low, high = 0.0, 2.0
        for _ in range(40):
            middle = (low + high) / 2
            face = (examples[0] + middle * step).astype(np.float32)
            near = distances(face[None], examples).min() < distance
            low, high = (middle, high) if near else (low, middle)
        return face_of(face, **fields)

    return make


def statuses(found):
    return {
        finding.photo.file.path.rpartition("/")[2]: finding.status
        for finding in (*found.matches, *found.near_misses, *found.rejected, *found.others)
    }


def test_matches_near_misses_and_others_by_distance(look, at_distance):
    photos = [photo_of(f"{d}.jpg", at_distance(d)) for d in (0.2, 0.49, 0.51, 0.59, 0.61, 0.9)]
    found = look(*photos, alone=True)
    assert (found.photos, found.faces) == (6, 6)
    assert statuses(found) == {
        "0.2.jpg": MATCH,
        "0.49.jpg": MATCH,
        "0.51.jpg": NEAR_MISS,
        "0.59.jpg": NEAR_MISS,
        "0.61.jpg": "",
        "0.9.jpg": "",
    }
    assert found.near_misses[0].reason == "distance 0.51, not below 0.5"
    assert as_probability(found.matches[0]) == "d0.20"


def test_the_limit_of_probability(look, person):
    (face,) = (face_of(embedding) for embedding in person(1, 1))
    photo = photo_of("a.jpg", face)
    (match,) = look(photo).matches
    assert as_probability(match) == f"p{match.probability - 0.005:.2f}"
    higher = (1 + match.probability) / 2
    (miss,) = look(photo, confidence=higher).near_misses
    assert miss.reason.startswith(f"probability {match.probability - 0.005:.2f}, below")


def test_one_face_of_each_photo(look, person):
    twins = photo_of(
        "mirror.jpg", *(face_of(e, left=200.0 * i) for i, e in enumerate(person(1, 2)))
    )
    found = look(twins)
    assert len(found.matches) == len(found.near_misses) == 1
    assert found.matches[0].likeness > found.near_misses[0].likeness
    assert found.near_misses[0].reason == "another face is likelier"
    assert len(look(twins, all_faces=True).matches) == 2


def test_small_faces_are_no_matches(look, person):
    photo = photo_of("a.jpg", face_of(person(1, 1)[0], size=29))
    (miss,) = look(photo).near_misses
    assert miss.reason == "face of 29 pixels, below 30"
    assert look(photo, min_face_size=20).matches


def test_what_this_toolkit_made_is_passed_over(look, person):
    found = look(photo_of("frame.jpg", face_of(person(1, 1)[0]), own_output=True))
    assert (found.photos, found.matches) == (0, [])


def test_nothing_to_search(look):
    assert look().matches == []


def test_decisions_overrule(look, person):
    mine, guest = face_of(person(1, 1)[0]), face_of(person(50, 1)[0], left=300)
    photo = photo_of("a.jpg", mine, guest)
    there = (50.0, 50.0), (50.0, 350.0)
    decisions = Decisions({photo.hash: [(*there[0], REJECTED, "by me")]})
    found = look(photo, decisions=decisions)
    assert (found.matches, found.rejected[0].face, found.rejected[0].reason) == ([], mine, "by me")
    decisions = Decisions({photo.hash: [(*there[1], ACCEPTED, "")]})
    found = look(photo, decisions=decisions)
    assert [match.face for match in found.matches] == [guest]
    elsewhere = Decisions({photo.hash: [(400.0, 50.0, REJECTED, "")], b"other": []})
    assert look(photo, decisions=elsewhere).matches


def dated(look, person, *days, **fields):
    photos = []
    for name, day in days:
        taken = day and PhotoDate(datetime.fromisoformat(day), "EXIF DateTimeOriginal")
        face = face_of(person(1, 1)[0], **fields.get(name, {}))
        photos.append(photo_of(name, face, dates=EmbeddedDates(taken, None), mtime_ns=10**18))
    return [match.dated() for match in look(*photos).matches]


def paths(matches):
    return [match.photo.file.path.rpartition("/")[2] for match in matches]


def test_by_age(look, person):
    days = [
        ("c.jpg", "2012-01-01"),
        ("x.jpg", None),
        ("a.jpg", "2015-01-01"),
        ("b.jpg", "2009-01-01"),
    ]
    matches = dated(look, person, *days)
    assert paths(in_order(matches, "age", 0)) == ["b.jpg", "c.jpg", "a.jpg", "x.jpg"]
    assert paths(in_order(matches, "age-descending", 0)) == ["a.jpg", "c.jpg", "b.jpg", "x.jpg"]
    assert matches[1].date.source == "file time"
    assert matches[1].when is None


def test_photos_of_one_time_are_in_natural_order(look, person):
    names = ["IMG_10.jpg", "IMG_9.jpg", "IMG_1.jpg"]
    matches = dated(look, person, *((name, "2012-01-01") for name in names))
    assert paths(in_order(matches, "age", 0)) == ["IMG_1.jpg", "IMG_9.jpg", "IMG_10.jpg"]


def test_at_random_the_seed_decides_and_not_the_listing(look, person):
    matches = dated(look, person, *((f"{i}.jpg", "2012-01-01") for i in range(20)))
    one = paths(in_order(matches, "random", 1))
    assert paths(in_order(matches[::-1], "random", 1)) == one
    assert paths(in_order(matches, "random", 2)) != one
    assert sorted(one) == sorted(paths(matches))


def test_by_confidence(look, person):
    photos = [photo_of(f"{i}.jpg", face_of(e)) for i, e in enumerate(person(1, 8, spread=0.03))]
    ordered = in_order(look(*photos).matches, "confidence", 0)
    probabilities = [match.probability for match in ordered]
    assert probabilities == sorted(probabilities, reverse=True)


@pytest.mark.parametrize(
    ("interval", "kept"),
    [("day", 5), ("week", 4), ("month", 3), ("year", 2)],
)
def test_one_of_each_interval(look, person, interval, kept):
    days = [
        "2018-12-30",
        "2018-12-31",
        "2019-01-01",
        "2019-01-01T12:00:00",
        "2019-01-09",
        "2019-02-09",
    ]
    matches = dated(
        look, person, *((f"{i}.jpg", day) for i, day in enumerate(days)), ("x.jpg", None)
    )
    shown, others = best_of_each(matches, interval)
    assert len(shown) == kept + 1 - (interval == "week") * 0
    assert "x.jpg" in paths(shown)
    assert sorted(paths(shown) + paths(others)) == sorted(paths(matches))
    assert {other.status for other in others} <= {LEFT_OUT}


def test_the_one_that_shows_most_is_kept(look, person):
    days = [(name, "2019-01-01") for name in ("blurred.jpg", "good.jpg", "turned.jpg", "small.jpg")]
    fields = {
        "blurred.jpg": {"sharpness": 10.0},
        "turned.jpg": {"nose": (60.0, 62.0)},
        "small.jpg": {"size": 40.0},
    }
    shown, _ = best_of_each(dated(look, person, *days, **fields), "day")
    assert paths(shown) == ["good.jpg"]
    assert 0 <= visibility(shown[0].face) <= 1
