"""All measurements, one group after the other."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from photomosaic.errors import InputError
from photomosaic.library.originals import sharpened
from photomosaic.library.photo_library import PhotoLibrary
from photomosaic.matching.grid import TileSize
from photomosaic.performance.faces import FaceTimings, measure_faces
from photomosaic.performance.memory import PeakMemory
from photomosaic.performance.mosaics import LookupTiming, ScaleTiming, measure_lookup, measure_scale
from photomosaic.performance.photos import PhotoTimings, measure_photos, photos_to_measure
from photomosaic.performance.plan import NotMeasured, Plan
from photomosaic.performance.videos import VideoTimings, measure_video
from photomosaic.progress import Work
from photomosaic.stills import Stills


@dataclass(frozen=True)
class Measurements:
    """All results: seconds, and the peak memory of this process in bytes, 0 if not known."""

    photos: PhotoTimings
    scales: list[ScaleTiming]
    lookup: list[LookupTiming]
    memory: dict[str, int]
    peak_memory: int
    video: VideoTimings | None
    faces: FaceTimings | None
    unreadable: int


def measure(plan: Plan, work: Work) -> tuple[Measurements, list[tuple[str, str]]]:
    """Measure what is planned, with the cache and outputs in a temporary folder.

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
        with memory.group("photos to tiles"):
            listing = photos_to_measure(plan, work)
            photos = measure_photos(plan, listing, folder / "cache", work)
        with PhotoLibrary(folder / "cache", Work(work.workers, work.progress)) as library:
            index = library.index(listing)
            stills = Stills(plan.target, library, index, plan.tiles)
            with memory.group("mosaics"):
                scales = _measure_scales(plan, stills, folder, work)
            with memory.group("lookup"):
                # Small enough for many patches, and large enough for tiles as they are used.
                scale = plan.scales[len(plan.scales) // 4]
                lookup = measure_lookup(plan, stills.codebook(scale), scale, Work(work.workers))
            video = _measure_video(plan, stills, folder, memory, work)
        faces = None
        if plan.faces is not None:
            with _reporting("faces", work), memory.group("faces"):
                faces = measure_faces(plan, plan.faces, folder, work)
    results, peaks = (photos, scales, lookup), (memory.groups, memory.most)
    found = Measurements(*results, *peaks, video, faces, len(index.unreadable))
    return found, index.unreadable


def _measure_scales(plan: Plan, stills: Stills, folder: Path, work: Work) -> list[ScaleTiming]:
    shown = work.progress(plan.scales, total=len(plan.scales), what="scales", unit="scale")
    quiet, path = Work(work.workers), folder / "mosaic.jpg"
    return [measure_scale(plan, scale, stills, path, quiet) for scale in shown]


def _measure_video(
    plan: Plan, stills: Stills, folder: Path, memory: PeakMemory, work: Work
) -> VideoTimings | None:
    if plan.clip is None:
        return None
    codebook, tile = stills.codebook(plan.clip.scale), TileSize.of(plan.tiles, plan.clip.scale)
    if codebook.tile != tile:
        codebook = sharpened(codebook, tile, plan.tiles.crop, work)
    with _reporting("video", work):
        return measure_video(plan, codebook, folder, memory, work)
    return None


@contextmanager
def _reporting(what: str, work: Work) -> Iterator[None]:
    """Give notice of an `InputError` of the `with` block, and go on."""
    try:
        yield
    except InputError as error:
        work.notify(NotMeasured(what, str(error)))
