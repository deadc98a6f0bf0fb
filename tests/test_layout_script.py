from __future__ import annotations

import csv
import json
from base64 import b64decode

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw

import mosaic
from photomosaic.images.decode import read_picture


@pytest.fixture
def run(tmp_path, photo_folder, target, runner_of):
    """Return a function that runs mosaic.py on the drawn photos, on 16x16 cells of 8x6 pixels."""
    settings = {"cache-dir": tmp_path / "cache", "savepath": tmp_path / "out.png"}
    first = {"target": target, "codebook-dir": photo_folder, "scale": 2}

    def run_script(*options, new=True, **replaced):
        return runner_of(mosaic, settings | (first if new else {}))(*options, **replaced)

    return run_script


@pytest.fixture
def out(tmp_path):
    return lambda name="out.png": read_picture(tmp_path / name)


def listed(path):
    with path.open() as file:
        return list(csv.DictReader(file))


@pytest.fixture
def mask(tmp_path):
    """Return the file of a mask of the target's aspect, white in its left half."""
    path = tmp_path / "mask.png"
    picture = Image.new("L", (48, 64))
    ImageDraw.Draw(picture).rectangle((0, 0, 23, 63), fill=255)
    picture.save(path)
    return path


def test_only_the_white_of_a_mask_is_filled(run, out, mask, tmp_path):
    code, told, _ = run(
        "--mask", mask, "--list", tmp_path / "a.csv", "--report", tmp_path / "a.json"
    )
    assert code == 0
    assert "96x128 pixels, 128 tiles," in told
    picture = out()
    assert picture.shape == (128, 96, 4)
    assert (picture[:, :47, 3] == 255).all()
    assert (picture[:, 49:, 3] == 0).all()
    rows = listed(tmp_path / "a.csv")
    cells = [cell for row in rows for cell in row["cells"].split()]
    assert len(cells) == 128
    assert max(int(cell.split(",")[1]) for cell in cells) == 7
    report = json.loads((tmp_path / "a.json").read_text())["mosaic"]
    assert (report["rows"], report["cols"], report["cells"]) == (16, 16, 128)


@pytest.mark.parametrize("ending", ["png", "webp", "tiff"])
def test_outside_is_transparent(run, tmp_path, ending):
    assert run("--shape", "circle", savepath=tmp_path / f"a.{ending}")[0] == 0
    with Image.open(tmp_path / f"a.{ending}") as picture:
        alpha = np.asarray(picture.convert("RGBA"))[..., 3]
    assert alpha[0, 0] == 0
    assert alpha[64, 48] == 255


def test_jpegs_are_white_outside_and_backgrounds_have_their_colour(run, out, tmp_path):
    run("--shape", "heart", savepath=tmp_path / "a.jpg")
    assert out("a.jpg")[0, 0].min() >= 250
    run("--shape", "heart", "--background", "#102030")
    assert out().shape == (128, 96, 3)
    assert out()[0, 0].tolist() == [0x30, 0x20, 0x10]


