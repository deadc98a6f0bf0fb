from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from photomosaic.errors import InputError
from tests.video.read_clips import X264, frames_of, look_at


def test_the_picture_on_the_cover_is_no_video(tmp_path, ffmpeg):
    cover = tmp_path / "cover.png"
    ffmpeg("-f", "lavfi", "-i", "color=red:s=64x64", "-frames:v", "1", cover)
    path = tmp_path / "song.m4a"
    sound = "-f lavfi -i sine=d=0.5".split()
    maps = "-map 0 -map 1 -c:a aac -c:v png -disposition:v attached_pic -f mp4".split()
    ffmpeg(*sound, "-i", cover, *maps, path)
    with pytest.raises(InputError, match="only sound"):
        look_at(path)


def test_clips_that_do_not_start_at_nought(clip):
    source = "-f lavfi -i testsrc2=s=96x64:r=25:d=0.8".split()
    shifted = clip("shifted.ts", *source, *X264, "-output_ts_offset", "100")
    straight = clip("straight.ts", *source, *X264)
    for options in [{}, {"start": 0.2}, {"start": 0.2, "seconds": 0.2}]:
        one, shown = frames_of(shifted, **options)
        two, expected = frames_of(straight, **options)
        assert one.frames == two.frames == len(shown)
        np.testing.assert_array_equal(shown, expected)


def test_the_default_sound_else_the_first(clip):
    source = "-f lavfi -i testsrc2=s=96x64:r=25:d=0.4 -f lavfi -i sine=300:d=0.4"
    source += " -f lavfi -i sine=900:d=0.4 -map 0 -map 1 -map 2 -c:a aac"
    second = clip(
        "second.mkv",
        *source.split(),
        *X264,
        *"-disposition:a:0 0 -disposition:a:1 default".split(),
    )
    assert look_at(second, sound=True).sound.stream == 2
    neither = clip("neither.mkv", *source.split(), *X264, "-disposition:a", "0")
    assert look_at(neither, sound=True).sound.stream == 1


@pytest.mark.parametrize("start", [0.04, 0.31])
def test_a_part_does_not_take_a_frame_too_many(clip, start):
    source = "-f lavfi -i testsrc2=s=96x64:r=30000/1001:d=1".split()
    path = clip("part.mp4", *source, "-c:v", "libx264", "-pix_fmt", "yuv420p", "-g", "12")
    found, frames = frames_of(path, start=start, seconds=0.25)
    assert found.frames == len(frames) == 7


def test_the_last_frame_of_variable_rate_is_shown_as_long_as_foretold(clip):
    path = clip(
        "variable2.mp4",
        *"-f lavfi -i testsrc2=s=96x64:r=25:d=1.4".split(),
        "-vf",
        "settb=1/12800,setpts='if(lt(N,25),N/25,1+(N-25)/10)/TB'",
        *"-fps_mode vfr".split(),
        *X264,
    )
    found, frames = frames_of(path)
    assert found.frames == len(frames)


@pytest.mark.parametrize("start", [None, 0.3])
def test_late_sound_of_a_transport_stream_stays_late(run_video, clip, look, start):
    black = "color=black:s=96x64:r=25:d=2,drawbox=c=white:t=fill:enable='gte(t,0.99)'"
    path = clip(
        "late.ts",
        *["-f", "lavfi", "-i", black, "-itsoffset", "0.5", "-f", "lavfi"],
        *["-i", "aevalsrc='gte(t,0.5)*sin(2*PI*1000*t)':s=48000:d=1.5"],
        *[*X264, "-g", "5", "-c:a", "aac"],
    )
    flashed, beeped = look.flash_and_beep(path)
    assert flashed == pytest.approx(beeped, abs=0.04)
    made = run_video(path, **({} if start is None else {"start": start}))
    assert made.code == 0
    flashed, beeped = look.flash_and_beep(made.path)
    assert flashed == pytest.approx(beeped, abs=0.04)


def test_a_rate_that_rounds_to_nought_is_refused(run_video, plain):
    made = run_video(plain, fps=0.0001)
    assert Fraction(0.0001).limit_denominator(1001) == 0
    assert made.code == 2
    assert "--fps" in made.err


def test_no_audio_does_not_claim_that_there_is_no_sound(run_video, plain):
    assert "has no sound" not in run_video(plain, "--no-audio").err
