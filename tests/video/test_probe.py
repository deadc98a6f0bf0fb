from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from photomosaic.video.pipes import even, read_frames
from tests.video.read_clips import X264, frames_of, look_at

# A white square in the upper left corner of black.
MARKED = "-f lavfi -i color=black:s=96x64:r=25:d=0.2,drawbox=0:0:32:32:white:fill".split()


def white_corner(frame):
    height, width = (side // 2 for side in frame.shape[:2])
    corners = {
        "upper left": frame[: height // 2, : width // 2],
        "upper right": frame[: height // 2, -width // 2 :],
        "lower left": frame[-height // 2 :, : width // 2],
        "lower right": frame[-height // 2 :, -width // 2 :],
    }
    return [name for name, pixels in corners.items() if pixels.mean() > 128]


@pytest.mark.parametrize("rate", ["25", "30000/1001", "24000/1001", "60", "12", "7"])
@pytest.mark.parametrize("kind", ["mp4", "mkv", "avi"])
def test_constant_rates_are_exact(clip, rate, kind):
    name = f"rate-{rate.replace('/', '-')}.{kind}"
    source = f"-f lavfi -i testsrc2=s=96x64:r={rate} -frames:v 15".split()
    found, frames = frames_of(clip(name, *source, *X264))
    assert found.fps == Fraction(rate)
    assert found.frames == len(frames) == 15
    assert found.start == pytest.approx(0, abs=0.002)
    assert found.dropped == 0
    assert found.missing == pytest.approx(0, abs=0.1)
    assert found.sound is None


def test_a_single_frame(clip):
    source = "-f lavfi -i testsrc2=s=96x64:r=25 -frames:v 1".split()
    found, frames = frames_of(clip("single.mp4", *source, *X264))
    assert found.frames == len(frames) == 1


@pytest.mark.parametrize("start", [0, 0.04, 0.3, 0.31, 0.5, 1 / 3])
@pytest.mark.parametrize("seconds", [None, 0.01, 0.2, 5])
def test_a_part_has_as_many_frames_as_foretold(clip, start, seconds):
    source = "-f lavfi -i testsrc2=s=96x64:r=30000/1001:d=1".split()
    path = clip("part.mp4", *source, "-c:v", "libx264", "-pix_fmt", "yuv420p", "-g", "12")
    whole = np.array(list(read_frames(look_at(path))))
    first = round(start * 30000 / 1001)
    count = len(whole) if seconds is None else max(1, round(seconds * 30000 / 1001))
    expected = whole[first : first + count]
    found, frames = frames_of(path, start=start, seconds=seconds)
    assert found.frames == len(frames) == len(expected)
    np.testing.assert_array_equal(frames, expected)


@pytest.mark.parametrize("fps", [5, 10, 24, 50])
@pytest.mark.parametrize("seconds", [None, 0.5])
def test_another_rate(clip, fps, seconds):
    source = "-f lavfi -i testsrc2=s=96x64:r=25:d=1".split()
    found, frames = frames_of(
        clip("other-rate.mp4", *source, *X264), fps=Fraction(fps), seconds=seconds
    )
    assert found.fps == fps
    dropped = max(0, found.frames * 25 / fps - found.frames)
    assert found.dropped == pytest.approx(dropped, abs=0.5 * 25 / fps)
    assert found.frames == len(frames)
    assert len(frames) / fps == pytest.approx(seconds or 1, abs=0.021 + 0.5 / fps)


@pytest.fixture(scope="module")
def variable(clip):
    """Return 1 s of 25 frames a second and 1 s of 10, which turns white at 1.5 s."""
    return clip(
        "variable.mp4",
        *"-f lavfi -i color=black:s=96x64:r=25:d=1.4".split(),
        "-vf",
        "drawbox=c=white:t=fill:enable='gte(n,30)',"
        "settb=1/12800,setpts='if(lt(N,25),N/25,1+(N-25)/10)/TB'",
        *"-fps_mode vfr -enc_time_base 1:12800".split(),
        *X264,
    )


def test_variable_rate_becomes_constant(variable, look):
    assert len(look.times(variable)) == 35
    found, frames = frames_of(variable)
    # The greatest common step of 1/25 and 1/10.
    assert found.fps == 50
    assert found.frames == len(frames) == 97
    assert found.dropped == 0
    assert np.argmax(frames.mean(axis=(1, 2, 3)) > 128) == 75


@pytest.mark.parametrize("part", [(0.5, None), (0, 1.2), (1.05, 0.5)], ids=str)
def test_a_part_of_variable_rate(variable, part):
    start, seconds = part
    found, frames = frames_of(variable, start=start, seconds=seconds)
    assert len(frames) == found.frames
    # The encoder shows the last frame, which is at 1.9 s, for 1/25 s.
    length = min(1.94 - start, seconds or 2)
    assert float(found.frames / found.fps) == pytest.approx(length, abs=0.011)


@pytest.mark.parametrize(
    ("options", "size", "corner"),
    [
        (["-display_rotation", "90"], (64, 96), "lower left"),
        (["-display_rotation", "-90"], (64, 96), "upper right"),
        (["-display_rotation", "180"], (96, 64), "lower right"),
        (["-display_hflip"], (96, 64), "upper right"),
        (["-display_vflip"], (96, 64), "lower left"),
        (["-display_rotation", "90", "-display_hflip"], (64, 96), None),
        ([], (96, 64), "upper left"),
    ],
    ids=str,
)
def test_turned_clips_come_out_upright(clip, ffmpeg, options, size, corner):
    straight = clip("straight.mp4", *MARKED, *X264)
    path = clip(f"turned{''.join(options)}.mp4", *options, "-i", straight, "-c", "copy")
    found, frames = frames_of(path)
    assert (found.width, found.height) == size
    assert len(frames) == 5
    shown = ffmpeg("-i", path, "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "bgr24", "-")
    shown = np.frombuffer(shown, np.uint8).reshape(size[1], size[0], 3)
    np.testing.assert_allclose(frames[0].astype(int), shown.astype(int), atol=40)
    assert len(white_corner(frames[0])) == 1
    if corner:
        assert white_corner(frames[0]) == [corner]


def test_odd_sides_lose_a_pixel(clip):
    source = "-f lavfi -i color=red:s=97x65:r=25:d=0.2,format=gbrp".split()
    path = clip("odd.mkv", *source, "-c:v", "ffv1")
    found, frames = frames_of(path)
    assert frames.shape == (5, 64, 96, 3)
    assert (found.width, found.height) == (97, 65)
    assert [even(side) for side in (2, 3, 64, 65)] == [2, 2, 64, 64]


@pytest.mark.parametrize(
    ("aspect", "size"), [("16/11", (140, 64)), ("2", (192, 64)), ("1/2", (48, 64))]
)
def test_pixels_are_made_square(clip, aspect, size):
    source = ["-f", "lavfi", "-i", f"testsrc2=s=96x64:r=25:d=0.2,setsar={aspect}"]
    found, frames = frames_of(clip(f"sar{aspect.replace('/', '-')}.mp4", *source, *X264))
    assert (found.width, found.height) == size
    assert frames.shape == (5, size[1], size[0], 3)


def test_square_pixels_of_a_turned_clip(clip):
    source = ["-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=0.2,setsar=2"]
    straight = clip("wide.mp4", *source, *X264)
    path = clip("wide-turned.mp4", "-display_rotation", "90", "-i", straight, "-c", "copy")
    found, frames = frames_of(path)
    assert (found.width, found.height) == (64, 192)
    assert frames.shape == (5, 192, 64, 3)


def combing(frames):
    lines = frames.astype(float).mean(axis=3)
    return np.abs(lines[:, 1:-1] - (lines[:, :-2] + lines[:, 2:]) / 2)[1:].mean()


def test_interlaced_clips_are_deinterlaced(clip, ffmpeg):
    moving = "color=black:s=96x64:r=50:d=0.6,format=yuv420p,"
    moving += "geq=lum='if(between(X-N*3,0,15),235,16)':cb=128:cr=128"
    path = clip(
        "interlaced.mp4",
        *["-f", "lavfi", "-i", moving, "-vf", "tinterlace=interleave_top,fieldorder=tff"],
        *"-c:v libx264 -crf 5 -flags +ildct+ilme -x264opts tff=1 -pix_fmt yuv420p".split(),
    )
    found, frames = frames_of(path)
    assert found.interlaced
    assert (found.fps, len(frames)) == (25, found.frames)
    plain = ffmpeg("-i", path, "-f", "rawvideo", "-pix_fmt", "bgr24", "-")
    plain = np.frombuffer(plain, np.uint8).reshape(-1, 64, 96, 3)
    assert combing(plain) > 5
    assert combing(frames) < 0.2 * combing(plain)


@pytest.mark.parametrize("matrix", ["bt709", "smpte170m", "bt2020nc", None])
@pytest.mark.parametrize("full", [False, True])
def test_colours_are_those_of_the_picture(clip, matrix, full):
    colours = [(200, 40, 60), (30, 160, 220), (120, 120, 40), (255, 255, 255), (0, 0, 0)]
    chains = [f"color=0x{r:02x}{g:02x}{b:02x}:s=32x32:r=25:d=0.12[c{n}]" for n, (r, g, b) in
              enumerate(colours)]  # fmt: skip
    graph = ";".join(chains) + ";" + "".join(f"[c{n}]" for n in range(5)) + "hstack=5,format=gbrp"
    name = {"bt709": "bt709", "smpte170m": "bt601", "bt2020nc": "bt2020", None: "bt601"}[matrix]
    span = "pc" if full else "tv"
    graph += f",scale=out_color_matrix={name}:out_range={span}:flags=accurate_rnd,format=yuv420p"
    tags = f":colorspace={matrix}" if matrix else ":colorspace=unknown"
    graph += f",setparams=range={span}{tags}"
    path = clip(f"colours-{matrix}-{span}.mp4", "-f", "lavfi", "-i", graph, *X264, "-crf", "1")
    found, frames = frames_of(path)
    assert not found.colours.hdr
    middles = frames[1][16, 16::32, ::-1].astype(int)
    np.testing.assert_allclose(middles, colours, atol=4)


def test_many_kinds_of_files(clip):
    source = "-f lavfi -i testsrc2=s=96x64:r=25:d=0.4".split()
    for name, codec in {
        "kind.webm": "libvpx",
        "kind.mov": "prores_ks",
        "kind.mpg": "mpeg2video",
        "kind.ts": "mpeg2video",
        "kind.flv": "flv",
        "kind.avi": "mjpeg",
        "kind.wmv": "wmv2",
        "kind.mkv": "ffv1",
    }.items():
        found, frames = frames_of(clip(name, *source, "-c:v", codec))
        assert (found.fps, found.frames, len(frames)) == (25, 10, 10), name


def test_names_with_odd_characters(clip, tmp_path):
    source = "-f lavfi -i testsrc2=s=96x64:r=25:d=0.2".split()
    made = clip("name.mp4", *source, *X264)
    for name in ["-i %d 'a:b\n|c.mp4", "http:x.mp4", "ünï\udcff.mp4"]:
        path = tmp_path / name
        path.write_bytes(made.read_bytes())
        assert frames_of(path)[1].shape == (5, 64, 96, 3)
