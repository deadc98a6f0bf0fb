"""Measure how a mosaic's likeness grows with the number of photos, as a Markdown table.

Photos are drawn from a folder, each number holding those of the number before it. If the folder has
fewer, parts are cut out of its photos, as a stand-in for more photos of the same kind.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from photomosaic.arrays import BgrImage
from photomosaic.images.decode import read_target
from photomosaic.images.listing import list_photos
from photomosaic.library.codebook import Codebook
from photomosaic.library.photo_library import PhotoLibrary
from photomosaic.library.usage import Usage
from photomosaic.matching.grid import Grid, TileSize
from photomosaic.mosaic import Mosaicker
from photomosaic.options.look import RenderOptions
from photomosaic.options.photos import TileOptions
from photomosaic.progress import Work
from photomosaic.rendering.score import score
from tools.benchmarks.parts import data_parser

COUNTS = (50, 200, 1000, 4000)
CELLS = 2500
LARGEST_SCALE = 40
PART_SHARES = (0.3, 0.9)
PART_SIZE = 320


def fill(folder: Path, source: Path, count: int) -> None:
    """Fill a folder with the photos of another in an order drawn once, then with parts of them."""
    rng = np.random.default_rng(0)
    paths = [Path(photo.path) for photo in list_photos(source).photos]
    rng.shuffle(paths)
    for number in range(count):
        path = paths[number % len(paths)]
        if number < len(paths):
            (folder / f"{number:05d}{path.suffix}").write_bytes(path.read_bytes())
            continue
        with Image.open(path) as photo:
            width, height = (side * rng.uniform(*PART_SHARES) for side in photo.size)
            left = rng.uniform(0, photo.width - width)
            top = rng.uniform(0, photo.height - height)
            part = photo.convert("RGB").crop(
                (round(left), round(top), round(left + width), round(top + height))
            )
        part.thumbnail((PART_SIZE, PART_SIZE))
        part.save(folder / f"{number:05d}.jpg", quality=90)


def scale_of(target: BgrImage) -> int:
    """Return the largest scale that gives the target the number of cells."""
    return max(
        scale
        for scale in range(1, LARGEST_SCALE)
        if Grid.fit(target.shape[:2], TileSize.from_scale(scale, 4, 3)).cells >= CELLS
    )


def measured(
    codebook: Codebook, options: RenderOptions, target: BgrImage, count: int
) -> tuple[float, float, float]:
    """Return CIEDE2000, SSIM, and the share of the cells that the photo used most lies in."""
    part = codebook.subset(np.arange(count))
    mosaicker = Mosaicker(part, options)
    assignment = mosaicker.assign(target)
    mosaic = mosaicker.paint(target, assignment)
    likeness = score(mosaicker.covered(target), mosaic, codebook.tile)
    most = Usage.of(assignment, part).most_used_count / assignment.ids.size
    return likeness.ciede2000, np.nan if likeness.ssim is None else likeness.ssim, most


def table(
    photos: Path, targets: Sequence[Path], counts: Sequence[int], options: RenderOptions
) -> str:
    """Return the means over all targets."""
    found = np.zeros((len(targets), len(counts), 3))
    with tempfile.TemporaryDirectory() as scratch, PhotoLibrary(None, Work(2)) as library:
        fill(Path(scratch), photos, max(counts))
        index = library.index(list_photos(Path(scratch)))
        for number, path in enumerate(targets):
            target = read_target(path)
            tile = TileSize.from_scale(scale_of(target), 4, 3)
            codebook = library.codebook(index, tile, TileOptions())
            found[number] = [measured(codebook, options, target, count) for count in counts]
    head = ["| photos | CIEDE2000 | SSIM | the photo used most |", "|---|---|---|---|"]
    rows = [
        f"| {count:,} | {colour:.1f} | {likeness:.2f} | {most:.0%} |"
        for count, (colour, likeness, most) in zip(counts, found.mean(axis=0), strict=True)
    ]
    return "\n".join([*head, *rows])


def main() -> None:
    """Measure and print the table."""
    parser = data_parser(__doc__)
    parser.add_argument("--counts", type=int, nargs="+", default=COUNTS)
    parser.add_argument("--tint", type=float, default=0)
    arguments = parser.parse_args()
    targets = sorted((arguments.data / "targets").iterdir())
    options = RenderOptions(tint=arguments.tint)
    print(table(arguments.data / "photos", targets, arguments.counts, options))


if __name__ == "__main__":
    main()
