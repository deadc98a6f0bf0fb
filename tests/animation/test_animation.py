from __future__ import annotations

import resource
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from seen import far_apart, film_seen, seen

from photomosaic.animation.animation import (
    FORMATS,
    check_format,
    write_animation,
)
from photomosaic.errors import InputError, OutputError
from photomosaic.images.decode import is_own_output
from photomosaic.options.animation import AnimationOptions

# Away from the edges of the blocks, where colours are stored at half the resolution.
MIDDLES = (slice(None), slice(4, None, 16), slice(4, None, 8))


@pytest.fixture
def frames():
    """Return 5 frames (32, 48, 3) of large blocks of colour."""
    blocks = far_apart()[np.random.default_rng(0).permutation(64)[:60]].reshape(5, 2, 6, 3)
    return list(blocks.repeat(16, axis=1).repeat(8, axis=2))


@pytest.fixture
def out(tmp_path):
    path = tmp_path / "out"
    path.mkdir()
    return path


def difference(found, wanted):
    return np.abs(found.astype(int) - np.asarray(wanted).astype(int))


def test_gif(frames, out):
    options = AnimationOptions(fps=4, hold=1.5, optimize=False)
    made = write_animation(frames, out / "a.gif", options)
    assert (made.frames, made.size, made.unshrunk_because) == (5, (32, 48), None)
    assert made.bytes == made.unshrunk_bytes == (out / "a.gif").stat().st_size
    found = seen(made.path)
    assert np.array_equal(found.frames, frames)
    assert found.milliseconds == [250] * 4 + [1500]
    assert list(out.iterdir()) == [made.path]


def test_png_is_exact_and_plays_for_ever(frames, out):
    made = write_animation(frames, out / "a.png", AnimationOptions(fps=4, hold=1.5))
    assert (made.frames, made.size) == (5, (32, 48))
    assert made.unshrunk_because is None
    found = seen(made.path)
    assert found.loop == 0
    assert sum(found.milliseconds) == pytest.approx(4 * 250 + 1500)
    assert np.array_equal(found.frames[:5], frames)
    assert all(np.array_equal(frame, frames[-1]) for frame in found.frames[5:])


def test_webp_is_close_and_plays_for_ever(frames, out):
    made = write_animation(frames, out / "a.webp", AnimationOptions(fps=4, hold=1.5))
    assert (made.frames, made.size) == (5, (32, 48))
    found = seen(made.path)
    assert found.loop == 0
    assert sum(found.milliseconds) == pytest.approx(4 * 250 + 1500)
    assert difference(found.frames[MIDDLES][:5], np.array(frames)[MIDDLES]).mean() < 6


@pytest.mark.parametrize("kind", ["png", "webp"])
def test_frames_of_png_and_webp_are_as_long_as_asked_for(frames, out, kind):
    made = write_animation(frames, out / f"a.{kind}", AnimationOptions(fps=8))
    assert seen(made.path).milliseconds == pytest.approx([125] * 5)


def test_mp4_has_even_sides_and_the_colours(frames, out):
    odd = [np.pad(frame, ((0, 1), (0, 1), (0, 0)), "edge") for frame in frames]
    made = write_animation(odd, out / "a.mp4", AnimationOptions(fps=4, hold=1.5))
    assert (made.frames, made.size) == (5, (32, 48))
    found = film_seen(made.path)
    assert found.rate == 4
    assert found.frames.shape == (4 + 6, 32, 48, 3)
    assert found.seconds == pytest.approx(4 / 4 + 1.5)
    assert difference(found.frames[MIDDLES][:5], np.array(frames)[MIDDLES]).mean() < 12
    assert difference(found.frames[5:], frames[-1]).mean() < 12
    data = made.path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


@pytest.mark.parametrize("fps", [29.97, 0.5, 50, 7.5])
def test_the_rate_of_mp4(frames, out, fps):
    made = write_animation(frames, out / "a.mp4", AnimationOptions(fps=fps))
    found = film_seen(made.path)
    assert found.rate == Fraction(fps).limit_denominator(1001)
    assert len(found.frames) == 5


def test_mp4_can_be_played_everywhere(frames, out):
    import av

    write_animation(frames, out / "a.mp4", AnimationOptions())
    with av.open(str(out / "a.mp4")) as container:
        context = container.streams.video[0].codec_context
        assert (context.name, context.pix_fmt) == ("h264", "yuv420p")
        assert int(context.colorspace) == int(context.color_primaries) == 1


@pytest.mark.parametrize("kind", FORMATS)
def test_same_frames_same_bytes(frames, out, kind):
    contents = {
        write_animation(frames, out / f"{name}{kind}", AnimationOptions()).path.read_bytes()
        for name in "ab"
    }
    assert len(contents) == 1


@pytest.mark.parametrize("kind", [".gif", ".webp", ".png"])
def test_pictures_carry_the_toolkits_name(frames, out, kind):
    made = write_animation(frames, out / f"a{kind}", AnimationOptions())
    assert is_own_output(made.path.read_bytes())


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("size", [(2, 2), (3, 5), (17, 2)])
def test_tiny_frames(out, kind, size):
    made = write_animation(
        [np.zeros((*size, 3), np.uint8)] * 2, out / f"a{kind}", AnimationOptions()
    )
    assert made.frames == 2
    assert made.bytes == made.path.stat().st_size > 0


