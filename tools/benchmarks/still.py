"""Measure the still mosaic against baselines, as ratios within one run.

Each measurement calls the toolkit's own code path. A machine's speed drifts, so what is compared
runs in turn, and medians are told.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import faiss
import numpy as np
from PIL import Image

from photomosaic.images.decode import read_target
from photomosaic.images.listing import list_photos
from photomosaic.library import index as index_module
from photomosaic.library.codebook import Codebook
from photomosaic.library.photo_library import PhotoLibrary
from photomosaic.matching.features import FeatureSpec, patch_features
from photomosaic.matching.grid import Grid, TileSize
from photomosaic.matching.metrics import METRICS
from photomosaic.matching.search import search
from photomosaic.mosaic import Mosaicker
from photomosaic.options.look import RenderOptions
from photomosaic.options.photos import TileOptions
from photomosaic.performance.machine import linux_peak
from photomosaic.progress import Work
from photomosaic.rendering.score import score
from tools.benchmarks.parts import PROJECT, run_parts

ROUNDS = 5
WORKERS = 2
SCALE_8 = TileSize.from_scale(8, 4, 3)
SCALE_10 = TileSize.from_scale(10, 4, 3)


def seconds(work: Callable[[], object]) -> float:
    """Return the wall time that `work` takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def indexed(folder: Path, cache: Path | None, tile: TileSize = SCALE_8) -> Codebook:
    """Index a folder and return its codebook: the indexing stage of every script."""
    with PhotoLibrary(cache, Work(WORKERS)) as library:
        return library.codebook(library.index(list_photos(folder)), tile, TileOptions())


