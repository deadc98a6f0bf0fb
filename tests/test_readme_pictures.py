from __future__ import annotations

import re

import numpy as np
import pytest
from PIL import Image

from tests.test_readme import PAGES, PROJECT
from tools.pictures import __main__ as pictures
from tools.pictures.layout import GAP, WIDTH, column, detail, row

FOLDER = PROJECT / "media" / "readme"
MOST_BYTES = 6e6


def test_the_manual_shows_what_the_command_makes_and_nothing_else():
    shown = re.findall(r"!\[[^\]]+\]\((?:\.\./)?media/readme/([^)]+)\)", "".join(PAGES.values()))
    assert set(shown) == set(pictures.PICTURES)
    assert {path.name for path in FOLDER.iterdir()} == set(pictures.PICTURES)


def test_the_pictures_are_small_enough_to_load():
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < MOST_BYTES


@pytest.mark.parametrize("name", pictures.PICTURES)
def test_each_can_be_opened_and_read_at_the_width_of_a_page(name):
    with Image.open(FOLDER / name) as picture:
        picture.load()
        assert 300 <= picture.width <= WIDTH
        assert np.asarray(picture.convert("L")).std() > 10


def test_one_is_made_anew(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(pictures, "OUTPUT", tmp_path)
    assert pictures.main(["best-k.jpg"]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["best-k.jpg"]
    assert capsys.readouterr().out.startswith(f"{tmp_path / 'best-k.jpg'}: ")
    # The encoder may differ by a level, the picture may not.
    with Image.open(tmp_path / "best-k.jpg") as made, Image.open(FOLDER / "best-k.jpg") as kept:
        assert made.size == kept.size
        assert np.abs(np.asarray(made, int) - np.asarray(kept, int)).mean() < 2


def test_an_unknown_name_is_refused(capsys):
    with pytest.raises(SystemExit, match="2"):
        pictures.main(["beach.jpg"])
    assert "beach.jpg: there is no such picture" in capsys.readouterr().err


def test_a_row_is_as_wide_as_asked_and_equally_high():
    pictures = [Image.new("RGB", (30, 40), "red"), Image.new("RGB", (80, 40), "blue")]
    seen = np.asarray(row(pictures, width=126))
    assert seen.shape == (40, 126, 3)
    assert (seen[:, :30] == (255, 0, 0)).all()
    assert (seen[:, 30 : 30 + GAP] == 255).all()
    assert (seen[:, 46:] == (0, 0, 255)).all()


def test_words_stand_below_each_picture():
    pictures = [Image.new("RGB", (300, 100), "red")] * 2
    plain, worded = row(pictures), row(pictures, ["left", ""])
    assert worded.width == plain.width
    foot = np.asarray(worded)[plain.height :]
    assert (foot[:, : WIDTH // 2] < 128).any()
    assert (foot[:, WIDTH // 2 :] > 128).all()


def test_a_column_keeps_the_width():
    pictures = [Image.new("RGB", (10, 4), "red"), Image.new("RGB", (10, 6), "blue")]
    seen = np.asarray(column(pictures))
    assert seen.shape == (10 + GAP, 10, 3)
    assert (seen[:4] == (255, 0, 0)).all()
    assert (seen[4 + GAP :] == (0, 0, 255)).all()


@pytest.mark.parametrize("centre", [(0, 0), (0.5, 0.5), (1, 1)])
def test_a_detail_lies_inside(centre):
    pixels = np.arange(100 * 80 * 3).reshape(100, 80, 3).astype(np.uint8)
    seen = np.asarray(detail(Image.fromarray(pixels), centre, 0.25, 1))
    left, top = round(60 * centre[0]), round(80 * centre[1])
    assert np.array_equal(seen, pixels[top : top + 20, left : left + 20])
