"""Mosaics of up to a million photos on one computer: a library made up, and runs on it.

    python -m tools.benchmarks.million --data DIR --scratch DIR --photos 100000

The photos are crops of real ones turned in colour, some thousands of them; the rest repeat these,
each with other samples of its cuts. Their files hold a number only, since known files are not read.
The library stays in the scratch folder, and is taken again as it is.
"""

from __future__ import annotations

import argparse
import hashlib
import sqlite3
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from photomosaic.images.crop import attention_point
from photomosaic.images.cuts import Focus
from photomosaic.images.listing import Listing, PhotoFile, list_photos
from photomosaic.images.thumbnail import make_thumbnail, read_thumbnail
from photomosaic.library.cut_samples import CutSpec, _inputs, _sampled
from photomosaic.library.database import FILE_NAME, Database
from photomosaic.library.file_index import _stat
from photomosaic.library.index import Photo, photo_row
from photomosaic.library.photo_library import LARGEST_TILE_OF_CUT, _fitting_cuts
from photomosaic.library.schema import checksum_of
from photomosaic.library.tile_sets import TileSet, TileSets
from photomosaic.matching.features import FeatureSpec
from photomosaic.matching.grid import TileSize
from photomosaic.options.photos import TileOptions
from tools.benchmarks.still import resampled_photos, run_mosaic

KINDS, FILES_OF_FOLDER = 2000, 1000
SCALE = 8
NOISE = 6


def main(argv: Sequence[str] | None = None) -> None:
    """Make the library where there is none, run, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    parser.add_argument("--scratch", type=Path, required=True, metavar="DIR")
    parser.add_argument("--photos", type=int, default=100_000)
    parser.add_argument("--width", type=int, default=320, help="of thumbnails; less spares disk")
    options = parser.parse_args(argv)
    place = options.scratch / str(options.photos)
    if not (place / "made").exists():
        start = time.perf_counter()
        _make(options.data, place, options.photos, options.width)
        print(f"made up in {time.perf_counter() - start:.0f} s")
    for line in runs(options.data, place):
        print(line, flush=True)


def runs(data: Path, place: Path) -> Iterator[str]:
    """Tell the times and memory of opening, of warm mosaics, and of one with a new photo."""
    start = time.perf_counter()
    Database(place / "cache").close()
    size = (place / "cache" / FILE_NAME).stat().st_size / 1e9
    yield f"opening: {time.perf_counter() - start:.2f} s (bar: 3), file of {size:.1f} GB"
    common = ["--target", data / "targets" / "kodim07.png", "--codebook-dir", place / "photos"]
    common += ["--cache-dir", place / "cache", "--scale", SCALE, "--target-width", 1536]
    for name in ("first", "warm"):
        seconds, peak = run_mosaic(*common, "--savepath", place / "mosaic.png")
        yield f"{name} mosaic: {seconds:.1f} s (bar: 30), {peak:.0f} MB (bar: 4,000)"
    new = place / "photos" / f"new-{time.time_ns()}.jpg"
    Image.effect_noise((320, 240), time.time_ns() % 90 + 10).convert("RGB").save(new)
    more, _ = run_mosaic(*common, "--savepath", place / "mosaic.png")
    yield f"with a new photo: {more - seconds:.1f} s more (bar: 5)"


def _make(data: Path, place: Path, count: int, width: int) -> None:
    photos = place / "photos"
    photos.mkdir(parents=True)
    for number in range(count):
        folder = photos / f"{number // FILES_OF_FOLDER:04d}"
        if number % FILES_OF_FOLDER == 0:
            folder.mkdir()
        (folder / f"{number:07d}.jpg").write_bytes(b"%d" % number)
    resampled_photos(data / "photos", place / "kinds", min(KINDS, count), (width, width * 3 // 4))
    database = Database(place / "cache")
    spec = _spec(count)
    tile_set = TileSets(database).use(spec.samples, spec.name)
    database.close()
    kinds = list(_kinds(place / "kinds", spec))
    connection = sqlite3.connect(place / "cache" / FILE_NAME, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    listing = list_photos(photos)
    for start in range(0, count, 10_000):
        connection.execute("BEGIN")
        _store(connection, listing, range(start, min(count, start + 10_000)), kinds, tile_set)
        connection.execute("COMMIT")
    connection.close()
    (place / "made").touch()


def _spec(count: int) -> CutSpec:
    """Return how mosaic.py samples the cuts of so many photos."""
    how = TileOptions()
    tile = TileSize.of(how, SCALE)
    spec = FeatureSpec.for_tile(tile.at_most(LARGEST_TILE_OF_CUT), how.metric, 1)
    cuts = _fitting_cuts(how, spec, count)
    return CutSpec(tile, TileSize(spec.height, spec.width), how.crop, cuts, cuts > 1)


def _kinds(folder: Path, spec: CutSpec) -> Iterator[tuple[object, tuple[float, float], bytes, int]]:
    """Yield the thumbnail of each kind, where it draws attention, its samples, and their cuts."""
    for file in list_photos(folder).photos:
        thumbnail = make_thumbnail(Path(file.path).read_bytes())
        pixels = read_thumbnail(thumbnail.encoded)
        point = attention_point(pixels)
        photo = Photo(0, "", b"", thumbnail.height, thumbnail.width)
        cuts = spec.cuts(photo, Focus(point, ()))
        yield thumbnail, point, _sampled(pixels, cuts, spec.samples), len(cuts)


def _store(
    connection: sqlite3.Connection,
    listing: Listing,
    numbers: range,
    kinds: Sequence[tuple[object, tuple[float, float], bytes, int]],
    tile_set: TileSet,
) -> None:
    rng = np.random.default_rng(numbers.start)
    rows: dict[str, list[tuple[object, ...]]] = {"photos": [], "files": [], "attention": []}
    tiles = []
    for number in numbers:
        thumbnail, point, content, cuts = kinds[number % len(kinds)]
        digest = hashlib.sha256(b"%d" % number).digest()
        rows["photos"].append((number + 1, *photo_row(digest, thumbnail)))
        rows["files"].append(_file_row(listing.photos[number], digest))
        rows["attention"].append((digest, *point, checksum_of(digest, *point)))
        photo = Photo(number + 1, "", digest, thumbnail.height, thumbnail.width)
        sampled = np.frombuffer(content, np.uint8)[32 * cuts :].astype(np.int16)
        sampled += rng.integers(-NOISE, NOISE + 1, sampled.size, np.int16)
        stored = _inputs(photo, point, {}) + content[: 32 * cuts]
        stored += np.clip(sampled, 0, 255).astype(np.uint8).tobytes()
        tiles.append((tile_set.key(photo.row), stored, tile_set.checksum(photo, stored)))
    connection.executemany("INSERT INTO photos VALUES (?, ?, ?, ?, ?, NULL, ?, ?)", rows["photos"])
    connection.executemany("INSERT INTO files VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows["files"])
    connection.executemany("INSERT INTO attention VALUES (?, ?, ?, ?)", rows["attention"])
    connection.executemany("INSERT INTO tiles VALUES (?, ?, ?)", tiles)


def _file_row(file: PhotoFile, digest: bytes) -> tuple[object, ...]:
    row = file.path.encode(), *_stat(file), digest, None
    return *row, checksum_of(*row)


if __name__ == "__main__":
    main()
