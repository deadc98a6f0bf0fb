"""The faces of a folder's photos, read where they are not known yet."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from pathlib import Path

from photomosaic.faces.face import Face
from photomosaic.faces.face_table import FaceCache, Known
from photomosaic.faces.reading import PhotoFaces, read_all
from photomosaic.faces.weights import find_weights
from photomosaic.images.listing import Listing, PhotoFile
from photomosaic.library.damage import TROUBLE
from photomosaic.library.database import Database
from photomosaic.progress import Progress, StageClock, silent

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Photo:
    """A readable photo: its file, the SHA-256 of its content, and what it holds."""

    file: PhotoFile
    hash: bytes
    found: PhotoFaces

    @property
    def faces(self) -> tuple[Face, ...]:
        """Its faces, the topmost first."""
        return self.found.faces


@dataclass
class Scan:
    """What became of the files of a folder.

    Attributes
    ----------
    listing : Listing
    photos : list of Photo
        One for each distinct content, in the order of the listing.
    read : int
        Files that had to be read; the others were known.
    duplicates : int
        Files whose content came before in the folder.
    unreadable : list of (str, str)
        Path and reason.
    """

    listing: Listing
    photos: list[Photo] = field(default_factory=list)
    read: int = 0
    duplicates: int = 0
    unreadable: list[tuple[str, str]] = field(default_factory=list)

    @property
    def faces(self) -> int:
        """The number of faces in all photos."""
        return sum(len(photo.faces) for photo in self.photos)


class FaceLibrary:
    """Finds the faces of folders, each photo once.

    Parameters
    ----------
    cache_dir : Path or None
        Folder of the cache; None keeps everything in memory and writes nothing.
    workers : int
        Number of processes.
    progress : Progress
    clock : StageClock, optional
        Of what is done for each photo; told with one worker only.
    smallest : int, optional
        Width of the smallest faces that are looked for, as for `FaceFinder`.
    """

    def __init__(
        self,
        cache_dir: Path | None,
        workers: int = 1,
        progress: Progress = silent,
        clock: StageClock | None = None,
        smallest: int | None = None,
    ) -> None:
        self._database = Database(cache_dir)
        self._cache = FaceCache(self._database, smallest)
        self._workers = workers
        self._progress = progress
        self._clock = clock
        self._smallest = smallest

    def close(self) -> None:
        """Close the cache."""
        self._database.close()

    def scan(self, listing: Listing, what: str = "looking for faces") -> Scan:
        """Bring a folder up to date and return its faces.

        Each photo is stored as soon as it is read, so a run that ends early loses only those in
        flight.

        Raises
        ------
        InputError
            If a photo has to be read, and dlib or its weights are missing or wrong.
        WorkerError
            If a process is killed.
        """
        try:
            return self._scan(listing, what)
        except TROUBLE as error:
            self._database.recover(error)
            return self._scan(listing, what)

    def _scan(self, listing: Listing, what: str) -> Scan:
        known = self._cache.known_files(listing)
        unread = [file for file in listing.photos if file.path not in known]
        if unread:
            known |= self._read(unread, what)
        scan = Scan(listing, read=len(unread))
        usable = [file for file in listing.photos if known[file.path][1] is None]
        found = self._cache.photos(known[file.path][0] for file in usable)
        seen: set[bytes] = set()
        for file in listing.photos:
            digest, problem = known[file.path]
            if problem is not None:
                scan.unreadable.append((file.path, problem))
            elif digest in seen:
                scan.duplicates += 1
            else:
                seen.add(digest)
                scan.photos.append(Photo(file, digest, found[digest]))
        return scan

    def _read(self, files: list[PhotoFile], what: str) -> dict[str, Known]:
        workers = min(self._workers, len(files))
        hashes = self._cache.known_hashes()
        readings = read_all(files, hashes, find_weights(), workers, self._clock, self._smallest)
        found = {}
        for reading in self._progress(readings, total=len(files), what=what, unit="photo"):
            if reading.lasting:
                self._cache.store(reading)
            found[reading.file.path] = reading.hash, reading.problem
        return found
