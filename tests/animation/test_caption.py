from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photomosaic.images.caption import captioned

GREY = 128
ODD_TEXTS = [
    "",
    " ",
    "🎂🎉 Geburtstag",
    "👩‍👩‍👧‍👦",
    "שלום עולם",
    "日本語",
    "two\nlines",
    "\r\n",
    "a\tb",
    "\0\x01\x7f",
    "\udce9",
    "e\u0301" * 40,
    "x" * 255,
    "W" * 255,
]


def grey(height, width):
    return np.full((height, width, 3), GREY, np.uint8)


def changed(height, width, text):
    picture = grey(height, width)
    found = captioned(picture, text)
    assert found.shape == picture.shape
    assert found.dtype == np.uint8
    assert (picture == GREY).all(), "what was handed in is left alone"
    return (found != GREY).any(axis=2)


def test_words_stand_at_the_lower_left():
    where = np.argwhere(changed(300, 400, "2019-07-14"))
    assert len(where) > 100
    (top, left), (bottom, right) = where.min(axis=0), where.max(axis=0)
    assert top >= 300 - 9 - 15 - 2
    assert bottom < 300 - 9 + 6
    assert 9 - 2 <= left <= 9 + 2
    assert right < 200


@pytest.mark.parametrize("size", [(300, 400), (400, 300), (1000, 700), (60, 80), (1000, 100)])
def test_a_long_name_ends_within_the_picture(size):
    where = np.argwhere(changed(*size, "Wy" * 100))
    margin = max(1, round(min(size) * 0.03))
    assert where[:, 0].min() >= size[0] - margin - max(8, 0.05 * min(size)) * 1.1 - 2
    assert where[:, 1].min() >= margin - 2
    assert where[:, 1].max() <= size[1] - margin + 2
    assert where[:, 1].max() >= size[1] * 0.75, "as much is shown as there is room for"


def test_words_can_be_read_on_any_picture():
    for shade in (0, 128, 255):
        found = captioned(np.full((300, 400, 3), shade, np.uint8), "IMG_0042")
        words = found[270:, :100]
        assert words.max() == 255
        assert words.min() == 0


def test_other_words_look_otherwise():
    one, other = (captioned(grey(100, 300), text) for text in ("2019-01-02", "2019-01-03"))
    assert not np.array_equal(one, other)


def test_no_words_leave_the_picture_as_it_is():
    assert not changed(50, 70, "").any()


@pytest.mark.parametrize("text", ODD_TEXTS, ids=lambda text: ascii(text[:12]))
def test_odd_texts(text):
    for size in [(120, 160), (3, 200), (1, 1), (200, 2)]:
        where = changed(*size, text)
        if size == (120, 160):
            assert not where[:100].any()


@settings(max_examples=60)
@given(text=st.text(max_size=60), size=st.tuples(st.integers(1, 80), st.integers(1, 80)))
def test_any_text_on_any_picture(text, size):
    where = np.argwhere(changed(*size, text))
    if len(where):
        assert where[:, 0].min() >= size[0] - 25
