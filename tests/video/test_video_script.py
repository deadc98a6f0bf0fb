from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

PROJECT = Path(__file__).resolve().parents[2]
PICTURE = "-f lavfi -i testsrc2=s=96x64:r=25:d=0.8".split()
X264 = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p".split()


def test_a_mosaic_video_is_made_and_told_of(run_video, plain, look):
    made = run_video(plain)
    assert made.code == 0
    assert made.out.startswith(f"{made.path}: 20 frames of 96x64 pixels at 25 a second, 38 photos;")
    assert re.search(r"; [\d.]+% of the tiles change per frame \([\d.]+% without", made.out)
    found = look.facts(made.path)
    assert (found.frames, found.rate, found.size) == (20, 25, (96, 64))
    assert found.seconds == pytest.approx(0.8)
    assert found.pixels == "yuv420p"
    assert found.colours == (1, 1, 1, 1)
    assert found.sounds == ["aac"]
    data = made.path.read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")
    assert [path.name for path in made.path.parent.iterdir()] == ["made.mp4"]


def test_the_mosaic_looks_like_the_video(run_video, plain, look):
    made = run_video(plain)
    small = [
        look.frames(path).reshape(20, 8, 8, 8, 12, 3).mean(axis=(2, 4))
        for path in (made.path, plain)
    ]
    flat = np.abs(small[1] - small[1].mean(axis=(1, 2), keepdims=True)).mean()
    assert np.abs(small[0] - small[1]).mean() < 0.6 * flat


def test_the_rate_of_american_television(run_video, clip, look):
    source = "-f lavfi -i testsrc2=s=96x64:r=30000/1001 -frames:v 20".split()
    found = look.facts(run_video(clip("ntsc.mp4", *source, *X264)).path)
    assert (found.frames, found.rate) == (20, Fraction(30000, 1001))
    assert found.seconds == pytest.approx(20 * 1001 / 30000, abs=1e-4)


def test_another_rate_and_a_part(run_video, plain, look):
    found = look.facts(run_video(plain, fps=10).path)
    assert (found.frames, found.rate) == (8, 10)
    made = run_video(plain, start=0.2, seconds=0.4)
    found = look.facts(made.path)
    assert (found.frames, found.rate) == (10, 25)
    assert len(look.sound(made.path)) / 48000 == pytest.approx(0.4, abs=0.03)


@pytest.mark.parametrize("span", ["tv", "pc"])
@pytest.mark.parametrize("metric", ["perceptual", "rgb"])
def test_greys_come_back_as_they_were(run_video, clip, tmp_path, look, greys, metric, span):
    levels = np.linspace(0, 255, 32).round().astype(np.uint8).reshape(4, 8)
    picture = tmp_path / "ramp.png"
    Image.fromarray(levels.repeat(16, axis=0).repeat(12, axis=1)).convert("RGB").save(picture)
    scaling = f"scale=out_color_matrix=bt709:out_range={span}:flags=accurate_rnd"
    path = clip(
        f"ramp-{span}.mp4",
        *["-loop", "1", "-framerate", "25", "-i", picture, "-frames:v", "3"],
        *["-vf", f"{scaling},format=yuv420p,setparams=range={span}:colorspace=bt709"],
        *"-c:v libx264 -preset ultrafast -qp 1".split(),
    )
    made = run_video(path, codebook_dir=greys, scale=4, metric=metric, quality=1)
    assert made.code == 0
    for frame in look.frames(made.path):
        cells = frame.reshape(4, 16, 8, 12, 3)[:, 4:12, :, 3:9].astype(int)
        error = np.abs(cells - levels.reshape(4, 1, 8, 1, 1))
        assert error.max() <= 2


@pytest.mark.parametrize(
    ("kind", "codec", "becomes"),
    [
        ("mp4", "aac", "aac"),
        ("mkv", "aac", "aac"),
        ("ts", "aac", "aac"),
        ("mkv", "libmp3lame", "mp3float"),
        ("avi", "libmp3lame", "mp3float"),
        ("mkv", "ac3", "ac3"),
        ("mkv", "libopus", None),
        ("mov", "pcm_s16le", None),
        ("mkv", "flac", None),
    ],
)
def test_sound_is_copied_where_mp4_can_carry_it(run_video, clip, look, kind, codec, becomes):
    sound = f"-f lavfi -i sine=440:r=48000:d=0.8 -c:a {codec}".split()
    path = clip(f"sound-{codec}.{kind}", *PICTURE, *sound, *X264)
    made = run_video(path)
    assert made.code == 0
    found = look.facts(made.path)
    assert found.sounds == [becomes or "aac"]
    assert len(look.sound(made.path)) / 48000 == pytest.approx(0.8, abs=0.06)
    assert np.abs(look.sound(made.path)[:38000]).max() > 0.05
    if becomes and kind != "ts":
        packets = look.packets(made.path)
        assert packets == look.packets(path)[: len(packets)]
        assert len(packets) > 0.7 / 0.036


