"""What spreading the reading of photos over processes costs, in processor time.

    python -m tools.benchmarks.cluster --photos DIR --copies 20 --workers 3

Each photo is read several times under other names. What a worker's own clock counts is the work;
all else that this process and the workers take is the overhead.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from photomosaic.images.listing import list_photos
from photomosaic.library.photo_library import PhotoLibrary
from photomosaic.parallel.cluster import Cluster
from photomosaic.progress import StageClock, Work


def main(argv: Sequence[str] | None = None) -> None:
    """Measure, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=Path, required=True, metavar="DIR")
    parser.add_argument("--copies", type=int, default=20)
    parser.add_argument("--workers", type=int, default=3)
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        for path in sorted(options.photos.rglob("*.*")):
            for number in range(options.copies):
                Path(folder, f"{number}-{path.name}").symlink_to(path.resolve())
        _measure(Path(folder), options.workers)


def _measure(folder: Path, workers: int) -> None:
    clock, listing = StageClock(), list_photos(folder)
    with Cluster(f"local:{workers}") as cluster:
        cluster.client()
        before, start = _processor_seconds(cluster), time.perf_counter()
        with PhotoLibrary(None, Work(cluster=cluster), clock) as library:
            library.index(listing)
        elapsed = time.perf_counter() - start
        used = _processor_seconds(cluster) - before
    stored = clock.seconds.pop("store", 0.0)
    busy = sum(clock.seconds.values())
    photos = len(listing.photos)
    print(f"{photos} files, {workers} workers: {elapsed:.1f} s, {photos / elapsed:.1f} files/s")
    print(f"elapsed in workers' stages {busy:.2f} s, in storing {stored:.2f} s")
    print(f"processor: {used:.2f} s in all, {used / photos * 1000:.1f} ms a file")


def _processor_seconds(cluster: Cluster) -> float:
    """Return the processor time that this process and the workers have used."""
    return sum(cluster.client().run(_used).values()) + _used()


def _used() -> float:
    times = os.times()
    return times.user + times.system


if __name__ == "__main__":
    main()
