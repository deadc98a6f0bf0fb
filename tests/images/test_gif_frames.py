from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from photomosaic.animation.gif import gif_head
from photomosaic.errors import PictureError
from photomosaic.images.gif_frames import END, color_table, frames_of

HEIGHT, WIDTH = 6, 9


def pillow_gif(colors, seed, **settings):
    """Return a GIF of 3 frames as Pillow writes it, with colours that its frames share."""
    rng = np.random.default_rng(seed)
    palette = rng.integers(0, 256, 3 * colors, np.uint8).tolist()
    frames = []
    for _ in range(3):
        frame = Image.fromarray(rng.integers(0, colors, (HEIGHT, WIDTH), np.uint8))
        frame.putpalette(palette)
        frames.append(frame)
    buffer = io.BytesIO()
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:], duration=70, **settings)
    return buffer.getvalue()


def shown(gif):
    with Image.open(io.BytesIO(gif)) as picture:
        frames = []
        for number in range(picture.n_frames):
            picture.seek(number)
            frames.append((np.asarray(picture.convert("RGB")), picture.info["duration"]))
    return frames


def alike(some, others):
    return len(some) == len(others) and all(
        np.array_equal(a, b) and time == other_time
        for (a, time), (b, other_time) in zip(some, others, strict=True)
    )


@given(
    colors=st.tuples(st.integers(2, 256), st.integers(2, 256)),
    seed=st.integers(0, 99),
    interlace=st.booleans(),
)
def test_frames_of_two_gifs_look_the_same_in_one(colors, seed, interlace):
    first, second = (
        pillow_gif(n, seed + i, interlace=interlace, comment=b"a comment")
        for i, n in enumerate(colors)
    )
    table = color_table(first)
    joined = b"".join(
        [gif_head(HEIGHT, WIDTH, table), frames_of(first, table), frames_of(second, table), END]
    )
    assert alike(shown(joined), shown(first) + shown(second))
    assert b"a comment" not in joined


def test_colours_that_are_shared_stand_there_once():
    gif = pillow_gif(4, 0)
    table = color_table(gif)
    assert len(table) == 3 * 4
    assert table not in frames_of(gif, table)
    assert frames_of(gif, b"").count(table) == 3


def test_a_gif_that_is_cut_off_anywhere_is_damaged():
    gif = pillow_gif(4, 0)
    for end in range(len(gif) - 1):
        with pytest.raises(PictureError, match="damaged"):
            frames_of(gif[:end], b"")


def test_a_block_of_no_known_kind():
    gif = pillow_gif(4, 0)
    with pytest.raises(PictureError, match="unknown kind"):
        frames_of(gif[:-1] + b"\0" + gif[-1:], b"")
