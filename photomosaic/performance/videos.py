"""The time of a video's frames, and how much work is saved between them."""

from __future__ import annotations

import math
import time
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from photomosaic.files.writing import replacing_by_name
from photomosaic.library.codebook import Codebook
from photomosaic.mosaic import Mosaicker
from photomosaic.performance.memory import PeakMemory
from photomosaic.performance.plan import Clip, Plan
from photomosaic.performance.timing import Timing, timings, total
from photomosaic.progress import StageClock, Work
from photomosaic.video.fold import VideoFold
from photomosaic.video.pipes import encoding, even, read_frames
from photomosaic.video.render import render_video

# How much of a video is measured, the same of a quick run, and for how long that decodes.
MOST_SECONDS, QUICK_VIDEO_SECONDS, QUICK_SECONDS = 10.0, 1.0, 1.0
# The frames and their mosaics are held in memory, to be folded and encoded separately.
HELD_BYTES, MOST_FRAMES, FEWEST_FRAMES = 512 << 20, 96, 2


@dataclass(frozen=True)
class VideoTimings:
    """Seconds of a frame of a video, and shares of work between frames.

    Attributes
    ----------
    whole : Timing
        A frame, as video.py makes it: decoded, folded and encoded at the same time.
    parts : dict of str to Timing
        A frame's "decode", "fold" and "encode", each alone.
    fold : dict of str to Timing
        The stages of "fold".
    changed, changed_without_holding : float
        Share of the tiles that change from one frame to the next.
    skipped_searches : float
        Share of the patches that need no search, since they equal those of the frame before.
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
    clip, runs, path = plan.clip, range(plan.repeats), folder / "mosaic.mp4"
    limit = QUICK_SECONDS if plan.quick else math.inf
    shown = work.progress(runs, total=plan.repeats, what="parts of the video", unit="run")
    # Only quick runs end early, and there is one of them; so the runs have as many frames.
    counts, parts, folding = zip(
        *[_one_by_one(clip, codebook, path, limit) for _ in shown], strict=True
    )
    frames, whole = min(counts), []
    with memory.group("video"):
        for _ in work.progress(runs, total=plan.repeats, what="mosaics of the video", unit="run"):
            fold, start = _fold(clip, codebook, StageClock()), time.perf_counter()
            with replacing_by_name(path) as file:
                render_video(replace(clip.video, frames=frames), fold, file, clip.options)
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


def _fold(clip: Clip, codebook: Codebook, clock: StageClock) -> VideoFold:
    mosaicker = Mosaicker(codebook, clip.look, work=Work(clock=clock))
    return VideoFold(mosaicker, clip.options.stabilization_threshold)


def _one_by_one(
    clip: Clip, codebook: Codebook, path: Path, limit: float
) -> tuple[int, StageClock, StageClock]:
    """Decode as many frames as fit into memory and so many seconds, then fold, then encode them.

    Returns their number, the clock of these parts, and that of folding.
    """
    parts, folding, frames, video = StageClock(), StageClock(), [], clip.video
    parts.seconds["decode"] = 0.0  # animated pictures are not timed
    fitting = max(FEWEST_FRAMES, HELD_BYTES // (2 * 3 * video.height * video.width))
    most, start = min(video.frames, MOST_FRAMES, fitting), time.perf_counter()
    with closing(read_frames(replace(video, frames=most), parts)) as decoded:
        for frame in decoded:
            frames.append(frame)
            if time.perf_counter() - start > limit:
                break
    fold = _fold(clip, codebook, folding)
    mosaics = [np.ascontiguousarray(fold.step(frame)) for frame in frames]
    parts.seconds["fold"] = total(folding)
    silent, size = replace(video, frames=len(frames), sound=None), mosaics[0].shape
    with (
        replacing_by_name(path) as file,
        parts.stage("encode"),
        encoding(silent, file, (size[0], size[1]), clip.options) as pipe,
    ):
        for mosaic in mosaics:
            pipe.write(mosaic.data)
    return len(frames), parts, folding