@pytest.mark.parametrize("kind", FORMATS)
def test_views_that_are_not_contiguous(frames, out, kind):
    views = [np.repeat(frame, 2, axis=1)[::-1, ::2] for frame in frames]
    made = write_animation(views, out / f"a{kind}", AnimationOptions())
    assert made.size == (32, 48)


@pytest.mark.parametrize("error", [KeyboardInterrupt, InputError])
@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("after", [0, 3])
def test_what_stops_it_leaves_the_old_file_and_nothing_else(frames, out, kind, error, after):
    def stopped():
        yield from frames[:after]
        raise error("stopped")

    path = out / f"a{kind}"
    path.write_bytes(b"old")
    with pytest.raises(error):
        write_animation(stopped(), path, AnimationOptions())
    assert path.read_bytes() == b"old"
    assert list(out.iterdir()) == [path]


@contextmanager
def full_disk():
    """Let no file grow beyond 2,000 bytes; just here, since pytest may write to one too."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_full_disk_leaves_the_old_file_and_nothing_else(out, kind):
    noise = np.random.default_rng(0).integers(0, 256, (6, 200, 300, 3), np.uint8)
    path = out / f"a{kind}"
    path.write_bytes(b"old")
    with full_disk(), pytest.raises(OutputError) as caught:
        write_animation(noise, path, AnimationOptions())
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == b"old"
    assert list(out.iterdir()) == [path]


@pytest.mark.parametrize("kind", FORMATS)
def test_a_folder_that_is_gone(frames, tmp_path, kind):
    with pytest.raises(OutputError):
        write_animation(frames, tmp_path / "gone" / f"a{kind}", AnimationOptions())
    assert not (tmp_path / "gone").exists()


def test_a_gif_that_cannot_be_shrunk_is_kept_and_that_is_told(frames, out, fake_gifsicle):
    fake_gifsicle("sys.exit('no')")
    made = write_animation(frames, out / "a.gif", AnimationOptions())
    assert made.unshrunk_because == "gifsicle failed: no"
    assert made.bytes == made.unshrunk_bytes
    assert np.array_equal(seen(made.path).frames, frames)
    assert list(out.iterdir()) == [made.path]


# Python itself leaves the killed program to be reaped later.
@pytest.mark.filterwarnings("ignore:subprocess:ResourceWarning")
def test_ctrl_c_while_shrinking_leaves_the_old_file(frames, out, fake_gifsicle):
    fake_gifsicle("import os, signal, time; os.kill(os.getppid(), signal.SIGINT); time.sleep(20)")
    (out / "a.gif").write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt):
        write_animation(frames, out / "a.gif", AnimationOptions())
    assert (out / "a.gif").read_bytes() == b"old"
    assert len(list(out.iterdir())) == 1


def test_without_optimizing_gifsicle_is_not_called(frames, out, fake_gifsicle):
    fake = fake_gifsicle("pass")
    write_animation(frames, out / "a.gif", AnimationOptions(optimize=False))
    write_animation(frames, out / "a.png", AnimationOptions())
    assert fake.calls == []


def test_colors_and_lossy_reach_gifsicle(frames, out, fake_gifsicle):
    fake = fake_gifsicle("pass")
    write_animation(frames, out / "a.gif", AnimationOptions(colors=7, lossy=33))
    assert {"-O3", "--lossy=33", "--colors=7"} <= set(fake.calls[0])
    assert len(np.unique(seen(out / "a.gif").frames[0].reshape(-1, 3), axis=0)) <= 7


@pytest.mark.parametrize(
    ("name", "size", "reason"),
    [
        ("a.avi", (4, 4), "animations are written as gif, mp4, webp, png"),
        ("a", (4, 4), "animations are written as"),
        ("a.jpg", (4, 4), "animations are written as"),
        ("a.gif", (4, 65_536), "gif holds at most 65535 pixels a side.*65536x4"),
        ("a.webp", (16_384, 4), "webp holds at most 16383"),
        ("a.mp4", (4, 16_385), "mp4 holds at most 16384"),
        ("a.png", (65_536, 4), "png holds at most 65535"),
        ("a.mp4", (1, 400), "400x1 pixels are too few for .mp4"),
    ],
)
def test_what_a_format_cannot_hold(name, size, reason):
    with pytest.raises(InputError, match=reason):
        check_format(Path(name), size)


@pytest.mark.parametrize(
    ("kind", "size"), [(".gif", (2, 65_535)), (".webp", (16_383, 2)), (".mp4", (2, 16_384))]
)
def test_the_largest_that_a_format_can_hold_can_be_written(out, kind, size):
    path = out / f"a{kind.upper()}"
    check_format(path, size)
    frames = np.zeros((2, *size, 3), np.uint8)
    frames[1, :, ::2] = 255
    assert write_animation(frames, path, AnimationOptions(optimize=False)).size == size


@pytest.mark.parametrize(
    "wrong",
    [{"fps": 51}, {"fps": 0}, {"hold": -1}, {"hold": 601}, {"colors": 1}, {"colors": 257},
     {"lossy": -1}, {"fps": float("nan")}],
    ids=str,
)  # fmt: skip
def test_options_out_of_range_are_refused(wrong):
    with pytest.raises(InputError, match=next(iter(wrong))):
        AnimationOptions(**wrong)


def test_pillow_shows_the_first_frame_of_each(frames, out):
    for kind in (".gif", ".png", ".webp"):
        made = write_animation(frames, out / f"a{kind}", AnimationOptions())
        with Image.open(made.path) as picture:
            shown = np.asarray(picture.convert("RGB"))[..., ::-1]
            assert difference(shown, frames[0]).mean() < 8
