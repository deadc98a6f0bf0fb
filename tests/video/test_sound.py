from __future__ import annotations

import av
import numpy as np
import pytest

FLASH = "color=black:s=96x64:r=25:d=1.2,drawbox=c=white:t=fill:enable='gte(t,0.79)'"
MPEG4 = "-c:v mpeg4 -q:v 2".split()


@pytest.fixture
def beeping(clip, tmp_path):
    """Return a function that makes a clip with a flash and a beep at 0.8 s in all channels."""

    def make(name, coding, rate=48000, channels=1, layout=None):
        times = np.arange(int(1.2 * rate)) / rate
        beep = (np.sin(2 * np.pi * 800 * times) * (times >= 0.8) * 20000).astype("<i2")
        raw = tmp_path / f"{name}.raw"
        raw.write_bytes(np.repeat(beep[:, None], channels, 1).tobytes())
        arranged = ["-ch_layout", layout] if layout else ["-ac", channels]
        source = ["-f", "lavfi", "-i", FLASH, "-f", "s16le", "-ar", rate, *arranged, "-i", raw]
        return clip(name, *source, *MPEG4, *coding.split())

    return make


@pytest.mark.parametrize(
    ("name", "coding", "rate", "channels", "layout", "becomes"),
    [
        ("rate8.avi", "-c:a libmp3lame", 8000, 1, None, ("aac", 8000, 1)),
        ("rate11.avi", "-c:a libmp3lame", 11025, 1, None, ("aac", 11025, 1)),
        ("rate16.avi", "-c:a libmp3lame", 16000, 1, None, ("mp3float", 16000, 1)),
        ("slow.avi", "-c:a pcm_u8", 4000, 1, None, ("aac", 7350, 1)),
        ("fast.mov", "-c:a pcm_s24le", 192000, 6, None, ("aac", 96000, 6)),
        ("law.mov", "-c:a pcm_mulaw", 8000, 1, None, ("aac", 8000, 1)),
        ("many.mov", "-c:a pcm_s16le", 48000, 16, "hexadecagonal", ("aac", 48000, 2)),
        ("unplaced.mov", "-c:a pcm_s16le", 48000, 9, None, ("aac", 48000, 1)),
        ("round.mkv", "-c:a libopus -mapping_family 2", 48000, 4, "ambisonic 1", ("aac", 48000, 1)),
        ("apple.mov", "-c:a alac", 44100, 2, None, ("aac", 44100, 2)),
        ("theatre.mkv", "-c:a dca -strict -2", 48000, 2, None, ("aac", 48000, 2)),
        ("windows.wmv", "-c:a wmav2", 16000, 1, None, ("aac", 16000, 1)),
        ("flash.flv", "-c:v flv1 -c:a libmp3lame", 44100, 1, None, ("mp3float", 44100, 1)),
    ],
)
def test_sound_that_mp4_refuses_is_encoded_or_mixed(
    run_video, beeping, look, name, coding, rate, channels, layout, becomes
):
    made = run_video(beeping(name, coding, rate, channels, layout))
    assert made.code == 0
    with av.open(str(made.path)) as container:
        sound = container.streams.audio[0].codec_context
        assert (sound.name, sound.sample_rate, sound.channels) == becomes
    flashed, beeped = look.flash_and_beep(made.path)
    assert flashed == pytest.approx(beeped, abs=0.04)


def with_sound_replaced(clip, path, by, most=None):
    """Write a copy of a clip whose packets of sound, or the first of them, hold other bytes."""
    data = bytearray(clip.read_bytes())
    with av.open(str(clip)) as container:
        for packet in [p for p in container.demux(audio=0) if p.size][:most]:
            data[packet.pos : packet.pos + packet.size] = by(packet.size)
    path.write_bytes(data)
    return path


def test_sound_that_cannot_be_decoded_is_left_out(run_video, plain, look, tmp_path):
    noise = np.random.default_rng(0).bytes
    made = run_video(with_sound_replaced(plain, tmp_path / "noise.mp4", noise))
    assert made.code == 0
    assert look.facts(made.path).sounds == []
    assert sum("the mosaic is silent" in line for line in made.err.splitlines()) == 1


def test_sound_whose_first_packet_is_damaged_is_taken(run_video, plain, look, tmp_path):
    made = run_video(with_sound_replaced(plain, tmp_path / "first.mp4", bytes, most=1))
    assert made.code == 0
    assert look.facts(made.path).sounds == ["aac"]


def test_sound_that_is_mostly_damaged_does_not_end_the_video(run_video, clip, look, tmp_path):
    source = "-f lavfi -i testsrc2=s=96x64:r=5:d=6 -f lavfi -i anoisesrc=d=6:r=48000".split()
    whole = clip("noisy.mkv", *source, *MPEG4, *"-c:a flac -frame_size 1024".split())
    data = bytearray(whole.read_bytes())
    with av.open(str(whole)) as container:
        for packet in [p for p in container.demux(audio=0) if p.size][60:]:
            at = data.index(bytes(packet))
            data[at : at + packet.size] = b"\xff" * packet.size
    path = tmp_path / "mostly.mkv"
    path.write_bytes(data)
    made = run_video(path)
    assert made.code == 0
    assert look.facts(made.path).frames == 30
