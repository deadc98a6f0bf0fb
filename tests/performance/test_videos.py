from __future__ import annotations

import itertools
import subprocess
from types import SimpleNamespace

import pytest
from imageio_ffmpeg import get_ffmpeg_exe

from photomosaic.options.photos import TileOptions
from photomosaic.performance import videos
from photomosaic.performance.machine import PeakMemory
from photomosaic.performance.plan import Clip, Plan
from photomosaic.progress import Work
from photomosaic.video.probe import probe
from tests.codebooks import plain_look, read_codebook
from tests.performance.fixed_clock import SECONDS, FixedClock

FRAMES = 4


@pytest.fixture
def measured(tmp_path, photo_folder, monkeypatch):
    """Return a function that measures a clip, as if each look at a clock took 8 seconds."""
    ticks = itertools.count(0, 8)
    monkeypatch.setattr(videos, "StageClock", FixedClock)
    monkeypatch.setattr(videos, "time", SimpleNamespace(perf_counter=lambda: float(next(ticks))))
    path = tmp_path / "a clip.mp4"
    source = f"testsrc2=s=96x64:r=25:d={FRAMES / 25}"
    command = [get_ffmpeg_exe(), "-v", "error", "-f", "lavfi", "-i", source, str(path)]
    subprocess.run(command, check=True, timeout=60)
    clip = Clip(probe(path, start=0.0, seconds=videos.MOST_SECONDS, fps=None, sound=False), 2)
    codebook = read_codebook(photo_folder)

    def measure(*, quick=False):
        plan = Plan(
            target=None,
            scales=[2],
            tiles=TileOptions(cuts=1),
            look=plain_look(),
            listing=None,
            repeats=1,
            quick=quick,
            clip=clip,
        )
        return videos.measure_video(plan, codebook, tmp_path, PeakMemory(), Work())

    return measure


def test_all_times_are_of_one_frame(measured):
    found = measured()
    assert (found.frames, found.height, found.width) == (FRAMES, 64, 96)
    assert found.parts["decode"].median == found.parts["encode"].median == SECONDS / FRAMES
    assert {timing.median for timing in found.fold.values()} == {SECONDS / FRAMES}
    assert found.parts["fold"].median == len(found.fold) * SECONDS / FRAMES
    assert found.whole.median == 8 / FRAMES


def test_a_quick_run_decodes_for_some_time_only(measured):
    assert measured(quick=True).frames == 1


def test_no_more_frames_are_held_than_fit_with_their_mosaics(measured, monkeypatch):
    monkeypatch.setattr(videos, "HELD_BYTES", 3 * 2 * 64 * 96 * 3)
    assert measured().frames == 3
    monkeypatch.setattr(videos, "HELD_BYTES", 1)
    assert measured().frames == videos.FEWEST_FRAMES
