"""Measure how mosaics look with the default options, beside those of an earlier commit.

Both are made by their scripts with the same options, so any commit with projects can be compared:

    git worktree add ../before COMMIT
    python -m tools.benchmarks.look --baseline ../before --photos PHOTOS --targets TARGETS

Columns: CIEDE2000 and SSIM at viewing distance; `same`, the share of neighbouring cells with the
same photo; `most`, the share of the cells with the photo used most; `off`, the share of the cells
whose mean colour is more than 15 (CIELAB) further from the target's than with the closest tile.
"""

from __future__ import annotations

import argparse
import shlex
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from photomosaic.arrays import BgrImage, Floats, Ids
from photomosaic.assignment.repeats import smallest_spacing
from photomosaic.images.decode import read_target
from photomosaic.matching.grid import Grid, TileSize
from photomosaic.rendering.score import score
from tools.benchmarks.checkouts import SHOWN_TARGETS, Checkout, wide_targets
from tools.benchmarks.parts import PROJECT
from tools.benchmarks.photos_needed import fill

WIDTH = 1536
SCALE = 8
TILE = TileSize.from_scale(SCALE, 4, 3)
FAR_OFF = 15.0
# Nearest tiles only, by a checkout that knows how to choose jointly.
CLOSEST = ("--refine", 0, "--variety", 0)
NAMES = ("CIEDE2000", "SSIM", "same", "most", "off")


@dataclass(frozen=True)
class Part:
    """A comparison.

    Attributes
    ----------
    words : tuple of str
        The options besides --scale.
    bars : str
        What the figures are to be.
    height : int or None
        Of the targets; None for that of their aspect.
    photos : int or None
        How many photos, parts of photos among them; None for the folder as it is.
    """

    words: tuple[str, ...]
    bars: str
    height: int | None = None
    photos: int | None = None


PARTS = {
    "defaults": Part((), "CIEDE2000 <= 0.65, SSIM +0.04, same <= .10, most <= .08, off <= 1 %"),
    "spacing": Part(("--min-spacing", "4"), "CIEDE2000 <= 0.72, SSIM +0.07, no violation"),
    "uses": Part(
        ("--max-uses", "8", "--min-spacing", "3"),
        "CIEDE2000 <= 0.8, no violation",
        height=2048,
        photos=1000,
    ),
}


def same_neighbours(photos: Ids) -> float:
    """Return the share of neighbouring cells (rows, cols) with the same photo."""
    across, down = photos[:, 1:] == photos[:, :-1], photos[1:] == photos[:-1]
    shares = [same.mean() for same in (across, down) if same.size]
    return float(np.mean(shares)) if shares else 0.0


def colour_distances(target: BgrImage, mosaic: BgrImage, tile: TileSize) -> Floats:
    """Return how far the mean colour of each cell is from the target's, in CIELAB; (rows, cols)."""
    means = []
    for picture in (target, mosaic):
        lab = cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_BGR2LAB)
        rows, cols = picture.shape[0] // tile.height, picture.shape[1] // tile.width
        cells = lab[: rows * tile.height, : cols * tile.width]
        means.append(cells.reshape(rows, tile.height, cols, tile.width, 3).mean((1, 3)))
    return np.asarray(np.linalg.norm(means[0] - means[1], axis=2))


def far_off(distances: Floats, closest: Floats) -> float:
    """Return the share of cells much further from the target than with the closest tile."""
    return float((distances > closest + FAR_OFF).mean())


def violations(photos: Ids, words: Sequence[str]) -> str:
    """Say which limits a tile map breaks; empty if none."""
    limits = dict(zip(words[::2], map(int, words[1::2]), strict=True))
    spacing, uses = smallest_spacing(photos), int(np.bincount(photos.ravel()).max())
    found = []
    if spacing is not None and spacing < limits.get("--min-spacing", 1):
        found.append(f"spacing {spacing}")
    if uses > limits.get("--max-uses", uses):
        found.append(f"{uses} uses")
    return ", ".join(found)


