from __future__ import annotations

import csv
import errno
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unicodedata
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import mosaic
from photomosaic.assignment.repeats import smallest_spacing
from photomosaic.errors import InputError
from photomosaic.files import output_place
from photomosaic.library.duplicates import THRESHOLD
from photomosaic.options.look import RenderOptions
from photomosaic.options.photos import TileOptions
from photomosaic.project.settings import SETTINGS

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture
def run(tmp_path, photo_folder, target, runner_of):
    """Return a function that runs mosaic.py in this process."""

    settings = {"cache-dir": tmp_path / "cache", "savepath": tmp_path / "out.png"}
    made_of = {"target": target, "codebook-dir": photo_folder, "scale": 4}

    def run_script(*options, new=False, **replaced):
        return runner_of(mosaic, settings | (made_of if new else {}))(*options, **replaced)

    return run_script


@pytest.fixture
def saved(run, tmp_path):
    """Return a project of 8x8 cells with limits."""
    path = tmp_path / "saved.mosaic.json"
    options = ["--max-uses", 3, "--min-spacing", 2, "--tint", 0.3, "--save-project", path]
    assert run(*options, new=True)[0] == 0
    return path


def document(path):
    return json.loads(path.read_bytes())


def tile_map(path):
    """Return the paths of the photos in the cells."""
    saved = document(path)
    return np.array([photo["path"] for photo in saved["photos"]])[np.array(saved["cells"])]


def picture(tmp_path):
    return (tmp_path / "out.png").read_bytes()


def check_limits(names, uses=3, spacing=2):
    _, ids, counts = np.unique(names, return_inverse=True, return_counts=True)
    assert counts.max() <= uses
    apart = smallest_spacing(ids.reshape(names.shape))
    assert apart is None or apart >= spacing


def test_it_is_rendered_again_byte_for_byte(run, saved, tmp_path):
    first = picture(tmp_path)
    (tmp_path / "out.png").unlink()
    before = saved.read_bytes()
    assert run("--project", saved)[0] == 0
    assert picture(tmp_path) == first
    assert saved.read_bytes() == before
    check_limits(tile_map(saved))


def test_it_is_the_same_after_the_photos_were_moved_and_renamed(run, saved, tmp_path, photo_folder):
    first = picture(tmp_path)
    moved = tmp_path / "other place %d"
    photo_folder.rename(moved)
    (moved / "sub").mkdir()
    for number in range(0, 60, 3):
        (moved / f"{number:02d}.png").rename(moved / "sub" / f"x{number}.png")
    assert run("--project", saved)[0] == 2
    code, _, errors = run("--project", saved, "--photos-root", moved)
    assert code == 0, errors
    assert picture(tmp_path) == first


