from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import mosaic
from photomosaic.options.look import CLASSIC

PROJECT = Path(__file__).resolve().parents[1]


@pytest.fixture
def run(tmp_path, photo_folder, target, runner_of):
    """Return a function that runs mosaic.py in this process on the drawn photos."""

    return runner_of(
        mosaic,
        {
            "target": target,
            "codebook-dir": photo_folder,
            "scale": 4,
            "savepath": tmp_path / "out" / "%s-%d.png",
            "cache-dir": tmp_path / "cache",
        },
    )


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out" / "target-4.png"


def test_a_mosaic_is_made_and_told_of(run, out):
    code, told, errors = run()
    assert code == 0
    with Image.open(out) as picture:
        assert picture.size == (96, 128)
        assert picture.getexif()[0x0131].startswith("photomosaic ")
    assert told.startswith(f"{out}: 96x128 pixels, 8x8 tiles, ")
    assert " of 60 photos used, most often " in told
    assert "CIEDE2000 " in told
    assert "SSIM " in told
    assert errors == "60 photos: 0 from the cache, 60 new, 0 removed, 0 unreadable\n"


def test_on_a_terminal_each_step_is_named(run, monkeypatch):
    named = []

    def bar(items, *, total, what, unit):
        items = list(items)
        assert len(items) == total
        named.append((what, unit))
        return items

    monkeypatch.setattr("photomosaic.cli.console._bar", bar)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    assert run()[0] == 0
    steps = ["reading photos", "sampling cuts", "choosing tiles", "making tiles"]
    assert [what for what, _ in named if what in steps] == steps
    assert named[-2:] == [("comparing with the target", "figure"), ("encoding", "picture")]


def test_the_mosaic_resembles_its_target(run, out, target):
    run(best_k=1)
    with Image.open(out) as mosaic_picture, Image.open(target) as target_picture:
        small = [
            np.asarray(p.resize((8, 8), Image.Resampling.BOX), int)
            for p in (mosaic_picture, target_picture)
        ]
    flat = np.abs(small[1] - small[1].mean(axis=(0, 1))).mean()
    assert np.abs(small[0] - small[1]).mean() < 0.5 * flat


@pytest.mark.parametrize(
    "options",
    [
        ["--opacity", "0.4"],
        ["--best-k", "5"],
        ["--randomness", "0.05"],
        ["--tint", "0.5"],
        ["--metric", "rgb"],
        ["--vectorization-factor", "0.3"],
        ["--crop", "attention"],
        ["--crop", "pad"],
        ["--crop", "stretch"],
        ["--height-aspect", "3", "--width-aspect", "4.5"],
        ["--exclude", "0*.png"],
        ["--no-recursive"],
        ["--scale", "1"],
    ],
    ids=" ".join,
)
def test_each_option_changes_the_picture_and_repeats_itself(run, tmp_path, options):
    folder = tmp_path / "blots"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in range(60):
        blots = Image.fromarray(rng.integers(0, 256, (4, 6, 3), np.uint8))
        blots.resize((90, 60)).save(folder / f"{number:02d}.png")

    def picture(*extra):
        code, _, _ = run(*extra, codebook_dir=folder, savepath=tmp_path / "one.png")
        assert code == 0
        return (tmp_path / "one.png").read_bytes()

    changed = picture(*options)
    assert picture(*options) == changed
    if options != ["--no-recursive"]:
        assert picture() != changed


@pytest.mark.parametrize("extension", ["jpg", "jpeg", "png", "webp", "tif", "tiff", "avif", "JPG"])
def test_the_extension_picks_the_format(run, tmp_path, extension):
    path = tmp_path / f"picture.{extension}"
    assert run(savepath=path)[0] == 0
    names = {"jpg": "JPEG", "tif": "TIFF"}
    with Image.open(path) as picture:
        expected = names.get(extension.lower(), extension.upper())
        assert picture.format == expected
        assert picture.size == (96, 128)


def test_no_trim_covers_the_target(run, out):
    run("--no-trim", scale=5, savepath=out)
    with Image.open(out) as picture:
        assert picture.size == (96, 128)
    run(scale=5, savepath=out)
    with Image.open(out) as picture:
        assert picture.size == (90, 120)


