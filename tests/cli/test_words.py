from __future__ import annotations

import logging
from pathlib import Path

import pytest

from photomosaic.animation.animation import Animation
from photomosaic.animation.gifsicle import NOT_SMALLER
from photomosaic.assignment.limits import Limits, feasible
from photomosaic.cli.animation_words import animation_line
from photomosaic.cli.mural_words import in_time
from photomosaic.cli.words import listed, log_notice


@pytest.fixture
def logged(caplog):
    """The lines that are logged, whether or not a script has set up logging before."""
    logger = logging.getLogger("photomosaic")
    logger.addHandler(caplog.handler)
    caplog.set_level(logging.INFO, "photomosaic")
    yield lambda: list(dict.fromkeys(caplog.messages))
    logger.removeHandler(caplog.handler)


@pytest.mark.parametrize(
    ("limits", "shape", "photos", "line"),
    [
        (Limits(max_uses=1), (1, 2), 1, "--max-uses 1 is too low for 2 cells and 1 photo; using 2"),
        (
            Limits(min_spacing=2),
            (1, 2),
            1,
            "--min-spacing 2 needs at least 2 photos, and there are 1; using 1",
        ),
        (
            Limits(use_all=True),
            (1, 1),
            2,
            "--use-all: 2 photos for 1 cell; using as many photos as there are cells, each once",
        ),
    ],
)
def test_a_relaxed_limit_in_words(logged, limits, shape, photos, line):
    _, relaxed = feasible(limits, shape, photos)
    for relaxation in relaxed:
        log_notice(relaxation)
    assert logged() == [line]


def test_a_notice_without_words_is_for_programs(logged):
    log_notice(object())
    assert logged() == []


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.1, "5 seconds"), (42, "40 seconds"), (200, "3 minutes")]
)
def test_times_in_words(seconds, words):
    assert in_time(seconds) == words


def test_many_photos_are_listed_whole_only_if_asked_for():
    photos = [(f"{i}.jpg", "is empty") for i in range(30)]
    assert len(listed(photos, verbose=True)) == 30
    assert listed(photos, verbose=False)[-1] == "  and 10 more; --verbose lists them all"


@pytest.mark.parametrize(
    ("reason", "level"), [(NOT_SMALLER, logging.INFO), ("gifsicle is missing", logging.WARNING)]
)
def test_a_gif_as_small_as_it_gets_is_no_reason_to_warn(caplog, logged, reason, level):
    animation = Animation(
        Path("a.gif"), 3, (20, 30), bytes=9000, unshrunk_bytes=9000, unshrunk_because=reason
    )
    assert animation_line(animation) == "a.gif: 3 frames of 30x20 pixels, 9.0 kB"
    assert logged() == [f"the GIF was not shrunk: {reason}"]
    assert {record.levelno for record in caplog.records} == {level}
