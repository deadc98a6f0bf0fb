from __future__ import annotations

import gc
import io
import weakref
from fractions import Fraction
from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from seen import far_apart, gif_of, seen

from photomosaic.animation.gif import GifWriter, delays, write_gif
from photomosaic.images.decode import is_own_output

rates = st.fractions(min_value=Fraction(1, 100), max_value=50, max_denominator=1001)


@given(rates)
def test_every_frame_begins_within_half_a_hundredth_of_its_time(fps):
    shown = list(islice(delays(fps), 200))
    starts = np.cumsum([0, *shown])
    for number, start in enumerate(starts):
        assert abs(Fraction(int(start), 100) - number / fps) <= Fraction(5, 1000)
    assert min(shown) >= 2, "browsers slow down what is shown for less"


@pytest.mark.parametrize(
    ("fps", "expected"),
    [
        (Fraction(3), [33, 34, 33, 33, 34, 33]),
        (Fraction(7), [14, 15, 14, 14, 14, 15]),
        (Fraction(8), [12, 13, 13, 12, 12, 13]),
        (Fraction(50), [2] * 6),
        (Fraction(30000, 1001), [3, 4, 3, 3, 4, 3]),
        (Fraction(1, 100), [10_000] * 6),
    ],
)
def test_delays_are_rounded_as_sums(fps, expected):
    assert list(islice(delays(fps), 6)) == expected


@given(rates)
def test_whole_seconds_come_out_exactly(fps):
    shown = islice(delays(fps), min(fps.numerator, 500))
    if fps.numerator <= 500:
        assert sum(shown) == 100 * fps.denominator


@given(
    seed=st.integers(0, 99),
    count=st.integers(1, 5),
    size=st.tuples(st.integers(1, 12), st.integers(1, 12)),
    dither=st.booleans(),
)
def test_frames_of_few_colours_come_back_exactly(seed, count, size, dither):
    rng = np.random.default_rng(seed)
    palette = far_apart()
    frames = palette[rng.integers(0, len(palette), (count, *size))]
    kept = rng.random((count, *size)) < 0.5
    for number in range(1, count):
        frames[number][kept[number]] = frames[number - 1][kept[number]]
    found = seen(gif_of(frames, dither=dither))
    assert np.array_equal(found.frames, frames)


@pytest.mark.parametrize("dither", [True, False])
def test_all_greys_come_back_exactly(dither):
    greys = np.arange(256, dtype=np.uint8).reshape(16, 16, 1).repeat(3, axis=2)
    found = seen(gif_of([greys], dither=dither))
    assert np.array_equal(found.frames, [greys])


@pytest.mark.parametrize("dither", [True, False])
def test_up_to_256_colours_come_back_exactly_however_close(dither):
    rng = np.random.default_rng(0)
    palette = rng.integers(90, 110, (256, 3), np.uint8)
    frame = palette[rng.permutation(256)].reshape(16, 16, 3)
    assert np.array_equal(seen(gif_of([frame], dither=dither)).frames, [frame])


def test_photos_are_packed_closely():
    rows, cols = np.mgrid[0:128, 0:128]
    frame = np.stack([rows * 2, cols * 2, 255 - rows - cols], axis=2).astype(np.uint8)
    found = seen(gif_of([frame], dither=True)).frames[0].astype(int)
    blocks = [f.reshape(16, 8, 16, 8, 3).mean(axis=(1, 3)) for f in (found, frame)]
    assert np.abs(blocks[0] - blocks[1]).mean() < 4


@pytest.mark.parametrize("dither", [True, False])
def test_pixels_that_stay_are_exactly_those_shown_before(dither):
    rng = np.random.default_rng(2)
    frames = rng.integers(0, 256, (4, 20, 30, 3), np.uint8)
    for number in range(1, 4):
        frames[number, :10] = frames[number - 1, :10]
        frames[number, 15, ::2] = frames[number - 1, 15, ::2]
    found = seen(gif_of(frames, dither=dither)).frames
    for number in range(1, 4):
        assert np.array_equal(found[number, :10], found[number - 1, :10])
        assert np.array_equal(found[number, 15, ::2], found[number - 1, 15, ::2])
        assert not np.array_equal(found[number, 10:], found[number - 1, 10:])


def test_only_the_part_that_changes_is_stored():
    frames = np.zeros((2, 100, 100, 3), np.uint8)
    frames[1, 40:43, 60:64] = 255
    with Image.open(io.BytesIO(gif_of(frames))) as picture:
        picture.seek(1)
        assert picture.dispose_extent == (60, 40, 64, 43)
    noise = np.random.default_rng(0).integers(0, 256, (100, 100, 3), np.uint8)
    palette_and_little_else = 900
    assert len(gif_of([noise] * 9)) < len(gif_of([noise])) + 8 * palette_and_little_else


def test_it_repeats_for_ever_and_carries_the_toolkits_name():
    data = gif_of(np.zeros((2, 4, 4, 3), np.uint8))
    assert seen(data).loop == 0
    assert is_own_output(data)


def test_frames_that_are_alike_are_shown_as_long_as_others():
    frame = np.full((5, 6, 3), 90, np.uint8)
    found = seen(gif_of([frame] * 6, Fraction(3)))
    assert found.milliseconds == [330, 340, 330, 330, 340, 330]
    assert np.array_equal(found.frames, [frame] * 6)


@pytest.mark.parametrize(
    ("hold", "last"), [(0, 340), (0.2, 340), (0.34, 340), (0.5, 500), (2.004, 2000), (600, 600_000)]
)
def test_the_last_frame_is_held_where_that_is_longer(hold, last):
    found = seen(gif_of(np.zeros((2, 3, 3, 3), np.uint8), Fraction(3), hold))
    assert found.milliseconds == [330, last]


def test_a_single_frame_is_held_too():
    assert seen(gif_of([np.zeros((1, 1, 3), np.uint8)], Fraction(10), 3)).milliseconds == [3000]


@pytest.mark.parametrize("colors", [2, 3, 16, 255, 256])
@pytest.mark.parametrize("dither", [True, False])
def test_a_frame_has_no_more_colours_than_asked_for(colors, dither):
    frames = np.random.default_rng(1).integers(0, 256, (3, 40, 40, 3), np.uint8)
    frames[1:, :20] = frames[0, :20]
    found = seen(gif_of(frames, colors=colors, dither=dither)).frames
    for number, frame in enumerate(found):
        drawn = frame if number == 0 else frame[20:]
        assert 2 <= len(np.unique(drawn.reshape(-1, 3), axis=0)) <= colors


def test_no_more_than_three_frames_are_in_memory():
    references, alive = [], []

    def frames():
        for number in range(6):
            frame = np.full((8, 8, 3), 40 * number, np.uint8)
            references.append(weakref.ref(frame))
            gc.collect()
            alive.append(sum(reference() is not None for reference in references))
            yield frame
            del frame

    assert len(seen(gif_of(frames())).frames) == 6
    assert max(alive) <= 3


def test_frames_are_written_as_they_come():
    buffer, sizes = io.BytesIO(), []

    def frames():
        for number in range(5):
            sizes.append(len(buffer.getvalue()))
            yield np.random.default_rng(number).integers(0, 256, (30, 30, 3), np.uint8)

    list(write_gif(frames(), GifWriter(buffer, 256, dither=False), Fraction(10), 0))
    assert sizes[-1] > sizes[-2] > sizes[-3]