def test_same_bytes_on_any_workers_cold_and_warm(run, tmp_path):
    def picture(workers, cache):
        options = ["--best-k", 4, "--randomness", 0.1, "--tint", 0.3, "--seed", 3]
        savepath = tmp_path / "picture.jpg"
        run(*options, workers=workers, cache_dir=tmp_path / cache, savepath=savepath)
        return savepath.read_bytes()

    pictures = {picture(1, "a"), picture(1, "a"), picture(2, "b"), picture(2, "b"), picture(3, "a")}
    assert len(pictures) == 1


def test_large_tiles_come_from_the_original_photos(run, tmp_path, make_photo):
    folder = tmp_path / "one"
    rng = np.random.default_rng(0)
    folder.mkdir()
    noise = rng.integers(0, 256, (800, 600, 3), np.uint8)
    Image.fromarray(noise).save(folder / "noise.png")
    target = make_photo(tmp_path / "large.png", size=(700, 900))
    big = tmp_path / "big.png"
    code, _, _ = run(target=target, codebook_dir=folder, scale=200, savepath=big, cuts=1)
    assert code == 0
    with Image.open(tmp_path / "big.png") as picture:
        assert np.array_equal(np.asarray(picture), noise)


def test_report_holds_figures_settings_versions_and_times(run, tmp_path, out, photo_folder):
    (photo_folder / "broken.jpg").write_text("not a photo")
    assert run("--report", tmp_path / "r" / "report.json", "--seed", 9)[0] == 0
    report = json.loads((tmp_path / "r" / "report.json").read_text())
    assert report["mosaic"]["path"] == str(out)
    assert (report["mosaic"]["cols"], report["mosaic"]["rows"]) == (8, 8)
    assert 0 < report["mosaic"]["ciede2000"] < 60
    assert report["photos"]["available"] == 60
    assert report["photos"]["unreadable"][0]["path"].endswith("broken.jpg")
    assert report["settings"]["seed"] == 9
    assert report["settings"]["target"].endswith("target.png")
    assert set(report["versions"]) >= {"photomosaic", "python", "numpy", "pillow"}
    assert {"index", "search", "compose", "encode", "score"} <= set(report["seconds"])


def test_quiet_and_verbose(run):
    assert run("--quiet") == (0, "", "")
    _, _, errors = run("--verbose")
    assert "the cache takes up" in errors
    assert "compose" in errors


def test_no_cache_writes_nothing_but_the_mosaic(run, tmp_path, out):
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    assert run("--no-cache")[0] == 0
    assert {path for path in tmp_path.rglob("*") if path.is_file()} - before == {out}


def test_unreadable_photos_are_listed_at_the_end(run, photo_folder):
    for number in range(23):
        (photo_folder / f"broken {number:02d}.jpg").write_text("no photo")
    code, _, errors = run()
    assert code == 0
    assert "83 photos: 0 from the cache, 60 new, 0 removed, 23 unreadable" in errors
    assert "broken 19.jpg: not a picture of a supported format" in errors
    assert "broken 20.jpg" not in errors
    assert "and 3 more" in errors
    assert "broken 22.jpg" in run("--verbose")[2]


def test_few_photos_a_large_k_raw_files_and_skipped_ones_are_told(run, tmp_path, make_photo):
    folder = tmp_path / "few"
    make_photo(folder / "one.png", size=(30, 40))
    make_photo(folder / "two.png", colour=(1, 2, 3), size=(31, 40))
    make_photo(folder / "wide.png", colour=(4, 5, 6), size=(90, 40))
    (folder / "IMG_1.CR2").write_bytes(b"II*\0raw")
    code, _, errors = run("--best-k", 9, "--crop", "skip", codebook_dir=folder, cuts=1)
    assert code == 0
    assert "warning: only 1 photo; from 50 on" in errors
    assert "2 photos of another aspect left out" in errors
    assert "--best-k: reduced to the number of tiles, 1" in errors
    assert "not used: 1 camera RAW file (IMG_1.CR2), export as JPEG" in errors


