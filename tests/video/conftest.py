from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import av
import numpy as np
import pytest
from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image

import video

SIZE = "96x64"
GREY_LEVELS = range(0, 256, 15)


def call_ffmpeg(*arguments):
    command = [get_ffmpeg_exe(), "-v", "error", "-nostdin", "-y", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=True, timeout=60).stdout


def decoded_frames(path):
    """Return frames (n, h, w, 3), RGB, with the matrix of BT.709."""
    with av.open(str(path)) as container:
        context = container.streams.video[0].codec_context
        shape = (-1, context.height, context.width, 3)
    scaling = "scale=in_color_matrix=bt709:flags=bicubic+accurate_rnd+full_chroma_int"
    arguments = ["-i", path, "-an", "-vf", scaling, "-fps_mode", "passthrough"]
    data = call_ffmpeg(*arguments, "-f", "rawvideo", "-pix_fmt", "rgb24", "-")
    return np.frombuffer(data, np.uint8).reshape(shape)


def frame_times(path):
    with av.open(str(path)) as container:
        start = (container.start_time or 0) / 1e6
        return np.array([frame.time - start for frame in container.decode(video=0)])


def decoded_sound(path):
    """Return mono samples at 48 kHz from the start of the file on."""
    resampler = av.AudioResampler("flt", "mono", 48000)
    with av.open(str(path)) as container:
        start = (container.start_time or 0) / 1e6
        frames = list(container.decode(audio=0))
        first = round((frames[0].time - start) * 48000)
        pieces = [piece for frame in [*frames, None] for piece in resampler.resample(frame)]
    samples = np.concatenate([piece.to_ndarray()[0] for piece in pieces])
    return np.pad(samples, (first, 0)) if first > 0 else samples[-first:]


def sound_packets(path, track=0):
    with av.open(str(path)) as container:
        return [bytes(p) for p in container.demux(audio=track) if p.size]


def flash_and_beep(path):
    """Return the times of the first bright frame and of the first loud sample."""
    bright = decoded_frames(path).mean(axis=(1, 2, 3)) > 128
    loud = np.abs(decoded_sound(path)) > 0.2
    return frame_times(path)[np.argmax(bright)], np.argmax(loud) / 48000


def facts(path):
    with av.open(str(path)) as container:
        track = container.streams.video[0]
        context = track.codec_context
        sounds = container.streams.audio
        return SimpleNamespace(
            frames=track.frames,
            rate=track.average_rate,
            seconds=float(track.duration * track.time_base),
            size=(context.width, context.height),
            pixels=context.pix_fmt,
            colours=(
                int(context.color_primaries),
                int(context.color_trc),
                int(context.colorspace),
                int(context.color_range),
            ),
            sounds=[sound.codec_context.name for sound in sounds],
            sound_seconds=[float((s.duration or 0) * s.time_base) for s in sounds],
        )


@pytest.fixture(scope="session")
def ffmpeg() -> Callable[..., bytes]:
    return call_ffmpeg


@pytest.fixture(scope="session")
def look() -> SimpleNamespace:
    return SimpleNamespace(
        frames=decoded_frames,
        times=frame_times,
        sound=decoded_sound,
        packets=sound_packets,
        flash_and_beep=flash_and_beep,
        facts=facts,
    )


@pytest.fixture(scope="session")
def clip(tmp_path_factory) -> Callable[..., Path]:
    """Return a function that makes a clip of ffmpeg's arguments, once for each name."""
    folder = tmp_path_factory.mktemp("clips")

    def make(name, *arguments):
        path = folder / name
        if not path.exists():
            call_ffmpeg(*arguments, path)
        return path

    return make


@pytest.fixture(scope="session")
def plain(clip) -> Path:
    """Return a clip of 20 frames at 25 a second with a sound of AAC."""
    return clip(
        "plain.mp4",
        *f"-f lavfi -i testsrc2=s={SIZE}:r=25:d=0.8 -f lavfi -i sine=440:d=0.8".split(),
        *"-c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac".split(),
    )


@pytest.fixture(scope="session")
def long_clip(clip) -> Path:
    return clip(
        "long.mp4",
        *"-f lavfi -i testsrc2=s=640x480:r=25:d=20".split(),
        *"-c:v libx264 -preset ultrafast -pix_fmt yuv420p".split(),
    )


@pytest.fixture(scope="session")
def photos(tmp_path_factory) -> Path:
    """Return a folder of flat photos: 20 colours and 18 greys."""
    folder = tmp_path_factory.mktemp("few")
    rng = np.random.default_rng(3)
    colours = [tuple(int(v) for v in rng.integers(0, 256, 3)) for _ in range(20)]
    for number, colour in enumerate(colours + [(level,) * 3 for level in GREY_LEVELS]):
        Image.new("RGB", (24, 32), colour).save(folder / f"{number:02d}.png")
    return folder


@pytest.fixture(scope="session")
def greys(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("greys")
    for level in range(256):
        Image.new("RGB", (12, 16), (level,) * 3).save(folder / f"{level:03d}.png")
    return folder


@pytest.fixture(scope="session")
def warm_cache(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("warm")


@pytest.fixture
def run_video(tmp_path, photos, warm_cache, runner_of):
    """Return a function that runs video.py in this process on the flat photos."""

    savepath = tmp_path / "out" / "made.mp4"
    run = runner_of(
        video,
        {
            "codebook-dir": photos,
            "scale": 2,
            "savepath": savepath,
            "cache-dir": warm_cache,
            "preset": "ultrafast",
            "workers": 2,
        },
    )

    def run_script(target, *options, **replaced):
        code, out, err = run(*options, target=target, **replaced)
        path = Path(replaced.get("savepath", savepath))
        return SimpleNamespace(code=code, out=out, err=err, path=path)

    return run_script
