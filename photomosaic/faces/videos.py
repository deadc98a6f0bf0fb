"""Videos as a row of frames, some of each second, of which each may show faces."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import cv2

from photomosaic.arrays import BgrImage
from photomosaic.dates.embedded_dates import EmbeddedDates
from photomosaic.errors import InputError
from photomosaic.faces.detect import FaceFinder
from photomosaic.faces.face import Face
from photomosaic.faces.weights import Weights
from photomosaic.files.names import printable
from photomosaic.files.regular import sha256_of, why_unread
from photomosaic.images.listing import PhotoFile
from photomosaic.images.overwriting import is_made_here
from photomosaic.library.file_index import Reading
from photomosaic.parallel.processes import Processes
from photomosaic.parallel.workers import MadeThere
from photomosaic.progress import Work
from photomosaic.video.pipes import read_frames
from photomosaic.video.probe import probe
from photomosaic.video.taken import taken

# Frames of a second that are looked at.
RATE = Fraction(3)


@dataclass(frozen=True)
class Sample:
    """A frame of a video that shows faces.

    Attributes
    ----------
    number : int
        Of the frame, at `RATE` frames a second.
    hash : bytes
        SHA-256 of its pixels.
    faces : tuple of Face
        Without pictures.
    """

    number: int
    hash: bytes
    faces: tuple[Face, ...]


@dataclass(frozen=True)
class VideoFaces:
    """What was found in a video's content.

    Attributes
    ----------
    height, width : int
        Of its frames, in pixels.
    own_output : bool
        Whether this toolkit made it; it was not looked at then.
    dates : EmbeddedDates
        Of its start.
    samples : tuple of Sample
    """

    height: int
    width: int
    own_output: bool
    dates: EmbeddedDates
    samples: tuple[Sample, ...]


def frames_of(path: str) -> Iterator[BgrImage]:
    """Yield the frames (H, W, 3), uint8, BGR, of a video, `RATE` of each second.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    return read_frames(probe(Path(path), start=0.0, seconds=None, fps=RATE, sound=False))


def hash_of(frame: BgrImage) -> bytes:
    """Return the hash that a sample is recognised by."""
    return hashlib.sha256(frame.tobytes()).digest()


def read_videos(
    files: list[PhotoFile],
    known: Collection[bytes],
    weights: Weights,
    work: Work,
    smallest: int | None = None,
) -> Iterator[Reading[VideoFaces]]:
    """Read videos for the faces in them, in order; the parameters are those of `read_all`.

    Raises
    ------
    WorkerError
        If a process is killed.
    """
    if work.workers == 1:
        reader = _Reader(weights, known, smallest)
        yield from map(reader.read, files)
        return
    values = weights, frozenset(known), smallest
    yield from Processes(work.workers).map(MadeThere(_reader, values), files)


class _Reader:
    def __init__(self, weights: Weights, known: Collection[bytes], smallest: int | None) -> None:
        self._finder = FaceFinder(weights, smallest=smallest)
        self._known = set(known)

    def read(self, file: PhotoFile) -> Reading[VideoFaces]:
        try:
            digest = bytes.fromhex(sha256_of(file.path))
            found = None if digest in self._known else self._look_at(file.path)
        except OSError as error:
            return Reading(file, problem=why_unread(error), lasting=False)
        except InputError as error:
            reason = str(error).removeprefix(f"{printable(file.path)}: ")
            return Reading(file, problem=reason)
        self._known.add(digest)
        return Reading(file, digest, found)

    def _look_at(self, path: str) -> VideoFaces:
        dates = EmbeddedDates(taken(Path(path)), None)
        if is_made_here(Path(path)):
            return VideoFaces(0, 0, True, dates, ())
        samples, height, width = [], 0, 0
        for number, frame in enumerate(frames_of(path)):
            height, width = frame.shape[:2]
            if faces := self._finder.find(frame):
                bare = tuple(face.without_picture() for face in faces)
                samples.append(Sample(number, hash_of(frame), bare))
        return VideoFaces(height, width, False, dates, tuple(samples))


def _reader(
    weights: Weights, known: frozenset[bytes], smallest: int | None
) -> Callable[[PhotoFile], Reading[VideoFaces]]:
    cv2.setNumThreads(1)
    # Damage in the middle of a video is told by the process that cuts frames out of it.
    logging.getLogger("photomosaic").addHandler(logging.NullHandler())
    return _Reader(weights, known, smallest).read
