from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

import create_gif_from_photos_folder as script
from photomosaic.animation import pictures as pictures_module
from photomosaic.images.encode import write_picture
from tests.animation_options import BAD_ANIMATION_OPTIONS, assert_refused

# Any two differ by far more than the fuzz, and survive every way of packing.
COLOURS = {
    "1.png": (255, 0, 0),
    "2.png": (0, 255, 0),
    "10.png": (0, 0, 255),
    "11.png": (255, 255, 0),
}


@pytest.fixture
def folder(tmp_path):
    """Return a folder of 4 flat pictures of 40x30 pixels."""
    path = tmp_path / "montage"
    path.mkdir()
    for name, colour in COLOURS.items():
        Image.new("RGB", (40, 30), colour).save(path / name)
    return path


@pytest.fixture
def run(tmp_path, folder, runner_of):
    """Return a function that runs the script in this process."""

    return runner_of(
        script,
        {
            "photos-dir": folder,
            "savepath": tmp_path / "out" / "a.gif",
        },
    )


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out" / "a.gif"


def seen(path):
    """Return frames (n, h, w, 3), RGB, and their milliseconds."""
    with Image.open(path) as picture:
        frames, milliseconds = [], []
        for number in range(picture.n_frames):
            picture.seek(number)
            frames.append(np.asarray(picture.convert("RGB")))
            milliseconds.append(picture.info["duration"])
    return np.array(frames), milliseconds


def names_shown(path):
    """Return which of the flat pictures each frame shows."""
    known = {colour: name for name, colour in COLOURS.items()}
    return [known.get(tuple(map(int, frame[0, 0]))) for frame in seen(path)[0]]


ASCENDING = ["1.png", "2.png", "10.png", "11.png"]


def test_a_gif_is_made_and_told_of(run, out):
    code, told, errors = run()
    assert code == 0
    assert told.startswith(f"{out}: 4 frames of 40x30 pixels, ")
    assert told.count("\n") == 1
    assert "Traceback" not in errors
    assert names_shown(out) == ASCENDING
    assert seen(out)[1] == [140, 150, 140, 140]
    assert list(out.parent.iterdir()) == [out]


def test_the_orders(run, out, folder):
    run("--order", "descending")
    assert names_shown(out) == ASCENDING[::-1]
    for name, day in [("2.png", "2001:01:01"), ("11.png", "2003:01:01"), ("1.png", "2002:01:01")]:
        exif = Image.Exif()
        exif[0x8769] = {0x9003: f"{day} 10:00:00"}
        Image.new("RGB", (40, 30), COLOURS[name]).save(folder / name, exif=exif)
    _, _, errors = run("--order", "date")
    assert "1 picture without a date" in errors
    assert names_shown(out) == ["2.png", "1.png", "11.png", "10.png"]
    run("--order", "date-descending")
    assert names_shown(out) == ["11.png", "1.png", "2.png", "10.png"]


def test_a_random_order_repeats_itself(run, out):
    drawn = []
    for seed in (1, 1, 2, 3, 4):
        run("--order", "random", "--seed", seed)
        drawn.append(tuple(names_shown(out)))
    assert drawn[0] == drawn[1]
    assert len(set(drawn)) > 1
    assert all(sorted(names) == sorted(COLOURS) for names in drawn)


def test_fuzz(run, out, folder):
    for path in folder.iterdir():
        path.unlink()
    for number, level in enumerate([0, 40, 80, 255]):
        Image.new("RGB", (40, 30), (level,) * 3).save(folder / f"{number}.png")
    levels = []
    for fuzz in (0, 20, 100):
        run("--fuzz", fuzz, "--no-optimize")
        levels.append([int(frame[0, 0, 0]) for frame in seen(out)[0]])
    assert levels[1:] == [[0, 0, 80, 255], [0, 0, 0, 0]]
    assert np.abs(np.subtract(levels[0], [0, 40, 80, 255])).max() <= 8


def test_crossfade_and_hold(run, out):
    run("--crossfade", 1, "--hold", 1, "--fuzz", 0, "--fps", 10, "--no-optimize")
    frames, milliseconds = seen(out)
    assert len(frames) == 7
    assert milliseconds == [100] * 6 + [1000]
    for number, (one, other) in enumerate(pairwise(ASCENDING)):
        blend = np.add(COLOURS[one], COLOURS[other]) / 2
        assert np.abs(frames[2 * number + 1].mean(axis=(0, 1)) - blend).max() < 9


