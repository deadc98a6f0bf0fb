"""The time that finding faces takes, by stage."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from photomosaic.errors import NoMatchError
from photomosaic.faces.face_library import FaceLibrary, Scan
from photomosaic.faces.frames import write_frames
from photomosaic.faces.montage_folder import read_montage_folder
from photomosaic.faces.search import Finding
from photomosaic.images.listing import Listing
from photomosaic.options.montage import FrameOptions
from photomosaic.performance.timing import Timing, affordable, sample, timings, total
from photomosaic.progress import Progress, StageClock, Work

FEWEST_PHOTOS, MOST_PHOTOS = 2, 24
QUICK_SECONDS = 3.0


@dataclass(frozen=True)
class FaceTimings:
    """Seconds that the faces of a photo took, in one process.

    Attributes
    ----------
    photos, faces : int
        How many were looked at, and how many faces they hold.
    stages : dict of str to Timing
        For a photo: "read", "decode", "detect", and the "landmarks" and "embed" of all its faces.
    frame : Timing or None
        A frame of the montage: decoded, aligned and encoded; None if there is no face.
    """

    photos: int
    faces: int
    stages: dict[str, Timing]
    frame: Timing | None


def measure_faces(
    listing: Listing, folder: Path, repeats: int, quick: bool, progress: Progress
) -> FaceTimings | None:
    """Find the faces of some of the photos, and write frames of them into a folder.

    Returns None if no photo can be read.
    """
    most = MOST_PHOTOS
    # Some first, since dlib loads with them.
    clock, scan = _scan(sample(listing, FEWEST_PHOTOS), progress)
    if quick:
        each = total(clock) / len(scan.photos) if scan.photos else QUICK_SECONDS
        most = affordable(each, QUICK_SECONDS, FEWEST_PHOTOS, MOST_PHOTOS)
    part = sample(listing, most)
    clocks, frames = [], []
    for _ in range(repeats):
        clock, scan = _scan(part, progress)
        clocks.append(clock)
        frames += _write_frames(scan, folder)
    if not scan.photos:
        return None
    return FaceTimings(
        len(scan.photos),
        scan.faces,
        timings(clocks, len(scan.photos)),
        Timing.of(frames) if frames else None,
    )


def _scan(listing: Listing, progress: Progress) -> tuple[StageClock, Scan]:
    clock = StageClock()
    with closing(FaceLibrary(None, Work(1, progress), clock)) as library:
        return clock, library.scan(listing)


def _write_frames(scan: Scan, folder: Path) -> list[float]:
    """Return the seconds that each frame took on average, or nothing if there is no face."""
    findings = [
        Finding(photo, photo.faces[0], None, 0.0).dated() for photo in scan.photos if photo.faces
    ]
    if not findings:
        return []
    clock = StageClock()
    savedir = read_montage_folder(folder / "montage")
    try:
        with clock.stage("frames"):
            write_frames(savedir, folder, findings, FrameOptions(), Work())
    except NoMatchError:
        # All of them went away meanwhile, as warnings have told.
        return []
    return [clock.seconds["frames"] / len(findings)]
