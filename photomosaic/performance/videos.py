"""The time of a video's frames, and how much work is saved between them."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from photomosaic.arrays import BgrImage
from photomosaic.files.writing import replacing_by_name
from photomosaic.library.codebook import Codebook
from photomosaic.mosaic import Mosaicker
from photomosaic.performance.memory import PeakMemory
from photomosaic.performance.plan import Clip, Plan
from photomosaic.performance.timing import Timing, timings, total
from photomosaic.progress import StageClock, Work
from photomosaic.video.fold import FrameWriter, VideoFold
from photomosaic.video.pipes import encoding, even, read_frames
from photomosaic.video.probe import VideoInfo
from photomosaic.video.render import render_video

MOST_SECONDS = 10.0
"""How much of a video is measured."""
QUICK_VIDEO_SECONDS, QUICK_SECONDS = 1.0, 1.0
"""The same of a quick run, and for how long it decodes."""
# The frames and their mosaics are held in memory, to be folded and encoded separately.
HELD_BYTES, MOST_FRAMES, FEWEST_FRAMES = 512 << 20, 96, 2


@dataclass(frozen=True)
class VideoTimings:
    """Seconds that a frame of a video took, and how much work was saved.

    Attributes
    ----------
    scale, height, width, frames : int
        Scale of the tiles, size of a frame in pixels, and number of frames.
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


@dataclass(frozen=True)
class _Bench:
    """A clip, the tiles of its mosaic, and where that goes."""

    clip: Clip
    codebook: Codebook
    path: Path

    def fold(self, clock: StageClock) -> VideoFold:
        mosaicker = Mosaicker(self.codebook, self.clip.look, work=Work(clock=clock))
        return VideoFold(mosaicker, self.clip.options.stabilization_threshold)


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
    clip, runs = plan.clip, range(plan.repeats)
    bench = _Bench(clip, codebook, folder / "mosaic.mp4")
    shown = work.progress(runs, total=plan.repeats, what="parts of the video", unit="run")
    limit = QUICK_SECONDS if plan.quick else math.inf
    counts, parts, folding = zip(*(_one_by_one(bench, limit) for _ in shown), strict=True)
    frames = min(counts)
    with memory.group("video"):
        shown = work.progress(runs, total=plan.repeats, what="mosaics of the video", unit="run")
        whole = [_at_once(bench, replace(clip.video, frames=frames)) for _ in shown]
    fold = whole[0][1]
    return VideoTimings(
        clip.scale,
        even(clip.video.height),
        even(clip.video.width),
        frames,
        whole=Timing.of([seconds / frames for seconds, _ in whole]),
        parts=timings(parts),
        fold=timings(folding),
        changed=fold.flicker,
        changed_without_holding=fold.flicker_without_holding,
        skipped_searches=1 - fold.searched,
    )


def _one_by_one(bench: _Bench, limit: float) -> tuple[int, StageClock, StageClock]:
    """Decode as many frames as fit into memory and so many seconds, then fold, then encode them.

    Returns their number, and for one frame the clocks of these parts, and of folding.
    """
    parts, folding, frames = StageClock(), StageClock(), []
    parts.seconds["decode"] = 0.0  # animated pictures are not timed
    video, start = bench.clip.video, time.perf_counter()
    with closing(read_frames(replace(video, frames=_most_frames(video)), parts)) as decoded:
        for frame in decoded:
            frames.append(frame)
            if time.perf_counter() - start > limit:
                break
    fold = bench.fold(folding)
    mosaics = [fold.step(frame) for frame in frames]
    parts.seconds["fold"] = total(folding)
    _encode(bench, mosaics, parts)
    for clock in (parts, folding):
        clock.seconds = {stage: taken / len(frames) for stage, taken in clock.seconds.items()}
    return len(frames), parts, folding


def _most_frames(video: VideoInfo) -> int:
    fitting = HELD_BYTES // (2 * 3 * video.height * video.width)
    return min(video.frames, MOST_FRAMES, max(FEWEST_FRAMES, fitting))


def _at_once(bench: _Bench, video: VideoInfo) -> tuple[float, VideoFold]:
    """Return the seconds that a video took, and its fold."""
    fold, start = bench.fold(StageClock()), time.perf_counter()
    with replacing_by_name(bench.path) as path:
        render_video(video, fold, path, bench.clip.options)
    return time.perf_counter() - start, fold


def _encode(bench: _Bench, mosaics: Sequence[BgrImage], clock: StageClock) -> None:
    options, size = bench.clip.options, (mosaics[0].shape[0], mosaics[0].shape[1])
    video = replace(bench.clip.video, frames=len(mosaics), sound=None)
    with (
        replacing_by_name(bench.path) as path,
        clock.stage("encode"),
        encoding(video, path, size, options) as pipe,
    ):
        writer = FrameWriter(pipe)
        for mosaic in mosaics:
            writer.write(mosaic)
        writer.finish()
