from __future__ import annotations

import os
import wave

import av
import numpy as np
import pytest

from photomosaic.animation.animation import write_animation
from photomosaic.errors import InputError
from photomosaic.options.animation import AnimationOptions
from photomosaic.video.music import check_music

RATE = 8000


@pytest.fixture(scope="module")
def music(tmp_path_factory):
    """Return a function that writes a tone of so many seconds."""
    folder = tmp_path_factory.mktemp("music with 'quotes'")

    def written(seconds):
        path = folder / f"{seconds}.wav"
        tone = 8000 * np.sin(np.arange(int(seconds * RATE)) * 2 * np.pi * 440 / RATE)
        with wave.open(str(path), "wb") as file:
            file.setparams((1, 2, RATE, 0, "NONE", ""))
            file.writeframes(tone.astype("<i2").tobytes())
        return path

    return written


def film(path, music, count, size=(16, 16), **options):
    frames = [np.full((*size, 3), 40 * i % 255, np.uint8) for i in range(count)]
    return write_animation(frames, path, AnimationOptions(**{"fps": 2, **options}), music)


def sound_of(path):
    """Return the loudness of each tenth of a second, and the film's seconds."""
    with av.open(str(path)) as container:
        rate = container.streams.audio[0].rate
        seconds = float(container.streams.video[0].duration * container.streams.video[0].time_base)
        parts = [frame.to_ndarray()[0] for frame in container.decode(audio=0)]
    sound = np.concatenate(parts)
    tenth = rate // 10
    return [float(np.abs(sound[i : i + tenth]).max()) for i in range(0, len(sound), tenth)], seconds


@pytest.mark.parametrize("seconds", [1.5, 30])
def test_music_is_as_long_as_the_film_and_fades(tmp_path, music, seconds):
    path = tmp_path / "a.mp4"
    film(path, music(seconds), 20)
    loud, length = sound_of(path)
    assert length == pytest.approx(10)
    assert len(loud) == pytest.approx(100, abs=2)
    loudest = max(loud)
    assert loud[0] < 0.5 * loudest
    assert min(loud[8:68]) > 0.8 * loudest
    assert loud[97] < 0.15 * loudest
    assert [path] == list(tmp_path.iterdir())


def test_one_frame_with_music_that_is_held(tmp_path, music):
    film(tmp_path / "a.mp4", music(30), 1, size=(3, 5), hold=4)
    loud, length = sound_of(tmp_path / "a.mp4")
    assert length == pytest.approx(4)
    assert len(loud) == pytest.approx(40, abs=2)


def test_the_same_bytes_each_time(tmp_path, music):
    for name in ("a.mp4", "b.mp4"):
        film(tmp_path / name, music(1.5), 3)
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


def test_what_has_no_sound_is_refused(tmp_path, music):
    film(tmp_path / "silent.mp4", None, 2)
    (tmp_path / "text.mp3").write_text("no music")
    (tmp_path / "list.m3u8").write_text(f"#EXTM3U\n#EXTINF:1,\n{music(1.5)}\n#EXT-X-ENDLIST\n")
    os.mkfifo(tmp_path / "pipe.mp3")
    reasons = {
        "gone.mp3": "cannot be read: No such file",
        "silent.mp4": "has no sound",
        "text.mp3": "holds no sound that can be decoded",
        "list.m3u8": "holds no sound that can be decoded",
        "pipe.mp3": "is a pipe",
        ".": "directory",
    }
    for name, reason in reasons.items():
        with pytest.raises(InputError, match=reason):
            check_music(tmp_path / name)
    with pytest.raises(InputError, match="holds no sound"):
        check_music(music(0))
    check_music(music(1.5))