@pytest.mark.parametrize("trim", ["--trim", "--no-trim"])
@pytest.mark.parametrize("scale", [3, 5, 9, 60])
def test_it_is_rendered_at_another_size(run, tmp_path, trim, scale):
    path = tmp_path / "a.json"
    run(trim, "--save-project", path, "--scale", 5, new=True)
    rows, cols = np.array(document(path)["cells"]).shape
    code, told, _ = run("--project", path, "--scale", scale)
    assert code == 0
    assert f"{cols}x{rows} tiles" in told
    with Image.open(tmp_path / "out.png") as made:
        if trim == "--trim":
            assert made.size == (cols * 3 * scale, rows * 4 * scale)
        else:
            assert made.size == (-(-96 * scale // 5), -(-128 * scale // 5))


def test_a_missing_photo_is_named_and_replaced(run, saved, photo_folder):
    names = tile_map(saved)
    lost = names[3, 3]
    (photo_folder / lost).unlink()
    again = saved.with_name("again.json")
    code, _, errors = run("--project", saved, "--save-project", again)
    assert code == 0
    assert f"{lost}: is missing; the next best photo takes its cells" in errors
    mended = tile_map(again)
    assert not (mended == lost).any()
    assert (mended == names)[names != lost].all()
    check_limits(mended)


def test_a_changed_photo_is_told_of(run, saved, photo_folder, make_photo):
    name = tile_map(saved)[0, 0]
    make_photo(photo_folder / name, (1, 2, 3))
    code, _, errors = run("--project", saved)
    assert code == 0
    assert f"{name}: has changed since, and is used as it is" in errors


def test_a_ban_is_kept_and_touches_nothing_else(run, saved):
    names = tile_map(saved)
    banned = names[2, 2]
    assert run("--project", saved, "--ban", banned)[0] == 0
    mended = tile_map(saved)
    assert not (mended == banned).any()
    assert (mended == names)[names != banned].all()
    check_limits(mended)
    other = mended[0, 0]
    run("--project", saved, "--ban", other)
    assert not np.isin(tile_map(saved), [banned, other]).any()
    assert [ref["path"] for ref in document(saved)["edits"]["ban"]] == [banned, other]


def test_a_ban_does_not_pass_to_a_photo_that_gets_the_name(run, saved, tmp_path, photo_folder):
    banned, *_ = sorted({path.name for path in photo_folder.iterdir()} - set(tile_map(saved).flat))
    assert run("--project", saved, "--ban", banned)[0] == 0
    before, made = tile_map(saved), picture(tmp_path)
    (photo_folder / banned).unlink()
    (photo_folder / before[2, 2]).rename(photo_folder / banned)
    assert run("--project", saved)[0] == 0
    assert picture(tmp_path) == made
    run("--project", saved, "--replace", "0,0")
    renamed = np.where(before == before[2, 2], banned, before)
    assert (tile_map(saved) != renamed).sum() == 1


def test_a_ban_passes_to_what_a_banned_photo_becomes(run, saved, photo_folder, make_photo):
    before = tile_map(saved)
    assert run("--project", saved, "--ban", before[2, 2])[0] == 0
    make_photo(photo_folder / before[2, 2], (1, 2, 3))
    run("--project", saved, "--replace", "0,0")
    assert not (tile_map(saved) == before[2, 2]).any()


def test_the_place_of_a_lost_photo_is_not_for_one_that_gets_its_name(run, saved, photo_folder):
    names = tile_map(saved)
    lost, other = names[2, 2], names[0, 0]
    assert lost != other
    (photo_folder / other).replace(photo_folder / lost)
    again = saved.with_name("again.json")
    code, _, errors = run("--project", saved, "--save-project", again)
    assert code == 0
    assert f"{lost}: is missing; the next best photo takes its cells" in errors
    mended = tile_map(again)
    assert (mended == lost).tolist() == (names == other).tolist()


def test_edits_written_into_the_file_by_hand_are_kept(run, saved, photo_folder):
    names = tile_map(saved)
    unused = sorted({path.name for path in photo_folder.iterdir()} - set(names.flat))[:2]
    hashes = {
        name: hashlib.sha256((photo_folder / name).read_bytes()).hexdigest()
        for name in [names[2, 2], *unused]
    }
    banned, pinned, needed = ({"path": name, "sha256": hashes[name]} for name in hashes)
    edits = {"ban": [banned], "pin": [{"row": 5, "col": 5} | pinned], "must_use": [needed]}
    broken(saved, lambda changed: changed["edits"].update(edits))
    again = saved.with_name("again.json")
    assert run("--project", saved, "--save-project", again)[0] == 0
    mended = tile_map(again)
    assert mended[5, 5] == unused[0]
    assert (mended == unused[1]).sum() == 1
    assert not (mended == names[2, 2]).any()


@pytest.mark.parametrize("new", [True, False])
def test_some_photo_has_to_be_left(run, saved, new, photo_folder):
    bans = [word for path in photo_folder.iterdir() for word in ("--ban", path.name)]
    code, _, errors = run(*([] if new else ["--project", saved]), *bans, new=new)
    assert code == 2
    assert errors.splitlines()[-1].endswith("--ban: all 60 photos are banned; leave some")


def test_edits_in_the_file_that_cannot_be_are_told_with_the_file(run, saved, photo_folder):
    refs = [
        {"path": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
        for path in photo_folder.iterdir()
    ]
    pins = [{"row": row, "col": 0} | refs[0] for row in range(8)]
    for edits, told in (
        ({"ban": refs}, "--ban: all 60 photos are banned; leave some"),
        ({"ban": [], "pin": pins}, "--pin: one photo is pinned 8 times, and --max-uses is 3"),
    ):
        broken(saved, lambda changed, edits=edits: changed["edits"].update(edits))
        code, _, errors = run("--project", saved)
        assert code == 2
        assert errors.splitlines()[-1].endswith(f" --project {saved}: {told}")


def test_a_pin_and_what_it_leaves_no_room_for(run, saved):
    names = tile_map(saved)
    photo = names[4, 4]
    assert run("--project", saved, "--pin", f"4,5={photo}")[0] == 0
    mended = tile_map(saved)
    assert mended[4, 5] == photo
    check_limits(mended)
    run("--project", saved, "--ban", mended[0, 0])
    assert tile_map(saved)[4, 5] == photo


def test_a_cell_takes_another_photo_and_does_not_get_the_old_one_back(run, saved):
    seen = {tile_map(saved)[1, 1]}
    for _ in range(3):
        assert run("--project", saved, "--replace", "1,1")[0] == 0
        assert tile_map(saved)[1, 1] not in seen
        seen.add(tile_map(saved)[1, 1])
    check_limits(tile_map(saved))


def test_a_photo_that_must_be_used_is_and_stays(run, saved, photo_folder):
    unused = sorted({path.name for path in photo_folder.iterdir()} - set(tile_map(saved).flat))
    assert run("--project", saved, "--must-use", unused[0])[0] == 0
    assert (tile_map(saved) == unused[0]).sum() == 1
    run("--project", saved, "--must-use", unused[1], "--ban", tile_map(saved)[0, 0])
    assert np.isin(unused[:2], tile_map(saved)).all()
    check_limits(tile_map(saved))


def test_edits_of_a_first_run(run, tmp_path):
    path = tmp_path / "a.json"
    options = ["--ban", "03.png", "--pin", "7,7=05.png", "--must-use", "09.png"]
    assert run(*options, "--save-project", path, new=True)[0] == 0
    names = tile_map(path)
    assert not (names == "03.png").any()
    assert names[7, 7] == "05.png"
    assert (names == "09.png").any()


def test_the_bound_is_shown_as_long_as_it_holds(run, tmp_path):
    saved, bound = tmp_path / "a.json", "above the least possible"
    options = ["--max-uses", "3", "--pin", "0,0=05.png"]
    assert bound not in run(*options, "--randomness", "0.5", new=True)[1]
    assert bound in run(*options, "--save-project", saved, new=True)[1]
    assert bound in run("--project", saved, "--ban", "03.png")[1]
    assert bound not in run("--project", saved, "--pin", "0,0=06.png")[1]


@pytest.mark.parametrize("scale", [32, 31])
def test_a_photo_that_must_be_used_but_finds_no_cell_is_told(run, scale):
    options = ["--scale", scale, "--pin", "0,0=05.png", "--must-use", "09.png"]
    code, told, errors = run(*options, new=True)
    assert code == 0
    assert "warning: --must-use 09.png: the limits leave no cell for it\n" in errors
    assert "1x1 tiles, 1 of 60 photos used, most often 05.png (once)" in told


def test_the_list_tells_uses_and_cells(run, saved, tmp_path):
    assert run("--project", saved, "--list", tmp_path / "photos.csv")[0] == 0
    names = tile_map(saved)
    with (tmp_path / "photos.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["photo"] for row in rows] == [f"{number:02d}.png" for number in range(60)]
    for row in rows:
        places = [tuple(map(int, place.split(","))) for place in row["cells"].split()]
        assert len(places) == int(row["uses"])
        assert places == list(zip(*map(list, np.nonzero(names == row["photo"])), strict=True))


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_name_in_the_list_is_a_formula(run, photo_folder, tmp_path, start):
    name = f"{start}1;=2.png"
    (photo_folder / "00.png").rename(photo_folder / name)
    assert run("--list", tmp_path / "photos.csv", new=True)[0] == 0
    text = (tmp_path / "photos.csv").read_bytes().decode()
    assert f'\n"./{name}",' in text
    with (tmp_path / "photos.csv").open(newline="") as file:
        listed = [row["photo"] for row in csv.DictReader(file)]
    assert sum((photo_folder / photo).is_file() for photo in listed) == 60
    options = [f"--ban={photo}" for photo in listed if photo.startswith("./")]
    saved = tmp_path / "a.json"
    assert run(*options, "--save-project", saved, new=True)[0] == 0
    assert [Path(ban["path"]).name for ban in document(saved)["edits"]["ban"]] == [name]


COMPOSED = "Zo\xeb \u304c.png"


@pytest.mark.parametrize("forms", [("NFC", "NFD"), ("NFD", "NFC")])
def test_photos_go_by_name_in_either_form_of_unicode_and_any_letter_case(
    run, tmp_path, photo_folder, forms
):
    typed, stored = (unicodedata.normalize(form, COMPOSED) for form in forms)
    (photo_folder / "b").mkdir()
    (photo_folder / "00.png").rename(photo_folder / "b" / stored)
    saved = tmp_path / "a.json"
    options = ["--pin", f"0,0={typed}", "--must-use", f"B/{typed.upper()}", "--ban", "01.PNG"]
    assert run(*options, "--save-project", saved, new=True)[0] == 0
    assert tile_map(saved)[0, 0] == f"b/{stored}"
    assert document(saved)["edits"]["ban"][0]["path"] == "01.png"
    # A copy of the folder by another system: the names in the other form, and one photo changed.
    (photo_folder / "b" / stored).rename(photo_folder / "b" / typed)
    Image.new("RGB", (64, 48), (9, 8, 7)).save(photo_folder / "b" / typed)
    code, _, errors = run("--project", saved)
    assert code == 0
    assert "has changed since, and is used as it is" in errors
    assert "missing" not in errors


def test_of_names_that_differ_in_letter_case_the_exact_one_is_meant(run, tmp_path, photo_folder):
    (photo_folder / "00.png").rename(photo_folder / "A.png")
    (photo_folder / "01.png").rename(photo_folder / "a.png")
    saved = tmp_path / "a.json"
    assert run("--ban", "a.png", "--save-project", saved, new=True)[0] == 0
    assert document(saved)["edits"]["ban"][0]["path"] == "a.png"
    assert "2 photos are called so" in run("--ban", "A.PNG", new=True)[2]


def test_the_target_and_the_folder_are_found_in_either_form_of_unicode(run, tmp_path, target):
    forms = [tmp_path / unicodedata.normalize(form, "\xfc") for form in ("NFC", "NFD")]
    (tmp_path / "photos").rename(forms[1])
    target.rename(forms[1] / "t.png")
    made_of = {"target": forms[0] / "t.png", "codebook_dir": forms[0]}
    saved = tmp_path / "a.json"
    assert run("--save-project", saved, new=True, **made_of)[0] == 0
    forms[1].rename(forms[0])
    assert run("--project", saved)[0] == 0


def test_photos_in_subfolders_go_by_path_or_by_a_name_that_is_theirs_alone(
    run, tmp_path, photo_folder
):
    for sub in ("a", "b"):
        (photo_folder / sub).mkdir()
    (photo_folder / "00.png").rename(photo_folder / "a" / "same.png")
    (photo_folder / "01.png").rename(photo_folder / "b" / "same.png")
    (photo_folder / "02.png").rename(photo_folder / "b" / "only.png")
    path = tmp_path / "a.json"
    code, _, errors = run("--ban", "same.png", new=True)
    assert code == 2
    assert errors.endswith(
        "--ban same.png: 2 photos are called so; give the path below the folder:"
        " a/same.png, b/same.png\n"
    )
    assert run("--ban", "only.png", "--ban", "a/same.png", "--save-project", path, new=True)[0] == 0
    assert [ref["path"] for ref in document(path)["edits"]["ban"]] == ["b/only.png", "a/same.png"]


def broken(path, change):
    changed = document(path)
    change(changed)
    path.write_text(json.dumps(changed))


def set_at(*keys):
    def change(value):
        def apply(changed):
            for key in keys[:-1]:
                changed = changed[key]
            changed[keys[-1]] = value

        return apply

    return change


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (set_at("schema")(3), "was saved by a newer version (schema 3, and this one knows 2)"),
        (set_at("schema")("x"), "schema: expected a whole number, not text"),
        (set_at("cells", 2, 3)(99999), "cells: row 2, column 3: there is no photo 99999"),
        (set_at("cells", 2, 3)(-1), "cells[2][3]: expected a whole number >= 0"),
        (
            set_at("cells", 2, 3)(True),
            "cells[2][3]: expected a whole number or null, not true or false",
        ),
        (set_at("cells", 2)([0]), "cells: row 2 does not have 8 columns"),
        (set_at("grid", "rows")(9), "cells: 8 rows, and the grid has 9"),
        (set_at("grid", "rows")(10**12), "grid.rows: expected a whole number <= "),
        (
            set_at("photos", 0, "path")("../../etc/passwd"),
            "photos[0]: ../../etc/passwd does not lie in the folder of photos",
        ),
        (set_at("photos", 0, "path")("/etc/passwd"), "does not lie in the folder of photos"),
        (set_at("photos", 0, "path")("C:\\a.jpg"), "does not lie in the folder of photos"),
        (set_at("photos", 0, "sha256")("12"), "photos[0].sha256: is not in the form that this"),
        (set_at("settings", "scale")("8"), "settings.scale: expected a whole number, not text"),
        (set_at("settings", "metric")("x"), "settings.metric: 'x' is not one of perceptual, rgb"),
        (set_at("settings", "tint")(2), "settings.tint: 2 is not a number from 0 to 1"),
        (set_at("settings", "max_uses")(0), "settings.max_uses: 0 is not a whole number from 1 up"),
        (set_at("edits", "pin")([{}]), "edits.pin[0]: path is missing"),
        (lambda changed: changed.pop("photos"), "the file: photos is missing"),
    ],
)
def test_a_project_that_makes_no_sense_is_one_clear_line(run, saved, change, told):
    broken(saved, change)
    code, _, errors = run("--project", saved)
    assert code == 2
    assert errors.startswith(f"{mosaic.COMMAND.parser().prog}: --project {saved}: ")
    assert told in errors
    assert errors.count("\n") == 1


@pytest.mark.parametrize("content", [b"", b"[1]", b"{}", b"\xff\xfe", b"[" * 100_000, None])
def test_what_is_no_project_is_one_clear_line(run, saved, content):
    half = saved.read_bytes()[: saved.stat().st_size // 2]
    saved.write_bytes(half if content is None else content)
    code, _, errors = run("--project", saved)
    assert code == 2
    assert errors.count("\n") == 1
    assert "is damaged or cut off" in errors or "is no mosaic project" in errors


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--pin", "0,0=no.png"], "--pin no.png: is not among the photos of "),
        (["--pin", "8,0=00.png"], "--pin: there is no cell 8,0; rows go from 0 to 7"),
        (["--pin", "0,0"], "--pin: '0,0' is not ROW,COL=PHOTO"),
        (["--pin", "0,0=00.png", "--pin", "0,0=01.png"], "two photos are pinned there"),
        (["--pin", "0,0=00.png", "--ban", "00.png"], "--pin 0,0=00.png: is banned too"),
        (["--must-use", "00.png", "--ban", "00.png"], "--must-use 00.png: is banned too"),
        (["--pin", "0,0=00.png", "--pin", "0,1=00.png"], "is closer than --min-spacing 2"),
        (["--replace", "0,8"], "--replace: there is no cell 0,8"),
        (["--replace", "x"], "--replace: 'x' is not ROW,COL"),
        (["--replace", "0,0", "--pin", "0,0=00.png"], "--replace 0,0: a photo is pinned there"),
        (["--best-k", "3"], "--best-k: is fixed by the project"),
        (["--no-trim"], "--no-trim: is fixed by the project"),
        (["--ban", "0 0.png"], "; the nearest is 00.png"),
        (["--ban", "../out.png"], "is not among the photos of "),
    ],
    ids=" ".join,
)
def test_edits_that_cannot_be(run, saved, options, told):
    before = saved.read_bytes()
    code, _, errors = run("--project", saved, *options)
    assert code == 2
    assert told in errors.splitlines()[-1]
    assert saved.read_bytes() == before


def one_line(errors):
    """Return the line that a script ends with, which is to be all that it tells."""
    assert errors.count("\n") == 1
    return errors.partition(": ")[2].removesuffix("\n")


def test_nothing_to_replace_in_a_first_run(run, tmp_path):
    code, _, errors = run("--replace", "0,0", new=True)
    assert code == 2
    assert one_line(errors) == "--replace needs --project: name the mosaic that is edited"
    assert not (tmp_path / "cache").exists(), "refused before the long work"


def test_where_photos_went_without_a_project(run, tmp_path):
    code, _, errors = run("--photos-root", tmp_path, new=True)
    assert code == 2
    assert one_line(errors) == "--photos-root needs --project"
    assert not (tmp_path / "cache").exists(), "refused before the long work"


def test_edits_are_refused_at_once_if_the_project_cannot_be_written(run, saved, monkeypatch):
    def refuse():
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    before, cache = saved.read_bytes(), saved.parent / "cache"
    folder = saved.parent / "read only"
    folder.mkdir()
    moved = saved.rename(folder / saved.name)
    shutil.rmtree(cache)
    writable = tempfile.TemporaryFile
    monkeypatch.setattr(
        output_place.tempfile,
        "TemporaryFile",
        lambda dir: refuse() if dir == folder else writable(dir=dir),
    )
    code, _, errors = run("--project", moved, "--ban", "00.png")
    assert code == 2
    assert one_line(errors) == (
        f"--project {moved}: cannot be written there: Permission denied; save the edits"
        " with --save-project"
    )
    assert not cache.exists(), "refused before the long work"
    assert moved.read_bytes() == before
    assert run("--project", moved)[0] == 0
    assert run("--project", moved, "--ban", "00.png", "--save-project", saved)[0] == 0


@pytest.mark.parametrize("option", ["--save-project", "--list", "--report"])
def test_nothing_else_takes_the_place_of_the_edited_project(run, saved, option):
    before = saved.read_bytes()
    code, _, errors = run("--project", saved, "--ban", "00.png", option, saved)
    if option == "--save-project":
        assert code == 0
        return
    assert code == 2
    assert one_line(errors).endswith("is --project's own place")
    assert saved.read_bytes() == before


def test_what_a_project_names_and_is_not_there_is_told_with_the_way_out(
    run, saved, tmp_path, photo_folder, target
):
    photo_folder.rename(tmp_path / "moved")
    errors = run("--project", saved)[2]
    assert one_line(errors) == (
        f"--project {saved}: {photo_folder}: the folder does not exist; name the folder where the"
        " photos are now with --photos-root"
    )
    errors = run("--project", saved, "--photos-root", tmp_path / "no")[2]
    assert one_line(errors) == f"--photos-root {tmp_path / 'no'}: the folder does not exist"
    errors = run("--project", saved, "--codebook-dir", tmp_path / "no")[2]
    assert one_line(errors) == f"--codebook-dir {tmp_path / 'no'}: the folder does not exist"
    (tmp_path / "moved").rename(photo_folder)
    moved = target.rename(tmp_path / "renamed.png")
    errors = run("--project", saved)[2]
    assert one_line(errors) == (
        f"--project {saved}: {target}: there is no such file; name the target that it was made"
        " of with --target"
    )
    assert run("--project", saved, "--target", moved)[0] == 0


@pytest.mark.parametrize(
    ("size", "told"),
    [
        ((300, 300), "has 18x25 cells, and the project 8x8"),
        ((2, 2), "does not fit into the target of 2x2"),
    ],
)
def test_a_projects_target_that_has_another_size_now(run, saved, target, size, told):
    Image.new("RGB", size).save(target)
    code, _, errors = run("--project", saved)
    assert code == 2
    line = one_line(errors)
    assert line.startswith(f"--project {saved}: ")
    assert told in line
    assert line.endswith("; name the target that it was made of with --target")


def test_what_is_missing_is_told_and_the_help_says_what_a_project_brings(capsys):
    parser = mosaic.COMMAND.parser()
    with pytest.raises(InputError) as refused:
        parser.parse_args(["--target", "a.jpg"])
    assert str(refused.value) == (
        "the following arguments are required: --codebook-dir, unless --project is given"
        " (see --help)"
    )
    with pytest.raises(SystemExit) as ended:
        parser.parse_args(["--project", "missing.json", "--help-all"])
    assert ended.value.code == 0
    told = " ".join(capsys.readouterr().out.split())
    assert told.count("needed, unless --project is given") == 2


def test_another_target_than_the_projects(run, saved, tmp_path):
    Image.new("RGB", (300, 300)).save(tmp_path / "other.png")
    code, _, errors = run("--project", saved, "--target", tmp_path / "other.png")
    assert code == 2
    assert one_line(errors) == (
        f"--target {tmp_path / 'other.png'}: has 18x25 cells, and the project 8x8; name the target"
        " that it was made of"
    )


def test_outputs_in_one_place_are_refused(run, saved, tmp_path):
    code, _, errors = run("--project", saved, "--list", tmp_path / "out.png")
    assert code == 2
    assert "--list " in errors
    assert "is the mosaic's own place" in errors


def test_all_photos_cannot_be_used_in_fewer_cells(run):
    code, _, errors = run("--use-all", "--scale", 8, new=True)
    assert code == 2
    assert errors.endswith(
        "--use-all: 60 photos do not fit into 16 cells; take a smaller --scale, or leave photos out"
        " with --exclude\n"
    )


def test_an_infeasible_wish_is_told_before_and_met_as_nearly_as_possible(run, tmp_path):
    path = tmp_path / "a.json"
    code, told, errors = run("--max-uses", 1, "--save-project", path, new=True)
    assert code == 0
    assert "warning: --max-uses 1 is too low for 64 cells and 60 photos; using 2\n" in errors
    assert "total distance " in told
    check_limits(tile_map(path), 2, 1)


def test_limits_go_with_draws_and_the_look(run, tmp_path):
    path = tmp_path / "a.json"
    options = ["--max-uses", 3, "--min-spacing", 2, "--best-k", 4, "--randomness", 0.2]
    options += ["--tint", 0.5, "--opacity", 0.3, "--save-project", path, "--dedupe"]
    pictures = []
    for seed in (1, 1, 2):
        assert run(*options, "--seed", seed, new=True)[0] == 0
        pictures.append(picture(tmp_path))
        check_limits(tile_map(path))
    assert pictures[0] == pictures[1] != pictures[2]


def test_near_duplicates_count_as_one(run, tmp_path, photo_folder):
    for number in range(60):
        with Image.open(photo_folder / f"{number:02d}.png") as photo:
            photo.resize((48, 36)).save(photo_folder / f"copy-{number:02d}.png")
    path, report = tmp_path / "a.json", tmp_path / "report.json"
    options = ["--dedupe", "--max-uses", 2, "--save-project", path, "--report", report]
    assert run(*options, new=True)[0] == 0
    names = np.char.replace(tile_map(path), "copy-", "")
    check_limits(names, 2, 1)
    figures = document(report)["repeats"]
    assert figures["near_duplicates_threshold"] == THRESHOLD
    assert figures["largest_use_count"] <= 2
    assert figures["different_photos"] <= 60


def test_a_project_keeps_every_option_on_tiles_and_look():
    kept = {field.name for options in (TileOptions, RenderOptions) for field in fields(options)}
    assert kept - {"cover"} <= set(SETTINGS), "trim stands for cover"


def test_dithering_and_limits_exclude_one_another(run, tmp_path):
    code, _, errors = run("--dither", 0.8, "--max-uses", 3, new=True)
    assert code == 2
    assert "--dither cannot be combined with --max-uses" in errors
    assert run("--dither", 0.8, new=True)[0] == 0
    dithered = picture(tmp_path)
    run(new=True)
    assert picture(tmp_path) != dithered


def test_it_works_where_nothing_can_be_written_beside_the_code(tmp_path, photo_folder, target):
    """A read-only installation, without a home: the compiled loops are kept nowhere."""
    code = tmp_path / "code"
    shutil.copytree(PROJECT / "photomosaic", code / "photomosaic")
    shutil.copy(PROJECT / "mosaic.py", code)
    for cached in code.rglob("__pycache__"):
        shutil.rmtree(cached)
        cached.touch()  # not even root can make a folder there
    command = [sys.executable, "mosaic.py", "--target", target, "--codebook-dir", photo_folder]
    command += ["--scale", "8", "--max-uses", "2", "--no-cache", "--savepath", tmp_path / "o.png"]
    result = subprocess.run(
        list(map(str, command)),
        cwd=code,
        env={
            "PATH": "/usr/bin:/bin",
            "HOME": "/dev/null",
            "PYTHONDONTWRITEBYTECODE": "1",
            "NUMBA_OPT": "0",
        },
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    assert "total distance" in result.stdout