def test_names_of_photos_never_steer_a_terminal(run, photo_folder, target):
    escape = "\x1b[2J"
    (photo_folder / "00.png").rename(photo_folder / f"{escape}.png")
    (photo_folder / f"{escape} broken.jpg").write_bytes(b"no picture")
    (photo_folder / f"{escape}.nef").touch()
    options = ["--verbose", "--exclude", f"{escape}x", "--pin", f"0,0={escape}.png"]
    code, told, errors = run(*options, savepath=target.with_name(f"{escape}.png"))
    assert code == 0
    assert r"\x1b[2J broken.jpg: not a picture" in errors
    assert r"1 camera RAW file (\x1b[2J.nef)" in errors
    assert rf"--exclude \x1b[2Jx: matches nothing in {photo_folder}; the nearest name is" in errors
    assert r"\x1b[2J.png: 96x128 pixels" in told
    assert "\x1b" not in told + errors


def test_own_mosaics_are_not_taken_as_photos(run, photo_folder):
    savepath = photo_folder / "mosaic.jpg"
    run(savepath=savepath)
    code, told, errors = run(savepath=savepath)
    assert code == 0
    assert "of 60 photos" in told
    assert "1 mosaic left out" in errors


HINT = "hint: too coarse for a face; take --scale 11 --target-width 1485, or leave --scale out"
ODD_NAMES = ["a b.jpg", "50% of %s & 'q' \"d\".jpg", "-dash.jpg", "new\nline.jpg", "ünï.jpg"]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_names_of_target_and_folder(run, tmp_path, target, photo_folder, name):
    odd_target = tmp_path / "odd" / name
    odd_target.parent.mkdir()
    Image.open(target).save(odd_target)
    odd_folder = photo_folder.rename(tmp_path / name.removesuffix(".jpg"))
    code, told, _ = run(target=odd_target, codebook_dir=odd_folder, savepath=tmp_path / "%s_.png")
    assert code == 0
    line, hint = told.splitlines()
    assert "_.png: 96x128 pixels" in line
    assert hint == HINT
    assert (tmp_path / f"{name.removesuffix('.jpg')}_.png").exists()


def test_names_that_are_not_utf8(run, tmp_path, photo_folder):
    odd = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9")
    try:
        photo_folder.rename(odd)
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    code, told, _ = run(codebook_dir=odd)
    assert code == 0
    assert told.isprintable() or told.endswith("\n")


# What a user may get wrong, and what the one line must name.

BAD_OPTIONS = [
    (["--scale=0"], "--scale: 0 is not a whole number from 1 to 65,500"),
    (["--scale=-3"], "--scale: -3 is not"),
    (["--scale=1.5"], "--scale: '1.5' is not"),
    (["--scale=10000"], "the largest scale that works is 32"),
    (["--scale=33"], "the largest scale that works is 32"),
    (["--opacity=1.2"], "--opacity: 1.2 is not a number from 0 to 1"),
    (["--opacity=nan"], "--opacity"),
    (["--randomness=1"], "--randomness: 1 is not a number from 0 to below 1"),
    (["--best-k=0"], "--best-k: 0 is not"),
    (["--height-aspect=0"], "--height-aspect: 0 is not a number above 0"),
    (["--width-aspect=-2"], "--width-aspect: -2 is not"),
    (["--height-aspect=0.01", "--width-aspect=0.01"], "0x0 pixels; take a larger scale"),
    (["--vectorization-factor=0"], "--vectorization-factor"),
    (["--vectorization-factor=1.5"], "--vectorization-factor"),
    (["--metric=hsv"], "--metric"),
    (["--crop=face"], "--crop"),
    (["--workers=0"], "--workers"),
    (["--seed=-1"], "--seed"),
    (["--quiet", "--verbose"], "--verbose"),
    (["--colour"], "--colour"),
    (["--savepath=%q.jpg"], "%q"),
    (["--savepath=noextension"], "--savepath noextension: needs an extension"),
    (["--savepath=a.xyz"], "--savepath a.xyz: pictures cannot be written as .xyz"),
    (["--savepath=a.mp4"], ".mp4"),
    (["--savepath="], "--savepath"),
    (["--target="], "--target"),
    (["--codebook-dir="], "--codebook-dir"),
    (["--target=missing.jpg"], "--target missing.jpg: there is no such file"),
    (["--codebook-dir=missing"], "--codebook-dir missing: the folder does not exist"),
]


