"""Measure layouts: faces with small cells where they matter, letters, and limits without a grid.

`--data` names a folder with `photos`, `targets`, and for faces `faces/people`. The letters are read
by tesseract, as far as it is installed.
"""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from photomosaic.arrays import AnyImage, BgrImage
from photomosaic.assignment.repeats import Repeats
from photomosaic.faces.detect import FaceFinder
from photomosaic.faces.face import Face
from photomosaic.faces.weights import find_weights
from photomosaic.images.decode import read_picture, read_target
from photomosaic.images.listing import list_photos
from photomosaic.library.codebook import Codebook
from photomosaic.library.photo_library import PhotoLibrary
from photomosaic.matching.grid import Grid, TileSize
from photomosaic.matching.layout import Layout, brick, hexagon
from photomosaic.mosaic import Mosaicker
from photomosaic.options.look import RenderOptions
from photomosaic.options.photos import TileOptions
from photomosaic.rendering.cells import on_colour
from photomosaic.rendering.score import score
from tools.benchmarks.parts import PROJECT, run_parts
from tools.benchmarks.still import run_measured

CELLS = 1500
PRESS_PHOTOS = 4
# A face has to take that share of a press photo's height.
LARGE_FACE = 0.25
# dlib's limit for two pictures of one person.
SAME_PERSON = 0.6
# Pixels of a tile's shorter side when a mosaic is looked at from a distance.
SEEN_SIDE = 6
WIDTH = 1200
WORD = "MIA 2026"
LETTERS_OVER = "kodim04.png", "kodim23.png", "skimage_coffee.png", "skimage_astronaut.png"


@dataclass(frozen=True)
class Portrait:
    """A target with a face: its file, its pixels (H, W, 3), uint8, BGR, and its largest face."""

    path: Path
    picture: BgrImage
    face: Face


def portraits(data: Path, scratch: Path, finder: FaceFinder) -> Iterator[Portrait]:
    """Yield two test pictures and some press photos, all of one width."""
    paths = [data / "targets" / name for name in ("kodim04.png", "skimage_astronaut.png")]
    paths += [Path(photo.path) for photo in list_photos(data / "faces" / "people").photos]
    found = 0
    for path in paths:
        picture = read_target(path)
        size = WIDTH, round(picture.shape[0] * WIDTH / picture.shape[1])
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
        faces = finder.find(picture)
        face = max(faces, key=lambda each: each.size, default=None)
        if face is None or (found > 1 and face.box[2] < LARGE_FACE * size[1]):
            continue
        saved = scratch / f"portrait-{found}.png"
        cv2.imwrite(str(saved), picture)  # noqa: TID251
        yield Portrait(saved, picture, face)
        found += 1
        if found == 2 + PRESS_PHOTOS:
            return


def uniform_scale(picture: BgrImage) -> int:
    """Return the scale at which a picture has about `CELLS` cells of 4:3."""
    return round((picture.shape[0] * picture.shape[1] / (12 * CELLS)) ** 0.5)


def faces(data: Path, scratch: Path) -> Iterator[str]:
    """Compare faces of the same number of cells, with and without detail."""
    finder, rows = FaceFinder(find_weights()), []
    for portrait in portraits(data, scratch, finder):
        scale = uniform_scale(portrait.picture)
        figures = []
        for detail in (0, 0.7):
            out = scratch / "mosaic.png"
            run_measured(
                PROJECT / "mosaic.py",
                *("--target", portrait.path, "--codebook-dir", data / "photos", "--no-trim"),
                *("--scale", scale, "--detail", detail, "--savepath", out),
                *("--cache-dir", scratch / "cache"),
            )
            figures += _face_figures(portrait, read_target(out), finder, 3 * scale)
        rows.append(figures)
        yield f"{portrait.path.name}: " + _told(figures)
    table = np.array(rows)
    yield "mean: " + _told(table.mean(axis=0).tolist())
    for name, column in (("uniform", 2), ("detail", 5)):
        share = (table[:, column] < SAME_PERSON).mean()
        yield f"recognised, {name}: {share:.0%} (bar: 67 % with detail, and more than uniform)"


def _told(figures: list[float]) -> str:
    one, two = figures[:3], figures[3:]
    return (
        f"SSIM in the face {one[0]:.3f} -> {two[0]:.3f} (bar: +0.05), CIEDE2000 of the whole"
        f" {one[1]:.2f} -> {two[1]:.2f} (bar: no more), distance of faces {one[2]:.2f} ->"
        f" {two[2]:.2f}"
    )


