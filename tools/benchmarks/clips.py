"""Measure clips as photos and as moving tiles.

python -m tools.benchmarks.clips --data DATA --only index
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from photomosaic.images.listing import list_photos
from photomosaic.library.photo_library import PhotoLibrary
from photomosaic.progress import Work
from photomosaic.video.ffmpeg import program

WORKERS = 2


def ffmpeg(*arguments: object) -> None:
    """Run ffmpeg."""
    words = [program(), "-v", "error", "-nostdin", "-y", *map(str, arguments)]
    subprocess.run(words, check=True)


def made_clips(sources: Sequence[Path], folder: Path, count: int, size: tuple[int, int]) -> None:
    """Make clips of 10 seconds of a size (width, height) out of parts of others, over and over."""
    made = list(_encoded(sources, folder, size))[:count]
    for number in range(len(made), count):
        copy = folder / f"copy{number:03d}.mp4"
        # The title makes it another clip.
        source = made[number % len(made)]
        ffmpeg("-i", source, "-c", "copy", "-metadata", f"title={number}", copy)


def _encoded(sources: Sequence[Path], folder: Path, size: tuple[int, int]) -> Iterator[Path]:
    width, height = size
    for number, source in enumerate(sources):
        path = folder / f"clip{number:03d}.mp4"
        shape = f"scale={width}:{height}:force_original_aspect_ratio=increase,crop={width}:{height}"
        ffmpeg(
            *("-stream_loop", "-1", "-i", source, "-t", 10, "-an", "-vf", f"{shape},fps=30"),
            *("-c:v", "libx264", "-preset", "veryfast", "-b:v", "8M", "-pix_fmt", "yuv420p", path),
        )
        yield path


def index_times(folder: Path) -> tuple[float, float]:
    """Return the seconds that ffmpeg takes to decode two frames a second, and indexing takes."""
    paths = sorted(folder.iterdir())
    start = time.perf_counter()
    for path in paths:
        ffmpeg("-i", path, "-map", "0:v:0", "-vf", "fps=2", "-f", "null", "-")
    decoded = time.perf_counter()
    with PhotoLibrary(None, Work(WORKERS)) as library:
        index = library.index(list_photos(folder, clips=True))
    indexed = time.perf_counter()
    print(index)
    return decoded - start, indexed - decoded


def measure_index(data: Path, count: int) -> None:
    """Print how long indexing of clips takes, against ffmpeg alone."""
    sources = sorted((data / "video").iterdir())
    with tempfile.TemporaryDirectory() as name:
        made_clips(sources, Path(name), count, (1920, 1080))
        alone, ours = index_times(Path(name))
    print(
        f"{count} clips of 10 s, 1920x1080: ffmpeg {alone:.1f} s, indexing {ours:.1f} s,"
        f" {ours / alone:.2f} times"
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--only", choices=["index"])
    parser.add_argument("--clips", type=int, default=200)
    given = parser.parse_args(argv)
    measure_index(given.data, given.clips)
    return 0


if __name__ == "__main__":
    sys.exit(main())
