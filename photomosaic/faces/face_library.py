"""The faces of a folder's photos, read where they are not known yet."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from photomosaic.faces.face import Face
from photomosaic.faces.face_index import FaceIndex, VideoIndex
from photomosaic.faces.reading import PhotoFaces, read_all
from photomosaic.faces.videos import RATE, VideoFaces, read_videos
from photomosaic.faces.weights import find_weights
from photomosaic.files.names import printable
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
    """A readable photo, or a frame of a video.

    Attributes
    ----------
    file : PhotoFile
    hash : bytes
        SHA-256 of the photo's content, or of the frame's pixels.
    found : PhotoFaces
        What it holds; of a frame, the dates are those of its video's start.
    sample : int or None
        Number of the frame, at `videos.RATE` frames a second.
    pixels : Path or None
        A picture of the frame, once one was made.
    """

    file: PhotoFile
    hash: bytes
    found: PhotoFaces
    sample: int | None = None
    pixels: Path | None = None

    @property
    def faces(self) -> tuple[Face, ...]:
        """Its faces, the topmost first."""
        return self.found.faces

    @property
    def seconds(self) -> float:
        """Where a frame lies in its video; 0 for a photo."""
        return 0.0 if self.sample is None else float(self.sample / RATE)

    @property
    def time(self) -> str:
        """The same for people, as minutes and seconds; empty for a photo."""
        minutes, seconds = divmod(self.seconds, 60)
        return "" if self.sample is None else f"{minutes:.0f}m{seconds:04.1f}s"

    @property
    def title(self) -> str:
        """Name of the file, and where a frame lies in it."""
        name = printable(os.path.basename(self.file.path))  # noqa: PTH119
        return f"{name} {self.time}".rstrip()


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
    videos : int
        Videos that were searched as well.
    """

    listing: Listing
    photos: list[ScannedPhoto] = field(default_factory=list)
    read: int = 0
    duplicates: int = 0
    unreadable: list[tuple[str, str]] = field(default_factory=list)
    videos: int = 0

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
        self._videos = VideoIndex(self._database, smallest)
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

    def scan_videos(self, scan: Scan) -> Scan:
        """Return a scan with the frames of the folder's videos that show faces.

        Raises
        ------
        InputError, WorkerError
            As `scan`.
        """
        return self._database.retried(lambda: self._scan_videos(scan))

    def _scan_videos(self, scan: Scan) -> Scan:
        listing = replace(scan.listing, photos=scan.listing.clips)
        files = self._videos.update(listing, self._read_videos)
        found = self._videos.found(files.first)
        photos = list(scan.photos)
        for digest, file in files.first.items():
            photos += _frames(file, found[digest])
        return replace(
            scan,
            photos=photos,
            unreadable=[*scan.unreadable, *files.problems],
            videos=sum(not found[digest].own_output for digest in files.first),
        )

    def _read_videos(
        self, files: list[PhotoFile], known: Collection[bytes]
    ) -> Iterable[Reading[VideoFaces]]:
        work = replace(self._work, workers=min(self._work.workers, len(files)))
        readings = read_videos(files, known, find_weights(), work, self._smallest)
        return work.progress(readings, total=len(files), what="looking at videos", unit="video")

    def _scan(self, listing: Listing, what: str) -> Scan:
        files = self._index.update(listing, partial(self._read, what=what))
        found = self._index.found(files.first)
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


def _frames(file: PhotoFile, found: VideoFaces) -> list[ScannedPhoto]:
    """Return the frames of a video that show faces."""
    return [
        ScannedPhoto(
            file,
            sample.hash,
            PhotoFaces(found.height, found.width, found.own_output, found.dates, sample.faces),
            sample.number,
        )
        for sample in found.samples
    ]
