"""All measurements, one group after the other."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from photomosaic.errors import InputError
from photomosaic.library.codebook import Codebook
from photomosaic.library.originals import sharpened
from photomosaic.library.photo_library import PhotoLibrary
from photomosaic.matching.grid import TileSize
from photomosaic.performance.faces import FaceTimings, measure_faces
from photomosaic.performance.machine import PeakMemory
from photomosaic.performance.mosaics import LookupTiming, ScaleTiming, measure_lookup, measure_scale
from photomosaic.performance.photos import PhotoTimings, measure_photos, photos_to_measure
from photomosaic.performance.plan import Clip, NotMeasured, Plan
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
    memory, quiet, video, faces = PeakMemory(), Work(work.workers), None, None
    with tempfile.TemporaryDirectory(prefix="photomosaic-") as name:
        folder = Path(name)
        with memory.group("photos to tiles"):
            listing = photos_to_measure(plan, work)
            photos = measure_photos(plan, listing, folder / "cache", work)
        with PhotoLibrary(folder / "cache", Work(work.workers, work.progress)) as library:
            index = library.index(listing)
            stills = Stills(plan.target, library, index, plan.tiles)
            with memory.group("mosaics"):
                shown = work.progress(
                    plan.scales, total=len(plan.scales), what="scales", unit="scale"
                )
                path = folder / "mosaic.jpg"
                scales = [measure_scale(plan, scale, stills, path, quiet) for scale in shown]
            with memory.group("lookup"):
                # Small enough for many patches, and large enough for tiles as they are used.
                scale = plan.scales[len(plan.scales) // 4]
                lookup = measure_lookup(plan, stills.codebook(scale), scale, quiet)
            if plan.clip is not None:
                codebook = _codebook_of(plan.clip, plan, stills, work)
                with _reporting("video", work):
                    video = measure_video(plan, codebook, folder, memory, work)
        if plan.faces is not None:
            with _reporting("faces", work), memory.group("faces"):
                faces = measure_faces(plan, plan.faces, folder, work)
    results, peaks = (photos, scales, lookup), (memory.groups, memory.most)
    found = Measurements(*results, *peaks, video, faces, len(index.unreadable))
    return found, index.unreadable


def _codebook_of(clip: Clip, plan: Plan, stills: Stills, work: Work) -> Codebook:
    codebook, tile = stills.codebook(clip.scale), TileSize.of(plan.tiles, clip.scale)
    if codebook.tile == tile:
        return codebook
    return sharpened(codebook, tile, plan.tiles.crop, work)


@contextmanager
def _reporting(what: str, work: Work) -> Iterator[None]:
    """Give notice of an `InputError` of the `with` block, and go on."""
    try:
        yield
    except InputError as error:
        work.notify(NotMeasured(what, str(error)))
