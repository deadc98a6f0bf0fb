from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_faces import face_of, photo_of

from photomosaic.dates.date_values import PhotoDate
from photomosaic.faces.choice import apart, within_limits
from photomosaic.faces.figures import Figures, compared
from photomosaic.faces.montage_list import ACCEPTED, LEFT_OUT, MATCH
from photomosaic.faces.search import Finding
from photomosaic.options.choice import ChoiceOptions
from photomosaic.options.fields import own_fields
from tools.benchmarks.face_frames import labelled_frames, what_limits_leave_out

REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "full" / "faces"
NOON = datetime(2020, 5, 17, 12)
EMBEDDING = np.zeros(128, np.float32)
SKIN = np.full((8, 3), 100, np.uint8)


def found(minute=None, *, status=MATCH, sharpness=200.0, **figures):
    face = face_of(EMBEDDING, sharpness=sharpness)
    date = None if minute is None else PhotoDate(NOON + timedelta(minutes=minute), "name")
    known = {"padding": 0.0, "turned": 5.0, "eyes_open": 0.35, **figures}
    return Finding(
        photo_of("a.jpg", face), face, 0.9, 0.3, status, date=date, figures=Figures(SKIN, **known)
    )


def minutes(findings):
    return [(one.when - NOON).total_seconds() / 60 for one in findings]


@pytest.mark.parametrize(
    ("bad", "limits", "reason"),
    [
        ({"turned": 30.26}, {"frontal": 25}, "turned by 30.3°, above 25"),
        ({"eyes_open": 0.1234}, {"eyes_open": 0.24}, "eyes open 0.123, below 0.24"),
        ({"sharpness": 12.34}, {"sharp": 45}, "sharpness 12.3, below 45"),
        ({"exposure": -1.8}, {"exposure": 1.5}, "1.80 stops darker, above 1.5"),
        ({"exposure": 1.8}, {"exposure": 1.5}, "1.80 stops brighter, above 1.5"),
        ({"padding": 31.0}, {"max_padding": 10}, "31.0 % border, above 10"),
        (
            {"padding": 31.0, "turned": 40.0},
            {"max_padding": 10, "frontal": 25},
            "turned by 40.0°, above 25; 31.0 % border, above 10",
        ),
    ],
)
def test_a_limit_leaves_out_what_exceeds_it_with_the_figure(bad, limits, reason):
    good, exceeding, accepted = found(), found(**bad), found(**bad, status=ACCEPTED)
    kept, others = within_limits([good, exceeding, accepted], ChoiceOptions(**limits))
    assert kept == [good, accepted]
    assert [(one.status, one.reason) for one in others] == [(LEFT_OUT, reason)]
    assert within_limits([exceeding], ChoiceOptions()) == ([exceeding], [])


def test_a_face_at_the_limit_is_kept():
    face = found(turned=25.0, eyes_open=0.24, sharpness=45.0, exposure=-1.5, padding=10.0)
    alone = {field.name: field.option.bare for field in own_fields(ChoiceOptions)}
    assert within_limits([face], ChoiceOptions(**alone))[0] == [face]


def test_the_best_of_a_burst_is_kept_and_the_others_tell_why():
    dull, best, closed = found(0), found(1, sharpness=300.0), found(2, sharpness=300, eyes_open=0.1)
    later, undated = found(30), found()
    kept, others = apart([dull, best, closed, later, undated], 10)
    assert kept == [best, later, undated]
    assert minutes(others) == [0, 2]
    assert {one.reason for one in others} == {"another taken within 10 minutes shows more"}


def test_what_is_accepted_stays_and_stands_for_its_burst():
    matches = [found(0, status=ACCEPTED, sharpness=1.0), found(1), found(2, status=ACCEPTED)]
    assert minutes(apart(matches, 10)[0]) == [0, 2]


@given(st.lists(st.integers(0, 300), max_size=25), st.integers(1, 60))
def test_frames_are_apart_and_nothing_more_could_be_kept(times, gap):
    matches = [found(minute, sharpness=float(i)) for i, minute in enumerate(times)]
    kept, others = apart(matches, gap)
    chosen = sorted(minutes(kept))
    assert all(b - a >= gap for a, b in pairwise(chosen))
    assert all(min(abs(minute - other) for other in chosen) < gap for minute in minutes(others))
    assert len(kept) + len(others) == len(matches)


def test_exposure_is_in_stops_from_the_median():
    # 188 is half the light of 255 (IEC 61966-2-1), 137 a quarter.
    figures = [Figures(np.full((5, 3), value, np.uint8), 0.0) for value in (188, 255, 137)]
    assert [one.exposure for one in compared(figures)] == pytest.approx([0, 1, -1], abs=0.02)
    assert compared([]) == []


@pytest.mark.skipif(not REAL.is_dir(), reason="needs the real photos")
def test_frames_labelled_by_eye_are_told_apart():
    lost, good, out, bad = what_limits_leave_out(labelled_frames(REAL))
    assert good >= 50
    assert bad >= 19
    assert lost <= 0.05 * good
    assert out >= 0.9 * bad
