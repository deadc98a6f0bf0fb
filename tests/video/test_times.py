"""Pictures and sound keep their place, whatever the file's times are like."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from photomosaic.errors import InputError
from tests.video.read_clips import X264, frames_of, look_at

MICROSECOND = Fraction(1, 1_000_000)


def make_numbered(path, times, tick=Fraction(1, 90000), size=(32, 32), **options):
    """Write frames of flat grey, each 2 levels of luma above the one before, at these times."""
    with av.open(str(path), "w") as container:
        track = container.add_stream("libx264", rate=25, options={"crf": "1", "bf": "2"} | options)
        track.width, track.height, track.pix_fmt = *size, "yuv420p"
        track.codec_context.time_base = tick
        for number, time in enumerate(times):
            planes = np.full((size[0] * 3 // 2, size[1]), 128, np.uint8)
            planes[: size[0]] = 16 + 2 * number
            frame = av.VideoFrame.from_ndarray(planes, "yuv420p")
            frame.pts, frame.time_base = round(time / tick), tick
            container.mux(track.encode(frame))
        container.mux(track.encode())
    return path


def numbers(frames):
    return np.rint(frames.mean(axis=(1, 2, 3)) * 219 / 255 / 2).astype(int).tolist()


def held(first, last, missing=()):
    """Return numbers of frames where the one before those that are missing is held."""
    return [
        max(n for n in range(first - 1, number + 1) if n not in missing)
        for number in range(first, last)
    ]


def without_data(path, packets):
    """Overwrite the data of these packets with zeros."""
    with av.open(str(path)) as container:
        places = [(p.pos, p.size) for p in container.demux(video=0) if p.size]
    data = bytearray(path.read_bytes())
    for position, size in (places[number] for number in packets):
        data[position : position + size] = bytes(size)
    path.write_bytes(data)


SECONDS_OF_25 = [n / 25 for n in range(100)]


@pytest.mark.parametrize("gone", [range(50, 75), range(25), range(75, 100)], ids=str)
def test_the_frame_before_stays_for_those_that_cannot_be_decoded(tmp_path, caplog, gone):
    path = make_numbered(tmp_path / "hole.mp4", SECONDS_OF_25, g="25", bf="0")
    without_data(path, gone)
    _, frames = frames_of(path)
    expected = [25] * 25 + list(range(25, 100)) if 0 in gone else held(0, 100, gone)
    assert numbers(frames) == expected
    assert "damaged: 25 frames cannot be decoded (Invalid NAL unit" in caplog.text


def test_a_transport_stream_that_begins_between_keyframes(tmp_path):
    whole = make_numbered(tmp_path / "whole.ts", SECONDS_OF_25, g="50")
    packets = np.frombuffer(whole.read_bytes(), np.uint8).reshape(-1, 188)
    path = tmp_path / "cut.ts"
    path.write_bytes(packets[len(packets) // 3 :].tobytes())
    _, frames = frames_of(path)
    seen = numbers(frames)
    keyframe, start = seen[0], 100 - len(seen)
    assert 20 < start < keyframe < 60
    assert seen == [keyframe] * (keyframe - start) + list(range(keyframe, 100))


def test_a_program_stream_that_begins_between_keyframes(tmp_path, ffmpeg):
    # Of some frames it tells when they are decoded only; the sound begins before the picture.
    source = "testsrc2=s=96x64:r=25:d=4,drawbox=c=white:t=fill:enable='between(t,2.99,3.2)'"
    codecs = "-c:v mpeg2video -q:v 2 -g 12 -bf 0 -c:a ac3 -f vob".split()
    path = tmp_path / "cut.vob"
    ffmpeg("-f", "lavfi", "-i", source, "-f", "lavfi", "-i", "sine=d=4", *codecs, path)
    path.write_bytes(path.read_bytes()[path.stat().st_size // 5 :])
    found, frames = frames_of(path, sound=True)
    bright = frames.mean(axis=(1, 2, 3)) > 200
    assert found.fps == 25
    assert found.frames - np.argmax(bright) == 25


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_an_open_group_of_pictures_that_is_cut_by_copying(tmp_path, ffmpeg, codec):
    source = "nullsrc=s=64x64:r=25:d=4,format=yuv420p,geq=lum='16+2*N':cb=128:cr=128"
    coding = "open-gop=1:keyint=24:bframes=3:b-adapt=0:scenecut=0"
    coding += ":qp=1" + (":log-level=none" if codec == "libx265" else "")
    whole, path = tmp_path / "whole.mkv", tmp_path / "cut.mkv"
    options = ["-c:v", codec, "-preset", "veryfast", f"-{codec[3:]}-params", coding]
    ffmpeg("-f", "lavfi", "-i", source, *options, whole)
    with av.open(str(whole)) as old, av.open(str(path), "w") as new:
        packets = [packet for packet in old.demux(video=0) if packet.dts is not None]
        second = [n for n, packet in enumerate(packets) if packet.is_keyframe][1]
        keyframe = packets[second].pts // 40
        assert min(packet.pts for packet in packets[second:]) < packets[second].pts
        track = new.add_stream_from_template(old.streams.video[0])
        for packet in packets[second:]:
            packet.stream = track
            new.mux(packet)
    _, frames = frames_of(path)
    # What comes before the keyframe cannot be decoded, and lies before the start of the file.
    assert numbers(frames) == list(range(keyframe, 100))


def flashing(codecs, path, ffmpeg, seconds=2, at=1.0):
    """Write a clip that turns white, and sounds, at that time."""
    black = f"color=black:s=96x64:r=25:d={seconds},"
    black += f"drawbox=c=white:t=fill:enable='between(t,{at}-0.01,{at}+0.2)'"
    tone = f"aevalsrc='between(t,{at},{at}+0.2)*sin(2*PI*1000*t)':s=48000:d={seconds}"
    ffmpeg("-f", "lavfi", "-i", black, "-f", "lavfi", "-i", tone, *codecs, path)
    return path


def beginnings(loud, rate):
    """Return the seconds at which runs of True begin that come after 0.2 s of False."""
    at = np.flatnonzero(loud)
    return at[np.diff(at, prepend=-rate) > 0.2 * rate] / rate


def flashes_and_beeps(path, look, ffmpeg):
    bright = look.frames(path).mean(axis=(1, 2, 3)) > 128
    # Where the times of the sound overlap or leave a hole, it is cut or filled.
    resampling = "aresample=48000:async=1:first_pts=0:min_hard_comp=0.01"
    sound = ffmpeg("-i", path, "-vn", "-af", resampling, "-ac", "1", "-f", "f32le", "-")
    loud = np.abs(np.frombuffer(sound, np.float32)) > 0.2
    return beginnings(bright, 25), beginnings(loud, 48000)


KINDS_OF_PIECES = {
    "avc.ts": "-c:v libx264 -preset ultrafast -bf 2 -c:a aac",
    "ac3.ts": "-c:v libx264 -preset medium -bf 3 -c:a ac3",
    "dvd.vob": "-c:v mpeg2video -c:a mp2 -f vob",
    "ac3.vob": "-c:v mpeg2video -bf 2 -c:a ac3 -f vob",
}


@pytest.mark.parametrize("name", KINDS_OF_PIECES)
def test_pieces_put_together_are_made_whole(run_video, tmp_path, ffmpeg, look, name):
    codecs = [*KINDS_OF_PIECES[name].split(), "-g", "25"]
    piece = flashing(codecs, tmp_path / f"piece-{name}", ffmpeg)
    path = tmp_path / name
    path.write_bytes(piece.read_bytes() * 3)
    made = run_video(path)
    assert made.code == 0
    flashes, beeps = flashes_and_beeps(made.path, look, ffmpeg)
    np.testing.assert_allclose(flashes, [1, 3, 5], atol=0.041)
    np.testing.assert_allclose(beeps, flashes, atol=0.041)
    assert look.facts(made.path).seconds == pytest.approx(6, abs=0.05)
    made = run_video(path, start=2.5, seconds=2.7)
    flashes, beeps = flashes_and_beeps(made.path, look, ffmpeg)
    np.testing.assert_allclose(flashes, [0.5, 2.5], atol=0.041)
    np.testing.assert_allclose(beeps, flashes, atol=0.041)


def test_pieces_of_several_sizes(tmp_path):
    names = [tmp_path / "small.ts", tmp_path / "large.ts"]
    for path, size in zip(names, [(32, 32), (64, 64)], strict=True):
        make_numbered(path, SECONDS_OF_25[:50], size=size)
    path = tmp_path / "both.ts"
    path.write_bytes(b"".join(name.read_bytes() for name in names))
    found, frames = frames_of(path)
    assert (found.width, found.height, found.frames) == (32, 32, 100)
    # Only the last two before the change, which filters hold, are not seen.
    assert numbers(frames)[:48] == list(range(48))
    assert numbers(frames)[49:99] == list(range(50))


@pytest.mark.parametrize("start", [95443.7 - 1, 95443.7 - 2.9, 95443.7 - 70])
def test_times_that_begin_again_at_zero(tmp_path, ffmpeg, start):
    # 33 bits of 90,000 a second are used up after 26.5 hours.
    whole, path = tmp_path / "whole.ts", tmp_path / "wrapped.ts"
    make_numbered(whole, SECONDS_OF_25, g="25")
    ffmpeg("-i", whole, "-c", "copy", "-output_ts_offset", f"{start - 1.4}", path)
    _, frames = frames_of(path)
    assert numbers(frames) == list(range(100))
    _, frames = frames_of(path, start=2.4, seconds=0.8)
    assert numbers(frames) == list(range(60, 80))


def remuxed(source, path, keep, change):
    """Copy a file with the first packets of its picture, changed, and all of its sound."""
    with av.open(str(source)) as old, av.open(str(path), "w") as new:
        tracks = {track: new.add_stream_from_template(track) for track in old.streams}
        number = 0
        for packet in old.demux():
            if packet.dts is None:
                continue
            if packet.stream.type == "video":
                number += 1
                if number > keep:
                    continue
                change(number, packet)
            packet.stream = tracks[packet.stream]
            new.mux(packet)


@pytest.mark.parametrize(("keep", "lasting"), [(10, 1.64), (1, 2.0)])
def test_the_last_frame_is_held_as_long_as_the_file_tells(tmp_path, ffmpeg, keep, lasting):
    whole, path = tmp_path / "whole.mp4", tmp_path / "held.mp4"
    flashing([*X264, "-bf", "0", "-c:a", "aac"], whole, ffmpeg)

    def hold(number, packet):
        if number == keep:
            packet.duration = round(lasting / packet.time_base)

    remuxed(whole, path, keep, hold)
    found, frames = frames_of(path)
    assert (found.fps, found.frames, len(frames)) == (25, 50, 50)
    assert found.missing == 0
    later, frames = frames_of(path, start=1.2)
    assert (later.frames, len(frames)) == (20, 20)


@pytest.mark.parametrize(("kind", "codec"), [("mkv", "flac"), ("mp4", "aac"), ("avi", "ac3")])
def test_a_single_picture_is_shown_as_long_as_its_sound(clip, kind, codec):
    path = clip(
        f"one.{kind}",
        *"-f lavfi -i testsrc2=s=96x64:r=25:d=0.04 -f lavfi -i sine=d=1.6".split(),
        *[*X264, "-c:a", codec],
    )
    found, frames = frames_of(path, sound=True)
    assert found.frames == len(frames) == pytest.approx(40, abs=1)
    found, frames = frames_of(path, sound=True, start=0.8, seconds=0.4)
    assert found.frames == len(frames) == 10
    assert look_at(path).frames == 1


def test_what_is_on_screen_at_the_start_is_shown_until_the_next_frame(tmp_path):
    times = [0, 12.5, 13.5, 26, 40]
    _, frames = frames_of(make_numbered(tmp_path / "slides.mp4", times), start=25, seconds=2)
    assert numbers(frames[[0, -1]]) == [2, 3]
    assert numbers(frames).index(3) / len(frames) == pytest.approx(0.5)


@pytest.mark.parametrize("kind", ["mp4", "mkv"])
def test_no_frame_of_a_variable_rate_is_lost_or_late(tmp_path, kind):
    rng = np.random.default_rng(0)
    steps = rng.choice([1 / 60, 2 / 60, 0.1, 0.5], 60) + rng.uniform(-0.003, 0.003, 60)
    times = np.cumsum(steps) - steps[0]
    path = make_numbered(tmp_path / f"screen.{kind}", times)
    found, frames = frames_of(path)
    first = {number: place for place, number in reversed(list(enumerate(numbers(frames))))}
    assert (found.fps, found.dropped) == (60, 0)
    assert sorted(first) == list(range(60))
    places = np.array([first[number] for number in range(60)])
    assert np.abs(places / 60 + found.start - times).max() < 0.04
    assert len(frames) == found.frames


def test_frames_at_the_same_microsecond(tmp_path):
    times = sorted(SECONDS_OF_25[:20] + [time + 1e-6 for time in SECONDS_OF_25[:20]])
    found, frames = frames_of(make_numbered(tmp_path / "twice.mp4", times, MICROSECOND))
    assert (found.fps, found.dropped) == (25, 40 - found.frames)
    assert len(frames) == found.frames == pytest.approx(20, abs=1)
    found, frames = frames_of(make_numbered(tmp_path / "at-once.mp4", times[:2], MICROSECOND))
    assert len(frames) == found.frames


def test_frames_that_are_dropped_are_told_of(run_video, plain):
    assert "at 10 a second (12 frames of the video dropped), " in run_video(plain, fps=10).out
    assert "of the video" not in run_video(plain).out


@pytest.mark.skipif(not Path("/proc/self/io").exists(), reason="needs Linux")
@pytest.mark.parametrize("kind", ["mkv", "avi", "ts"])
def test_no_more_of_a_file_is_read_than_a_part_needs(clip, kind):
    codec = "mpeg2video -qscale 1" if kind == "ts" else "rawvideo -pix_fmt yuv420p"
    path = clip(
        f"noise.{kind}",
        *"-f lavfi -i nullsrc=s=320x240:r=25:d=16,noise=alls=100:allf=t".split(),
        *f"-c:v {codec}".split(),
    )

    def read_in_all():
        # Also what ended children have read.
        return int(Path("/proc/self/io").read_text().split()[1])

    before = read_in_all()
    _, frames = frames_of(path, seconds=0.5)
    assert len(frames) == 13
    read = read_in_all() - before - frames.nbytes
    assert read < 0.5 * path.stat().st_size


def test_the_cause_that_ffmpeg_names_is_told(tmp_path, plain):
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(plain.read_bytes()[:3000])
    with pytest.raises(InputError, match=r"cut\.mp4: cannot be read as a video: moov atom not"):
        look_at(cut)
    empty = make_numbered(tmp_path / "zeros.mp4", SECONDS_OF_25[:10])
    without_data(empty, range(10))
    with pytest.raises(InputError, match=r"not one frame of it can be decoded: Invalid NAL unit"):
        look_at(empty)