def test_silent_clips_and_no_audio(run_video, clip, plain, look):
    silent = clip("silent.mp4", *PICTURE, *X264)
    made = run_video(silent)
    assert made.code == 0
    assert made.err.splitlines()[0] == ("the video has no usable sound, so the mosaic is silent")
    assert look.facts(made.path).sounds == []
    assert look.facts(run_video(plain, "--no-audio").path).sounds == []


@pytest.mark.parametrize("codec", ["aac", "flac"])
def test_sound_is_cut_where_the_picture_ends(run_video, clip, look, codec):
    sound = f"-f lavfi -i sine=440:d=3 -c:a {codec}".split()
    path = clip(f"long-{codec}.mkv", *PICTURE, *sound, *X264)
    found = look.facts(run_video(path).path)
    assert found.seconds == pytest.approx(0.8)
    assert found.sound_seconds[0] == pytest.approx(0.8, abs=0.05)


def flash(at, until=2.0):
    black = f"color=black:s=96x64:r=25:d={until},"
    return ["-f", "lavfi", "-i", f"{black}drawbox=c=white:t=fill:enable='gte(t,{at}-0.01)'"]


def beep(at, until=2.0):
    return ["-f", "lavfi", "-i", f"aevalsrc='gte(t,{at})*sin(2*PI*1000*t)':s=48000:d={until}"]


CLIPS = {
    "together": [*flash(1), *beep(1)],
    "sound-late": [*flash(1), "-itsoffset", "0.5", *beep(0.5)],
    "picture-late": ["-itsoffset", "0.52", *flash(0.48), *beep(1)],
}


@pytest.mark.parametrize("kind", ["mp4", "mkv"])
@pytest.mark.parametrize("codec", ["aac", "libopus"])
@pytest.mark.parametrize("which", CLIPS)
@pytest.mark.parametrize("start", [None, 0.3, 0.7])
def test_flash_and_beep_stay_together(run_video, clip, look, kind, codec, which, start):
    coding = [*X264, "-c:a", codec, "-map", "0", "-map", "1"]
    path = clip(f"{which}-{codec}.{kind}", *CLIPS[which], *coding)
    flashed, beeped = look.flash_and_beep(path)
    assert flashed == pytest.approx(beeped, abs=0.03)
    made = run_video(path, **({} if start is None else {"start": start}))
    assert made.code == 0
    flashed, beeped = look.flash_and_beep(made.path)
    assert flashed == pytest.approx(beeped, abs=0.04)
    assert beeped == pytest.approx(1 - (start or 0), abs=0.04)


def test_same_options_same_bytes(run_video, plain, tmp_path):
    options = {"best-k": 3, "randomness": 0.1}
    made = [
        run_video(
            plain,
            *[f"--{name}={value}" for name, value in options.items()],
            workers=workers,
            savepath=tmp_path / f"{number}.mp4",
            cache_dir=tmp_path / f"cache{number}",
        )
        for number, workers in enumerate([1, 2, 2])
    ]
    contents = {one.path.read_bytes() for one in made}
    assert len(contents) == 1


def test_turned_clips_are_made_upright(run_video, clip, look):
    straight = clip("straight2.mp4", *PICTURE, *X264)
    path = clip("turned2.mp4", "-display_rotation", "90", "-i", straight, "-c", "copy")
    made = run_video(path)
    assert look.facts(made.path).size == (64, 96)
    with av.open(str(made.path)) as container:
        assert next(container.decode(video=0)).rotation == 0


def test_odd_sides(run_video, clip, look):
    source = "-f lavfi -i color=red:s=97x65:r=25:d=0.2,format=gbrp".split()
    made = run_video(clip("odd2.mkv", *source, "-c:v", "ffv1"))
    assert look.facts(made.path).size == (96, 64)