@pytest.mark.parametrize(
    ("size", "expected"),
    [("20x16", (20, 16)), ("20X16", (20, 16)), ("80", (80, 60)), (None, (40, 30))],
)
def test_the_size_of_the_frames(run, out, size, expected):
    code, told, _ = run(size=size)
    assert code == 0
    assert f"{expected[0]}x{expected[1]} pixels" in told
    with Image.open(out) as picture:
        assert picture.size == expected


def test_fit(run, out, folder):
    Image.new("RGB", (100, 30), (255, 255, 255)).save(folder / "0.png")
    _, _, errors = run("--fit", "contain", "--fuzz", 0, "--no-optimize")
    assert "5 pictures fitted to 40x30 pixels (--fit contain" in errors
    first = seen(out)[0][0]
    assert (first[:9] == 0).all()
    assert (first[9:21] == 255).all()
    assert (first[21:] == 0).all()
    run("--fit", "cover", "--fuzz", 0, "--no-optimize")
    assert (seen(out)[0][0] == 255).all()


@pytest.mark.parametrize("caption", ["name", "date"])
def test_captions(run, out, folder, caption):
    for path in folder.iterdir():
        path.unlink()
    for day in ("2001-02-03", "2002-02-03"):
        Image.new("RGB", (160, 120), (0, 0, 128)).save(folder / f"{day}.png")
    run("--no-optimize")
    plain = seen(out)[0]
    run("--caption", caption, "--no-optimize")
    found = seen(out)[0]
    assert np.array_equal(found[:, :100], plain[:, :100])
    assert not np.array_equal(found[0, 100:], plain[0, 100:])
    assert not np.array_equal(found[0, 100:], found[1, 100:])


@pytest.mark.parametrize("kind", ["mp4", "webp", "png"])
def test_the_extension_picks_the_format(run, tmp_path, kind):
    path = tmp_path / f"a.{kind}"
    assert run(savepath=path)[0] == 0
    if kind == "mp4":
        with av.open(str(path)) as container:
            assert container.streams.video[0].frames == 4
            assert container.streams.video[0].average_rate == 7
    else:
        assert len(seen(path)[0]) == 4


def write_list(folder, text, encoding="utf-8"):
    (folder / "montage.csv").write_bytes(text.encode(encoding))


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("frame,source,status\n1.png,a,kept\n11.png,b,\n2.png,c,rejected\n", "utf-8"),
        ("frame,source,status\n1.png,a,kept\n11.png,b,\n2.png,c,rejected\n", "utf-8-sig"),
        ("frame;source;status\r\n1.png;a;kept\r\n11.png;b;\r\n2.png;c; Rejected\r\n", "utf-8-sig"),
        ('source,status,frame\n"a, b",,1.png\n"say ""x""",,11.png\nc,REJECTED,2.png\n', "utf-8"),
        ("frame\n1.png\n11.png\n", "utf-8"),
        ("frame,source\n1.png,a\n\ngone.png,z\n11.png,b\n", "utf-8"),
        ('frame,source\n1.png,"new\nline.jpg"\n11.png,b\n', "utf-8"),
        ("frame,source,status\n1.png,a,\n11.png,b,\n2.png,odd\u2028name,rejected\n", "utf-8"),
    ],
)  # fmt: skip
def test_of_a_montage_the_frames_listed_are_taken(run, out, folder, text, encoding):
    write_list(folder, text, encoding)
    assert run()[0] == 0
    assert names_shown(out) == ["1.png", "11.png"]


