"""The time of a video's frames, and how much work is saved between them."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from photomosaic.files.writing import replacing_by_name
from photomosaic.library.codebook import Codebook
from photomosaic.mosaic import Mosaicker
from photomosaic.motion.fold import VideoFold
from photomosaic.motion.render import render_video
from photomosaic.options.video import VideoOptions
from photomosaic.performance.machine import PeakMemory
from photomosaic.performance.plan import Plan
from photomosaic.performance.timing import Timing, timings, total
from photomosaic.progress import StageClock, Work
from photomosaic.video.pipes import encoding, even, read_frames
from photomosaic.video.probe import VideoInfo

# How much of a video is measured, the same of a quick run, and for how long that decodes.
MOST_SECONDS, QUICK_VIDEO_SECONDS, QUICK_SECONDS = 10.0, 1.0, 1.0
# The frames and their mosaics are held in memory, to be folded and encoded separately.
HELD_BYTES, MOST_FRAMES, FEWEST_FRAMES = 512 << 20, 96, 2


@dataclass(frozen=True)
class VideoTimings:
    """Seconds of a frame of a video, and shares of work between frames.

    `whole` is a frame as video.py makes it, decoded, folded and encoded at the same time; `parts`
    are these, each alone; `fold` are the stages of folding. Shares are of the tiles that change
    from one frame to the next, and of the patches that need no search, since they are
    near those of frames before.
    """

    scale: int
    height: int
    width: int
    frames: int
    whole: Timing
    parts: dict[str, Timing]
    fold: dict[str, Timing]
    changed: float
    changed_without_holding: float
    skipped_searches: float


def measure_video(
    plan: Plan, codebook: Codebook, folder: Path, memory: PeakMemory, work: Work
) -> VideoTimings:
    """Make the mosaic of a video's first seconds into a folder, and measure its parts.

    Raises
    ------
    InputError
        If not one frame can be decoded.
    """
    assert plan.clip is not None  # noqa: S101 (measured only if there is one)
    clip, path = plan.clip, folder / "mosaic.mp4"
    # Only quick runs end early, and there is one of them; so the runs have as many frames.
    shown = plan.runs("parts of the video", work)
    runs = [_one_by_one(plan, codebook, clip.video, path) for _ in shown]
    (counts, parts, folding), whole = zip(*runs, strict=True), []
    frames = min(counts)
    with memory.group("video"):
        for _ in plan.runs("mosaics of the video", work):
            fold, start = _fold(plan, codebook, StageClock()), time.perf_counter()
            with replacing_by_name(path) as file:
                render_video(replace(clip.video, frames=frames), fold, file, VideoOptions())
            whole.append((time.perf_counter() - start) / frames)
    return VideoTimings(
        clip.scale,
        even(clip.video.height),
        even(clip.video.width),
        frames,
        whole=Timing.of(whole),
        parts=timings(parts, frames),
        fold=timings(folding, frames),
        changed=fold.flicker,
        changed_without_holding=fold.flicker_without_holding,
        skipped_searches=1 - fold.searched,
    )


def _fold(plan: Plan, codebook: Codebook, clock: StageClock) -> VideoFold:
    mosaicker = Mosaicker(codebook, plan.look.for_frames(), work=Work(clock=clock))
    return VideoFold(mosaicker, VideoOptions().stabilization_threshold)


def _one_by_one(
    plan: Plan, codebook: Codebook, video: VideoInfo, path: Path
) -> tuple[int, StageClock, StageClock]:
    """Decode as many frames as fit into memory and the time, then fold, then encode them.

    Returns their number, the clock of these parts, and that of folding.
    """
    parts, folding, frames = StageClock(), StageClock(), []
    parts.seconds["decode"] = 0.0  # animated pictures are not timed
    fitting = max(FEWEST_FRAMES, HELD_BYTES // (2 * 3 * video.height * video.width))
    most, start = min(video.frames, MOST_FRAMES, fitting), time.perf_counter()
    with closing(read_frames(replace(video, frames=most), parts)) as decoded:
        for frame in decoded:
            frames.append(frame)
            if plan.quick and time.perf_counter() - start > QUICK_SECONDS:
                break
    fold = _fold(plan, codebook, folding)
    mosaics = [np.ascontiguousarray(fold.step(frame)) for frame in frames]
    parts.seconds["fold"] = total(folding)
    silent, size = replace(video, frames=len(frames), sound=None), mosaics[0].shape
    with (
        replacing_by_name(path) as file,
        parts.stage("encode"),
        encoding(silent, file, (size[0], size[1]), VideoOptions()) as pipe,
    ):
        for mosaic in mosaics:
            pipe.write(mosaic.data)
    return len(frames), parts, folding
