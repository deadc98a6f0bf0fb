"""The time that a video's frames take, and how much of the work is saved."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from photomosaic.arrays import BgrImage
from photomosaic.images.encode import replacing_by_name
from photomosaic.library.codebook import Codebook
from photomosaic.mosaic import Mosaicker
from photomosaic.performance.battery import Clip
from photomosaic.performance.memory import PeakMemory
from photomosaic.performance.timing import Timing, timings, total
from photomosaic.progress import Progress, StageClock, Work
from photomosaic.video.fold import FrameWriter, VideoFold
from photomosaic.video.pipes import encoding, even, read_frames
from photomosaic.video.probe import VideoInfo
from photomosaic.video.render import render_video

MOST_SECONDS = 10.0
"""How much of a video is looked at."""
QUICK_VIDEO_SECONDS, QUICK_SECONDS = 1.0, 1.0
"""The same of a quick run, and for how long it decodes."""
# The frames and their mosaics are held in memory, to be folded and encoded apart from one another.
HELD_BYTES, MOST_FRAMES, FEWEST_FRAMES = 512 << 20, 96, 2


@dataclass(frozen=True)
class VideoTimings:
    """Seconds that a frame of a video took, and how much of the work was saved.

    Attributes
    ----------
    scale, height, width, frames : int
        Scale of the tiles, size of a frame in pixels, and how many were made.
    whole : Timing
        A frame, as video.py makes it: decoded, folded and encoded at the same time.
    parts : dict of str to Timing
        A frame's "decode", "fold" and "encode", each by itself.
    fold : dict of str to Timing
        The stages of "fold".
    changed, changed_without_holding : float
        Share of the tiles that change from one frame to the next.
    skipped_searches : float
        Share of the patches that need no search, since they are those of the frame before.
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
class _Work:
    """A clip and what its mosaic is made with."""

    clip: Clip
    codebook: Codebook
    path: Path

    def new_fold(self, clock: StageClock | None = None) -> VideoFold:
        mosaicker = Mosaicker(
            self.codebook, self.clip.options, work=Work(clock=clock or StageClock())
        )
        return VideoFold(mosaicker, self.clip.threshold)


@dataclass(frozen=True)
class _Parts:
    """How many frames were made, and the seconds that each took."""

    frames: int
    decode: float
    fold: StageClock
    encode: float


def measure_video(
    clip: Clip,
    codebook: Codebook,
    folder: Path,
    repeats: int,
    quick: bool,
    memory: PeakMemory,
    progress: Progress,
) -> VideoTimings:
    """Make the mosaic of a video's first seconds into a folder, and measure its parts.

    Raises
    ------
    InputError
        If not one frame can be decoded.
    """
    work = _Work(clip, codebook, folder / "mosaic.mp4")
    runs = range(repeats)
    shown = progress(runs, total=repeats, what="parts of the video", unit="run")
    parts = [_one_by_one(work, QUICK_SECONDS if quick else math.inf) for _ in shown]
    frames = min(part.frames for part in parts)
    video = replace(clip.video, frames=frames)
    with memory.group("video"):
        shown = progress(runs, total=repeats, what="mosaics of the video", unit="run")
        whole = [_at_once(work, video) for _ in shown]
    fold = whole[0][1]
    return VideoTimings(
        clip.scale,
        even(video.height),
        even(video.width),
        frames,
        Timing.of([seconds / frames for seconds, _ in whole]),
        {
            "decode": Timing.of([part.decode for part in parts]),
            "fold": Timing.of([total(part.fold) for part in parts]),
            "encode": Timing.of([part.encode for part in parts]),
        },
        timings([part.fold for part in parts]),
        fold.flicker,
        fold.flicker_without_holding,
        1 - fold.searched,
    )


def _one_by_one(work: _Work, seconds: float) -> _Parts:
    """Decode as many frames as fit into memory and `seconds`, then fold them, then encode them."""
    decoding, folding, frames = StageClock(), StageClock(), []
    video, start = work.clip.video, time.perf_counter()
    with closing(read_frames(replace(video, frames=_most_frames(video)), decoding)) as decoded:
        for frame in decoded:
            frames.append(frame)
            if time.perf_counter() - start > seconds:
                break
    fold = work.new_fold(folding)
    mosaics = [fold.step(frame) for frame in frames]
    for stage in folding.seconds:
        folding.seconds[stage] /= len(frames)
    encode = _encode(work, mosaics) / len(frames)
    return _Parts(len(frames), total(decoding) / len(frames), folding, encode)


def _most_frames(video: VideoInfo) -> int:
    fitting = HELD_BYTES // (2 * 3 * video.height * video.width)
    return min(video.frames, MOST_FRAMES, max(FEWEST_FRAMES, fitting))


def _at_once(work: _Work, video: VideoInfo) -> tuple[float, VideoFold]:
    """Return the seconds that a video took, and its fold."""
    fold, start = work.new_fold(), time.perf_counter()
    with replacing_by_name(work.path) as path:
        render_video(video, fold, path, work.clip.quality, work.clip.preset)
    return time.perf_counter() - start, fold


def _encode(work: _Work, mosaics: Sequence[BgrImage]) -> float:
    clock, clip = StageClock(), work.clip
    video = replace(clip.video, frames=len(mosaics), sound=None)
    size = mosaics[0].shape[0], mosaics[0].shape[1]
    with (
        replacing_by_name(work.path) as path,
        clock.stage("encode"),
        encoding(video, path, size, clip.quality, clip.preset) as pipe,
    ):
        writer = FrameWriter(pipe)
        for mosaic in mosaics:
            writer.write(mosaic)
        writer.finish()
    return total(clock)
