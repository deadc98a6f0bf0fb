"""Tests for the parts of a photo that serve as its tiles."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from photomosaic.images.crop import Cut
from photomosaic.images.cuts import Focus, cuts_of

WIDE = Cut(0.0, 0.25, 1.0, 0.5)  # of a photo of 300x200 pixels (width x height), for tiles of 3:4
SIZE = 200, 300


def rectangles(cuts):
    return [
        (round(c.top, 4), round(c.left, 4), round(c.height, 4), round(c.width, 4)) for c in cuts
    ]


def overlap(cut, box):
    down = min(cut.top + cut.height, box[0] + box[2]) - max(cut.top, box[0])
    across = min(cut.left + cut.width, box[1] + box[3]) - max(cut.left, box[1])
    return max(0, down) * max(0, across) / (box[2] * box[3])


def test_one_cut_is_that_of_the_crop_whatever_it_slices():
    focus = Focus((0.5, 0.9), ((0.2, 0.2, 0.4, 0.2),))
    assert cuts_of(SIZE, WIDE, 1, focus) == (WIDE,)


def test_eight_cuts_are_the_first_its_ends_and_five_closer_ones():
    expected = [
        (0, 0.25, 1, 0.5),
        (0, 0, 1, 0.5),
        (0, 0.5, 1, 0.5),
        *((0.3 * a, 0.65 * b, 0.7, 0.35) for a, b in ((0, 0), (0, 1), (1, 0), (1, 1))),
        (0.15, 0.325, 0.7, 0.35),
    ]
    assert rectangles(cuts_of(SIZE, WIDE, 8, Focus())) == rectangles(Cut(*e) for e in expected)


def test_of_a_photo_of_the_tiles_aspect_the_ends_drop_out_and_others_stand_in():
    whole = Cut(0.0, 0.0, 1.0, 1.0)
    cuts = cuts_of((400, 300), whole, 8, Focus())
    assert [cut.height for cut in cuts] == [1.0] + [0.7] * 7
    assert len(set(cuts)) == 8


def test_fewer_cuts_are_the_first_of_more():
    many = cuts_of(SIZE, WIDE, 16, Focus((0.3, 0.6)))
    assert len(many) == 16
    for count in range(2, 16):
        assert cuts_of(SIZE, WIDE, count, Focus((0.3, 0.6))) == many[:count]


def test_a_cut_moves_just_far_enough_to_show_what_draws_attention():
    first, left, right, *_ = cuts_of(SIZE, WIDE, 3, Focus((0.5, 0.6)))
    assert rectangles([first, left, right]) == [
        (0, 0.25, 1, 0.5),
        (0, 0.1, 1, 0.5),
        (0, 0.5, 1, 0.5),
    ]


def test_what_lies_at_the_edge_of_the_photo_needs_no_margin():
    for cut in cuts_of(SIZE, WIDE, 16, Focus((0.0, 1.0))):
        assert (cut.top, cut.left + cut.width) == pytest.approx((0, 1))


def test_a_cut_holds_a_face_or_leaves_it_out():
    # From 0.45 to 0.55: the end on the left moves by 0.05 either way.
    face = 0.4, 0.45, 0.2, 0.1
    first, left, right = cuts_of(SIZE, WIDE, 3, Focus(faces=(face,)))
    assert rectangles([first]) == [(0, 0.25, 1, 0.5)]
    assert overlap(left, face) == pytest.approx(1)
    assert left.left == pytest.approx(0.05)
    assert right.left == pytest.approx(0.45)


def test_the_shorter_way_to_show_a_face_whole_or_not_at_all_is_taken():
    face = 0.4, 0.48, 0.2, 0.14
    _, left, right = cuts_of(SIZE, WIDE, 3, Focus(faces=(face,)))
    # Left of the photo's edge there is nothing; on the right the face is held sooner than left out.
    assert left.left == pytest.approx(0.12)
    assert right.left == pytest.approx(0.48)


def test_a_face_that_no_cut_can_hold_or_leave_out_leaves_the_first():
    assert cuts_of(SIZE, WIDE, 8, Focus(faces=((0.0, 0.1, 1.0, 0.8),))) == (WIDE,)


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (40, 1)])
def test_a_photo_of_few_pixels_has_as_many_cuts_as_are_different(size):
    first = Cut.around((0.5, 0.5), size, (4, 3))
    cuts = cuts_of(size, first, 16, Focus())
    assert len({cut.pixels(size) for cut in cuts}) == len(cuts)
    assert len(cuts) == 1 if size == (1, 1) else len(cuts) > 1


fractions = st.floats(0, 1, width=32)
boxes = st.tuples(fractions, fractions, st.floats(0.02, 0.5), st.floats(0.02, 0.5)).map(
    lambda box: (box[0] * (1 - box[2]), box[1] * (1 - box[3]), box[2], box[3])
)


@given(
    size=st.tuples(st.integers(1, 400), st.integers(1, 400)),
    tile=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    count=st.integers(2, 16),
    point=st.none() | st.tuples(fractions, fractions),
    faces=st.lists(boxes, max_size=4),
)
def test_cuts_lie_within_the_photo_and_show_what_matters(size, tile, count, point, faces):
    first = Cut.around((0.5, 0.5), size, tile)
    cuts = cuts_of(size, first, count, Focus(point, faces))
    assert 1 <= len(cuts) <= count
    assert len({cut.pixels(size) for cut in cuts}) == len(cuts)
    for cut in cuts:
        assert min(cut.top, cut.left) >= 0
        assert max(cut.top + cut.height, cut.left + cut.width) <= 1 + 1e-9
        assert cut.height / cut.width == pytest.approx(first.height / first.width)
        if cuts == (first,):
            continue
        if point is not None:
            assert cut.top - 1e-6 <= point[0] <= cut.top + cut.height + 1e-6
            assert cut.left - 1e-6 <= point[1] <= cut.left + cut.width + 1e-6
        for face in faces:
            shown = overlap(cut, face)
            assert shown < 1e-6 or shown > 1 - 1e-6


def test_a_mirrored_cut_shows_left_and_right_exchanged():
    photo = np.arange(12, dtype=np.uint8).reshape(2, 6, 1).repeat(3, axis=2)
    cut = Cut(0.0, 0.5, 1.0, 0.5, mirrored=True)
    assert cut.of(photo)[..., 0].tolist() == [[5, 4, 3], [11, 10, 9]]