def test_frames_that_were_deleted_are_left_out(run, out, folder):
    write_list(folder, "frame,status\n1.png,kept\n2.png,kept\n10.png,kept\n")
    (folder / "2.png").unlink()
    code, _, errors = run()
    assert code == 0
    assert "could not be read" not in errors
    assert names_shown(out) == ["1.png", "10.png"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"frame,status\ngone.png,kept\n", "no frame of montage.csv is left"),
        (b"frame,status\n1.png,rejected\n", "no frame of montage.csv is left"),
        (b"a\0b", "montage.csv"),
        (b"", "montage.csv"),
        (b"name\n1.png\n", "montage.csv"),
    ],
)
def test_a_list_that_leaves_nothing_is_an_error(run, folder, out, content, reason):
    (folder / "montage.csv").write_bytes(content)
    code, told, errors = run()
    assert (code, told) == (2, "")
    assert errors.count("\n") == 1
    assert reason in errors
    assert not out.exists()


def test_montage_frames_are_taken_though_the_toolkit_made_them(run, out, folder):
    for name, colour in COLOURS.items():
        write_picture(np.full((30, 40, 3), colour[::-1], np.uint8), folder / name)
    assert run()[0] == 0
    assert names_shown(out) == ASCENDING


def test_subfolders_and_hidden_files_are_left_out(run, out, folder):
    for path in (folder / "sub" / "3.png", folder / ".4.png"):
        path.parent.mkdir(exist_ok=True)
        Image.new("RGB", (40, 30)).save(path)
    run()
    assert names_shown(out) == ASCENDING


def test_one_unreadable_picture_is_skipped_and_listed(run, out, folder):
    (folder / "3.png").write_text("no picture")
    code, told, errors = run()
    assert code == 0
    assert "1 photo could not be read:" in errors
    assert "3.png: not a picture of a supported format" in errors
    assert ": 4 frames" in told
    assert names_shown(out) == ASCENDING


def test_a_picture_that_goes_away_meanwhile_is_skipped_and_listed(run, out, folder, monkeypatch):
    read = pictures_module.decode

    def decode(data, covers):
        if covers != (1, 1) and (folder / "2.png").exists():
            (folder / "2.png").unlink()
        return read(data, covers)

    monkeypatch.setattr(pictures_module, "decode", decode)
    code, told, errors = run("--workers", 1)
    assert code == 0
    assert "2.png: No such file or directory" in errors
    assert ": 3 frames" in told
    assert names_shown(out) == ["1.png", "10.png", "11.png"]


def test_folders_without_a_usable_picture(run, tmp_path, out):
    empty, other, broken = (tmp_path / name for name in ("empty", "other", "broken"))
    for path in (empty, other, broken, other / "sub"):
        path.mkdir()
    Image.new("RGB", (4, 4)).save(other / "sub" / "a.png")
    (broken / "a.jpg").write_text("no picture")
    (broken / "b.jpg").write_bytes(b"")
    for path, reason in [
        (empty, "there is no picture in it"),
        (other, "subfolders are not searched"),
        (broken, "no picture in it can be read (2 tried); the first,"),
        (tmp_path / "missing", "the folder does not exist"),
        (broken / "a.jpg", "is a file, not a folder"),
    ]:
        code, told, errors = run(photos_dir=path)
        assert (code, told) == (2, "")
        assert errors.count("\n") == 1
        assert f"--photos-dir {path}: " in errors
        assert reason in errors
        assert not out.exists()


def test_the_savepath_may_not_lie_in_the_folder(run, folder, tmp_path):
    (tmp_path / "link").symlink_to(folder)
    before = sorted(folder.iterdir())
    for savepath in (
        folder / "a.gif",
        folder / "sub" / "a.gif",
        tmp_path / "link" / "a.gif",
        folder / ".." / folder.name / "a.gif",
    ):
        code, _, errors = run(savepath=savepath)
        assert code == 2
        assert errors.count("\n") == 1
        assert "--savepath" in errors
        assert "lies in the folder of the pictures" in errors
    assert run(savepath=tmp_path / "a.gif", photos_dir=tmp_path / "link")[0] == 0
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize("slash", ["", "/", "/."])
@pytest.mark.parametrize("name", ["montage_will", "50% of %s a b", "-dash", "v1.2", "new\nline"])
def test_by_itself_it_is_saved_beside_the_folder(run, tmp_path, folder, name, slash):
    renamed = folder.rename(tmp_path / name)
    code, told, _ = run(photos_dir=f"{renamed}{slash}", savepath=None)
    assert code == 0
    assert told.count("\n") == 1
    assert names_shown(tmp_path / f"{name}.gif") == ASCENDING
    assert len(list(renamed.iterdir())) == 4