def children(pid):
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rsplit(")", 1)[1].split()
            command = (status.parent / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if int(fields[1]) == pid and fields[0] != "Z":
            found.append((int(status.parent.name), command))
    return found


@pytest.fixture
def started(tmp_path, photos, long_clip, warm_cache):
    """Start video.py on a long clip, in a process of its own, and wait until it writes."""
    processes = []

    def start(*wrapper):
        out = tmp_path / "out"
        command = [*wrapper, sys.executable, PROJECT / "video.py", "--target", long_clip]
        command += ["--codebook-dir", photos, "--scale", "4", "--cache-dir", warm_cache]
        command += ["--savepath", out / "made.mp4", "--preset", "veryfast"]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        processes.append(process)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and not any(out.glob(".photomosaic-*")):
            time.sleep(0.02)
        time.sleep(0.3)
        return process, out

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def gone(pid):
    for _ in range(100):
        if not Path(f"/proc/{pid}").exists():
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_leaves_nothing_half_done(started, sent):
    process, out = started()
    helpers = children(process.pid)
    assert len(helpers) == 2
    assert process.poll() is None
    process.send_signal(sent)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 130
    assert errors.splitlines()[-1].startswith("video.py: stopped")
    assert "Traceback" not in errors
    assert list(out.iterdir()) == []
    assert all(gone(pid) for pid, _ in helpers)


def test_an_encoder_that_dies_is_told_of(started):
    process, out = started()
    helpers = children(process.pid)
    encoder = next(pid for pid, command in helpers if b"libx264" in command)
    os.kill(encoder, signal.SIGKILL)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 2
    assert errors.splitlines()[-1].startswith("video.py: ")
    assert "could not be written" in errors.splitlines()[-1]
    assert "Traceback" not in errors
    assert list(out.iterdir()) == []
    assert all(gone(pid) for pid, _ in helpers)


def test_a_full_disk_is_told_of(started):
    process, out = started("sh", "-c", 'ulimit -f 80; exec "$@"', "sh")
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 2
    assert "could not be written" in errors.splitlines()[-1]
    assert "Traceback" not in errors
    assert list(out.iterdir()) == []


def test_a_clip_that_is_cut_off(run_video, clip, look, tmp_path):
    source = "-f lavfi -i testsrc2=s=96x64:r=25:d=4 -movflags +faststart".split()
    whole = clip("whole.mp4", *source, *X264)
    data = whole.read_bytes()
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(data[: len(data) * 6 // 10])
    made = run_video(cut)
    assert made.code == 0
    assert re.search(r"warning: .*cut.mp4: the picture ends 1\.\d s before the length", made.err)
    assert 30 < look.facts(made.path).frames < 80


def bad_targets(folder, ffmpeg):
    ffmpeg("-f", "lavfi", "-i", "sine=d=0.5", folder / "sound.m4a")
    ffmpeg("-f", "lavfi", "-i", "sine=d=0.5", folder / "sound.mp3")
    Image.new("RGB", (96, 64)).save(folder / "picture.png")
    Image.new("RGB", (96, 64)).save(folder / "picture.mp4", "JPEG")
    (folder / "text.mp4").write_text("This is no video.\n" * 100)
    (folder / "empty.mp4").touch()
    (folder / "folder.mp4").mkdir()
    (folder / "list.mp4").write_text("#EXTM3U\n#EXTINF:1,\nin.mp4\n#EXT-X-ENDLIST\n")
    (folder / "list.m3u8").write_text("#EXTM3U\n#EXTINF:1,\nin.mp4\n#EXT-X-ENDLIST\n")
    (folder / "script.mp4").write_text("ffconcat version 1.0\nfile 'in.mp4'\n")


@pytest.mark.parametrize(
    "name",
    "sound.m4a sound.mp3 picture.png picture.mp4 text.mp4 empty.mp4 missing.mp4 folder.mp4"
    " list.mp4 list.m3u8 script.mp4 cut.mp4 noise.mp4".split(),
)
def test_targets_that_are_no_videos(run_video, tmp_path, ffmpeg, plain, name):
    bad_targets(tmp_path, ffmpeg)
    (tmp_path / "in.mp4").write_bytes(plain.read_bytes())
    (tmp_path / "cut.mp4").write_bytes(plain.read_bytes()[:3000])
    (tmp_path / "noise.mp4").write_bytes(np.random.default_rng(0).bytes(20000))
    made = run_video(tmp_path / name, cache_dir=tmp_path / "cold")
    assert made.code == 2
    assert len(made.err.splitlines()) == 1
    assert made.err.split(": ", 1)[1].startswith("--target ")
    assert name in made.err
    assert made.out == ""
    assert not (tmp_path / "cold").exists()
    assert not made.path.exists()


@pytest.mark.parametrize(
    ("option", "told"),
    [
        ("savepath=x.avi", "--savepath x.avi: videos are written as .mp4 only"),
        ("stabilization-threshold=0", "--stabilization-threshold"),
        ("stabilization-threshold=1.5", "--stabilization-threshold"),
        ("seconds=0", "--seconds"),
        ("start=-1", "--start"),
        ("start=100", "--target .* from 100 s on"),
        ("fps=0", "--fps"),
        ("fps=500", "--fps"),
        ("scale=100", "--scale: .*the largest scale that works is"),
        ("quality=52", "--quality"),
        ("preset=quick", "--preset"),
    ],
)
def test_options_that_cannot_be(run_video, plain, tmp_path, option, told):
    name, value = option.split("=")
    made = run_video(plain, **({"cache_dir": tmp_path / "cold"} | {name: value}))
    assert made.code == 2
    assert len(made.err.splitlines()) == 1
    assert re.search(told, made.err)
    assert not (tmp_path / "cold").exists()


def test_the_target_is_not_overwritten(run_video, plain, tmp_path):
    own = tmp_path / "own.mp4"
    own.write_bytes(plain.read_bytes())
    made = run_video(own, savepath=own)
    assert made.code == 2
    assert "is the target itself" in made.err
    assert own.read_bytes() == plain.read_bytes()