def test_a_masked_mosaic_is_a_png_by_default(
    runner_of, photo_folder, target, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    made_of = {"target": target, "codebook-dir": photo_folder, "cache-dir": tmp_path / "cache"}
    run = runner_of(mosaic, {**made_of, "scale": 2})
    assert run("--shape", "star")[1].startswith("media/output/target-mosaic-scale-2.png: ")


def test_a_targets_transparency_is_its_mask(run, out, target, tmp_path):
    with Image.open(target) as picture:
        alpha = Image.new("L", picture.size)
        ImageDraw.Draw(alpha).rectangle((0, 0, 47, 127), fill=255)
        picture = picture.convert("RGB")
        picture.putalpha(alpha)
        picture.save(tmp_path / "half.png")
    code, told, _ = run("--no-cache", target=tmp_path / "half.png")
    assert code == 0
    assert "128 tiles" in told
    assert (out()[:, 48:, 3] == 0).all()


def test_edges_are_cut_or_whole(run, out, tmp_path):
    picture = Image.new("L", (96, 128))
    ImageDraw.Draw(picture).rectangle((0, 0, 44, 127), fill=255)
    picture.save(tmp_path / "m.png")
    run("--mask", tmp_path / "m.png")
    assert (out()[:, 45:, 3] == 0).all()
    run("--mask", tmp_path / "m.png", "--mask-edge", "whole")
    assert (out()[:, :48, 3] == 255).all()
    assert (out()[:, 48:, 3] == 0).all()


@pytest.mark.parametrize("layout", ["brick", "hexagon"])
def test_layouts_keep_limits_and_are_edited(run, out, tmp_path, layout):
    limits = ("--layout", layout, "--max-uses", 9, "--min-spacing", 2, "--gap", 0.1, "--round", 0.4)
    code, told, _ = run(*limits, "--save-project", tmp_path / "a.json")
    assert code == 0
    assert "smallest spacing " in told
    before = out()
    assert before.shape == (128, 96, 3)
    project = json.loads((tmp_path / "a.json").read_text())
    assert project["schema"] == 2
    assert project["cells"][0][-1] is None
    assert None not in project["cells"][1]
    assert run("--project", tmp_path / "a.json", new=False)[0] == 0
    assert (out() == before).all()
    photo = project["photos"][0]["path"]
    edits = ("--pin", f"1,0={photo}", "--list", tmp_path / "a.csv")
    assert run("--project", tmp_path / "a.json", *edits, new=False)[0] == 0
    cells = {row["photo"]: row["cells"].split() for row in listed(tmp_path / "a.csv")}
    assert "1,0" in cells[photo]
    code, _, errors = run("--project", tmp_path / "a.json", "--pin", f"0,16={photo}", new=False)
    assert code == 2
    assert "--pin: there is no cell 0,16 in this layout; take another" in errors


def test_a_masked_project_is_the_same_at_another_scale(run, out, tmp_path):
    run("--shape", "heart", "--save-project", tmp_path / "a.json")
    cells = (out()[..., 3] > 0).sum()
    assert run("--project", tmp_path / "a.json", "--scale", 8, new=False)[0] == 0
    assert (out()[..., 3] > 0).sum() == pytest.approx(16 * cells, rel=0.03)


def test_prints_show_the_same(run, out, tmp_path):
    look = (
        "--shape",
        "heart",
        "--layout",
        "hexagon",
        "--gap",
        0.1,
        "--tint",
        0.5,
        "--opacity",
        0.2,
    )
    run(*look)
    small = out().astype(float)
    run(*look, "--enlarge", 4)
    large = out()
    assert large.shape == (512, 384, 4)
    reduced = cv2.resize(large, (96, 128), interpolation=cv2.INTER_AREA).astype(float)
    assert np.abs(reduced - small)[..., 3].mean() < 2
    inside = small[..., 3] == 255
    assert np.abs(reduced - small)[inside][:, :3].mean() < 25
    assert large[0, 0, 3] == 0
    run(*look, "--enlarge", 4, savepath=tmp_path / "a.tif", compression="jpeg")
    assert out("a.tif").shape == (512, 384, 3)


def test_the_page_knows_the_cells(run, tmp_path):
    run("--shape", "heart", "--layout", "hexagon", "--zoom-page", tmp_path / "page")
    text = (tmp_path / "page" / "data.js").read_text()
    data = json.loads(text.removeprefix("const MOSAIC = ").rstrip(";\n"))
    assert data["hexagons"] is True
    assert data["pyramidEnding"] == "webp"
    names = ("boxes", "addresses", "places")
    numbers = {name: np.frombuffer(b64decode(data[name]), "<i4") for name in names}
    assert len(numbers["boxes"]) == 2 * len(numbers["addresses"]) == 4 * len(numbers["places"])
    assert list((tmp_path / "page" / "mosaic_files").rglob("*.webp"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ("--text", "a very long text of many words that nobody reads"),
            "--text: does not fit; its",
        ),
        (("--text", " "), "--text: the text is empty"),
        (("--font", "a.ttf"), "--font needs --text"),
        (("--mask-fit", "cover"), "--mask-fit needs --mask"),
        (("--shape", "heart", "--text", "a"), "not allowed with"),
        (("--mask", "none.png"), "none.png: there is no such file"),
        (("--background", "sky"), "'sky' is no colour; write #RRGGBB, or one of black"),
        (("--shape", "heart", "--dither", 0.5), "--dither cannot be combined with --shape heart"),
        (("--layout", "mixed", "--crop", "pad"), "--crop pad cannot be combined with --layout"),
        (("--layout", "mixed", "--randomness", 0.1), "--randomness cannot be combined with"),
        (("--layout", "mixed", "--height-aspect", 3), "--layout mixed: square tiles have no"),
        (("--layout", "mixed", "--detail", 0.5), "--detail cannot be combined with --layout mixed"),
        (("--gap", 0.6), "--gap: 0.6 is not a number from 0 to 0.5"),
    ],
)
def test_what_cannot_be_made_is_one_line(run, options, message):
    code, _, errors = run(*options)
    assert code == 2
    assert message in errors.splitlines()[-1]


def test_masks_that_leave_nothing_or_do_not_fit(run, tmp_path):
    Image.new("L", (96, 128)).save(tmp_path / "empty.png")
    code, _, errors = run("--mask", tmp_path / "empty.png")
    assert code == 2
    assert "no cell is half inside; white is inside; a smaller --scale makes" in errors
    Image.new("L", (1, 1), 255).save(tmp_path / "pixel.png")
    code, _, errors = run("--mask", tmp_path / "pixel.png")
    assert code == 2
    assert "has another aspect than the target of 96x128; say how it fits with --mask-fit" in errors
    assert run("--mask", tmp_path / "pixel.png", "--mask-fit", "stretch")[0] == 0


def test_a_full_mask_leaves_all_cells(run, out, tmp_path):
    run()
    plain = out()
    Image.new("L", (96, 128), 255).save(tmp_path / "full.png")
    run("--mask", tmp_path / "full.png")
    assert (out() == plain).all()


