"""Measure the limits on repeats against bounds and baselines, within one run."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from photomosaic.assignment.assignment import Assignment
from photomosaic.assignment.limits import Limits
from photomosaic.assignment.repeats import Repeats
from photomosaic.images.decode import read_target
from photomosaic.images.listing import list_photos
from photomosaic.library.codebook import Codebook
from photomosaic.matching.features import patch_features
from photomosaic.mosaic import Mosaicker
from photomosaic.options.look import RenderOptions
from photomosaic.performance.machine import linux_peak
from photomosaic.rendering.score import score
from tools.benchmarks.parts import PROJECT, run_parts
from tools.benchmarks.still import SCALE_8, indexed, resampled_photos, run_measured

TARGETS = ("hires_canyon_3072x2048.jpg", "kodim23.png")
ROUNDS = 3


def features(data: Path, scratch: Path, photos: int, side: int, target: str) -> Path:
    """Save the features of resampled photos, and of a target of side * side cells."""
    folder = scratch / f"photos-{photos}"
    if not folder.is_dir():
        resampled_photos(data / "photos", folder, photos, (96, 128))
    codebook = indexed(folder, scratch / "cache")
    size = side * SCALE_8.width, side * SCALE_8.height
    frame = cv2.resize(read_target(data / "targets" / target), size, interpolation=cv2.INTER_AREA)
    mosaicker = Mosaicker(codebook, RenderOptions())
    patches = patch_features(frame, mosaicker.grid(frame), codebook.spec)
    path = scratch / f"{photos}-{side}-{target}.npz"
    np.savez(path, patches=patches, tiles=codebook.features)
    return path


def solve_saved(path: Path, limits: Limits, ids_path: Path) -> None:
    """Solve saved features, and print time, figures and the process' peak memory as JSON."""
    from photomosaic.assignment.problem import Problem
    from photomosaic.assignment.solver import solve

    with np.load(path) as saved:
        patches, tiles = saved["patches"], saved["tiles"]
    side = round(len(patches) ** 0.5)
    # The compiled code is loaded, or made, by a small problem first.
    solve(Problem(patches[:64].copy(), tiles[:200].copy(), (8, 8), Limits(1)))
    solve(Problem(patches[:64].copy(), tiles[:200].copy(), (8, 8), limits))
    start = time.perf_counter()
    solution = solve(Problem(patches, tiles, (side, side), limits))
    seconds = time.perf_counter() - start
    ids = solution.ids.reshape(side, side)
    distances = np.linalg.norm(patches - tiles[solution.ids], axis=1).reshape(side, side)
    repeats = Repeats.of(
        Assignment(ids.astype(np.int32), distances, np.ones_like(distances), solution.bound)
    )
    np.save(ids_path, ids)
    print(
        json.dumps(
            {
                "seconds": seconds,
                "total": repeats.total_distance,
                "gap": repeats.gap_percent,
                "most": repeats.largest_use_count,
                "spacing": repeats.smallest_spacing,
                "memory": linux_peak() / 1e6,
            }
        )
    )


def solved(path: Path, limits: Limits) -> dict[str, float]:
    """Solve saved features in a process of its own."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from tools.benchmarks.repeats import *;"
        f"solve_saved(Path(sys.argv[2]), {limits!r}, Path(sys.argv[3]))"
    )
    places = PROJECT, path, path.with_suffix(".npy")
    command = [sys.executable, "-c", code, *map(str, places)]
    result = subprocess.run(command, check=True, capture_output=True, text=True)
    figures: dict[str, float] = json.loads(result.stdout)
    return figures


def against_dense(data: Path, scratch: Path) -> Iterator[str]:
    """Compare 4,096 cells and 4,500 photos, each once, with SciPy's dense solver."""
    from scipy.optimize import linear_sum_assignment
    from scipy.spatial.distance import cdist

    for target in TARGETS:
        path = features(data, scratch, 4500, 64, target)
        ours = min((solved(path, Limits(1)) for _ in range(ROUNDS)), key=lambda run: run["seconds"])
        with np.load(path) as saved:
            patches, tiles = saved["patches"], saved["tiles"]
        start = time.perf_counter()
        dense = cdist(patches, tiles)
        rows, cols = linear_sum_assignment(dense)
        seconds, best = time.perf_counter() - start, float(dense[rows, cols].sum())
        yield f"{target}: 4,096 cells, 4,500 photos, each once: {ours['seconds']:.2f} s"
        yield (
            f"  SciPy {seconds:.1f} s: {seconds / ours['seconds']:.1f} times (bar: at least 10);"
            f" total {ours['total'] / best - 1:+.3%} of the optimum (bar: at most 1 %), gap told"
            f" {ours['gap']:.2f} %, {ours['memory']:.0f} MB (bar: at most 400 MB)"
        )