def _face_figures(
    portrait: Portrait, mosaic: BgrImage, finder: FaceFinder, side: int
) -> list[float]:
    """Return SSIM within the face, CIEDE2000 of all, and the distance of the faces."""
    tile = TileSize(side * 4 // 3, side)
    top, left, height, width = (max(0, round(value)) for value in portrait.face.box)
    box = np.s_[top : top + height, left : left + width]
    likeness = score(portrait.picture[box], mosaic[box], tile).ssim or 0.0
    factor = SEEN_SIDE / side
    size = round(mosaic.shape[1] * factor), round(mosaic.shape[0] * factor)
    soft = cv2.GaussianBlur(mosaic, (0, 0), side / 4)
    small = cv2.resize(soft, size, interpolation=cv2.INTER_AREA)
    seen = np.asarray(cv2.resize(small, mosaic.shape[1::-1], interpolation=cv2.INTER_CUBIC))
    apart = [
        float(np.linalg.norm(face.embedding - portrait.face.embedding))
        for face in finder.find(np.asarray(seen, np.uint8))
    ]
    return [
        likeness,
        score(portrait.picture, mosaic, tile).ciede2000,
        min(apart, default=float("inf")),
    ]


def letters(data: Path, scratch: Path) -> Iterator[str]:
    """Let tesseract read words in the shape of a mosaic."""
    if shutil.which("tesseract") is None:
        yield "tesseract is not installed"
        return
    for name in LETTERS_OVER:
        out = scratch / "words.png"
        run_measured(
            PROJECT / "mosaic.py",
            *("--target", data / "targets" / name, "--codebook-dir", data / "photos"),
            *("--text", WORD, "--target-width", 2000, "--scale", 6, "--savepath", out),
            *("--cache-dir", scratch / "cache"),
        )
        picture: AnyImage = read_picture(out)
        soft = cv2.GaussianBlur(on_colour(picture, (255, 255, 255)), (0, 0), 9)
        read = [_read(each, scratch / "small.png") for each in (255 - picture[..., 3], soft)]
        yield (
            f"{name}: the outline of {WORD!r} is read as {read[0]!r}, and the colours on white from"
            f" a distance as {read[1]!r}"
        )


def _read(picture: AnyImage, path: Path) -> str:
    """Return the words that tesseract reads in a picture at a tenth of its size."""
    small = cv2.resize(picture, None, fx=0.1, fy=0.1, interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(path), small)  # noqa: TID251
    command = ["tesseract", str(path), "-", "--psm", "6"]
    result = subprocess.run(command, check=True, capture_output=True, text=True)
    return " ".join(result.stdout.split())


def limits(data: Path, scratch: Path) -> Iterator[str]:
    """Time limits on about 4,096 cells of each layout, and tell how far they are from the bound."""
    tile = TileSize(16, 12)
    with PhotoLibrary(scratch / "cache") as library:
        index = library.index(list_photos(data / "photos"))
        codebook = library.codebook(index, tile, TileOptions(cuts=12))
    picture = read_target(data / "targets" / "kodim23.png")
    makers: dict[str, tuple[Callable[[Grid], Layout], int]] = {
        "grid": (Layout.of, 64),
        "brick": (brick, 64),
        "hexagon": (hexagon, 48),
    }
    for spacing in (1, 2):
        for name, (make, rows) in makers.items():
            layout = make(Grid(rows, 64, tile, 0, 0))
            frame = cv2.resize(picture, (64 * 12, rows * 16), interpolation=cv2.INTER_AREA)
            made = _limited(codebook, layout, np.asarray(frame, np.uint8), spacing)
            yield f"{name}, at most 12 times, spacing {spacing}: {made}"


def _limited(codebook: Codebook, layout: Layout, frame: BgrImage, spacing: int) -> str:
    plain: dict[str, Any] = {"refine": 0.0, "variety": 0.0}
    options = RenderOptions(max_uses=12, min_spacing=spacing, **plain)
    seconds = []
    for _ in range(2):
        mosaicker = Mosaicker(codebook, options, layout=layout)
        matches = mosaicker.match(frame)
        start = time.perf_counter()
        assignment = mosaicker.choose(matches)
        seconds.append(time.perf_counter() - start)
    gap = Repeats.of(assignment, codebook.photos, layout.positions).gap_percent
    return f"{len(layout):,} cells, {min(seconds):.2f} s, {gap:.2f} % above the bound"


PARTS = {"faces": faces, "letters": letters, "limits": limits}

if __name__ == "__main__":
    run_parts(PARTS, __doc__, "layouts")
