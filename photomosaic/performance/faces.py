"""The time of finding faces, by stage."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from photomosaic.errors import InputError, NoMatchError
from photomosaic.faces.face_library import FaceLibrary, Scan
from photomosaic.faces.frames import write_frames
from photomosaic.faces.montage_folder import read_montage_folder
from photomosaic.faces.search import Finding
from photomosaic.files.names import printable
from photomosaic.images.listing import Listing
from photomosaic.options.montage import FrameOptions
from photomosaic.performance.plan import Plan
from photomosaic.performance.timing import Timing, affordable, sample, timings, total
from photomosaic.progress import StageClock, Work

FEWEST_PHOTOS, MOST_PHOTOS, QUICK_SECONDS = 2, 24, 3.0


@dataclass(frozen=True)
class FaceTimings:
    """Seconds in one process, by stage for a photo with all its faces.

    `frame` is a frame of the montage: decoded, aligned and encoded; None if there is no face.
    """

    photos: int
    faces: int
    stages: dict[str, Timing]
    frame: Timing | None


def measure_faces(plan: Plan, listing: Listing, folder: Path, work: Work) -> FaceTimings:
    """Find the faces of some of the photos, and write frames of them into a folder.

    Raises
    ------
    InputError
        If no photo can be read.
    """
    # Not timed in full runs: dlib loads with it.
    clock, scan = _scan(sample(listing, FEWEST_PHOTOS), work)
    each = total(clock) / len(scan.photos) if scan.photos else QUICK_SECONDS
    quick = affordable(each, QUICK_SECONDS, FEWEST_PHOTOS, MOST_PHOTOS)
    most = quick if plan.quick else MOST_PHOTOS
    clocks, frames = [], []
    for _ in range(plan.repeats):
        clock, scan = _scan(sample(listing, most), work)
        clocks.append(clock)
        frames += _write_frames(scan, folder)
    photos = len(scan.photos)
    if not photos:
        raise InputError(f"{printable(listing.folder)}: no photo in it can be read")
    stages, frame = timings(clocks, photos), Timing.of(frames) if frames else None
    return FaceTimings(photos, scan.faces, stages, frame)


def _scan(listing: Listing, work: Work) -> tuple[StageClock, Scan]:
    clock = StageClock()
    with FaceLibrary(None, Work(1, work.progress), clock) as library:
        return clock, library.scan(listing)


def _write_frames(scan: Scan, folder: Path) -> list[float]:
    """Return the mean seconds of a frame, or nothing if there is no face."""
    photos = [photo for photo in scan.photos if photo.faces]
    findings = [Finding(photo, photo.faces[0], None, 0.0).dated() for photo in photos]
    clock, montage = StageClock(), read_montage_folder(folder / "montage")
    try:
        with clock.stage("frames"):
            write_frames(montage, folder, findings, FrameOptions(), Work())
    except NoMatchError:  # there is no photo with a face, or all were removed meanwhile
        return []
    return [clock.seconds["frames"] / len(findings)]