def large(data: Path, scratch: Path) -> Iterator[str]:
    """Tell gap, time and memory with 20,000 photos, each once."""
    for target in TARGETS:
        run = solved(features(data, scratch, 20_000, 128, target), Limits(1))
        yield (
            f"{target}: 16,384 cells, 20,000 photos, each once: {run['seconds']:.1f} s (bar: 60),"
            f" {run['gap']:.2f} % above the bound (bar: 2 %), {run['memory']:.0f} MB (bar: 1,500)"
        )


def mural(data: Path, scratch: Path) -> Iterator[str]:
    """Tell time, memory and violations of a mural under two limits."""
    for target in TARGETS:
        run = solved(features(data, scratch, 10_000, 256, target), Limits(8, 3))
        yield (
            f"{target}: 65,536 cells, 10,000 photos, at most 8 uses, spacing 3:"
            f" {run['seconds']:.1f} s (bar: 180), {run['memory']:.0f} MB (bar: 2,000),"
            f" most uses {run['most']} (bar: 8), smallest spacing {run['spacing']} (bar: 3),"
            f" {run['gap']:.2f} % above the bound without spacing"
        )


def spacing_quality(data: Path, scratch: Path) -> Iterator[str]:
    """Compare CIEDE2000 with spacing 4 and with unlimited reuse, over all targets."""
    more = scratch / "thousand"
    resampled_photos(data / "photos", more, 1000, (96, 128))
    for folder in (data / "photos", more):
        codebook = indexed(folder, scratch / "cache")
        spaced = _mean_difference(data, codebook, RenderOptions(min_spacing=4))
        free = _mean_difference(data, codebook, RenderOptions())
        yield (
            f"{len(codebook):,} photos, scale 8: CIEDE2000 {spaced:.2f} with spacing 4,"
            f" {free:.2f} unlimited: {spaced / free:.2f} times (bar for 385: at most 1.5)"
        )


def dithering(data: Path, scratch: Path) -> Iterator[str]:
    """Compare CIEDE2000 with and without --dither, over all targets."""
    codebook = indexed(data / "photos", scratch / "cache")
    for share in (0, 0.4, 0.8, 1):
        difference = _mean_difference(data, codebook, RenderOptions(dither=share))
        yield f"--dither {share}: CIEDE2000 {difference:.2f}"


def _mean_difference(data: Path, codebook: Codebook, options: RenderOptions) -> float:
    figures = []
    for path in list_photos(data / "targets").photos:
        target, mosaicker = read_target(Path(path.path)), Mosaicker(codebook, options)
        mosaic = mosaicker.render(target)
        figures.append(score(mosaicker.covered(target), mosaic, SCALE_8).ciede2000)
    return float(np.mean(figures))


def banning(data: Path, scratch: Path) -> Iterator[str]:
    """Time a ban on a mosaic of 10,000 cells, as a process with everything cached."""
    folder, target, saved = scratch / "four", scratch / "target.png", scratch / "mosaic.json"
    resampled_photos(data / "photos", folder, 4000, (96, 128))
    frame = read_target(data / "targets" / TARGETS[0])
    size = 100 * SCALE_8.width, 100 * SCALE_8.height
    cv2.imwrite(str(target), cv2.resize(frame, size, interpolation=cv2.INTER_AREA))  # noqa: TID251
    common = ["--cache-dir", scratch / "cache", "--savepath", scratch / "mosaic.jpg"]
    run_measured(
        PROJECT / "mosaic.py",
        *("--target", target, "--codebook-dir", folder, "--scale", 8, *common),
        *("--max-uses", 4, "--min-spacing", 3, "--save-project", saved),
    )
    used = json.loads(saved.read_bytes())["photos"]
    report = scratch / "report.json"
    runs = []
    for photo in used[: ROUNDS + 1]:
        options = ["--project", saved, "--ban", photo["path"], "--report", report, *common]
        seconds, memory = run_measured(PROJECT / "mosaic.py", *options)
        scoring = json.loads(report.read_bytes())["seconds"]["score"]
        runs.append((seconds, scoring, memory))
    seconds, scoring, memory = min(runs[1:])
    yield (
        f"a ban on 10,000 cells, 4,000 photos: {seconds - scoring:.2f} s until saved (bar: 2),"
        f" {seconds:.2f} s with its comparison with the target, {memory:.0f} MB"
    )


PARTS = {
    "dense": against_dense,
    "large": large,
    "mural": mural,
    "spacing": spacing_quality,
    "dither": dithering,
    "ban": banning,
}


if __name__ == "__main__":
    run_parts(PARTS, __doc__, "repeats")