@pytest.mark.parametrize(("options", "named"), BAD_OPTIONS, ids=lambda value: str(value))
def test_a_wrong_option_is_one_line(run, tmp_path, monkeypatch, options, named):
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    code, told, errors = run(*options)
    assert code == 2
    assert told == ""
    assert errors.startswith("mosaic.py: ")
    assert errors.count("\n") == 1
    assert named in errors
    assert sorted(tmp_path.rglob("*")) == before, "refused before anything was written"


def broken_targets(folder):
    text = folder / "text.jpg"
    text.write_text("hello, I am no picture")
    video = folder / "video.jpg"
    video.write_bytes(b"\0\0\0\x18ftypqt  \0\0\0\0qt  " + bytes(100))
    truncated = folder / "truncated.jpg"
    Image.effect_noise((400, 400), 80).save(truncated)
    truncated.write_bytes(truncated.read_bytes()[:5000])
    return {
        text: "not a picture",
        video: "is a video; video.py makes mosaics of videos",
        truncated: "damaged",
        folder: "is a folder",
    }


def test_a_target_that_cannot_be_read_is_named(run, tmp_path):
    folder = tmp_path / "targets"
    folder.mkdir()
    for path, reason in broken_targets(folder).items():
        code, _, errors = run(target=path)
        assert code == 2
        assert f"--target {path}: " in errors
        assert reason in errors
        assert errors.count("\n") == 1


def test_folders_without_a_usable_photo(run, tmp_path):
    empty, other, broken = tmp_path / "empty", tmp_path / "other", tmp_path / "broken"
    for folder in (empty, other, broken):
        folder.mkdir()
    (other / "notes.txt").write_text("no photo")
    (broken / "a.jpg").write_text("no photo")
    for folder, reason in [
        (empty, "there is no photo in it"),
        (other, "there is no photo in it"),
        (broken, "no photo in it can be read (1 tried)"),
        (broken / "a.jpg", "is a file, not a folder"),
    ]:
        code, _, errors = run(codebook_dir=folder)
        assert code == 2
        assert f"{folder}: " in errors
        assert reason in errors
        assert errors.count("\n") == 1


def test_no_photo_but_what_exclude_leaves_out(run, out):
    code, _, errors = run("--exclude", "*")
    assert code == 2
    assert "there is no photo in it besides what is excluded" in errors
    assert errors.count("\n") == 1
    assert not out.parent.exists()


def test_one_photo_makes_a_mosaic(run, tmp_path, make_photo, out):
    make_photo(tmp_path / "single" / "only.jpg")
    code, told, errors = run(codebook_dir=tmp_path / "single")
    assert code == 0
    assert "1 of 1 photo used" in told
    assert "warning: only 1 photo; from 50 on" in errors
    assert out.exists()


@pytest.mark.parametrize("option", ["--savepath", "--report", "--list", "--save-project"])
@pytest.mark.parametrize(
    ("name", "leaving_out"),
    [(".a.png", []), ("sub/a.png", ["--no-recursive"]), ("a.png", ["--exclude=a.*"])],
)
def test_photos_that_are_left_out_are_never_overwritten(
    run, photo_folder, tmp_path, option, name, leaving_out
):
    photo = photo_folder / name
    photo.parent.mkdir(exist_ok=True)
    Image.new("RGB", (40, 30), "teal").save(photo)
    before = photo.read_bytes()
    code, _, errors = run(option, photo, *leaving_out, cache_dir=tmp_path / "unused")
    assert code == 2
    assert f"{option} {photo}: lies among the photos and was not made by this toolkit" in errors
    assert photo.read_bytes() == before
    assert not (tmp_path / "unused").exists()


