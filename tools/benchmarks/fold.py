"""Time the fold on real clips and on noise, beside an earlier commit: bytes, CPU and wall time.

Clips are scaled to 1920x1080. The two are measured in turn, in processes of their own.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from photomosaic.arrays import BgrImage
from photomosaic.matching.grid import TileSize
from photomosaic.mosaic import Mosaicker
from photomosaic.motion.fold import VideoFold
from photomosaic.options.look import RenderOptions
from photomosaic.video.ffmpeg import program
from tools.benchmarks.still import indexed, resampled_photos

PROJECT = Path(__file__).resolve().parents[2]
HEIGHT, WIDTH = 1080, 1920
TILE = TileSize(40, 30)
PHOTOS, FRAMES, ROUNDS = 5000, 60, 3
NOISE = "noise"


def frames_of(clip: str) -> list[BgrImage]:
    """Decode the first frames of a clip, scaled; or make frames of noise."""
    if clip == NOISE:
        shape = (FRAMES, HEIGHT // 20, WIDTH // 15, 3)
        small = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
        return [frame.repeat(20, axis=0).repeat(15, axis=1) for frame in small]
    size = f"{WIDTH}:{HEIGHT}"
    fitted = f"scale={size}:force_original_aspect_ratio=increase,crop={size}"
    command = [program(), "-v", "error", "-i", clip, "-vf", fitted, "-frames:v", str(FRAMES)]
    command += ["-f", "rawvideo", "-pix_fmt", "bgr24", "-"]
    decoded = subprocess.run(command, capture_output=True, check=True).stdout
    return list(np.frombuffer(decoded, np.uint8).reshape(-1, HEIGHT, WIDTH, 3))


def measure(clip: str, photos: Path, cache: Path) -> dict[str, object]:
    """Fold a clip; return milliseconds of CPU and wall time a frame, and what was made."""
    codebook, frames = indexed(photos, cache, TILE), frames_of(clip)
    fold = VideoFold(Mosaicker(codebook, RenderOptions(trim=False)), 0.9)
    made, cpu, wall = hashlib.sha256(fold.step(frames[0])), 0.0, 0.0
    for frame in frames[1:]:
        start = time.process_time(), time.perf_counter()
        mosaic = fold.step(frame)
        cpu, wall = cpu + time.process_time() - start[0], wall + time.perf_counter() - start[1]
        made.update(mosaic)
    times = {"cpu": cpu * 1000 / (len(frames) - 1), "wall": wall * 1000 / (len(frames) - 1)}
    return times | {"sha256": made.hexdigest(), "searched": fold.searched}


def compare(clip: str, checkouts: list[Path], photos: Path, scratch: Path) -> Iterator[str]:
    """Measure a clip with each checkout in turn."""
    results: dict[Path, list[dict[str, object]]] = {checkout: [] for checkout in checkouts}
    for _ in range(ROUNDS):
        for number, checkout in enumerate(checkouts):
            command = [sys.executable, str(Path(__file__)), "--one", clip]
            command += ["--photos", str(photos), "--scratch", str(scratch / str(number))]
            output = subprocess.run(
                command,
                check=True,
                capture_output=True,
                cwd=checkout,
                env=os.environ | {"PYTHONPATH": str(checkout)},
            ).stdout
            results[checkout].append(json.loads(output))
    medians = []
    for runs in results.values():
        medians.append(
            [statistics.median([float(str(r[k])) for r in runs]) for k in ("cpu", "wall")]
        )
        searched = f"{runs[0]['searched']:.0%} searched"
        yield f"{medians[-1][0]:.1f} ms CPU, {medians[-1][1]:.1f} ms, {searched}"
    if len(medians) > 1:
        same = len({str(run["sha256"]) for runs in results.values() for run in runs}) == 1
        cpu, wall = (before / now for now, before in zip(*medians, strict=True))
        yield f"{cpu:.1f} times in CPU, {wall:.1f} in time; {'same' if same else 'OTHER'} bytes"


def main() -> None:
    """Measure the clips, or one of them in this process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--baseline", type=Path, help="a checkout of an earlier commit")
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--clips", type=Path, nargs="*", default=[])
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--scratch", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(json.dumps(measure(given.one, given.photos, given.scratch)))
        return
    checkouts = [PROJECT, *([given.baseline.resolve()] if given.baseline else [])]
    with tempfile.TemporaryDirectory(prefix="photomosaic-") as folder:
        scratch = Path(folder)
        resampled_photos(given.photos, scratch / "photos", PHOTOS, (192, 256))
        for clip in [NOISE, *(str(path.resolve()) for path in given.clips)]:
            lines = compare(clip, checkouts, scratch / "photos", scratch)
            print(f"{Path(clip).name}: {'; '.join(lines)}", flush=True)


if __name__ == "__main__":
    main()
