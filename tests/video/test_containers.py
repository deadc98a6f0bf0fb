from __future__ import annotations

from contextlib import suppress
from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image

from photomosaic.errors import InputError
from photomosaic.motion.fold import frames_ahead
from photomosaic.video.containers import MAX_FRAME_PIXELS, packets
from tests.video.read_clips import X264, frames_of, look_at

SOURCE = "-f lavfi -i testsrc2=s=96x64:r=30:d=0.5".split()
RAW = {
    "raw.h264": ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-g", "5"],
    "raw.hevc": "-c:v libx265 -x265-params log-level=none".split(),
    "raw.m2v": "-c:v mpeg2video -bf 2 -q:v 2".split(),
    "raw.m4v": "-c:v mpeg4 -f m4v".split(),
    "raw.y4m": "-pix_fmt yuv420p".split(),
    "raw.ivf": ["-c:v", "libvpx"],
}


@pytest.mark.parametrize("name", RAW)
def test_streams_without_a_container(clip, monkeypatch, name):
    from photomosaic.video import times

    path = clip(name, *SOURCE, *RAW[name])
    found, frames = frames_of(path)
    assert (found.fps, found.frames, len(frames)) == (30, 15, 15)
    # A part in the middle, though nothing leads there.
    monkeypatch.setattr(times, "EARLY_SECONDS", 0.1)
    _, part = frames_of(path, start=0.3)
    np.testing.assert_array_equal(part, frames[9:])


@pytest.mark.parametrize("quality", ["2", "31"])
def test_raw_jpegs_are_a_video(clip, quality):
    # Many in its head make a file one format to ffmpeg; few, another.
    path = clip(f"raw{quality}.mjpeg", *SOURCE, "-c:v", "mjpeg", "-q:v", quality)
    found, frames = frames_of(path)
    assert (found.fps, len(frames)) == (25, 15)


def test_the_film_is_the_default_track_else_the_largest(clip):
    film = "-f lavfi -i testsrc2=s=96x64:r=25:d=0.4".split()
    other = "-f lavfi -i color=red:s=48x32:r=1:d=1".split()
    large = "-f lavfi -i color=red:s=192x128:r=25:d=0.4".split()
    both = "-map 0 -map 1 -c:v mpeg4".split()
    marked = "-disposition:v:0 0 -disposition:v:1 default".split()
    neither = "-disposition:v:0 0 -disposition:v:1 0".split()
    for name, sources, how in [
        ("default.mkv", large + film, marked),
        ("larger.mkv", other + film, neither),
        ("thumbnail.mp4", other + film, "-disposition:v:0 timed_thumbnails".split()),
        ("still.mp4", [*large[:3], "color=red:s=192x128:r=25:d=0.04", *film], []),
    ]:
        found, frames = frames_of(clip(name, *sources, *both, *how))
        assert (found.width, found.height, len(frames)) == (96, 64, 10), name


def animation(folder, kind, durations, mode="RGB"):
    frames = [Image.new(mode, (97, 65), (10 + 20 * n, 0, 255)) for n in range(len(durations))]
    path = folder / f"moving.{kind}"
    options = {"lossless": True} if kind == "webp" else {}
    frames[0].save(
        path, save_all=True, append_images=frames[1:], duration=list(durations), **options
    )
    return path


@pytest.mark.parametrize("kind", ["gif", "webp", "png"])
def test_animated_pictures_are_videos(tmp_path, run_video, look, kind):
    durations = [40, 80, 400, 40]
    path = animation(tmp_path, kind, durations)
    found, frames = frames_of(path)
    assert (found.fps, found.width, found.height) == (25, 97, 65)
    shown = np.repeat(np.arange(4), np.array(durations) // 40)
    np.testing.assert_allclose(frames[:, 30, 30, 2].astype(int), 10 + 20 * shown, atol=2)
    _, part = frames_of(path, start=0.1, seconds=0.1)
    np.testing.assert_allclose(part[:, 30, 30, 2].astype(int), [30, 50, 50], atol=2)
    assert len(frames_of(path, fps=Fraction(50))[1]) == 28
    made = run_video(path)
    assert made.code == 0
    found = look.facts(made.path)
    assert (found.frames, found.rate, found.size) == (14, 25, (96, 64))


def test_frames_of_no_duration_are_shown_as_browsers_show_them(tmp_path):
    found, frames = frames_of(animation(tmp_path, "gif", [0] * 3))
    assert (found.fps, len(frames)) == (10, 3)


def test_transparent_parts_of_an_animation_are_white(tmp_path):
    frames = [Image.new("RGBA", (20, 20), (0, 0, 200, 255 * (n == 1))) for n in range(3)]
    path = tmp_path / "clear.webp"
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=100, lossless=True)
    assert [tuple(frame[9, 9]) for frame in frames_of(path)[1]] == [
        (255, 255, 255),
        (200, 0, 0),
        (255, 255, 255),
    ]