def test_somebodys_own_under_the_name_that_nobody_gave_is_kept(run, target, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = Path("media", "output", f"{target.stem}-mosaic-scale-4.jpg")
    path.parent.mkdir(parents=True)
    path.write_bytes(b"mine")
    code, _, errors = run(savepath=None)
    assert code == 2
    assert f"--savepath {path}: exists already, and was not made by this toolkit" in errors
    assert path.read_bytes() == b"mine"
    assert run(savepath=path)[0] == 0
    assert run(savepath=None)[0] == 0


def test_inputs_are_never_overwritten(run, target, photo_folder, tmp_path):
    photo = photo_folder / "00.png"
    link = tmp_path / "link.png"
    link.symlink_to(photo)
    for path, reason in [
        (target, "is the target itself"),
        (photo, "is one of the photos"),
        (link, "is one of the photos"),
    ]:
        before = path.read_bytes()
        for option in ("savepath", "report"):
            code, _, errors = run(**{option: str(path).replace("%", "%%")})
            assert code == 2
            assert f"--{option}" in errors
            assert reason in errors
            assert path.read_bytes() == before
    code, _, errors = run("--report", tmp_path / "out" / "target-4.png")
    assert code == 2
    assert "--report" in errors


def test_a_place_that_cannot_be_written_is_told_before_the_work(run, tmp_path):
    (tmp_path / "file").write_text("in the way")
    for savepath in (tmp_path / "file" / "a.png", tmp_path, Path("/proc/a.png")):
        if savepath.parts[1] == "proc" and sys.platform != "linux":
            continue
        path = savepath if savepath.suffix else f"{savepath}/.png"
        code, told, errors = run(savepath=path)
        assert (code, told) == (2, "")
        assert errors.count("\n") == 1
        assert "--savepath" in errors
        assert not (tmp_path / "cache").exists()


def test_a_format_too_small_for_the_picture_is_told_before_the_work(run, tmp_path):
    wide = tmp_path / "wide.png"
    Image.new("RGB", (20_000, 8)).save(wide)
    code, _, errors = run(target=wide, scale=1, savepath=tmp_path / "wide.webp")
    assert code == 2
    assert "WEBP holds at most 16383 pixels a side" in errors


def test_a_full_disk_leaves_the_old_picture(run, out, monkeypatch):
    run()
    before = out.read_bytes()

    def full(*_arguments, **_settings):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", full)
    code, _, errors = run("--opacity", 0.5)
    assert code == 2
    assert errors.splitlines()[-1].endswith(f"{out}: could not be written: No space left on device")
    assert out.read_bytes() == before
    assert list(out.parent.iterdir()) == [out]


def test_special_files_in_the_folder_are_passed_over(run, photo_folder):
    os.mkfifo(photo_folder / "pipe.jpg")
    (photo_folder / "loop").symlink_to(photo_folder)
    (photo_folder / "self.jpg").symlink_to(photo_folder / "self.jpg")
    (photo_folder / "IMG.aae").write_text("side file")
    (photo_folder / ".hidden.jpg").write_text("no photo")
    with socket.socket(socket.AF_UNIX) as plug:
        here = Path.cwd()
        os.chdir(photo_folder)  # the address of a socket is short
        try:
            plug.bind("plug.jpg")
        finally:
            os.chdir(here)
        code, _, errors = run()
    assert code == 0
    assert errors == "60 photos: 0 from the cache, 60 new, 0 removed, 0 unreadable\n"


# Ctrl-C arrives when the picture is written, but does not have its name yet.
CTRL_C = """
import os, signal, sys
import mosaic

os.fsync = lambda _: os.kill(os.getpid(), signal.SIGINT)
sys.exit(mosaic.main())
"""


def test_ctrl_c_while_writing_leaves_nothing_half_done(tmp_path, photo_folder, target):
    savepath = tmp_path / "out" / "mosaic.png"
    options = ["--target", target, "--codebook-dir", photo_folder, "--scale", "4", "--no-cache"]
    command = [sys.executable, "-c", CTRL_C, *options, "--savepath", savepath]
    result = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    assert result.returncode == 130
    assert result.stderr.splitlines()[-1].startswith("mosaic.py: stopped")
    assert "Traceback" not in result.stderr
    assert list(savepath.parent.iterdir()) == []


def test_real_photos_and_target(run, tmp_path, shared_data):
    smoke = shared_data / "smoke"
    code, told, errors = run(
        target=smoke / "targets" / "chelsea.png",
        codebook_dir=smoke,
        scale=5,
        savepath=tmp_path / "real.jpg",
        exclude="video",
    )
    assert code == 0
    assert "photos used" in told
    assert "unreadable" in errors
    with Image.open(tmp_path / "real.jpg") as picture:
        assert picture.size == (450, 300)


def report_of(run, path, *options, **named):
    code, told, errors = run(*options, "--report", path, **named)
    assert code == 0, errors
    return told, json.loads(path.read_text())


@pytest.mark.parametrize("options", [[], ["--no-trim", "--tint", 0.3]])
def test_without_a_scale_the_grid_is_chosen_and_numbers_make_the_same(run, tmp_path, options):
    named = {"scale": None, "savepath": tmp_path / "chosen-%d.png"}
    told, report = report_of(run, tmp_path / "a.json", *options, **named)
    made, settings = report["mosaic"], report["settings"]
    assert 1900 <= made["rows"] * made["cols"] <= 2200
    numbers = f"--scale {settings['scale']} --target-width {settings['target_width']}"
    assert told.splitlines()[0].endswith(f"; {numbers} makes the same")
    assert settings["scale"] == 11
    told, _ = report_of(
        run,
        tmp_path / "b.json",
        *numbers.split(),
        *options,
        **{**named, "savepath": tmp_path / "typed-%d.png"},
    )
    assert "makes the same" not in told
    assert "coarse" not in told
    chosen, typed = (tmp_path / f"{name}-11.png" for name in ("chosen", "typed"))
    assert chosen.read_bytes() == typed.read_bytes()


def test_a_chosen_grid_is_kept_by_the_project(run, tmp_path):
    project, first = tmp_path / "a.json", tmp_path / "first.png"
    assert run("--save-project", project, scale=None, savepath=first)[0] == 0
    again, larger = tmp_path / "again.png", tmp_path / "larger.png"
    named = {"scale": None, "target": None, "codebook_dir": None}
    assert run("--project", project, **named, savepath=again)[0] == 0
    assert again.read_bytes() == first.read_bytes()
    assert run("--project", project, **named | {"scale": 22}, savepath=larger)[0] == 0
    with Image.open(first) as one, Image.open(larger) as two:
        assert (2 * one.width, 2 * one.height) == two.size
    code, _, errors = run("--project", project, "--target-width", 500, **named)
    assert code == 2
    assert "--target-width: is fixed by the project" in errors


def test_the_width_of_the_target_alone_is_kept(run, tmp_path):
    told, report = report_of(run, tmp_path / "a.json", "--target-width", 480, scale=None)
    assert told.startswith(f"{tmp_path / 'out' / 'target-4.png'}: 480x640 pixels")
    assert report["settings"]["target_width"] == 480
    assert "--scale 4 --target-width 480 makes the same" in told


def test_a_target_that_would_be_too_large_is_refused(run):
    code, _, errors = run("--target-width", 60_000)
    assert code == 2
    assert errors == (
        "mosaic.py: --target-width 60000: makes a target of 60000x80000 pixels; up to 12247 works,"
        " and --enlarge or --print for more\n"
    )


def test_a_target_too_narrow_for_a_grid_is_refused(run, tmp_path):
    Image.new("RGB", (30_000, 1)).save(tmp_path / "line.png")
    code, _, errors = run(scale=None, target=tmp_path / "line.png")
    assert code == 2
    assert "--target: 30000x1 pixels are too few for tiles of these aspects" in errors


@pytest.mark.parametrize("size", [(1, 1), (7, 5)])
def test_a_tiny_target_of_one_colour(run, tmp_path, size):
    Image.new("RGB", size, "teal").save(tmp_path / "tiny.png")
    assert run(scale=None, target=tmp_path / "tiny.png")[0] == 0


def test_classic_is_the_closest_by_pixels_and_options_beside_it_count(run, out):
    run("--classic")
    classic = out.read_bytes()
    plain = ["--cuts", 1, "--refine", 0, "--variety", 0]
    run("--metric", "rgb", "--vectorization-factor", 1, *plain)
    assert out.read_bytes() == classic
    run("--metric", "perceptual", "--classic")
    perceptual = out.read_bytes()
    run(*plain)
    assert out.read_bytes() == perceptual != classic
    run()
    assert out.read_bytes() != perceptual


def test_classic_switches_off_all_that_the_original_did_not_have():
    parser = mosaic.COMMAND.parser()
    words = ["--target", "a.jpg", "--codebook-dir", "photos"]
    known = vars(parser.parse_args(words))
    classic = vars(mosaic.COMMAND.parser().parse_args([*words, "--classic"]))
    asked = {name: value for name, value in CLASSIC.values.items() if name in known}
    assert {"metric", "refine", "variety"} <= asked.keys()
    assert {name: classic[name] for name in asked} == asked
    assert {name for name in known if known[name] != classic[name]} <= {*asked, "classic"}
