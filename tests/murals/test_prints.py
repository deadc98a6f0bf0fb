from __future__ import annotations

import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from photomosaic.images import decode
from photomosaic.jobs import murals
from photomosaic.murals import estimate, tiles

PROJECT = Path(__file__).resolve().parents[2]


def pixels(path):
    with Image.open(path) as opened:
        return np.asarray(opened.convert("RGB")).astype(float)


LOOKS = [
    (),
    ("--tint", 0.6),
    ("--opacity", 0.4),
    ("--tint", 1, "--opacity", 0.2),
    ("--no-trim", "--scale", 7, "--tint", 0.3),
    ("--crop", "pad", "--height-aspect", 3, "--opacity", 0.3),
    ("--crop", "attention", "--width-aspect", 2),
]


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_a_print_made_small_is_the_mosaic(run, out, look):
    assert run(*look)[0] == 0
    small = pixels(out)
    assert run(*look, "--enlarge", 5)[0] == 0
    large = pixels(out)
    assert large.shape[0] == pytest.approx(5 * small.shape[0], abs=5)
    shrunk = cv2.resize(large, small.shape[1::-1], interpolation=cv2.INTER_AREA)
    assert np.abs(shrunk - small).mean() <= 2
    # The comparison would see a mosaic of another look.
    assert run("--randomness", 0.5, savepath=out)[0] == 0
    assert np.abs(pixels(out)[: small.shape[0], : small.shape[1]] - small).mean() > 5


def test_tiles_are_as_sharp_as_the_originals(run, out, tmp_path):
    folder = tmp_path / "one"
    folder.mkdir()
    noise = np.random.default_rng(0).integers(0, 256, (320, 240, 3), np.uint8)
    Image.fromarray(noise).save(folder / "noise.png")
    assert run("--enlarge", 10, codebook_dir=folder)[0] == 0
    large = pixels(out)
    assert large.shape == (3200, 2400, 3)
    assert np.array_equal(large[:320, :240], noise)
    assert np.array_equal(large[-320:, -240:], noise)


def test_transparent_photos_show_the_mean_of_their_patch(run, out, tmp_path, picture):
    folder = tmp_path / "dots"
    folder.mkdir()
    dot = Image.new("RGBA", (240, 320), (255, 0, 0, 0))
    dot.paste((0, 255, 0, 255), (60, 80, 180, 240))
    dot.save(folder / "dot.png")
    assert run("--enlarge", 4, codebook_dir=folder)[0] == 0
    large, patch = pixels(out), pixels(picture)[:32, :24]
    assert np.abs(large[2, 2] - patch.mean(axis=(0, 1))).max() <= 1
    assert large[64, 48].tolist() == [0, 255, 0]


@pytest.mark.parametrize(
    ("extension", "packing", "compression"),
    [
        ("jpg", [], ""),
        ("png", [], ""),
        ("webp", [], ""),
        ("tif", [], "deflate"),
        ("tif", ["--compression", "deflate"], "deflate"),
        ("tif", ["--compression", "jpeg"], "jpeg"),
    ],
)
def test_formats_carry_dpi_profile_and_name(run, tmp_path, extension, packing, compression):
    path = tmp_path / f"caf\u00e9 100% [x].{extension}"
    options = ["--print", "20x30cm", "--dpi", 200, *packing]
    code, told, errors = run(*options, savepath=str(path).replace("%", "%%"))
    assert code == 0
    assert "print: 1,570x2,090 pixels" in errors
    assert "20.0 x 26.6 cm (7.9 x 10.5 in)" in errors
    with Image.open(path) as opened:
        assert f"{opened.width}x{opened.height} pixels" in told
        assert opened.info["icc_profile"]
        assert "photomosaic" in str(opened.getexif().get(0x0131) or opened.getexif()[270])
        if extension != "webp":
            assert opened.info["dpi"][0] == pytest.approx(opened.width / 20 * 2.54, abs=0.6)
        if extension == "tif":
            assert (opened.tag_v2[322], opened.tag_v2[323]) == (256, 256)
            assert opened.info["compression"].endswith(compression)
        opened.load()


