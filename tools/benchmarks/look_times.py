"""Time the choice of tiles with the default options, beside an earlier commit.

As `tools.benchmarks.look`; photos are parts of those in a folder, turned in colour. Each script
runs as a process of its own: its wall time, and on Linux its peak memory.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from photomosaic.images.decode import read_target
from tools.benchmarks.checkouts import Checkout
from tools.benchmarks.look import CLOSEST
from tools.benchmarks.parts import PROJECT
from tools.benchmarks.still import resampled_photos, run_measured

ROUNDS = 3
PHOTO_SIZE = (500, 375)


def warm(checkouts: list[Checkout], photos: Path, target: Path, scratch: Path) -> Iterator[str]:
    """Time a run with all of 10,000 photos in the cache, on a target of 1536x1536."""
    folder = _library(photos, scratch, 10_000, (256, 192))
    picture = _square(target, scratch, (1536, 1536))
    for checkout in checkouts:
        words = _words(checkout, picture, folder)
        _measured(checkout, words)
        runs = [_measured(checkout, words) for _ in range(ROUNDS)]
        seconds, memory = (statistics.median(figures) for figures in zip(*runs, strict=True))
        yield f"{checkout.name}: warm {seconds:.2f} s, {memory:.0f} MB (bars: 2.5 s, 900 MB)"


def index(checkouts: list[Checkout], photos: Path, target: Path, scratch: Path) -> Iterator[str]:
    """Time the first run on 1,000 photos of 500 pixels, in turn."""
    folder = _library(photos, scratch, 1000, PHOTO_SIZE)
    picture = _square(target, scratch, (384, 384))
    seconds: dict[str, list[float]] = {checkout.name: [] for checkout in checkouts}
    for number in range(ROUNDS):
        for checkout in checkouts:
            words = [*_words(checkout, picture, folder), "--cache-dir", scratch / f"cold-{number}"]
            words[-1] = f"{words[-1]}-{checkout.name}"
            seconds[checkout.name].append(_measured(checkout, words)[0])
    medians = {name: statistics.median(times) for name, times in seconds.items()}
    for name, median in medians.items():
        yield f"{name}: first run on 1,000 photos {median:.2f} s"
    if len(checkouts) > 1:
        now, before = medians.values()
        yield f"{now / before:.2f} times (bar: at most 1.25)"


def joint(checkouts: list[Checkout], photos: Path, target: Path, scratch: Path) -> Iterator[str]:
    """Time the joint choice for 65,536 cells out of 10,000 photos: a run with it, and without."""
    folder = _library(photos, scratch, 10_000, (256, 192))
    picture = _square(target, scratch, (256 * 24, 256 * 32))
    now = checkouts[0]
    words = _words(now, picture, folder)
    _measured(now, words)
    seconds, memory = _measured(now, words)
    without, _ = _measured(now, [*words, *now.known(*CLOSEST)])
    more = seconds - without
    yield f"65,536 cells: {seconds:.1f} s, {memory:.0f} MB (bar: 2,000 MB)"
    yield f"joint choice: {more:.1f} s more than the closest tiles (bar: 60 s)"


PARTS = {"warm": warm, "index": index, "joint": joint}


def _library(source: Path, scratch: Path, count: int, size: tuple[int, int]) -> Path:
    folder = scratch / f"photos-{count}"
    resampled_photos(source, folder, count, size)
    return folder


def _square(target: Path, scratch: Path, size: tuple[int, int]) -> Path:
    path = scratch / "target.png"
    Image.fromarray(read_target(target)[:, :, ::-1]).resize(size).save(path)
    return path


def _words(checkout: Checkout, target: Path, photos: Path) -> list[object]:
    checkout.scratch.mkdir(parents=True, exist_ok=True)
    words: list[object] = ["--target", target, "--codebook-dir", photos, "--scale", 8]
    words += ["--savepath", checkout.scratch / "mosaic.png"]
    return [*words, "--cache-dir", checkout.scratch / "cache"]


def _measured(checkout: Checkout, words: list[object]) -> tuple[float, float]:
    return run_measured(checkout.folder / "mosaic.py", *words)


def main() -> None:
    """Run the parts that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--baseline", type=Path, help="a checkout of an earlier commit")
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--target", type=Path, required=True, help="a large picture")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    given = parser.parse_args()
    folders = {"now": PROJECT} | ({"before": given.baseline.resolve()} if given.baseline else {})
    for name in given.only:
        with tempfile.TemporaryDirectory(prefix="photomosaic-") as scratch:
            place = Path(scratch)
            checkouts = [Checkout(key, folder, place / key) for key, folder in folders.items()]
            for line in PARTS[name](checkouts, given.photos.resolve(), given.target, place):
                print(f"{name}: {line}", flush=True)


if __name__ == "__main__":
    main()
