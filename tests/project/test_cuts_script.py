from __future__ import annotations

import base64
import csv
import json
from collections import Counter

import numpy as np
import pytest
from PIL import Image

import mosaic
from photomosaic.assignment.repeats import smallest_spacing

CUTS = ["--cuts", 6, "--mirror"]


@pytest.fixture(scope="module")
def album(tmp_path_factory):
    """Return a folder of twenty photos, each of four different colours and some detail."""
    folder = tmp_path_factory.mktemp("album")
    for number in range(20):
        rng = np.random.default_rng(number)
        corners = rng.integers(0, 256, (2, 2, 3), np.uint8)
        size = (160, 120) if number % 2 else (120, 160)
        smooth = Image.fromarray(corners).resize(size, Image.Resampling.BICUBIC)
        noise = rng.normal(0, 6, (size[1], size[0], 1))
        pixels = np.clip(np.asarray(smooth) + noise, 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(folder / f"{number:02d}.png")
    return folder


@pytest.fixture
def target(tmp_path):
    corners = np.random.default_rng(99).integers(0, 256, (4, 4, 3), np.uint8)
    Image.fromarray(corners).resize((144, 160), Image.Resampling.BICUBIC).save(tmp_path / "t.png")
    return tmp_path / "t.png"


@pytest.fixture
def run(tmp_path, album, target, runner_of):
    """Return a function that runs mosaic.py with several cuts: 10 rows of 12 cells."""
    settings = {"cache-dir": tmp_path / "cache", "savepath": tmp_path / "out.png"}
    made_of = {"target": target, "codebook-dir": album, "scale": 4}

    def run_script(*options, new=True, **replaced):
        options = [*CUTS, *options] if new else options
        return runner_of(mosaic, settings | (made_of if new else {}))(*options, **replaced)

    return run_script


def names(path):
    saved = json.loads(path.read_bytes())
    return np.array([photo["path"] for photo in saved["photos"]])[np.array(saved["cells"])]


def listed(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_photo_is_one_photo_in_all_that_is_told(run, tmp_path):
    report, table = tmp_path / "report.json", tmp_path / "photos.csv"
    code, told, _ = run("--report", report, "--list", table, "--save-project", tmp_path / "p.json")
    assert code == 0
    assert " of 20 photos used" in told
    found, rows = json.loads(report.read_bytes()), listed(table)
    assert found["photos"]["available"] == len(rows) == 20
    uses = Counter(names(tmp_path / "p.json").ravel().tolist())
    assert {row["photo"]: int(row["uses"]) for row in rows if row["uses"] != "0"} == dict(uses)
    assert found["photos"]["used"] == found["repeats"]["photos_used"] == len(uses)
    assert found["photos"]["most_used_count"] == max(uses.values())
    assert found["repeats"]["largest_use_count"] == max(uses.values())


def test_the_list_and_the_project_tell_which_cut(run, tmp_path):
    project, table = tmp_path / "p.json", tmp_path / "photos.csv"
    assert run("--list", table, "--save-project", project)[0] == 0
    saved = json.loads(project.read_bytes())
    cells = np.array(saved["cells"])
    seen = set()
    for row in listed(table):
        places, cuts = row["cells"].split(), row["cuts"].split()
        assert len(places) == len(cuts) == int(row["uses"])
        for place, cut in zip(places, cuts, strict=True):
            used = saved["photos"][cells[tuple(map(int, place.split(",")))]]
            sides = [float(side) for side in cut.split(",")[:4]]
            assert used["path"] == row["photo"]
            assert used["cut"] == pytest.approx(sides, abs=1e-3)
            assert used["mirrored"] == cut.endswith(",mirrored")
            seen.add(cut)
    assert len(seen) > 20
    assert {cut.endswith("mirrored") for cut in seen} == {True, False}


@pytest.mark.parametrize(
    "options", [[], ["--refine", 1, "--variety", 0.5], ["--max-uses", 9, "--min-spacing", 2]]
)
def test_a_project_is_rendered_again_byte_for_byte(run, tmp_path, options):
    assert run(*options, "--save-project", tmp_path / "p.json")[0] == 0
    first = (tmp_path / "out.png").read_bytes()
    assert run("--project", tmp_path / "p.json", new=False)[0] == 0
    assert (tmp_path / "out.png").read_bytes() == first
    assert run("--project", tmp_path / "p.json", "--scale", 8, new=False)[0] == 0
    larger = Image.open(tmp_path / "out.png").resize((144, 160), Image.Resampling.BOX)
    (tmp_path / "first.png").write_bytes(first)
    before = np.asarray(Image.open(tmp_path / "first.png"), np.float64)
    apart = np.abs(np.asarray(larger, np.float64) - before).reshape(10, 16, 12, 12, 3)
    assert apart.mean(axis=(1, 3, 4)).max() < 8


def test_without_a_cache_the_same_comes_out(run, tmp_path):
    assert run()[0] == 0
    first = (tmp_path / "out.png").read_bytes()
    assert run("--no-cache")[0] == 0
    assert (tmp_path / "out.png").read_bytes() == first
    assert run()[0] == 0
    assert (tmp_path / "out.png").read_bytes() == first


def test_limits_hold_for_all_cuts_of_a_photo_together(run, tmp_path):
    for options in ([], ["--refine", 1, "--variety", 0.5]):
        path = tmp_path / "p.json"
        options = [*options, "--max-uses", 7, "--min-spacing", 3, "--use-all"]
        assert run(*options, "--save-project", path)[0] == 0
        found = names(path)
        numbers, counts = np.unique(found, return_inverse=True, return_counts=True)[1:]
        assert counts.max() <= 7
        assert len(counts) == 20
        assert smallest_spacing(numbers.reshape(found.shape)) >= 3


def test_a_ban_takes_all_cuts_and_a_pin_any(run, tmp_path):
    path = tmp_path / "p.json"
    assert run("--save-project", path)[0] == 0
    before = names(path)
    (most, _), *_, (least, _) = Counter(before.ravel().tolist()).most_common()
    needed = "00.png" if most != "00.png" else "01.png"
    edits = ["--ban", most, "--pin", f"3,4={least}", "--must-use", needed, "--replace", "0,0"]
    if before[0, 0] == most:
        edits[-1] = "5,5"
    row, col = map(int, edits[-1].split(","))
    code, _, errors = run("--project", path, *edits, "--save-project", path, new=False)
    assert code == 0, errors
    after = names(path)
    assert most not in after
    assert after[3, 4] == least
    assert needed in after
    assert after[row, col] != before[row, col]
    kept = (before != most) & (after == before)
    assert kept.sum() > 0.9 * (before != most).sum() - 4


def test_a_pinned_photo_shows_the_cut_that_fits_its_cell(run, tmp_path):
    path, cuts = tmp_path / "p.json", set()
    pins = [part for row in range(8) for part in ("--pin", f"{row},{row}=03.png")]
    assert run(*pins, "--save-project", path)[0] == 0
    saved = json.loads(path.read_bytes())
    cells = np.array(saved["cells"])
    for row in range(8):
        used = saved["photos"][cells[row, row]]
        assert used["path"] == "03.png"
        cuts.add((*used["cut"], used["mirrored"]))
    assert len(cuts) > 2


def test_a_print_shows_the_cuts_that_were_matched(run, tmp_path):
    assert run("--refine", 1)[0] == 0
    before = np.asarray(Image.open(tmp_path / "out.png"), np.float64)
    assert run("--refine", 1, "--enlarge", 5)[0] == 0
    large = Image.open(tmp_path / "out.png")
    assert large.size == (720, 800)
    small = np.asarray(large.resize((144, 160), Image.Resampling.BOX), np.float64)
    apart = np.abs(small - before).reshape(10, 16, 12, 12, 3).mean(axis=(1, 3, 4))
    assert apart.max() < 8


def test_a_page_names_each_photo_once(run, tmp_path):
    project, page = tmp_path / "p.json", tmp_path / "page"
    assert run("--zoom-page", page, "--save-project", project)[0] == 0
    data = json.loads((page / "data.js").read_text()[len("const MOSAIC = ") : -2])
    used = np.unique(names(project))
    assert sorted(data["names"]) == used.tolist()
    assert len(list((page / "photos").iterdir())) == len(used)
    places = np.frombuffer(base64.b64decode(data["places"]), "<u4")
    assert np.array_equal(np.array(data["names"])[places], names(project).ravel())


@pytest.mark.parametrize("crop", ["attention", "skip"])
def test_other_ways_of_cropping_have_several_cuts_too(run, tmp_path, crop):
    table = tmp_path / "photos.csv"
    code, _, errors = run("--crop", crop, "--list", table)
    assert code == 0, errors
    assert len({cut for row in listed(table) for cut in row["cuts"].split()}) > 10


@pytest.mark.parametrize("crop", ["pad", "stretch"])
def test_whole_photos_have_one_tile(runner_of, tmp_path, album, target, crop):
    run = runner_of(mosaic, {"cache-dir": tmp_path / "cache", "savepath": tmp_path / "out.png"})
    options = {"target": target, "codebook-dir": album, "scale": 4, "crop": crop}
    pictures = []
    for cuts in (1, 8):
        assert run("--cuts", cuts, **options)[0] == 0
        pictures.append((tmp_path / "out.png").read_bytes())
    assert pictures[0] == pictures[1]
    code, _, errors = run("--mirror", **options)
    assert (code, errors) == (2, f"mosaic.py: --mirror cannot be combined with --crop {crop}\n")


@pytest.mark.parametrize("kind", ["one", "tiny", "alike", "transparent", "one colour"])
def test_odd_libraries(run, tmp_path, kind):
    folder = tmp_path / "odd"
    folder.mkdir()
    rng = np.random.default_rng(5)
    for number in range(1 if kind == "one" else 5):
        side = 10 if kind == "tiny" else 60
        shape = (side, side, 4 if kind == "transparent" else 3)
        pixels = rng.integers(0, 256, shape, np.uint8)
        if kind in ("alike", "one colour"):
            pixels[:] = (90, 90 + number * (kind == "alike"), 90)
        Image.fromarray(pixels).save(folder / f"{number}.png")
    for options in ([], ["--refine", 1, "--variety", 1], ["--min-spacing", 2, "--refine", 1]):
        code, told, errors = run(*options, codebook_dir=folder)
        assert code == 0, errors
        assert "photo" in told