def test_still_pictures_of_formats_that_can_be_animated_are_refused(tmp_path):
    for kind in ["gif", "webp", "png"]:
        path = tmp_path / f"still.{kind}"
        Image.new("RGB", (97, 65)).save(path)
        with pytest.raises(InputError, match=r"mosaic\.py makes mosaics of pictures"):
            look_at(path)


def test_an_animation_that_is_cut_off_ends_early(tmp_path, run_video):
    noise = [Image.fromarray(np.random.default_rng(n).integers(0, 256, (64, 96, 3), np.uint8))
             for n in range(8)]  # fmt: skip
    path = tmp_path / "cut.gif"
    noise[0].save(path, save_all=True, append_images=noise[1:], duration=40)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    made = run_video(path)
    assert made.code == 0
    assert "damaged: only 3 of " in made.err


@pytest.mark.parametrize(("kind", "codec"), [("mp4", "libx264"), ("ts", "libx264"), ("mkv", "png")])
def test_frames_that_are_too_large_are_refused_before_they_are_decoded(
    clip, monkeypatch, run_video, kind, codec
):
    from photomosaic.video import containers

    path = clip(
        f"large.{kind}",
        *SOURCE,
        "-c:v",
        codec,
        "-pix_fmt",
        "yuv420p" if codec != "png" else "rgb24",
    )
    monkeypatch.setattr(containers, "MAX_FRAME_PIXELS", 96 * 64 - 1)
    made = run_video(path)
    assert made.code == 2
    assert len(made.err.splitlines()) == 1
    assert "more than 100 megapixels" in made.err


def test_few_large_frames_wait():
    assert [frames_ahead(side, side) for side in (1000, 5000, 9000)] == [4, 3, 1]
    assert MAX_FRAME_PIXELS * 3 < 400 << 20


@pytest.mark.parametrize("kind", ["mp4", "mov", "3gp", "avi", "mkv", "flv"])
def test_titles_that_are_no_utf_8(clip, tmp_path, run_video, kind):
    made = clip(
        f"title.{kind}",
        *"-f lavfi -i testsrc2=s=176x144:r=25:d=0.2 -f lavfi -i sine=d=0.2:r=44100".split(),
        *[
            "-c:v",
            "flv1" if kind == "flv" else "mpeg4",
            "-c:a",
            "libmp3lame" if kind == "flv" else "aac",
        ],
        *"-metadata title=Sommer_in_Mxxxnchen -metadata comment=Sommer_in_Mxxxnchen".split(),
        *"-metadata:s:a:0 title=Sommer_in_Mxxxnchen".split(),
    )
    data = made.read_bytes()
    assert b"Mxxxnchen" in data
    path = tmp_path / made.name
    path.write_bytes(data.replace(b"Mxxxnchen", b"M\xfc\xe9\xffnchen"))
    assert run_video(path).code == 0


def test_a_damaged_file_is_refused_or_read(clip, tmp_path, capfd):
    rng = np.random.default_rng(4)
    wild = [b"\xff" * 4, b"\x40\0\0\0", b"\0" * 4, b"\xe9"]
    source = "-f lavfi -i testsrc2=s=96x64:r=25:d=0.2 -f lavfi -i sine=d=0.2:r=44100".split()
    for kind, codecs in {
        "mp4": [*X264, "-c:a", "aac", "-movflags", "+faststart"],
        "3gp": "-c:v mpeg4 -c:a aac -metadata title=Sommer".split(),
        "mkv": [*X264, "-c:a", "aac"],
        "avi": "-c:v mpeg4 -c:a libmp3lame".split(),
        "ts": "-c:v mpeg2video -c:a mp2".split(),
    }.items():
        whole = clip(f"mutated.{kind}", *source, *codecs).read_bytes()
        path = tmp_path / f"mutated.{kind}"
        for _ in range(40):
            data = bytearray(whole)
            for _ in range(4):
                at = rng.integers(min(4000, len(data)))
                data[at : at + 4] = wild[rng.integers(len(wild))]
            path.write_bytes(data)
            with suppress(InputError):
                look_at(path)
    assert capfd.readouterr() == ("", "")


def test_tracks_that_begin_in_the_middle_of_damage_are_passed_over(plain):

    class Interrupted:
        def __init__(self, container):
            self._packets, self._told = None, False
            self._container = container
            self.format = container.format

        def demux(self, track):
            self._packets = self._packets or self._container.demux(track)
            yield next(self._packets)
            if not self._told:
                self._told = True
                raise IndexError("list index out of range")
            yield from self._packets

    with av.open(str(plain)) as container:
        found = packets(Interrupted(container), container.streams.video[0])
        assert sum(1 for packet in found if packet.size) == 20
