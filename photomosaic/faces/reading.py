"""Photo files read for their faces, in one process or several."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import cv2

from photomosaic.errors import PictureError
from photomosaic.faces.detect import FaceFinder
from photomosaic.faces.face import Face
from photomosaic.faces.weights import Weights
from photomosaic.files.regular import why_unread
from photomosaic.images.decode import decode, on_white
from photomosaic.images.embedded_dates import EmbeddedDates, embedded_dates
from photomosaic.images.listing import PhotoFile, file_content
from photomosaic.images.memory import MemoryBudget, budget_for_processes, file_memory, use_budget
from photomosaic.parallel import in_processes
from photomosaic.progress import StageClock

# Larger photos than cameras take are shrunk, as all of their pixels would take gigabytes.
MOST_PIXELS = 64_000_000
# Looking for faces takes about so much, whatever the photo's size.
WORK_BYTES = 240 << 20


@dataclass(frozen=True)
class PhotoFaces:
    """What a photo holds, whatever it is called.

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


@dataclass(frozen=True)
class Reading:
    """What came of reading a file.

    Attributes
    ----------
    file : PhotoFile
    hash : bytes
        SHA-256 of its content; empty if it has a problem.
    found : PhotoFaces or None
        None if the content was known before, or the file has a problem.
    problem : str or None
    lasting : bool
        False for a problem that may go by itself.
    """

    file: PhotoFile
    hash: bytes = b""
    found: PhotoFaces | None = None
    problem: str | None = None
    lasting: bool = True


def read_all(
    files: list[PhotoFile],
    known: frozenset[bytes],
    weights: Weights,
    workers: int,
    clock: StageClock | None = None,
    smallest: int | None = None,
) -> Iterator[Reading]:
    """Yield what comes of reading each file in turn.

    Parameters
    ----------
    files : list of PhotoFile
    known : frozenset of bytes
        Hashes of contents that need not be looked at again.
    weights : Weights
    workers : int
        Number of processes; 1 reads in this one.
    clock : StageClock, optional
        Of what is done for each photo in this process, so for one worker only.
    smallest : int, optional
        As for `FaceFinder`.

    Raises
    ------
    WorkerError
        If a process is killed.
    """
    # Processes, since dlib holds the interpreter lock for most of the work.
    if workers == 1:
        reader = _Reader(weights, known, clock, smallest)
        yield from map(reader.read, files)
        return
    start_values = weights, known, smallest, budget_for_processes()
    yield from in_processes(_read, files, workers, _start, start_values)


class _Reader:
    def __init__(
        self,
        weights: Weights,
        known: frozenset[bytes],
        clock: StageClock | None = None,
        smallest: int | None = None,
    ) -> None:
        self._clock = clock or StageClock()
        self._finder = FaceFinder(weights, self._clock, smallest)
        self._known = set(known)

    def read(self, file: PhotoFile) -> Reading:
        try:
            with file_memory(file.size):
                with self._clock.stage("read"):
                    data = file_content(file)
                    digest = hashlib.sha256(data).digest()
                if digest in self._known:
                    return Reading(file, digest)
                found = self._look_at(data)
        except OSError as error:
            return Reading(file, problem=why_unread(error), lasting=False)
        except PictureError as error:
            return Reading(file, problem=str(error), lasting=error.lasting)
        self._known.add(digest)
        return Reading(file, digest, found)

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
    _readers[:] = [_Reader(weights, known, smallest=smallest)]


def _read(file: PhotoFile) -> Reading:
    return _readers[0].read(file)
