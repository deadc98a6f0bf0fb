from __future__ import annotations

from datetime import datetime
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from photomosaic.animation import pictures as pictures_module
from photomosaic.animation.pictures import (
    Picture,
    Unreadable,
    canvas,
    caption_of,
    natural_key,
    ordered,
    read_frame,
    survey,
    with_captions,
)
from photomosaic.options.animation import Caption, PictureOrder
from photomosaic.progress import Work


def picture(name, year=None, size=(30, 40)):
    return Picture(f"/folder/{name}", size, datetime(year, 5, 6) if year else None)


def names(pictures):
    return [one.path.removeprefix("/folder/") for one in pictures]


NATURAL = [
    ["1.jpg", "2.jpg", "10.jpg"],
    ["IMG_2.jpg", "img_10.jpg", "IMG_11.jpg"],
    ["a1b2.png", "a1b10.png", "a2b1.png"],
    ["0001_x.jpg", "0002_x.jpg", "0010_x.jpg"],
    ["7.jpg", "08.jpg", "9.jpg"],
    ["Äpfel 2.jpg", "äpfel 10.jpg"],
    ["1.jpg", "a.jpg", "b.jpg"],
]


@pytest.mark.parametrize("expected", NATURAL, ids=lambda value: value[0])
def test_names_are_sorted_as_people_do(expected):
    assert names(ordered([picture(name) for name in expected[::-1]], "ascending", 0)) == expected
    assert names(ordered([picture(name) for name in expected], "descending", 0)) == expected[::-1]


@given(st.lists(st.text(st.characters(exclude_characters="/\0", codec="utf-8"), min_size=1)))
def test_any_names_have_one_order(found):
    pictures = [picture(name) for name in set(found)]
    rng = np.random.default_rng(0)
    mixed = [pictures[i] for i in rng.permutation(len(pictures))]
    ascending = ordered(pictures, "ascending", 0)
    assert ordered(mixed, "ascending", 0) == ascending
    assert ordered(mixed, "descending", 0) == ascending[::-1]


def test_odd_digits_and_bytes_have_a_place():
    for name in ("²", "٣٤", "1" * 250, "caf\udce9", "", "½"):
        assert natural_key(f"/a/{name}") == natural_key(f"/a/{name}")
    assert natural_key("/a/٣") < natural_key("/a/10")


DATED = [picture("b", 2003), picture("c"), picture("d", 2001), picture("a"), picture("e", 2002)]


def test_by_date_those_without_one_come_last():
    assert names(ordered(DATED, "date", 0)) == ["d", "e", "b", "a", "c"]
    assert names(ordered(DATED, "date-descending", 0)) == ["b", "e", "d", "a", "c"]


def test_pictures_of_one_date_are_sorted_by_name():
    same = [picture(name, 2001) for name in ("10", "2", "1")]
    assert names(ordered(same, "date", 0)) == ["1", "2", "10"]