@pytest.mark.parametrize("where", [".", "../montage/", "./"])
def test_beside_the_working_folder(run, tmp_path, folder, monkeypatch, where):
    monkeypatch.chdir(folder)
    assert run(photos_dir=where, savepath=None)[0] == 0
    assert names_shown(tmp_path / "montage.gif") == ASCENDING


def test_by_itself_it_replaces_its_own_gif_but_no_other(run, tmp_path):
    beside = tmp_path / "montage.gif"
    for _ in range(2):
        assert run(savepath=None)[0] == 0
    Image.new("RGB", (9, 9)).save(beside)
    before = beside.read_bytes()
    code, _, errors = run(savepath=None)
    assert beside.read_bytes() == before
    assert code == 2
    assert "--savepath" in errors
    assert run(savepath=beside)[0] == 0, "which was named"


def test_same_bytes_on_any_workers(run, out):
    contents = set()
    for workers in (1, 2, 3):
        run("--workers", workers, "--crossfade", 2, "--caption", "name")
        contents.add(out.read_bytes())
    assert len(contents) == 1


def test_without_gifsicle_the_gif_is_kept_and_that_is_said(run, out, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    code, _, errors = run()
    assert code == 0
    assert "the GIF was not shrunk: gifsicle is not installed" in errors
    assert names_shown(out) == ASCENDING
    assert "shrunk" not in run("--no-optimize")[2]


def test_ctrl_c_leaves_the_old_file_and_nothing_else(run, out, monkeypatch):
    run()
    before = out.read_bytes()

    def stop(*_arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("photomosaic.jobs.folder_gif.read_frame", stop)
    code, told, errors = run()
    assert (code, told) == (130, "")
    assert errors.splitlines()[-1].endswith("stopped; nothing half-done is left behind")
    assert out.read_bytes() == before
    assert list(out.parent.iterdir()) == [out]


def test_names_that_are_not_utf8(run, folder, out):
    odd = os.fsdecode(os.fsencode(folder) + b"/caf\xe9.png")
    try:
        Path(folder / "1.png").rename(odd)
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    code, _, _ = run("--caption", "name")
    assert code == 0
    assert len(seen(out)[0]) == 4


BAD_OPTIONS = [
    *BAD_ANIMATION_OPTIONS,
    (["--size=x"], "--size: 'x' is neither WIDTHxHEIGHT nor the longer side"),
    (["--size=10x"], "--size: '10x' is neither"),
    (["--size=0x10"], "--size: '0x10' is neither"),
    (["--size=1"], "--size: '1' is neither"),
    (["--size=-5x5"], "--size: '-5x5' is neither"),
    (["--size=70000x10"], "--size: '70000x10' is neither"),
    (["--size="], "--size: '' is neither"),
    (["--fuzz=101"], "--fuzz: 101 is not a number from 0 to 100"),
    (["--fuzz=-1"], "--fuzz: -1 is not"),
    (["--crossfade=1.5"], "--crossfade: '1.5' is not"),
    (["--crossfade=101"], "--crossfade: 101 is not"),
    (["--order=up"], "--order"),
    (["--fit=stretch"], "--fit"),
    (["--caption=place"], "--caption"),
    (["--seed=-1"], "--seed"),
    (["--workers=0"], "--workers"),
    (["--photos-dir="], "--photos-dir"),
    (["--savepath=a.webp", "--size=20000"], "--savepath a.webp: .webp holds at most 16383 pixels"),
]


@pytest.mark.parametrize(("options", "named"), BAD_OPTIONS, ids=str)
def test_a_wrong_option_is_one_line(run, tmp_path, monkeypatch, options, named):
    monkeypatch.chdir(tmp_path)
    assert_refused(run, options, named, tmp_path)


def test_a_place_that_cannot_be_written_is_told_before_the_work(run, tmp_path):
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "folder.gif").mkdir()
    for savepath in (tmp_path / "file" / "a.gif", tmp_path / "folder.gif"):
        code, told, errors = run(savepath=savepath)
        assert (code, told) == (2, "")
        assert errors.count("\n") == 1
        assert f"--savepath {savepath}: " in errors
