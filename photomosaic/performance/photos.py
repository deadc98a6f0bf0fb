"""The time from photos to tiles: by stage, by format, with a cache and without."""

from __future__ import annotations

import logging
import shutil
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from photomosaic.errors import InputError
from photomosaic.files.regular import open_file
from photomosaic.images.kinds import HEAD_BYTES, kind_of
from photomosaic.images.listing import Listing, PhotoFile
from photomosaic.library.photo_library import PhotoLibrary, ready_tile
from photomosaic.matching.grid import TileSize
from photomosaic.performance.plan import Plan
from photomosaic.performance.timing import Timing, affordable, sample, timings, total
from photomosaic.progress import StageClock, Work

log = logging.getLogger(__name__)

# Name of a format to the kind that its files are, and their extensions.
FORMATS = {
    "JPEG": ("JPEG", (".jpg", ".jpeg", ".jpe", ".jfif")),
    "HEIC": ("HEIF", (".heic", ".heif", ".hif")),
    "PNG": ("PNG", (".png",)),
}
FORMAT_PHOTOS, QUICK_PHOTOS, FEWEST_PHOTOS, QUICK_SECONDS = 24, 48, 4, 6.0
# How often a quick run decodes each photo, and how often in addition for each scale whose tiles
# are made of the originals, which are decoded in full.
_QUICK_DECODINGS, _QUICK_DECODINGS_OF_ORIGINALS = 3, 6


@dataclass(frozen=True)
class PhotoTimings:
    """Seconds from photos to tiles.

    `stages` are of a photo, from its file to a tile of the largest scale; `formats` of its first
    index. `caching` is from the folder to the codebook of the largest scale: with "no cache", on
    the "first run" with an empty one, and on a "later run" with a complete one. `tiles` are by
    scale: resizing a photo, and the tiles and the features of all.
    """

    photos: int
    stages: dict[str, Timing]
    caching: dict[str, Timing]
    formats: dict[str, Timing]
    tiles: dict[int, dict[str, Timing]]


@dataclass(frozen=True)
class _Run:
    """A folder made into a codebook: the clock of the steps, and that of the photos in threads."""

    clock: StageClock
    photo_clock: StageClock
    photos: int

    def tile_clock(self) -> StageClock:
        """Return the time of making the tiles, with "resize" for one photo."""
        found, taken = StageClock(), self.clock.seconds
        found.seconds["resize"] = self.photo_clock.seconds["resize"] / self.photos
        found.seconds |= {stage: taken[stage] for stage in ("tiles", "tile features")}
        return found


def photos_to_measure(plan: Plan, work: Work) -> Listing:
    """Return the listing, or with `quick` as much of it as can be measured in a few seconds.

    It also loads decoders and the like, so the first measurement does not include loading.
    """
    few, clock = sample(plan.listing, FEWEST_PHOTOS), StageClock()
    # Whether any photo can be read is checked later, in the whole folder.
    with PhotoLibrary(None, replace(work, clock=clock)) as library, suppress(InputError):
        library.index(few)
    if not plan.quick:
        return plan.listing
    large = sum(_ready_tile(plan, s) != TileSize.of(plan.tiles, s) for s in plan.scales)
    decodings = _QUICK_DECODINGS + _QUICK_DECODINGS_OF_ORIGINALS * large
    each = decodings * total(clock) / max(1, len(few.photos))
    return sample(plan.listing, affordable(each, QUICK_SECONDS, FEWEST_PHOTOS, QUICK_PHOTOS))


def measure_photos(plan: Plan, listing: Listing, cache: Path, work: Work) -> PhotoTimings:
    """Measure the steps from photos to tiles; leaves the cache of the last run.

    Raises
    ------
    InputError
        If no photo can be read, or with `crop` "skip" none has the aspect of the tiles.
    """
    shown = plan.runs("photos to tiles", work)
    runs, tiles = zip(*(_runs(plan, listing, cache, work) for _ in shown), strict=True)
    photos = runs[-1]["first run"].photos
    return PhotoTimings(
        photos,
        timings([run["first run"].photo_clock for run in runs], photos),
        {name: Timing.of([total(run[name].clock) for run in runs]) for name in runs[0]},
        _time_formats(plan, len(listing.photos), work),
        {scale: timings([made[scale] for made in tiles]) for scale in plan.scales},
    )


def _runs(
    plan: Plan, listing: Listing, cache: Path, work: Work
) -> tuple[dict[str, _Run], dict[int, StageClock]]:
    """Measure once with a new cache: the kinds of caching, and the tiles of each scale."""
    shutil.rmtree(cache, ignore_errors=True)

    def run(scale: int, cache: Path | None) -> _Run:
        how, clocks = plan.tiles, (StageClock(), StageClock())
        with PhotoLibrary(cache, replace(work, clock=clocks[0]), clocks[1]) as library:
            index = library.index(listing)
            codebook = library.codebook(index, TileSize.of(how, scale), how)
            # Of several cuts, the tiles are made when they are used.
            codebook.take(codebook.first_tiles)
        return _Run(*clocks, len(index.photos))

    largest = plan.scales[-1]
    caches = {"no cache": None, "first run": cache, "later run": cache}
    runs = {name: run(largest, folder) for name, folder in caches.items()}
    # Scales may share tiles: a smaller one stands in for all large ones.
    sizes = {scale: _ready_tile(plan, scale) for scale in plan.scales}
    made = {sizes[largest]: runs["first run"].tile_clock()}
    for scale, tile in sizes.items():
        if tile not in made:
            made[tile] = run(scale, cache).tile_clock()
    return runs, {scale: made[tile] for scale, tile in sizes.items()}


def _ready_tile(plan: Plan, scale: int) -> TileSize:
    """Return the size of the tiles of a scale as they are matched, which may be smaller."""
    return ready_tile(TileSize.of(plan.tiles, scale), plan.tiles)


def _time_formats(plan: Plan, photos: int, work: Work) -> dict[str, Timing]:
    most = min(FORMAT_PHOTOS, max(FEWEST_PHOTOS, photos // 4)) if plan.quick else FORMAT_PHOTOS
    found = {}
    for name, (kind, endings) in FORMATS.items():
        named = [photo for photo in plan.listing.photos if photo.path.lower().endswith(endings)]
        some = sample(replace(plan.listing, photos=named), most)
        part = replace(some, photos=[photo for photo in some.photos if _is_a(kind, photo)])
        try:
            found[name] = Timing.of([_first_index(part, work) for _ in range(plan.repeats)])
        except InputError as error:
            if part.photos:
                log.warning("not measured: %s", error)
    return found


def _first_index(part: Listing, work: Work) -> float:
    """Return the seconds of a photo's first index."""
    clock = StageClock()
    with PhotoLibrary(None, replace(work, clock=clock)) as library:
        index = library.index(part)
    return clock.seconds["index"] / len(index.photos)


def _is_a(kind: str, photo: PhotoFile) -> bool:
    with suppress(OSError), open_file(photo.path) as file:
        return kind_of(file.read(HEAD_BYTES)) == kind
    return False