def measured(checkout: Checkout, target: Path, photos: Path, part: Part) -> tuple[list[float], str]:
    """Return the figures of one mosaic, and the limits that it breaks."""
    made = checkout.mosaic(target, photos, ["--scale", SCALE, *part.words])
    picture = read_target(target)
    covered = Grid.fit(picture.shape[:2], TILE).crop(picture)
    likeness = score(covered, made.mosaic, TILE)
    distances, off = colour_distances(covered, made.mosaic, TILE), 0.0
    closest_words = checkout.known(*CLOSEST)
    if closest_words or part.words:
        closest = checkout.mosaic(target, photos, ["--scale", SCALE, *closest_words])
        off = far_off(distances, colour_distances(covered, closest.mosaic, TILE))
    most = np.bincount(made.photos.ravel()).max() / made.photos.size
    ssim = np.nan if likeness.ssim is None else likeness.ssim
    same = same_neighbours(made.photos)
    figures = [likeness.ciede2000, ssim, same, float(most), off]
    return figures, violations(made.photos, part.words)


def compared(
    part: Part, targets: Sequence[Path], photos: Path, checkouts: Sequence[Checkout]
) -> Iterator[str]:
    """Measure a part on targets; yield a line for each, then the means and their ratios."""
    yield f"{'':24}" + "".join(f"{c.name + ':':10}" + _head() for c in checkouts)
    found = np.zeros((len(targets), len(checkouts), len(NAMES)))
    broken: list[str] = []
    for number, target in enumerate(targets):
        for at, checkout in enumerate(checkouts):
            found[number, at], breaks = measured(checkout, target, photos, part)
            broken += [f"{checkout.name}, {target.stem}: {breaks}"] if breaks else []
        yield f"{target.stem[-24:]:24}" + _row(found[number])
    means = found.mean(axis=0)
    yield f"{'mean':24}" + _row(means)
    if part.words:
        yield f"violations: {'; '.join(broken) or 'none'}"
    if len(checkouts) > 1:
        new, old = found[:, 0], found[:, 1]
        ratio, gain = means[0][0] / means[1][0], means[0][1] - means[1][1]
        yield f"to {checkouts[1].name}: CIEDE2000 {ratio:.3f} times, SSIM {gain:+.3f}"
        worse = (new[:, 0] > old[:, 0]) | (new[:, 1] < old[:, 1])
        names = [target.stem for target, is_worse in zip(targets, worse, strict=True) if is_worse]
        yield f"worse in CIEDE2000 or SSIM: {', '.join(names) or 'none'}"
    yield f"bars: {part.bars}"


def _head() -> str:
    return " ".join(f"{name:>9}" for name in NAMES) + "  "


def _row(figures: np.ndarray) -> str:
    return "".join(
        " " * 10 + " ".join(f"{value:9.3f}" for value in each) + "  " for each in figures
    )


def main() -> None:
    """Run the parts that are asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--baseline", type=Path, help="a checkout of an earlier commit")
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--targets", type=Path, required=True, help="folder of pictures")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--now", default="", help="options for this checkout alone, in quotes")
    parser.add_argument("--few", action="store_true", help="only six of the targets")
    given = parser.parse_args()
    folders = {"now": PROJECT} | ({"before": given.baseline.resolve()} if given.baseline else {})
    for name in given.only:
        part = PARTS[name]
        with tempfile.TemporaryDirectory(prefix="photomosaic-") as scratch:
            place, photos = Path(scratch), given.photos.resolve()
            if part.photos is not None:
                photos = place / "photos"
                photos.mkdir()
                fill(photos, given.photos.resolve(), part.photos)
            targets = wide_targets(given.targets, place / "targets", (WIDTH, part.height))
            if given.few:
                targets = [t for t in targets if any(name in t.stem for name in SHOWN_TARGETS)]
            checkouts = [Checkout(key, at, place / key) for key, at in folders.items()]
            checkouts[0] = replace(checkouts[0], options=tuple(shlex.split(given.now)))
            print(f"\n{name}: --scale {SCALE} {' '.join(part.words)}", flush=True)
            for line in compared(part, targets, photos, checkouts):
                print(line, flush=True)


if __name__ == "__main__":
    main()