def test_a_random_order_is_the_seeds():
    pictures = [picture(str(number)) for number in range(20)]
    drawn = [names(ordered(pictures, "random", seed)) for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert sorted(drawn[0]) == sorted(names(pictures))
    assert names(ordered(pictures[::-1], "random", 1)) == drawn[0], "however they are listed"


@pytest.mark.parametrize("order", get_args(PictureOrder))
def test_no_picture_is_lost_in_any_order(order):
    assert sorted(names(ordered(DATED, order, 3))) == ["a", "b", "c", "d", "e"]
    assert ordered([], order, 3) == []


@pytest.mark.parametrize(
    ("sizes", "longest", "expected"),
    [
        ([(30, 40)], None, (30, 40)),
        ([(30, 40), (90, 80), (90, 80)], None, (90, 80)),
        ([(30, 40), (90, 80)], None, (30, 40)),
        ([(3000, 4000)], None, (750, 1000)),
        ([(4000, 3000)], 600, (600, 450)),
        ([(30, 40)], 400, (300, 400)),
        ([(10, 9000)], None, (1, 1000)),
        ([(1, 9000)], 100, (1, 100)),
    ],
)
def test_frames_have_the_size_of_most_pictures(sizes, longest, expected):
    assert canvas([picture("a", size=size) for size in sizes], longest) == expected


@pytest.fixture
def halves(tmp_path):
    """Return a picture of 40x20 pixels: 10 columns red, 20 green, 10 blue."""
    image = Image.new("RGB", (40, 20), (0, 255, 0))
    image.paste((255, 0, 0), (0, 0, 10, 20))
    image.paste((0, 0, 255), (30, 0, 40, 20))
    image.save(tmp_path / "halves.png")
    return Picture(str(tmp_path / "halves.png"), (20, 40), None)


def test_cover_fills_the_frame(halves):
    frame = read_frame(halves, (20, 20), "cover")
    assert frame.shape == (20, 20, 3)
    assert (frame == (0, 255, 0)).all()


def test_contain_shows_all_on_black(halves):
    frame = read_frame(halves, (40, 40), "contain")
    assert (frame[:10] == 0).all()
    assert (frame[30:] == 0).all()
    assert (frame[10:30, :10] == (0, 0, 255)).all()
    assert (frame[10:30, 10:30] == (0, 255, 0)).all()
    assert (frame[10:30, 30:] == (255, 0, 0)).all()
    assert frame.flags.c_contiguous


@pytest.mark.parametrize("fit", ["cover", "contain"])
def test_a_picture_of_the_frames_size_is_left_alone(halves, fit):
    frame = read_frame(halves, (20, 40), fit)
    with Image.open(halves.path) as image:
        assert np.array_equal(frame, np.asarray(image)[..., ::-1])


def test_transparent_parts_are_white(tmp_path):
    pixels = np.zeros((4, 4, 4), np.uint8)
    pixels[:2] = (10, 20, 30, 255)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    for fit in ("cover", "contain"):
        frame = read_frame(Picture(str(tmp_path / "a.png"), (4, 4), None), (4, 4), fit)
        assert (frame[:2] == (30, 20, 10)).all()
        assert (frame[2:] == 255).all()


def test_captions_are_the_name_or_the_date():
    dated = Picture("/album/some name.png", (150, 200), datetime(2019, 7, 14, 8, 9))
    undated = Picture("/album/b.png", (150, 200), None)
    assert [caption_of(dated, which) for which in get_args(Caption)] == [
        "",
        "2019-07-14",
        "some name",
    ]
    assert caption_of(undated, "date") == ""


@pytest.mark.parametrize("steps", [0, 1, 2, 3])
def test_blends_have_the_caption_of_the_nearer_picture(steps, monkeypatch):
    monkeypatch.setattr(pictures_module, "captioned", lambda _frame, text: text)
    frames = [np.zeros((2, 2, 3), np.uint8)] * (2 * (steps + 1) + 1)
    found = list(with_captions(frames, ["a", "b", "c"], steps))
    nearest = [int(i / (steps + 1) + 0.5) for i in range(len(frames))]
    assert found == ["abc"[i] for i in nearest]


def test_captions_lie_at_the_lower_left():
    plain = np.full((150, 200, 3), 128, np.uint8)
    without, frame = with_captions([plain, plain], ["", "2019-07-14"], 0)
    assert without is plain
    assert (frame != plain).any()
    assert (frame[:130] == 128).all()
    assert (frame[:, 150:] == 128).all()


def test_what_is_no_picture_is_told(tmp_path):
    (tmp_path / "text.jpg").write_text("no photo")
    Image.new("RGB", (7, 5)).save(tmp_path / "2004-03-02.png")
    paths = [str(tmp_path / name) for name in ("text.jpg", "gone.png", "2004-03-02.png")]
    text, gone, good = survey(paths, Work(2))
    assert text == Unreadable(paths[0], "not a picture of a supported format")
    assert gone == Unreadable(paths[1], "No such file or directory")
    assert good == Picture(paths[2], (5, 7), datetime(2004, 3, 2))
    for one in (text, gone):
        found = read_frame(Picture(one.path, (5, 7), None), (5, 7), "cover")
        assert found == one


def test_upright_size_and_pixels(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    image = Image.new("RGB", (40, 20), (255, 255, 255))
    image.paste((0, 0, 0), (0, 0, 20, 20))
    image.save(tmp_path / "turned.png", exif=exif)
    (turned,) = survey([str(tmp_path / "turned.png")], Work())
    assert turned.size == (40, 20)
    frame = read_frame(turned, (40, 20), "cover")
    assert (frame[:20] == 0).all()
    assert (frame[20:] == 255).all()
