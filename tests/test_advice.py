from __future__ import annotations

import re
import shutil
import sqlite3

import numpy as np
import pytest
from PIL import Image

import mosaic
from photomosaic.images.decode import is_own_output


@pytest.fixture
def folder(tmp_path):
    """Return 40 photos, a black one, one that is there twice in two sizes, and a screenshot."""
    folder = tmp_path / "photos 100%"
    folder.mkdir()
    rng = np.random.default_rng(2)
    for number in range(40):
        coarse = Image.fromarray(rng.integers(0, 256, (9, 12, 3)).astype(np.uint8))
        picture = coarse.resize((240, 180), Image.Resampling.BICUBIC)
        noise = rng.integers(-30, 30, (180, 240, 3))
        pixels = np.clip(np.asarray(picture, int) + noise, 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(folder / f"{number:02d}.png")
    Image.new("RGB", (200, 200)).save(folder / "#black.png")
    Image.open(folder / "07.png").resize((180, 135)).save(folder / "07 small.png")
    shutil.copy(folder / "09.png", folder / "Screenshot 9.png")
    with Image.open(folder / "09.png") as picture:
        picture.transpose(Image.Transpose.ROTATE_180).save(folder / "Screenshot 9.png")
    return folder


@pytest.fixture
def run(tmp_path, folder, runner_of):
    target = tmp_path / "target.png"
    pixels = np.full((160, 120, 3), 120, np.uint8)
    pixels[:60] = 255, 0, 0
    Image.fromarray(pixels).save(target)
    options = {"target": target, "codebook-dir": folder, "scale": 4}
    options |= {"cache-dir": tmp_path / "cache", "savepath": tmp_path / "out" / "%s.png"}
    return runner_of(mosaic, options)


# In the order of their names; a line that begins with # would be a comment.
LEFT_OUT = ["[#]black.png", "07 small.png", "Screenshot 9.png"]


def test_advice_is_what_the_run_then_gives_and_saves_no_mosaic(run, tmp_path):
    code, told, _ = run("--advise")
    assert code == 0
    out = tmp_path / "out"
    names = {"target-advice-left-out.jpg", "target-advice-left-out.txt", "target-advice-tones.jpg"}
    assert {path.name for path in out.iterdir()} == names
    assert all(is_own_output(path.read_bytes()) for path in out.glob("*.jpg"))
    lines = told.splitlines()
    assert re.search(r"^tones lacking, in shares of the picture: red \d+%", told, re.MULTILINE)
    assert "better left out: 1 black photo, 1 near-duplicate, 1 screenshot; --tidy" in told
    assert re.search(r"^with twice as many such photos: CIEDE2000 about \d", told, re.MULTILINE)
    made = run()[1].splitlines()[0]
    assert lines[0] == f"would make: {made}"
    # A second time what was written is replaced.
    assert run("--advise")[:2] == (0, told)


def test_what_is_left_out_by_a_list_and_by_tidy(run, tmp_path):
    run("--advise")
    file = tmp_path / "out" / "target-advice-left-out.txt"
    assert file.read_text().splitlines()[1:] == LEFT_OUT
    _, tidied, notes = run("--tidy", "--list", tmp_path / "tidied.csv")
    assert "left out: 1 black photo, 1 near-duplicate, 1 screenshot (--advise shows them)" in notes
    _, listed, _ = run("--exclude-from", file, "--list", tmp_path / "listed.csv")
    assert tidied.splitlines()[0] == listed.splitlines()[0]
    assert "of 40 photos used" in listed
    assert (tmp_path / "tidied.csv").read_bytes() == (tmp_path / "listed.csv").read_bytes()


@pytest.mark.parametrize("name", ["target-advice-left-out.txt", "target-advice-tones.jpg"])
def test_nothing_of_the_users_is_replaced(run, tmp_path, name):
    (tmp_path / "out").mkdir()
    mine = tmp_path / "out" / name
    mine.write_text("mine")
    code, told, errors = run("--advise")
    assert (code, told) == (2, "")
    assert name in errors
    assert mine.read_text() == "mine"
    assert [path.name for path in (tmp_path / "out").iterdir()] == [name]


def test_lists_that_are_none(run, tmp_path):
    binary = tmp_path / "list.bin"
    binary.write_bytes(b"a\0b")
    for path, problem in ((binary, "is no list of names"), (tmp_path / "none", "No such file")):
        code, _, errors = run("--exclude-from", path)
        assert code == 2
        assert f"--exclude-from {path}: {problem}" in errors


def test_advice_is_on_new_mosaics(run, tmp_path):
    code, _, errors = run("--advise", "--list", tmp_path / "a.csv")
    assert code == 2
    assert "--advise: cannot be combined with options of projects" in errors


def test_a_folder_of_nothing_fit(run, tmp_path):
    folder = tmp_path / "black"
    folder.mkdir()
    Image.new("RGB", (200, 200)).save(folder / "a.png")
    code, _, errors = run("--tidy", codebook_dir=folder)
    assert code == 2
    assert "--tidy: leaves no photo" in errors


def test_photos_are_judged_once_and_a_flipped_bit_is_noticed(run, tmp_path, monkeypatch):
    _, told, _ = run("--tidy")
    monkeypatch.setattr("photomosaic.library.fitness.unfit_of", None)
    monkeypatch.setattr("photomosaic.library.photo_library.near_duplicates", None)
    assert run("--tidy")[1].splitlines()[0] == told.splitlines()[0]
    monkeypatch.undo()
    for change in ("unfit SET why = 'text'", "alike SET numbers = zeroblob(length(numbers))"):
        with sqlite3.connect(tmp_path / "cache" / "photomosaic.sqlite3") as database:
            database.execute(f"UPDATE {change}")
        _, again, notes = run("--tidy")
        assert again.splitlines()[0] == told.splitlines()[0]
        assert "the cache is damaged" in notes


def test_of_many_tiles_the_likely_ones_predict_the_mosaic(run, monkeypatch):
    exact = run("--advise")[1].splitlines()
    monkeypatch.setattr("photomosaic.jobs.prediction.MANY_TILES", 50)
    predicted = run("--advise")[1].splitlines()
    found = re.compile(r"of (\d+) photos used, .*\((\d+) times\), CIEDE2000 ([\d.]+)")
    (photos, uses, score), others = (found.search(each[0]).groups() for each in (exact, predicted))
    assert others[0] == photos
    assert abs(int(others[1]) - int(uses)) <= 0.2 * int(uses)
    assert abs(float(others[2]) - float(score)) <= 0.3
