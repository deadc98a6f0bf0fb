"""Photo files read for their faces, in one process or several."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import cv2

from photomosaic.dates.embedded_dates import EmbeddedDates, embedded_dates
from photomosaic.faces.detect import FaceFinder
from photomosaic.faces.face import Face
from photomosaic.faces.weights import Weights
from photomosaic.images.decode import decode
from photomosaic.images.listing import PhotoFile
from photomosaic.images.memory import MemoryBudget, budget_for_processes, use_budget
from photomosaic.images.pixels import on_white
from photomosaic.library.file_index import Reading, read_content
from photomosaic.processes import in_processes
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
) -> Iterator[Reading[PhotoFaces]]:
    """Read files for their faces, in order.

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

    Raises
    ------
    WorkerError
        If a process is killed.
    """
    # Processes, since dlib holds the interpreter lock for most of the work.
    if work.workers == 1:
        reader = _Reader(weights, known, smallest, work.clock)
        yield from map(reader.read, files)
        return
    start_values = weights, frozenset(known), smallest, budget_for_processes()
    yield from in_processes(_read, files, work.workers, _start, start_values)


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
        reading = read_content(file, self._known, self._look_at, self._clock)
        if reading.found is not None:
            self._known.add(reading.hash)
        return reading

    def _look_at(self, data: bytes) -> PhotoFaces:
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


_readers: list[_Reader] = []


def _start(
    weights: Weights, known: frozenset[bytes], smallest: int | None, budget: MemoryBudget
) -> None:
    """Make this process' reader: dlib's models cannot be sent from one to another."""
    cv2.setNumThreads(1)
    use_budget(budget)
    _readers[:] = [_Reader(weights, known, smallest)]


def _read(file: PhotoFile) -> Reading[PhotoFaces]:
    return _readers[0].read(file)
