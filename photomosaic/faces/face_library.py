"""The faces of a folder's photos, read where they are not known yet."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from photomosaic.faces.face import Face
from photomosaic.faces.face_index import FaceIndex
from photomosaic.faces.reading import PhotoFaces, read_all
from photomosaic.faces.weights import find_weights
from photomosaic.images.listing import Listing, PhotoFile
from photomosaic.library.database import Database
from photomosaic.library.file_index import Reading
from photomosaic.progress import StageClock, Work

# For a photo of some megapixels, by one process.
SECONDS_A_PHOTO = 0.4


@dataclass(frozen=True)
class SearchedAgain:
    """Notice that photos are searched anew, since an earlier version or setting found less.

    Attributes
    ----------
    photos : int
    seconds : float
        That it takes, roughly.
    """

    photos: int
    seconds: float


@dataclass(frozen=True)
class ScannedPhoto:
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
    photos : list of ScannedPhoto
        One for each distinct content, in the order of the listing.
    read : int
        Files that had to be read; the others were known.
    duplicates : int
        Files whose content came before in the folder.
    unreadable : list of (str, str)
        Path and reason.
    """

    listing: Listing
    photos: list[ScannedPhoto] = field(default_factory=list)
    read: int = 0
    duplicates: int = 0
    unreadable: list[tuple[str, str]] = field(default_factory=list)

    @property
    def faces(self) -> int:
        """The number of faces in all photos."""
        return sum(len(photo.faces) for photo in self.photos)


class FaceLibrary(AbstractContextManager["FaceLibrary"]):
    """Finds the faces of folders, each photo once.

    Parameters
    ----------
    cache_dir : Path or None
        Folder of the cache; None keeps everything in memory and writes nothing.
    work : Work, optional
        Its workers are processes.
    photo_clock : StageClock, optional
        Of what is done for each photo; used with one worker only.
    smallest : int, optional
        Width of the smallest faces that are looked for, as for `FaceFinder`.
    """

    def __init__(
        self,
        cache_dir: Path | None,
        work: Work | None = None,
        photo_clock: StageClock | None = None,
        smallest: int | None = None,
    ) -> None:
        self._database = Database(cache_dir)
        self._index = FaceIndex(self._database, smallest)
        self._work = work or Work()
        self._photo_clock = photo_clock or StageClock()
        self._smallest = smallest

    def __exit__(self, *error: object) -> None:
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
        return self._database.retried(lambda: self._scan(listing, what))

    def _scan(self, listing: Listing, what: str) -> Scan:
        files = self._index.update(listing, partial(self._read, what=what))
        found = self._index.photos(files.first)
        photos = [ScannedPhoto(file, digest, found[digest]) for digest, file in files.first.items()]
        return Scan(listing, photos, files.read, files.duplicates, files.problems)

    def _read(
        self, files: list[PhotoFile], known: Collection[bytes], what: str
    ) -> Iterable[Reading[PhotoFaces]]:
        work = replace(
            self._work, workers=min(self._work.workers, len(files)), clock=self._photo_clock
        )
        outdated = self._index.outdated()
        again = sum(file.path in outdated for file in files)
        if again:
            self._work.notify(SearchedAgain(again, again * SECONDS_A_PHOTO / work.workers))
        return read_all(files, known, find_weights(), work, self._smallest, what=what)
