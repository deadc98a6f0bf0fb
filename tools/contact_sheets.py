r"""Make sheets of mosaics before and after a change: whole pictures, and parts pixel by pixel.

    git worktree add ../before COMMIT
    python -m tools.contact_sheets --baseline ../before --photos PHOTOS --emoji EMOJI \
        --targets TARGETS --output media/output/sheets

For each library (all photos, the first 150, the emoji) and each target there is one sheet with the
target, the mosaic before and that now, and one with the same part of both at full size. Options
after `--` are given to both, as in `-- --scale 8 --tint 0.3`; without any, --scale 8.
"""

from __future__ import annotations

import argparse
import shlex
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from photomosaic.images.listing import list_photos
from tools.benchmarks.checkouts import PROJECT, SHOWN_TARGETS, Checkout, wide_targets
from tools.pictures.layout import GAP, row, save

WIDTH = 1536
SMALL_LIBRARY = 150
SHEET_WIDTH = 2400
# Of the middle of the picture, in pixels.
PART = (768, 640)


@dataclass(frozen=True)
class Library:
    """A folder of photos, and what it is called on the sheets."""

    name: str
    folder: Path


def libraries(photos: Path, emoji: Path | None, scratch: Path) -> Iterator[Library]:
    """Yield the libraries; that of the first photos is made of links."""
    yield Library("photos", photos.resolve())
    few = scratch / "few"
    few.mkdir()
    for photo in sorted(list_photos(photos.resolve()).photos)[:SMALL_LIBRARY]:
        (few / Path(photo.path).name).symlink_to(photo.path)
    yield Library(f"first-{SMALL_LIBRARY}", few)
    if emoji is not None:
        yield Library("emoji", emoji.resolve())


def part_of(picture: Image.Image) -> Image.Image:
    """Cut the middle of a picture out, pixel by pixel."""
    width, height = (min(sides) for sides in zip(PART, picture.size, strict=True))
    left, top = (picture.width - width) // 2, (picture.height - height) // 2
    return picture.crop((left, top, left + width, top + height))


def sheets(
    target: Path, library: Library, checkouts: Sequence[Checkout], options: Sequence[str]
) -> tuple[Image.Image, Image.Image]:
    """Return the sheet of whole pictures, and that of parts."""
    made = [checkout.mosaic(target, library.folder, options) for checkout in checkouts]
    mosaics = [Image.open(each.path).convert("RGB") for each in made]
    words = [checkout.name for checkout in checkouts]
    with Image.open(target) as picture:
        whole = row([picture.convert("RGB"), *mosaics], ["target", *words], SHEET_WIDTH)
    parts = [part_of(mosaic) for mosaic in mosaics]
    width = sum(part.width for part in parts) + GAP * (len(parts) - 1)
    return whole, row(parts, words, width)


def main() -> None:
    """Make the sheets."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--baseline", type=Path, help="a checkout of an earlier commit")
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--emoji", type=Path)
    parser.add_argument("--targets", type=Path, required=True, help="folder of pictures")
    parser.add_argument("--now", default="", help="options for this checkout alone, in quotes")
    parser.add_argument("--all", action="store_true", help="all targets, not only six of them")
    parser.add_argument("--output", type=Path, required=True, help="folder of the sheets")
    parser.add_argument("options", nargs="*", help="of mosaic.py, after --")
    given = parser.parse_args()
    folders = ({"before": given.baseline.resolve()} if given.baseline else {}) | {"now": PROJECT}
    given.output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="photomosaic-") as scratch:
        place = Path(scratch)
        targets = wide_targets(given.targets, place / "targets", (WIDTH, None))
        for library in libraries(given.photos, given.emoji, place):
            checkouts = [Checkout(name, at, place / name) for name, at in folders.items()]
            checkouts[-1] = replace(checkouts[-1], options=tuple(shlex.split(given.now)))
            for target in targets:
                if given.all or any(name in target.stem for name in SHOWN_TARGETS):
                    made = sheets(target, library, checkouts, given.options or ["--scale", "8"])
                    for kind, sheet in zip(("whole", "part"), made, strict=True):
                        path = given.output / f"{library.name}-{target.stem}-{kind}.jpg"
                        save(sheet, path)
                        print(path, flush=True)


if __name__ == "__main__":
    main()