def resampled_photos(source: Path, folder: Path, count: int, size: tuple[int, int]) -> None:
    """Fill a folder with crops of the photos in `source`, each turned in colour."""
    folder.mkdir()
    photos = [Image.open(photo.path).convert("RGB") for photo in list_photos(source).photos]
    rng = np.random.default_rng(1)
    for number in range(count):
        photo = photos[number % len(photos)]
        share = rng.uniform(0.3, 1)
        width, height = (max(8, int(side * share)) for side in photo.size)
        left, top = rng.integers(photo.width - width + 1), rng.integers(photo.height - height + 1)
        crop = photo.resize(
            size, Image.Resampling.BILINEAR, (left, top, left + width, top + height)
        )
        gains = rng.uniform(0.4, 1.3, 3)
        pixels = np.clip(np.asarray(crop) * gains, 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(folder / f"{number:06d}.jpg", quality=85)


def run_mosaic(*options: object) -> tuple[float, float]:
    """Run mosaic.py, as `run_measured`."""
    return run_measured(PROJECT / "mosaic.py", *options)


def run_measured(script: Path, *options: object) -> tuple[float, float]:
    """Run a script as a process; return its seconds and, on Linux, its peak memory in MB."""
    command = [sys.executable, str(script), "--quiet", *map(str, options)]
    start = time.perf_counter()
    process = subprocess.Popen(command)
    peak = 0
    while process.poll() is None:
        peak = linux_peak(process.pid) or peak
        time.sleep(0.01)
    elapsed = time.perf_counter() - start
    if process.returncode:
        raise SystemExit(f"{command} failed")
    return elapsed, peak / 1e6


def first_index(data: Path, scratch: Path) -> Iterator[str]:
    """Compare indexing 120 large photos with bare decoding loops, and with a further scale."""
    folder = scratch / "large"
    folder.mkdir()
    sources = sorted((data / "photos_12mp").iterdir())
    for number in range(120):
        content = sources[number % len(sources)].read_bytes()
        (folder / f"{number:03d}.jpg").write_bytes(content + bytes([number]))
    paths = sorted(folder.iterdir())

    def draft(path: Path) -> None:
        with Image.open(path) as photo:
            photo.draft("RGB", (512, 512))
            photo.convert("RGB").resize((256, 192), Image.Resampling.BOX)

    def full(path: Path) -> None:
        cv2.resize(cv2.imread(str(path)), (256, 192))  # noqa: TID251 (the baseline)

    def in_two_threads(work: Callable[[Path], None]) -> None:
        with ThreadPoolExecutor(WORKERS) as pool:
            list(pool.map(work, paths))

    times: dict[str, list[float]] = {"ours": [], "draft": [], "full": [], "further": []}
    for number in range(ROUNDS):
        cache = scratch / f"large-cache-{number}"
        times["draft"].append(seconds(lambda: in_two_threads(draft)))
        times["ours"].append(seconds(lambda cache=cache: indexed(folder, cache)))
        times["further"].append(seconds(lambda cache=cache: indexed(folder, cache, SCALE_10)))
        times["full"].append(seconds(lambda: in_two_threads(full)))
    ours, bare, whole, further = (statistics.median(times[name]) for name in times)
    yield f"first index of 120 large photos: {ours:.2f} s"
    yield f"  bare draft loop {bare:.2f} s: speed {bare / ours:.2f} of it (bar: at least 0.8)"
    yield f"  cv2.imread loop {whole:.2f} s: speed {whole / ours:.2f} of it (bar: at least 2)"
    yield f"  a further scale {further:.3f} s: {further / ours:.1%} of the first (bar: at most 5 %)"


def adding_one(data: Path, scratch: Path) -> Iterator[str]:
    """Compare a run with one new photo among 4,000 with a run with nothing new."""
    folder, cache = scratch / "library", scratch / "library-cache"
    resampled_photos(data / "photos", folder, 4000, (640, 480))
    indexed(folder, cache)
    decoded = []
    make_thumbnail = index_module.make_thumbnail

    def counted(content: bytes) -> object:
        decoded.append(len(content))
        return make_thumbnail(content)

    index_module.make_thumbnail = counted  # type: ignore[assignment]
    nothing, one = [], []
    source = next((data / "photos_12mp").iterdir()).read_bytes()
    for number in range(ROUNDS):
        nothing.append(seconds(lambda: indexed(folder, cache)))
        (folder / f"new-{number}.jpg").write_bytes(source + bytes([number]))
        one.append(seconds(lambda: indexed(folder, cache)))
    index_module.make_thumbnail = make_thumbnail
    more = statistics.median(one) - statistics.median(nothing)
    yield f"nothing new among 4,000 photos: {statistics.median(nothing):.3f} s"
    yield f"  one new: {more:+.3f} s (bar: at most 0.5 s more); {len(decoded)} decoded in {ROUNDS}"


def warm_run(data: Path, scratch: Path) -> Iterator[str]:
    """Time mosaic.py as a process with everything cached: 10,000 photos, 1536x1536 target."""
    folder, cache, target = scratch / "ten", scratch / "ten-cache", scratch / "square.png"
    resampled_photos(data / "photos", folder, 10_000, (256, 192))
    picture = Image.open(data / "targets" / "hires_canyon_3072x2048.jpg")
    picture.crop((0, 0, 2048, 2048)).resize((1536, 1536)).save(target)
    options = ["--target", target, "--codebook-dir", folder, "--scale", 8, "--cache-dir", cache]
    options += ["--savepath", scratch / "warm.jpg"]
    cold, _ = run_mosaic(*options)
    runs = [run_mosaic(*options) for _ in range(ROUNDS)]
    wall, memory = (statistics.median(figures) for figures in zip(*runs, strict=True))
    yield f"mosaic.py, 10,000 photos, 1536x1536, scale 8: cold {cold:.1f} s"
    yield f"  warm {wall:.2f} s (bar: at most 2 s), {memory:.0f} MB (bar: at most 600 MB)"


def search_speed(data: Path, scratch: Path) -> Iterator[str]:
    """Compare matching a 1080p frame with one flat search per patch over all pixels."""
    rng = np.random.default_rng(2)
    photos = indexed(data / "photos", scratch / "search-cache", SCALE_10).tiles
    gains = rng.uniform(0.5, 1.2, (5000, 1, 1, 3))
    tiles = np.clip(photos[rng.integers(len(photos), size=5000)] * gains, 0, 255).astype(np.uint8)
    frame = cv2.resize(read_target(data / "targets" / "hires_canyon_3072x2048.jpg"), (1920, 1080))
    frame = np.asarray(frame, np.uint8)
    grid = Grid.fit(frame.shape[:2], SCALE_10)
    spec = FeatureSpec.for_tile(SCALE_10, METRICS[0], 1)
    names = tuple(map(str, range(5000)))
    codebook = Codebook.from_tiles(tiles, spec, names, tuple(map(str.encode, names)))
    pixels = faiss.IndexFlatL2(tiles[0].size)
    pixels.add(tiles.reshape(5000, -1).astype(np.float32))

    def ours() -> None:
        search(patch_features(frame, grid, spec), codebook.features, 1)

    def original() -> None:
        height, width = grid.tile.height, grid.tile.width
        for row in range(grid.rows):
            for col in range(grid.cols):
                top, left = grid.top + row * height, grid.left + col * width
                patch = frame[top : top + height, left : left + width]
                pixels.search(patch.reshape(1, -1).astype(np.float32), 1)

    ours()
    fast, slow = [], []
    for _ in range(ROUNDS):
        fast.append(seconds(ours))
        slow.append(seconds(original))
    a, b = statistics.median(fast), statistics.median(slow)
    yield f"matching {grid.cells} cells to 5,000 tiles of 40x30: {a * 1000:.0f} ms"
    yield f"  one search per patch on all pixels {b:.2f} s: {b / a:.0f} times (bar: at least 50)"


def large_codebook(data: Path, scratch: Path) -> Iterator[str]:
    """Tell memory and time of mosaic.py with up to 100,000 photos."""
    everything, target = scratch / "hundred-thousand", data / "targets" / "kodim23.png"
    resampled_photos(data / "photos", everything, 100_000, (96, 128))
    for count in (25_000, 50_000, 100_000):
        folder, cache = scratch / f"photos-{count}", scratch / f"cache-{count}"
        folder.mkdir()
        for number in range(count):
            (folder / f"{number:06d}.jpg").hardlink_to(everything / f"{number:06d}.jpg")
        options = ["--target", target, "--codebook-dir", folder, "--scale", 8]
        options += ["--cache-dir", cache, "--savepath", scratch / "large.png"]
        (cold, cold_memory), (warm, warm_memory) = run_mosaic(*options), run_mosaic(*options)
        yield (
            f"{count:,} photos at scale 8: cold {cold:.1f} s, {cold_memory:.0f} MB;"
            f" warm {warm:.1f} s, {warm_memory:.0f} MB (bar: at most 2,000 MB, not quadratic)"
        )
        shutil.rmtree(folder)


def picture_quality(data: Path, scratch: Path) -> Iterator[str]:
    """Compare the metrics by the mosaics' own scores, mean over all targets at scale 8."""
    means = {}
    with PhotoLibrary(scratch / "quality-cache", Work(WORKERS)) as library:
        index = library.index(list_photos(data / "photos"))
        for metric in METRICS:
            codebook = library.codebook(index, SCALE_8, TileOptions(metric=metric))
            figures = []
            for path in sorted((data / "targets").iterdir()):
                mosaicker, target = Mosaicker(codebook, RenderOptions()), read_target(path)
                likeness = score(mosaicker.covered(target), mosaicker.render(target), SCALE_8)
                figures.append((likeness.ciede2000, likeness.ssim))
            means[metric] = np.mean(figures, axis=0)
            yield f"{metric}: CIEDE2000 {means[metric][0]:.2f}, SSIM {means[metric][1]:.4f}"
    ratio = means["perceptual"][0] / means["rgb"][0]
    gain = means["perceptual"][1] - means["rgb"][1]
    yield f"  CIEDE2000 {ratio:.3f} of rgb's (bar: 0.65), SSIM {gain:+.4f} (bar: at least -0.005)"


def same_bytes(data: Path, scratch: Path) -> Iterator[str]:
    """See that workers and the cache's state leave the mosaic's bytes alone."""
    contents = set()
    for workers in (1, 2):
        for _ in ("cold", "warm"):
            savepath = scratch / "same.png"
            run_mosaic(
                *("--target", data / "targets" / "kodim23.png", "--scale", 8, "--seed", 5),
                *("--codebook-dir", data / "photos", "--best-k", 5, "--randomness", 0.05),
                *("--workers", workers, "--cache-dir", scratch / f"same-{workers}"),
                *("--savepath", savepath, "--tint", 0.3, "--opacity", 0.2),
            )
            contents.add(savepath.read_bytes())
    yield f"1 and 2 workers, cold and warm: {len(contents)} different file(s) (bar: 1)"


PARTS = {
    "index": first_index,
    "adding": adding_one,
    "warm": warm_run,
    "search": search_speed,
    "large": large_codebook,
    "quality": picture_quality,
    "bytes": same_bytes,
}


if __name__ == "__main__":
    run_parts(PARTS, __doc__, "still")
