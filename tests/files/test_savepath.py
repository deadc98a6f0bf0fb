from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photomosaic.errors import InputError
from photomosaic.files.savepath import fill_savepath, fitting
from photomosaic.jobs.targets import savepath_of

TARGET = Path("some/2018-04-01 12.30.jpg")


@pytest.mark.parametrize(
    ("template", "scales", "expected"),
    [
        ("out/%s-mosaic-scale-%d.jpg", [8], "out/2018-04-01 12.30-mosaic-scale-8.jpg"),
        ("plain.png", [8], "plain.png"),
        ("%d.png", [8], "8.png"),
        ("%s%s.png", [8], "2018-04-01 12.302018-04-01 12.30.png"),
        ("100%%/%d%%.png", [8], "100%/8%.png"),
        ("%s-from-%d-to-%d.gif", [5, 25], "2018-04-01 12.30-from-5-to-25.gif"),
        ("%d.gif", [5, 25], "5.gif"),
        ("100%done/50% off/%s/%d.png", [8], "100%done/50% off/2018-04-01 12.30/8.png"),
    ],
)
def test_marks_are_filled_in(template, scales, expected):
    assert fill_savepath(template, TARGET, scales) == Path(expected)


@pytest.mark.parametrize(
    ("template", "named"),
    [
        ("%q.jpg", "%q"),
        ("%08d.jpg", "%0"),
        ("a%", "%"),
        ("%d-%d.jpg", "one %d too many"),
        ("%\n.jpg", r"%\\n"),
        ("", "empty"),
        ("a\0b.jpg", "empty or no path"),
    ],
)
def test_other_marks_are_refused(template, named):
    with pytest.raises(InputError, match=named) as caught:
        fill_savepath(template, TARGET, [8])
    assert "\n" not in str(caught.value)


def test_a_job_names_the_option():
    with pytest.raises(InputError, match=r"^--savepath: %q\.jpg has an unknown mark"):
        savepath_of("%q.jpg", TARGET, [8])


def test_marks_in_the_targets_name_stay_as_they_are():
    assert fill_savepath("%s.png", Path("50%d of %s.jpg"), [8]) == Path("50%d of %s.png")


def test_home_is_filled_in(monkeypatch):
    monkeypatch.setenv("HOME", "/home/somebody")
    assert fill_savepath("~/%s.png", Path("a.jpg"), [8]) == Path("/home/somebody/a.png")


def test_the_home_of_nobody_is_refused():
    with pytest.raises(InputError, match=r"^~nosuchuser/a\.png: there is no such user$"):
        fill_savepath("~nosuchuser/a.png", Path("t.jpg"), [])


@given(st.text(st.characters(exclude_characters="%\0~", codec="utf-8"), min_size=1))
def test_a_template_without_marks_is_a_path(text):
    assert fill_savepath(text, TARGET, [8]) == Path(text)


def test_a_name_that_would_be_too_long_is_shortened():
    target = Path("日" * 83 + "ab.png")
    filled = fill_savepath("out/%s-mosaic-scale-%d.jpg", target, [10])
    assert filled == Path("out") / ("日" * 78 + "-mosaic-scale-10.jpg")
    assert len(os.fsencode(filled.name)) <= 255
    assert fill_savepath("%s.png", target, []) == Path("日" * 83 + "ab.png")
    assert fitting("é" * 127, "-sheets.pdf") == "é" * 122 + "-sheets.pdf"


def test_a_name_that_the_user_gave_is_not_changed():
    assert fill_savepath("日" * 90 + ".png", Path("a.png"), []) == Path("日" * 90 + ".png")
