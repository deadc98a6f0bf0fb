"""Measure prints and pages to zoom into: time, peak memory, likeness, size of the first view.

Each run is mosaic.py as a process of its own, with the photo library made beforehand.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from photomosaic.images.decode import read_target
from photomosaic.images.encode import write_picture
from tools.benchmarks.parts import run_parts
from tools.benchmarks.still import resampled_photos, run_mosaic

PHOTOS = 1000
LOOK = ("--tint", 0.5, "--opacity", 0.2)


def mural_options(data: Path, scratch: Path) -> list[object]:
    """Make 1,000 photos, a target of 200 x 150 cells, and their library; return the options."""
    folder, target = scratch / "photos", scratch / "target.jpg"
    if not folder.exists():
        resampled_photos(data / "photos", folder, PHOTOS, (640, 480))
        picture = read_target(data / "targets" / "hires_canyon_3072x2048.jpg")
        square = cv2.resize(picture[:, :2048], (4800, 4800), interpolation=cv2.INTER_CUBIC)
        write_picture(np.asarray(square, np.uint8), target)
    options = ["--target", target, "--codebook-dir", folder, "--scale", 8, "--best-k", 20]
    # So that all photos are used.
    options += ["--randomness", 0.1]
    options += ["--cache-dir", scratch / "cache"]
    seconds, memory = run_mosaic(*options, *LOOK, "--savepath", scratch / "small.jpg")
    print(f"  at target size, first index included: {seconds:.1f} s, {memory:.0f} MB", flush=True)
    return options


def large_print(data: Path, scratch: Path) -> Iterator[str]:
    """Time prints of 100 and 900 megapixels with tint and opacity."""
    options = mural_options(data, scratch)
    small_memory = 0.0
    for width, kind in ((10_000, "deflate"), (30_000, "deflate"), (30_000, "jpeg")):
        path = scratch / "print.tif"
        seconds, memory = run_mosaic(
            *options,
            *LOOK,
            *("--output-width", width, "--compression", kind, "--savepath", path),
        )
        size = path.stat().st_size / 1e6
        told = (
            f"TIFF ({kind}) {width:,} wide: {seconds:.1f} s, {memory:.0f} MB, file {size:,.0f} MB"
        )
        if width == 30_000:
            told += f", {memory - small_memory:+.0f} MB (bars: 60 s, 900 MB, +300 MB)"
        small_memory = small_memory or memory
        yield told
    for name in ("print.jpg", "print.png"):
        path = scratch / name
        seconds, memory = run_mosaic(*options, *LOOK, "--output-width", 30_000, "--savepath", path)
        yield f"{name} 30,000 wide: {seconds:.1f} s, {memory:.0f} MB"


def likeness(data: Path, scratch: Path) -> Iterator[str]:
    """Compare prints, downsized to the target's size, with the mosaics of that size."""
    looks = {
        "plain": [],
        "tint 0.5, opacity 0.2": ["--tint", 0.5, "--opacity", 0.2],
        "tint 1": ["--tint", 1],
        "opacity 0.5": ["--opacity", 0.5],
    }
    for name, look in looks.items():
        figures = {}
        for target in sorted((data / "targets").iterdir()):
            pictures = []
            for extra in ([], ["--enlarge", 5]):
                path = scratch / "like.png"
                run_mosaic(
                    *("--target", target, "--codebook-dir", data / "photos", "--scale", 8),
                    *("--cache-dir", scratch / "like-cache", "--savepath", path, *look, *extra),
                )
                pictures.append(read_target(path))
            height, width = pictures[0].shape[:2]
            small = cv2.resize(pictures[1], (width, height), interpolation=cv2.INTER_AREA)
            figures[target.stem] = float(np.abs(small.astype(float) - pictures[0]).mean())
        worst = max(figures, key=lambda stem: figures[stem])
        yield (
            f"{name}: mean absolute difference {np.mean(list(figures.values())):.2f} levels,"
            f" at most {figures[worst]:.2f} ({worst}) of {len(figures)} targets (bar: 2)"
        )


def page(data: Path, scratch: Path) -> Iterator[str]:
    """Time a page of 900 megapixels, its first view, and a search in it."""
    options = mural_options(data, scratch)
    folder = scratch / "page"
    seconds, memory = run_mosaic(
        *options, *LOOK, "--zoom-page", folder, "--savepath", scratch / "small.jpg"
    )
    data_text = (folder / "data.js").read_text().removeprefix("const MOSAIC = ").rstrip(";\n")
    about = json.loads(data_text)
    pixels = about["width"] * about["height"] / 1e6
    yield (
        f"page of {pixels:,.0f} megapixels, {about['rows'] * about['cols']:,} cells,"
        f" {len(about['names'])} photos: {seconds:.1f} s (bar: 90), {memory:.0f} MB (bar: 900)"
    )
    yield from _in_browser(folder)


def _in_browser(folder: Path) -> Iterator[str]:
    from tests.browser import chromium

    with tempfile.TemporaryDirectory() as profile, chromium(Path(profile)) as browser:
        for width, height in ((1440, 900), (2560, 1440)):
            browser.set_window_size(width, height)
            browser.get("about:blank")
            browser.files_read()
            browser.get((folder / "index.html").as_uri())
            browser.wait_for_tiles()
            files = browser.files_read()
            size = sum(path.stat().st_size for path in files) / 1e6
            yield f"  first view of {width}x{height}: {size:.2f} MB in {len(files)} files (bar: 1)"
        for query in ("0", "00012", "9"):
            milliseconds, told = browser.time_search(query)
            yield f"  search for {query!r}: {told}; {milliseconds:.0f} ms till drawn"


PARTS = {"print": large_print, "likeness": likeness, "page": page}


if __name__ == "__main__":
    run_parts(PARTS, __doc__, "murals")