def test_own_prints_are_not_taken_as_photos(run, album, tmp_path, monkeypatch):
    folder = tmp_path / "photos"
    folder.mkdir()
    for photo in sorted(album.iterdir())[:10]:
        (folder / photo.name).write_bytes(photo.read_bytes())
    for name in ("a.tif", "b.jpg", "c.png", "d.webp"):
        assert run("--enlarge", 3, codebook_dir=folder, savepath=folder / name)[0] == 0
    _, told, errors = run(codebook_dir=folder)
    assert "of 10 photos used" in told
    assert "4 mosaics left out" in errors
    assert run("--enlarge", 3, codebook_dir=folder, savepath=folder / "a.tif")[0] == 0
    monkeypatch.setattr(decode, "MAX_PIXELS", 1000)
    for name in ("a.tif", "b.jpg", "c.png", "d.webp"):
        assert decode.is_own_output((folder / name).read_bytes()), "too large to be read"


@pytest.mark.parametrize("workers", [1, 3])
def test_spilled_tiles_give_the_same_bytes_on_any_workers(run, out, monkeypatch, workers):
    options = ["--enlarge", 4, "--tint", 0.5]
    assert run(*options)[0] == 0
    before = out.read_bytes()
    monkeypatch.setattr(tiles, "TILE_MEMORY", 1000)
    assert run(*options, workers=workers)[0] == 0
    assert out.read_bytes() == before
    assert list(out.parent.iterdir()) == [out]


def test_the_plan_tells_what_the_photos_are_good_for(run):
    _, _, errors = run("--enlarge", 12)
    assert "sharpest: nine of ten photos have pixels for tiles of 300x400" in errors
    assert "look soft" not in errors
    _, _, errors = run("--enlarge", 20)
    assert "photos with fewer pixels than their tiles, which look soft up close: 40 of 40" in errors
    assert "takes about" in errors
    assert "free" in errors


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--enlarge", 0], "--enlarge: 0 is not a number from 1"),
        (["--enlarge", -2], "--enlarge: -2 is not"),
        (["--enlarge", 900], "--enlarge tiles of"),
        (["--output-width", 0], "--output-width: 0 is not"),
        (["--output-width", 100], "--output-width 100 pixels are fewer than the 240"),
        (["--print", "60x90kg"], "--print: '60x90kg' has an unknown unit, 'kg'"),
        (["--print", "0x10cm"], "--print: '0x10cm' has no area"),
        (["--print", "60x90cm", "--enlarge", 2], "not allowed with"),
        (["--print", "60x90cm", "--dpi", 0], "--dpi: 0 is not"),
        (["--dpi", 200], "--dpi needs a size"),
        (["--sheets", "A4"], "--sheets needs a size"),
        (["--compression", "jpeg"], "--compression needs a size"),
        (["--compression", "jpeg", "--enlarge", 2], "--compression needs a --savepath of .tif"),
        (["--photo-size", 300], "--photo-size needs --zoom-page"),
        (["--no-originals"], "--no-originals needs --zoom-page"),
        (["--originals", "--enlarge", 2], "--originals needs --zoom-page"),
        (
            ["--zoom-page", "x", "--no-originals", "--photo-size", 300],
            "--photo-size needs --originals",
        ),
        (["--photos-root", "x"], "--photos-root needs --project"),
        (["--sheets", "A5", "--enlarge", 2], "--sheets"),
        (["--print", "9x9m", "--sheets", "A4"], "--sheets the print takes"),
        (["--enlarge", 2, "--savepath", "x.avif"], "--savepath x.avif: large pictures"),
        (["--output-width", 40000, "--savepath", "x.webp"], "WEBP holds at most 16383"),
        (
            ["--output-width", 66000, "--scale", 4, "--savepath", "x.jpg"],
            "JPEG holds at most 65500",
        ),
        (["--photo-size", 3, "--zoom-page", "x"], "--photo-size: 3 is not"),
    ],
    ids=str,
)
def test_wishes_that_cannot_be_met_are_one_line(run, tmp_path, monkeypatch, options, problem):
    monkeypatch.chdir(tmp_path)
    code, told, errors = run(*options)
    assert (code, told) == (2, "")
    assert problem in errors
    assert errors.count("\n") == 1
    assert not (tmp_path / "cache").exists(), "refused before the long work"


