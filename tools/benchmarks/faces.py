"""Measure face montages: who is found, with learning and in groups, eyes, frames, times.

The data folder holds `caltech` with `caltech_identities.csv`, `people`, `people_cropped`,
`others_small` and `timeseries_hugo_2008`; beside it lies `photos_12mp`.
"""

from __future__ import annotations

import argparse
import logging
import math
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from photomosaic.faces.face_library import ScannedPhoto
from photomosaic.faces.montage_list import MATCH, read_list
from tools.benchmarks.face_eyes import how_well_aligned
from tools.benchmarks.face_frames import how_chosen, how_even
from tools.benchmarks.face_groups import how_grouped, labelled
from tools.benchmarks.face_learning import what_is_learned
from tools.benchmarks.face_photos import people_of, scanned
from tools.benchmarks.face_recall import press_photos, who_is_found
from tools.benchmarks.face_time import how_long
from tools.benchmarks.parts import PROJECT
from tools.benchmarks.still import run_measured

PARTS = ("who", "eyes", "speed", "press", "learn", "groups", "filters", "light", "time")


def how_fast(data: Path, scratch: Path) -> Iterator[str]:
    """Tell how fast faces are read by one process and by two, and from the cache."""
    folder = scratch / "twice"
    folder.mkdir()
    for i, photo in enumerate(sorted((data / "caltech").iterdir()) * 2):
        # Another content for the same picture.
        (folder / f"{i:03d}.jpg").write_bytes(photo.read_bytes() + bytes([i // 162]))
    seconds: dict[int, float] = {}
    again = math.inf
    for workers in (1, 2, 1, 2):
        cache = scratch / f"speed-{workers}"
        shutil.rmtree(cache, ignore_errors=True)
        start = time.perf_counter()
        photos = len(scanned(folder, cache, workers).photos)
        elapsed = time.perf_counter() - start
        seconds[workers] = min(seconds.get(workers, math.inf), elapsed)
        start = time.perf_counter()
        scanned(folder, cache, workers)
        again = min(again, time.perf_counter() - start)
    one, two = seconds[1], seconds[2]
    yield f"{photos} photos of 0.5 MP: 1 worker {one:.1f} s, 2 workers {two:.1f} s"
    yield f"  {one / two:.2f} times as fast (bar: 1.7)"
    yield f"  from the cache {again * 1000:.1f} ms, {two / again:.0f} times as fast (bar: 50)"
    for name in ("image_0001.jpg", "image_0003.jpg", "image_0005.jpg", "image_0007.jpg"):
        (scratch / "target").mkdir(exist_ok=True)
        shutil.copy(data / "caltech" / name, scratch / "target")
    options: list[object] = ["--target-face-dir", scratch / "target", "--photos-dir", folder]
    options += ["--other-face-dir", data / "others_small"]
    options += ["--cache-dir", scratch / "whole", "--savedir", scratch / "montage"]
    first, memory = run_measured(PROJECT / "face_montage.py", *options)
    second, _ = run_measured(PROJECT / "face_montage.py", *options)
    frames = sum(row.status == MATCH for row in read_list(scratch / "montage"))
    yield f"face_montage.py, {frames} frames: {first:.1f} s ({memory:.0f} MB), again {second:.1f} s"


def main() -> None:
    """Run the measurements asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--only", choices=PARTS)
    parser.add_argument("--before", type=Path, help="another checkout, for the time of a photo")
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    data, workers = arguments.data.resolve(), arguments.workers
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)

        def people() -> dict[str, list[ScannedPhoto]]:
            return people_of(data, scratch / "cache", workers)

        parts = {
            "who": lambda: who_is_found(people()),
            "eyes": lambda: how_well_aligned(people()),
            "speed": lambda: how_fast(data, scratch),
            "press": lambda: press_photos(data, scratch, workers),
            "learn": lambda: what_is_learned(people(), data, scratch / "cache", workers),
            "groups": lambda: how_grouped(labelled(people(), data, scratch / "cache", workers)),
            "filters": lambda: how_chosen(data),
            "light": lambda: how_even(data, scratch),
            "time": lambda: how_long(data, data.parent / "photos_12mp", arguments.before),
        }
        for name, part in parts.items():
            if arguments.only in (None, name):
                for line in part():
                    print(line, flush=True)


if __name__ == "__main__":
    main()
