"""The faces of the photos that benchmarks of face montages are measured on."""

from __future__ import annotations

import csv
from pathlib import Path

from photomosaic.faces.face_library import FaceLibrary, Scan, ScannedPhoto
from photomosaic.images.listing import list_photos
from photomosaic.progress import Work


def scanned(folder: Path, cache: Path | None, workers: int) -> Scan:
    """Return the faces of a folder."""
    with FaceLibrary(cache, Work(workers)) as library:
        return library.scan(list_photos(folder))


def people_of(data: Path, cache: Path, workers: int) -> dict[str, list[ScannedPhoto]]:
    """Return the photos of each person of the Caltech set."""
    photos = {Path(p.file.path).name: p for p in scanned(data / "caltech", cache, workers).photos}
    people: dict[str, list[ScannedPhoto]] = {}
    with (data / "caltech_identities.csv").open() as file:
        for row in csv.DictReader(file):
            people.setdefault(row["person"], []).append(photos[row["file"]])
    return people