def test_photos_removed_meanwhile_are_named_and_their_thumbnails_used(
    run, out, album, tmp_path, monkeypatch
):
    folder = tmp_path / "photos"
    folder.mkdir()
    for photo in sorted(album.iterdir()):
        (folder / photo.name).write_bytes(photo.read_bytes())
    options = ["--enlarge", 5]
    assert run(*options, codebook_dir=folder)[0] == 0
    before = pixels(out)
    seconds_to_make = murals.seconds_to_make

    def remove_photos(*given):
        for photo in folder.iterdir():
            photo.unlink()
        return seconds_to_make(*given)

    monkeypatch.setattr(murals, "seconds_to_make", remove_photos)
    code, _, errors = run(*options, codebook_dir=folder)
    assert code == 0
    assert f"{folder / 'photo-'}" in errors
    assert "enlarged from its thumbnail" in errors
    # 160 by 120 pixels out of thumbnails of 192 and more: nearly as sharp.
    assert np.abs(pixels(out) - before).mean() < 2


def test_too_little_room_is_told_before_the_work(run, out, monkeypatch):
    monkeypatch.setattr(estimate.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 9000}))
    code, _, errors = run("--enlarge", 5)
    assert code == 2
    assert "only 1 MB are free" in errors
    assert not out.exists()


def command(options, *, limit=None):
    def limit_files():
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return subprocess.Popen(
        [sys.executable, str(PROJECT / "mosaic.py"), *map(str, options)],
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=limit_files if limit else None,
    )


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.tif"])
def test_a_write_that_fails_leaves_the_old_print(tmp_path, album, picture, name):
    path = tmp_path / "out" / name
    path.parent.mkdir()
    path.write_bytes(b"old")
    options = ["--target", picture, "--codebook-dir", album, "--scale", 8, "--no-cache"]
    process = command([*options, "--enlarge", 8, "--savepath", path], limit=200_000)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 2
    assert f"{path}: could not be written: " in errors.splitlines()[-1]
    assert path.read_bytes() == b"old"
    assert list(path.parent.iterdir()) == [path]


def test_ctrl_c_while_writing_leaves_nothing(tmp_path, album, picture):
    path = tmp_path / "out" / "large.png"
    options = ["--target", picture, "--codebook-dir", album, "--scale", 8, "--no-cache"]
    process = command([*options, "--enlarge", 60, "--tint", 0.5, "--savepath", path])
    for _ in range(2000):
        if any(path.parent.rglob("*.png")):  # in the working folder
            break
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    start = time.monotonic()
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors.splitlines()[-1].startswith("mosaic.py: stopped")
    assert time.monotonic() - start < 10
    assert list(path.parent.iterdir()) == []


def test_sheets_cover_the_print(run, tmp_path):
    code, told, _ = run("--print", "40x60cm", "--sheets", "A4")
    assert code == 0
    path = tmp_path / "out" / "mosaic-sheets.pdf"
    assert f"{path}: 6 sheets and a plan" in told
    content = path.read_bytes()
    assert content.startswith(b"%PDF")
    assert content.count(b"/Type /Page\n") + content.count(b"/Type /Page ") == 7
    before = content
    assert run("--print", "40x60cm", "--sheets", "A4")[0] == 0
    assert path.read_bytes() == before