def test_detail_makes_cells_of_several_sizes(run, out, tmp_path):
    detail = ("--detail", 0.7, "--max-uses", 9, "--min-spacing", 2)
    code, told, _ = run(*detail, "--save-project", tmp_path / "a.json", scale=4)
    assert code == 0
    before = out()
    assert before.shape == (128, 96, 3)
    project = json.loads((tmp_path / "a.json").read_text())
    sides = np.array(project["sides"], float)
    assert np.nansum(sides**2) == 16 * 16
    assert {1, 2, 4} >= set(sides[sides > 0].tolist())
    # As many as at that scale without detail.
    number = int((sides > 0).sum())
    assert 64 - 3 <= number <= 64
    assert f" {number} tiles," in told
    assert run("--project", tmp_path / "a.json", new=False)[0] == 0
    assert (out() == before).all()
    assert run("--project", tmp_path / "a.json", "--scale", 8, new=False)[0] == 0
    assert out().shape == (256, 192, 3)
    look = ("--enlarge", 2, "--tint", 0.5)
    assert run("--project", tmp_path / "a.json", *look, new=False)[0] == 0
    assert out().shape == (256, 192, 3)


def test_the_number_of_cells_may_be_given(run):
    told = run("--detail", 1, "--cells", 100)[1]
    assert 97 <= int(told.split(" tiles,")[0].split()[-1]) <= 100
    code, _, errors = run("--cells", 100)
    assert code == 2
    assert "--cells: --scale says how many cells there are; leave either out" in errors


@pytest.fixture
def both_shapes(tmp_path, make_photo):
    """Return a folder of 40 lying photos, 20 upright ones and 6 squares."""
    folder, rng = tmp_path / "both", np.random.default_rng(3)
    for number in range(66):
        size = (40, 30) if number < 40 else (30, 40) if number < 60 else (40, 40)
        colour = tuple(int(value) for value in rng.integers(0, 256, 3))
        make_photo(folder / f"{number:02d}.png", colour, size)
    return folder


def shapes_used(path):
    """Return the number of lying, upright and square photos in the cells of a list."""
    uses = [(int(row["photo"][:2]), int(row["uses"])) for row in listed(path)]
    return [sum(n for photo, n in uses if a <= photo < b) for a, b in ((0, 40), (40, 60), (60, 66))]


def test_a_mixed_layout_shows_photos_of_either_shape_whole(run, out, both_shapes, tmp_path):
    mixed = (
        "--layout",
        "mixed",
        "--list",
        tmp_path / "a.csv",
        "--save-project",
        tmp_path / "a.json",
    )
    assert run(*mixed, codebook_dir=both_shapes)[0] == 0
    before = out()
    lying, upright, square = shapes_used(tmp_path / "a.csv")
    assert square == 0
    assert 0.2 < upright / (lying + upright) < 0.45
    cuts = [cut for row in listed(tmp_path / "a.csv") for cut in row["cuts"].split()]
    assert {tuple(cut.split(",")[2:4]) for cut in cuts} == {("1", "1")}
    project = json.loads((tmp_path / "a.json").read_text())
    heights = [height for row in project["sides"] for height in row if height]
    assert (heights.count(3), heights.count(4)) == (lying, upright)
    again = ("--project", tmp_path / "a.json")
    assert run(*again, new=False)[0] == 0
    assert (out() == before).all()
    row, col = next(
        (row, col)
        for row, sides in enumerate(project["sides"])
        for col, side in enumerate(sides)
        if side == 4
    )
    edits = ("--pin", f"{row},{col}=03.png", "--list", tmp_path / "b.csv")
    assert run(*again, *edits, "--enlarge", 2.5, new=False)[0] == 0
    assert out().shape[0] == pytest.approx(2.5 * before.shape[0], abs=1)
    (pinned,) = [row for row in listed(tmp_path / "b.csv") if row["photo"] == "03.png"]
    assert f"{row},{col}" in pinned["cells"].split()


def test_limits_count_both_shapes_together(run, both_shapes, tmp_path):
    limits = ("--layout", "mixed", "--max-uses", 5, "--min-spacing", 2, "--shape", "circle")
    told = run(*limits, "--list", tmp_path / "a.csv", codebook_dir=both_shapes)[1]
    assert "at most 5 times; smallest spacing " in told
    assert max(int(row["uses"]) for row in listed(tmp_path / "a.csv")) <= 5


@pytest.mark.parametrize(
    ("part", "value", "message"),
    [
        ([[1]], None, "sides: is not of the same rows and columns as cells"),
        (None, 4, "reaches beyond the grid"),
        (None, None, "sides: does not name the same cells as cells"),
    ],
)
def test_sides_that_make_no_sense(run, tmp_path, part, value, message):
    run("--detail", 0.7, "--save-project", tmp_path / "a.json", scale=4)
    project = json.loads((tmp_path / "a.json").read_text())
    if part is not None:
        project["sides"] = part
    else:
        row = max(n for n, sides in enumerate(project["sides"]) if any(sides))
        col = next(n for n, side in enumerate(project["sides"][row]) if side)
        project["sides"][row][col] = value
    (tmp_path / "a.json").write_text(json.dumps(project))
    code, _, errors = run("--project", tmp_path / "a.json", new=False)
    assert code == 2
    assert message in errors
