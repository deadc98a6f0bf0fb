from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from photomosaic.animation.effects import of_height, steadied
from photomosaic.animation.morph import morphed


def crossfaded(frames, steps):
    return morphed(((frame, None) for frame in frames), steps)


def flat(*colour):
    return np.full((1, 1, 3), colour, np.uint8)


def colours(frames):
    return [tuple(int(value) for value in frame[0, 0]) for frame in frames]


def test_crossfading_puts_even_blends_between_frames():
    frames = [flat(0, 100, 255), flat(100, 0, 255), flat(0, 0, 0)]
    assert colours(crossfaded(frames, 3)) == [
        (0, 100, 255),
        (25, 75, 255),
        (50, 50, 255),
        (75, 25, 255),
        (100, 0, 255),
        (75, 0, 191),
        (50, 0, 128),
        (25, 0, 64),
        (0, 0, 0),
    ]


@given(count=st.integers(0, 5), steps=st.integers(0, 4), seed=st.integers(0, 9))
def test_crossfading_keeps_the_frames_themselves(count, steps, seed):
    frames = list(np.random.default_rng(seed).integers(0, 256, (count, 3, 4, 3), np.uint8))
    found = list(crossfaded(frames, steps))
    assert len(found) == max(0, count + (count - 1) * steps)
    assert all(np.array_equal(a, b) for a, b in zip(found[:: steps + 1], frames, strict=True))
    for number, frame in enumerate(found):
        first, share = divmod(number, steps + 1)
        if share:
            low, high = np.sort(frames[first : first + 2], axis=0)
            assert ((frame >= low) & (frame <= high)).all()


def test_without_fuzz_frames_stay_as_they_are():
    frames = [flat(1, 2, 3), flat(1, 2, 4)]
    assert all(a is b for a, b in zip(steadied(frames, 0), frames, strict=True))


def test_all_fuzz_leaves_nothing_but_the_first_frame():
    assert colours(steadied([flat(0, 0, 0), flat(255, 255, 255), flat(9, 9, 9)], 100)) == (
        [(0, 0, 0)] * 3
    )


def test_a_pixel_stays_up_to_the_limit_itself():
    # 20 percent of the distance from black to white, 255 * sqrt(3), is 51 in each channel.
    stays, changes = flat(51, 51, 51), flat(51, 51, 52)
    assert colours(steadied([flat(0, 0, 0), stays], 20)) == [(0, 0, 0)] * 2
    assert colours(steadied([flat(0, 0, 0), changes], 20)) == [(0, 0, 0), (51, 51, 52)]
    # The distance counts, whichever channels it is made of.
    assert colours(steadied([flat(0, 0, 0), flat(0, 88, 0)], 20))[1] == (0, 0, 0)
    assert colours(steadied([flat(0, 0, 0), flat(0, 89, 0)], 20))[1] == (0, 89, 0)


def test_slow_changes_are_not_lost():
    shades = [flat(value, value, value) for value in range(0, 20, 2)]
    found = [colour[0] for colour in colours(steadied(shades, 2))]
    assert found == [0, 0, 0, 6, 6, 6, 12, 12, 12, 18]


def test_each_pixel_is_calmed_for_itself():
    before = np.full((2, 3, 3), 100, np.uint8)
    after = before.copy()
    after[0, 1] += 3
    after[1, 2] += 50
    expected = before.copy()
    expected[1, 2] += 50
    found = list(steadied([before, after], 3))
    assert np.array_equal(found[1], expected)
    assert after[0, 1, 0] == 103, "what was handed in is left alone"


@given(fuzz=st.floats(0.01, 100), seed=st.integers(0, 9), spread=st.sampled_from([4, 40, 256]))
def test_what_is_shown_is_never_further_off_than_the_fuzz(fuzz, seed, spread):
    frames = np.random.default_rng(seed).integers(0, spread, (5, 4, 4, 3), np.uint8)
    limit = 255 * 3**0.5 * fuzz / 100
    for shown, wanted in zip(steadied(frames, fuzz), frames, strict=True):
        distance = np.linalg.norm(shown.astype(float) - wanted, axis=2)
        assert distance.max() <= limit * (1 + 1e-9)


@pytest.mark.parametrize(
    ("size", "height", "expected"),
    [
        ((768, 1024), 400, (400, 533)),
        ((100, 50), 200, (200, 100)),
        ((100, 1), 2, (2, 1)),
        ((3, 4), 3, (3, 4)),
    ],
)
def test_the_aspect_is_kept_at_another_height(size, height, expected):
    frame = np.full((*size, 3), 77, np.uint8)
    found = of_height(frame, height)
    assert found.shape == (*expected, 3)
    assert (found == 77).all()
    assert found.dtype == np.uint8
