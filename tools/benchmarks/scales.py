"""Measure make_gif.py against single renders, and how soon the explorer shows a scale."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import cv2

import mosaic
from photomosaic.explore.explorer import Explorer, Request
from photomosaic.images.decode import read_target
from photomosaic.images.listing import list_photos
from photomosaic.library.photo_library import PhotoLibrary
from photomosaic.matching.grid import TileSize
from photomosaic.options.look import RenderOptions
from photomosaic.options.photos import TileOptions
from photomosaic.progress import Work
from tools.benchmarks.parts import PROJECT, data_parser
from tools.benchmarks.still import WORKERS, indexed, resampled_photos, run_measured, seconds

PHOTOS = 1000
SCALES = range(5, 26)
TARGET = "targets/hires_canyon_3072x2048.jpg"
EXPLORED_SCALES = range(1, 13)


def resized_target(data: Path, path: Path, size: tuple[int, int]) -> Path:
    """Write the target cut to the middle and resized to (width, height)."""
    picture = read_target(data / TARGET)
    height, width = picture.shape[:2]
    side = min(width, round(height * size[0] / size[1]))
    left = (width - side) // 2
    picture = cv2.resize(picture[:, left : left + side], size, interpolation=cv2.INTER_AREA)
    path.write_bytes(cv2.imencode(".png", picture)[1].tobytes())
    return path


def gif_of_scales(photos: Path, target: Path, scratch: Path) -> Iterator[str]:
    """Tell the time and size of the GIF of 21 scales, first run, against 21 single warm renders."""
    cache = scratch / "cache"
    indexed(photos, cache, TileSize(1, 1))
    common = ["--target", str(target), "--codebook-dir", str(photos), "--cache-dir", str(cache)]
    scales = ["--min-scale", SCALES[0], "--max-scale", SCALES[-1]]
    taken = []
    for more, which in (([], "first run"), (["--resize-height", 400], "400 high, second run")):
        gif = scratch / "scales.gif"
        options = [*common, *scales, "--savepath", gif, *more]
        elapsed, peak = run_measured(PROJECT / "make_gif.py", *options)
        taken.append(elapsed)
        yield (
            f"make_gif.py, {len(SCALES)} scales, {PHOTOS:,} photos, 1024x768, {which}:"
            f" {elapsed:.1f} s (bar: 20), {gif.stat().st_size / 1e6:.2f} MB (bar for 400: 4),"
            f" peak {peak:.0f} MB"
        )
    singles = [single_render(common, scale, scratch) for scale in [SCALES[0], *SCALES]][1:]
    yield (
        f"{len(SCALES)} single warm renders by mosaic.py in one process: {sum(singles):.1f} s;"
        f" the GIF's first run takes {taken[0] / sum(singles):.2f} of that (bar: 1.5)"
    )


def single_render(common: list[str], scale: int, scratch: Path) -> float:
    """Return how long mosaic.py takes in this process."""
    options = [*common, "--scale", str(scale), "--savepath", str(scratch / "one.jpg"), "--quiet"]
    return seconds(lambda: mosaic.main(options))


def explorer(photos: Path, target: Path, scratch: Path) -> Iterator[str]:
    """Tell how soon scales are shown that are ready, and that are not."""
    picture = read_target(target)
    cache = scratch / "explorer-cache"
    indexed(photos, cache, TileSize(1, 1))
    waits = []
    for scale in EXPLORED_SCALES:
        with Explorer(
            picture,
            list_photos(photos),
            TileOptions(),
            lambda work: PhotoLibrary(cache, work),
            scales=EXPLORED_SCALES,
            work=Work(WORKERS),
        ) as one:
            # Somewhere else first, so that the request comes while a neighbour is being made ready.
            one.wait(Request(EXPLORED_SCALES[0] if scale > 6 else 12, RenderOptions()))
            request = Request(scale, RenderOptions())
            waits.append(seconds(partial(one.wait, request)))
            ready = seconds(partial(one.ready, request))
    yield (
        f"explorer, {picture.shape[1]}x{picture.shape[0]}, {PHOTOS:,} photos: a scale that is not"
        f" ready takes {statistics.median(waits):.2f} s, at most {max(waits):.2f} (bar: 1.5);"
        f" one that is ready {ready * 1000:.2f} ms (bar: 300)"
    )


def main() -> None:
    """Run the measurements."""
    data = data_parser(__doc__).parse_args().data
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        photos = scratch / "thousand"
        resampled_photos(data / "photos", photos, PHOTOS, (384, 512))
        wide = resized_target(data, scratch / "wide.png", (1024, 768))
        square = resized_target(data, scratch / "square.png", (1536, 1536))
        for line in gif_of_scales(photos, wide, scratch):
            print(line, flush=True)
        for line in explorer(photos, square, scratch):
            print(line, flush=True)


if __name__ == "__main__":
    main()
