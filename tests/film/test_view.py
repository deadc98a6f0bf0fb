from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photomosaic.film.view import Rect, Zoom, eased

shares = st.floats(0, 1)
sides = st.floats(0.01, 0.9)


@st.composite
def zooms(draw):
    start = Rect(draw(st.floats(-5, 5)), draw(st.floats(-5, 5)), 30, 40)
    height, width = draw(sides) * 30, draw(sides) * 40
    top = start.top + draw(shares) * (30 - height)
    left = start.left + draw(shares) * (40 - width)
    return Zoom(start, Rect(top, left, height, width))


@given(zooms())
def test_a_zoom_begins_and_ends_where_it_says(zoom):
    assert zoom.at(0) == pytest.approx(zoom.start)
    assert zoom.at(1) == pytest.approx(zoom.end)


@given(zooms(), shares, shares)
def test_later_views_lie_inside_of_earlier_ones(zoom, one, other):
    early, late = zoom.at(min(one, other)), zoom.at(max(one, other))
    assert late.within(early, -1e-6)


@given(zooms(), st.floats(0, 0.9))
def test_equal_shares_enlarge_equally(zoom, share):
    def larger(share):
        return zoom.at(share).width / zoom.at(share + 0.1).width

    assert larger(share) == pytest.approx(larger(0))


def test_the_factor_is_the_mean_of_both_directions():
    assert Zoom(Rect(0, 0, 8, 9), Rect(0, 0, 2, 1)).factor == 6


def test_a_rectangle_is_seen_from_other_units():
    # The right half of a photo that lies in the cell of row 2 and column 3.
    half = Rect(0, 0.5, 1, 0.5)
    assert half.seen_from(Rect(0, 0, 1, 1), Rect(2, 3, 1, 1)) == Rect(2, 3.5, 1, 0.5)


def test_within_keeps_a_margin():
    outer = Rect(0, 0, 10, 10)
    assert Rect(1, 1, 8, 8).within(outer, 0.1)
    assert not Rect(0.9, 1, 8, 8).within(outer, 0.1)
    assert not Rect(1, 1, 8, 8.1).within(outer, 0.1)


def test_easing_is_level_at_both_ends():
    assert [eased(time, 0.2, 0.6) for time in (0, 0.2, 0.4, 0.6, 1)] == pytest.approx(
        [0, 0, 0.5, 1, 1]
    )
    assert eased(0.01) < 0.0004
    assert eased(0.99) > 0.9996
