"""Photo files read for their faces, in one process or several."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from contextlib import ExitStack
from dataclasses import dataclass

import cv2

from photomosaic.dates.embedded_dates import EmbeddedDates, embedded_dates
from photomosaic.faces.detect import FaceFinder
from photomosaic.faces.face import Face
from photomosaic.faces.weights import DLIB_PACKAGES, WHEELS, Weights, find_weights
from photomosaic.images.decode import decode
from photomosaic.images.listing import PhotoFile
from photomosaic.images.memory import MemoryBudget, budget_for_processes, use_budget
from photomosaic.images.pixels import on_white
from photomosaic.library.file_index import Reading, read_content
from photomosaic.library.reading_there import Timed, read_there
from photomosaic.parallel.processes import Processes
from photomosaic.parallel.workers import MadeThere
from photomosaic.progress import StageClock, Work

# Larger photos are shrunk, since all of their pixels would take gigabytes.
MOST_PIXELS = 64_000_000
# Memory for detection, at any size of photo.
WORK_BYTES = 240 << 20


@dataclass(frozen=True)
class PhotoFaces:
    """What was found in a photo's content.

    Attributes
    ----------
    height, width : int
        Of the upright photo, in pixels.
    own_output : bool
        Whether this toolkit made it.
    dates : EmbeddedDates
    faces : tuple of Face
    """

    height: int
    width: int
    own_output: bool
    dates: EmbeddedDates
    faces: tuple[Face, ...]


def read_all(
    files: list[PhotoFile],
    known: Collection[bytes],
    weights: Weights,
    work: Work,
    smallest: int | None = None,
    *,
    what: str = "looking for faces",
) -> Iterable[Reading[PhotoFaces]]:
    """Read files for their faces, in order, with progress.

    Parameters
    ----------
    files : list of PhotoFile
    known : collection of bytes
        Hashes of contents that need not be looked at again.
    weights : Weights
    work : Work
        Its workers are processes; 1 reads in this one, and only then the clock is used.
    smallest : int, optional
        As for `FaceFinder`.
    what : str
        What the progress says.

    Raises
    ------
    WorkerError
        If a process is killed.
    """
    if work.cluster is not None:
        there = MadeThere(_timed_reader, (smallest,))
        return read_there(there, files, work, (*DLIB_PACKAGES, *WHEELS), what=what)
    made: Iterable[Reading[PhotoFaces]]
    if work.workers == 1:
        made = map(_Reader(weights, known, smallest, work.clock).read, files)
    else:
        # Processes, since dlib holds the interpreter lock for most of the work.
        values = weights, frozenset(known), smallest, budget_for_processes()
        made = Processes(work.workers).map(MadeThere(_reader, values), files)
    return work.progress(made, total=len(files), what=what, unit="photo")


class _Reader:
    def __init__(
        self,
        weights: Weights,
        known: Collection[bytes],
        smallest: int | None = None,
        clock: StageClock | None = None,
    ) -> None:
        self._clock = clock or StageClock()
        self._finder = FaceFinder(weights, self._clock, smallest)
        self._known = set(known)

    def read(self, file: PhotoFile) -> Reading[PhotoFaces]:
        reading = read_content(file, self._known, self.look_at, self._clock)
        if reading.found is not None:
            self._known.add(reading.hash)
        return reading

    def look_at(self, data: bytes) -> PhotoFaces:
        with ExitStack() as memory:
            with self._clock.stage("decode"):
                decoded = decode(data, most_pixels=MOST_PIXELS, memory=memory, work=WORK_BYTES)
                photo = on_white(decoded.picture)
            faces = self._finder.find(photo)
        factor = decoded.width / photo.shape[1]
        return PhotoFaces(
            decoded.height,
            decoded.width,
            decoded.own_output,
            embedded_dates(data),
            tuple(face.scaled(factor) for face in faces),
        )


def _reader(
    weights: Weights, known: frozenset[bytes], smallest: int | None, budget: MemoryBudget
) -> Callable[[PhotoFile], Reading[PhotoFaces]]:
    """Return what reads photos in a process: dlib's models cannot be sent from one to another."""
    cv2.setNumThreads(1)
    use_budget(budget)
    return _Reader(weights, known, smallest).read


def _timed_reader(smallest: int | None) -> Callable[[PhotoFile], Timed[PhotoFaces]]:
    """Return what reads photos in a worker of a cluster; it knows of no photo before."""
    cv2.setNumThreads(1)
    clock = StageClock()
    reader = _Reader(find_weights(), (), smallest, clock)

    def read(file: PhotoFile) -> Timed[PhotoFaces]:
        clock.seconds.clear()
        reading = read_content(file, (), reader.look_at, clock)
        return Timed(reading, dict(clock.seconds))

    return read
