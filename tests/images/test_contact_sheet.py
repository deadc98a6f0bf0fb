from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest
from PIL import Image, ImageFont

from photomosaic.dates.dates import photo_date
from photomosaic.images.contact_sheet import _cut, contact_sheet, row_sheet
from photomosaic.images.encode import write_picture


def patch(colour, side=40):
    return np.full((side, side, 3), colour, np.uint8)


def test_every_picture_is_there_once_in_rows():
    colours = [(200, 0, 0), (0, 200, 0), (0, 0, 200), (200, 200, 0), (0, 200, 200)]
    sheet = contact_sheet("five", [patch(c) for c in colours], [["a", "b"]] * 5, 40)
    places = [np.argwhere((sheet == colour).all(axis=2)) for colour in colours]
    assert [len(place) for place in places] == [1600] * 5
    corners = [place.min(axis=0).tolist() for place in places]
    assert corners == sorted(corners)
    assert len({row for row, _ in corners}) == 2


@pytest.mark.parametrize("count", [0, 1, 50])
def test_sheets_of_any_number(count):
    sheet = contact_sheet("title", [patch(99)] * count, [["x"]] * count, 40)
    assert sheet.dtype == np.uint8
    assert sheet.shape[2] == 3
    assert (sheet[:32] < 128).any()


def test_captions_never_run_into_the_next_picture():
    words = ["a very long name of a photo that nobody would give to one.jpg", "Ünïcödé 日本 " * 9]
    sheet = contact_sheet("", [patch(0), patch(0)], [words, []], 40)
    below = sheet[32 + 40 : -8]
    assert (below[:, 8:48] < 200).any()
    assert (below[:, 48:] == 250).all()


def test_long_texts_lose_their_middle():
    font = ImageFont.load_default(11)
    cut = _cut("IMG_20190102_030405_and_more.jpg", font, 100)
    assert cut.startswith("IMG_")
    assert cut.endswith(".jpg")
    assert font.getlength(cut) <= 100
    assert _cut("short", font, 100) == "short"


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
def test_a_picture_may_carry_the_time_when_it_was_taken(tmp_path, suffix):
    path, taken = tmp_path / f"a{suffix}", datetime(2019, 1, 2, 3, 4, 5, 60000)
    write_picture(patch(7), path, taken)
    date = photo_date(str(path), path.read_bytes())
    assert (date.when, date.source) == (taken, "EXIF DateTimeOriginal")
    write_picture(patch(7), path)
    assert photo_date(str(path), path.read_bytes()) is None
    with Image.open(path) as picture:
        assert 0x8769 not in picture.getexif()


def test_rows_have_lines_and_pictures():
    pictures = [np.full((40, 40, 3), (0, 0, 200), np.uint8)] * 3
    rows = [(["name", "a line that is far too long for the room at the left of it"], pictures)]
    sheet = row_sheet(["title", "more"], [*rows, (["nobody"], [])], 40)
    assert sheet.shape == (8 + 2 * 20 + 2 * 48 + 8, 190 + 3 * 48 + 8, 3)
    assert (sheet[48:88, 190:230] == (0, 0, 200)).all()
    # Text stays in its room.
    assert (sheet[48:88, 183:190] == 250).all()
    assert (sheet[96:, 190:] == 250).all()
