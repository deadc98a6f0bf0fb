"""The time from photos to tiles: by stage, by format, with a cache and without."""

from __future__ import annotations

import logging
import shutil
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from photomosaic.errors import InputError
from photomosaic.files.regular import open_file
from photomosaic.images.kinds import HEAD_BYTES, kind_of
from photomosaic.images.listing import Listing, PhotoFile
from photomosaic.library.photo_library import PhotoLibrary
from photomosaic.matching.grid import TileSize
from photomosaic.performance.battery import Battery
from photomosaic.performance.timing import Timing, affordable, sample, timings, total
from photomosaic.progress import Progress, StageClock, Work

log = logging.getLogger(__name__)

FORMATS = {
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "HEIC": (".heic", ".heif", ".hif"),
    "PNG": (".png",),
}
_KINDS = {"JPEG": "JPEG", "HEIC": "HEIF", "PNG": "PNG"}
FORMAT_PHOTOS = 24

QUICK_PHOTOS, QUICK_SECONDS = 48, 6.0
FEWEST_PHOTOS = 4
# How often a quick run decodes each photo, and how often besides for each scale whose tiles are
# made of the originals, which are then decoded in full.
_QUICK_DECODINGS, _QUICK_DECODINGS_OF_ORIGINALS = 3, 6


@dataclass(frozen=True)
class PhotoTimings:
    """Seconds from photos to tiles.

    Attributes
    ----------
    photos : int
    stages : dict of str to Timing
        What is done for a photo, from its file to a tile of the largest scale.
    caching : dict of str to Timing
        Folder to codebook of the largest scale: without a cache, with an empty one, and with one
        that knows all.
    formats : dict of str to Timing
        First index, for a photo.
    tiles : dict of int to dict of str to Timing
        By scale: resizing a photo, and the tiles and the features of all.
    """

    photos: int
    stages: dict[str, Timing]
    caching: dict[str, Timing]
    formats: dict[str, Timing]
    tiles: dict[int, dict[str, Timing]]


@dataclass
class _Clocks:
    """Clocks of all runs."""

    caching: defaultdict[str, list[StageClock]] = field(default_factory=lambda: defaultdict(list))
    photo: list[StageClock] = field(default_factory=list)
    tiles: defaultdict[int, list[StageClock]] = field(default_factory=lambda: defaultdict(list))


def photos_to_measure(battery: Battery, progress: Progress) -> Listing:
    """Return the listing, or with `quick` as much of it as can be measured in some seconds.

    It also loads what loads on first use, such as decoders, which is not to count for what comes
    first.
    """
    few = sample(battery.listing, FEWEST_PHOTOS)
    work = Work(battery.workers, progress)
    with PhotoLibrary(None, work) as library, suppress(InputError):
        # Whether any photo can be read at all is told of the whole folder.
        library.index(few)
    if not battery.quick:
        return battery.listing
    large = sum(battery.ready_tile(s) != TileSize.of(battery.tiles, s) for s in battery.scales)
    decodings = _QUICK_DECODINGS + _QUICK_DECODINGS_OF_ORIGINALS * large
    each = decodings * total(work.clock) / max(1, len(few.photos))
    return sample(battery.listing, affordable(each, QUICK_SECONDS, FEWEST_PHOTOS, QUICK_PHOTOS))


def measure_photos(
    battery: Battery, listing: Listing, cache: Path, progress: Progress
) -> PhotoTimings:
    """Measure the way of photos to tiles; the cache is left with what the last run put there.

    Raises
    ------
    InputError
        If no photo can be read, or with `crop` "skip" none has the aspect of the tiles.
    """
    clocks, photos = _Clocks(), 0
    runs = range(battery.repeats)
    for _ in progress(runs, total=len(runs), what="photos to tiles", unit="run"):
        photos = _run(battery, listing, cache, clocks, progress)
    return PhotoTimings(
        photos,
        timings(clocks.photo, photos),
        {name: Timing.of([total(c) for c in found]) for name, found in clocks.caching.items()},
        _time_formats(battery, len(listing.photos), progress),
        {scale: timings(clocks.tiles[scale]) for scale in battery.scales},
    )


def _run(
    battery: Battery, listing: Listing, cache: Path, clocks: _Clocks, progress: Progress
) -> int:
    """Measure once, with a new cache; return the number of photos."""
    shutil.rmtree(cache, ignore_errors=True)
    largest = battery.scales[-1]
    clock, _ = battery.index(listing, largest, None, progress)
    clocks.caching["no cache"].append(clock)
    for_photos = StageClock()
    clock, index = battery.index(listing, largest, cache, progress, for_photos)
    clocks.caching["first run"].append(clock)
    clocks.photo.append(for_photos)
    made = {battery.ready_tile(largest): _tile_clock(clock, for_photos, len(index.photos))}
    clock, _ = battery.index(listing, largest, cache, progress)
    clocks.caching["later run"].append(clock)
    for scale in battery.scales:
        # Scales can have tiles in common, such as large ones that a smaller tile stands in for.
        tile = battery.ready_tile(scale)
        if tile not in made:
            for_photos = StageClock()
            clock, _ = battery.index(listing, scale, cache, progress, for_photos)
            made[tile] = _tile_clock(clock, for_photos, len(index.photos))
        clocks.tiles[scale].append(made[tile])
    return len(index.photos)


def _tile_clock(clock: StageClock, for_photos: StageClock, photos: int) -> StageClock:
    """Return what making the tiles of a scale took."""
    found = StageClock()
    found.seconds["resize"] = for_photos.seconds["resize"] / photos
    for stage in ("tiles", "tile features"):
        found.seconds[stage] = clock.seconds[stage]
    return found


def _time_formats(battery: Battery, photos: int, progress: Progress) -> dict[str, Timing]:
    most = min(FORMAT_PHOTOS, max(FEWEST_PHOTOS, photos // 4)) if battery.quick else FORMAT_PHOTOS
    found = {}
    for name in FORMATS:
        part = _of_format(battery.listing, name, most)
        runs = [_first_index(battery, part, progress) for _ in range(battery.repeats)]
        seconds = [each for each in runs if each is not None]
        if seconds:
            found[name] = Timing.of(seconds)
    return found


def _first_index(battery: Battery, part: Listing, progress: Progress) -> float | None:
    """Return the seconds of a photo's first index; None if there is none that can be read."""
    clock = StageClock()
    with PhotoLibrary(None, Work(battery.workers, progress, clock)) as library:
        try:
            index = library.index(part)
        except InputError as error:
            if part.photos:
                log.warning("not measured: %s", error)
            return None
    return clock.seconds["index"] / len(index.photos)


def _of_format(listing: Listing, name: str, most: int) -> Listing:
    """Return some photos that are named as a format and are of it."""
    named = [photo for photo in listing.photos if photo.path.lower().endswith(FORMATS[name])]
    some = sample(replace(listing, photos=named), most)
    return replace(some, photos=[p for p in some.photos if _kind(p) == _KINDS[name]])


def _kind(photo: PhotoFile) -> str:
    try:
        with open_file(photo.path) as file:
            return kind_of(file.read(HEAD_BYTES))
    except OSError as error:
        log.debug("not measured: %s", error)
        return ""
