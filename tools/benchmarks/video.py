"""Measure mosaic videos: the fold by itself, and whole runs against ffmpeg alone."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np

from photomosaic.matching.grid import TileSize
from photomosaic.mosaic import Mosaicker
from photomosaic.motion.fold import VideoFold
from photomosaic.options.look import RenderOptions
from photomosaic.options.video import VideoOptions
from photomosaic.progress import StageClock, Work
from photomosaic.video.ffmpeg import program
from photomosaic.video.pipes import encoding, read_frames
from photomosaic.video.probe import probe
from tools.benchmarks.parts import PROJECT, data_parser
from tools.benchmarks.still import indexed, resampled_photos, run_measured

SCALE = 10
TILE = TileSize.from_scale(SCALE, 4, 3)
FRAMES = 150


def moving_clip(data: Path, path: Path, frames: int) -> None:
    """Make a 1080p clip with sound: a camera that pans and zooms over a photo with sensor noise."""
    photo = data / "targets" / "hires_canyon_3072x2048.jpg"
    pan = (
        f"zoompan=z='1.2+0.3*sin(on/25)':x='(iw-iw/zoom)*on/{frames}':d={frames}:s=1920x1080:fps=30"
    )
    command = [program(), "-y", "-v", "error", "-i", str(photo)]
    command += ["-f", "lavfi", "-i", f"sine=440:d={frames / 30}"]
    command += ["-vf", f"{pan},noise=alls=6:allf=t,format=yuv420p", "-frames:v", str(frames)]
    command += ["-c:v", "libx264", "-preset", "veryfast", "-c:a", "aac", "-shortest", str(path)]
    subprocess.run(command, check=True)


def fold_alone(frames: list[np.ndarray], data: Path, scratch: Path) -> Iterator[str]:
    """Tell the speed of the fold on decoded frames."""
    folder = scratch / "five-thousand"
    resampled_photos(data / "photos", folder, 5000, (192, 256))
    clock = StageClock()
    codebook = indexed(folder, scratch / "cache", TILE)
    for threshold in (0.9, 1.0):
        fold = VideoFold(
            Mosaicker(codebook, RenderOptions(trim=False), work=Work(clock=clock)), threshold
        )
        start = time.perf_counter()
        for frame in frames:
            fold.step(frame)
        rate = len(frames) / (time.perf_counter() - start)
        yield f"fold, 1080p, 5,000 photos, T = {threshold}: {rate:.1f} frames a second (bar: 30)"
        yield f"  {fold.searched:.0%} searched, flicker {fold.flicker:.2%}"
    stages = ", ".join(f"{k} {v / len(frames) / 2 * 1000:.1f}" for k, v in clock.seconds.items())
    yield f"  milliseconds a frame: {stages}"


def whole_run(clip: Path, data: Path, scratch: Path) -> Iterator[str]:
    """Compare video.py with ffmpeg alone decoding the clip and encoding the same mosaic frames."""
    folder, cache = scratch / "thousand", scratch / "cache-1000"
    resampled_photos(data / "photos", folder, 1000, (192, 256))
    codebook = indexed(folder, cache, TILE)
    video = probe(clip, start=0, seconds=None, fps=None, sound=True)
    fold = VideoFold(Mosaicker(codebook, RenderOptions(trim=False)), 0.9)
    mosaics = scratch / "mosaics.bgr"
    with mosaics.open("wb") as file:
        for frame in read_frames(video):
            file.write(fold.step(frame).tobytes())
    ratios = []
    for _ in range(3):
        output = scratch / "out.mp4"
        options = ["--target", clip, "--codebook-dir", folder, "--scale", SCALE]
        options += ["--cache-dir", cache, "--savepath", output]
        ours, memory = run_measured(PROJECT / "video.py", *options)
        start = time.perf_counter()
        (scratch / "alone.mp4").unlink(missing_ok=True)
        decode = [program(), "-v", "error", "-i", str(clip), "-f", "rawvideo", "-pix_fmt", "bgr24"]
        subprocess.run([*decode, "-y", str(scratch / "raw.bgr")], check=True)
        with (
            mosaics.open("rb") as file,
            encoding(video, scratch / "alone.mp4", (1080, 1920), VideoOptions()) as pipe,
        ):
            while block := file.read(1920 * 1080 * 3):
                pipe.write(block)
        alone = time.perf_counter() - start
        ratios.append((alone / ours, video.frames / ours, video.frames / alone, memory))
    ratio, rate, bare, memory = sorted(ratios)[1]
    yield f"video.py, 1080p, 1,000 photos: {rate:.1f} frames a second, start-up included"
    yield f"  ffmpeg alone, decode then encode: {bare:.1f}; {ratio:.2f} of it (bar: at least 0.7)"
    yield f"  Python process {memory:.0f} MB (bar: at most 700 MB with 5,000 photos)"


def main() -> None:
    """Run all measurements."""
    data = data_parser(__doc__).parse_args().data.resolve()
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        clip = scratch / "clip.mp4"
        moving_clip(data, clip, FRAMES)
        video = probe(clip, start=0, seconds=None, fps=Fraction(30), sound=True)
        for line in fold_alone(list(read_frames(video))[:60], data, scratch):
            print(line, flush=True)
        for line in whole_run(clip, data, scratch):
            print(line, flush=True)


if __name__ == "__main__":
    main()
