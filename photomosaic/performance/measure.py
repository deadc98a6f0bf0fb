"""The whole battery, one group of measurements after the other."""

from __future__ import annotations

import logging
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from photomosaic.errors import InputError
from photomosaic.images.listing import printable
from photomosaic.library.originals import all_sharpened
from photomosaic.library.photo_library import PhotoLibrary
from photomosaic.matching.grid import TileSize
from photomosaic.performance.battery import Battery
from photomosaic.performance.faces import FaceTimings, measure_faces
from photomosaic.performance.memory import PeakMemory
from photomosaic.performance.mosaics import (
    LookupTiming,
    ScaleTiming,
    measure_lookup,
    measure_scales,
)
from photomosaic.performance.photos import PhotoTimings, measure_photos, photos_to_measure
from photomosaic.performance.videos import VideoTimings, measure_video
from photomosaic.progress import Progress, Work
from photomosaic.stills import Stills

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Measurements:
    """What the battery found; times are in seconds, memory is in bytes.

    Attributes
    ----------
    photos : PhotoTimings
    scales : list of ScaleTiming
    lookup : list of LookupTiming
    memory : dict of str to int
        Most that this process held, by group of measurements.
    peak_memory : int
        Most of all; 0 if it is not known.
    video : VideoTimings or None
    faces : FaceTimings or None
    unreadable : int
        Photos that could not be read.
    """

    photos: PhotoTimings
    scales: list[ScaleTiming]
    lookup: list[LookupTiming]
    memory: dict[str, int]
    peak_memory: int
    video: VideoTimings | None
    faces: FaceTimings | None
    unreadable: int

    def as_json(self) -> dict[str, object]:
        """Return the measurements as what JSON can hold."""
        return asdict(self)


def measure(battery: Battery, progress: Progress) -> tuple[Measurements, list[tuple[str, str]]]:
    """Run the battery; what it caches and makes goes to a temporary folder.

    Returns
    -------
    (Measurements, list of (str, str))
        The second are the paths of the photos that cannot be read, with the reasons.

    Raises
    ------
    InputError
        If none of the photos can be read.
    """
    memory = PeakMemory()
    with tempfile.TemporaryDirectory(prefix="photomosaic-") as name:
        folder = Path(name)
        cache = folder / "cache"
        with memory.group("photos to tiles"):
            listing = photos_to_measure(battery, progress)
            photos = measure_photos(battery, listing, cache, progress)
        with PhotoLibrary(cache, Work(battery.workers, progress)) as library:
            index = library.index(listing)
            stills = Stills(battery.target, library, index, battery.tiles, Work(battery.workers))
            with memory.group("mosaics"):
                scales = measure_scales(battery, stills.codebook, folder, progress)
            with memory.group("lookup"):
                # Small enough for many patches, and large enough for tiles as they are used.
                scale = battery.scales[len(battery.scales) // 4]
                lookup = measure_lookup(battery, stills.codebook(scale), scale)
            video = _measured_video(battery, stills, folder, memory, progress)
        faces = _measured_faces(battery, folder, memory, progress)
    unreadable = index.unreadable
    found = Measurements(
        photos, scales, lookup, memory.groups, memory.most, video, faces, len(unreadable)
    )
    return found, unreadable


def _measured_video(
    battery: Battery, stills: Stills, folder: Path, memory: PeakMemory, progress: Progress
) -> VideoTimings | None:
    clip, crop = battery.clip, battery.tiles.crop
    if clip is None:
        return None
    codebook, tile = stills.codebook(clip.scale), TileSize.of(battery.tiles, clip.scale)
    if codebook.tile != tile:
        codebook = all_sharpened(codebook, tile, crop, Work(battery.workers, progress))
    runs, quick = battery.repeats, battery.quick
    try:
        return measure_video(clip, codebook, folder, runs, quick, memory, progress)
    except InputError as error:
        log.warning("--video %s", error)
        return None


def _measured_faces(
    battery: Battery, folder: Path, memory: PeakMemory, progress: Progress
) -> FaceTimings | None:
    if battery.faces is None:
        return None
    with memory.group("faces"):
        found = measure_faces(battery.faces, folder, battery.repeats, battery.quick, progress)
    if found is None:
        log.warning("--faces %s: no photo in it can be read", printable(battery.faces.folder))
    return found
