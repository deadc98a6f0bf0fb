"""The pixels of photos that were searched, and of frames of videos."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from photomosaic.arrays import BgrImage
from photomosaic.errors import InputError, PictureError
from photomosaic.faces.face_library import ScannedPhoto
from photomosaic.faces.reading import MOST_PIXELS
from photomosaic.faces.search import Finding
from photomosaic.faces.videos import frames_of, hash_of
from photomosaic.files.regular import read_file
from photomosaic.images.decode import decode
from photomosaic.images.encode import write_picture
from photomosaic.images.memory import file_memory
from photomosaic.images.pixels import on_white
from photomosaic.parallel.workers import Threads
from photomosaic.progress import Work

log = logging.getLogger(__name__)


def photo_of(
    finding: Finding, covers: tuple[int, int] | None = None, memory: ExitStack | None = None
) -> BgrImage:
    """Return a photo's pixels (H, W, 3), uint8, BGR, upright; smaller if `covers` are enough.

    `memory` is as for `decode`.

    Raises
    ------
    OSError, PictureError
        If it cannot be read, or is not what was searched.
    """
    if finding.photo.sample is not None:
        return _frame(finding.photo, covers, memory)
    with file_memory(finding.photo.file.size):
        data = read_file(finding.photo.file.path)
        if hashlib.sha256(data).digest() != finding.photo.hash:
            raise PictureError("changed while it was searched")
        decoded = decode(data, covers, most_pixels=MOST_PIXELS, memory=memory)
        return on_white(decoded.picture)


def _frame(
    photo: ScannedPhoto, covers: tuple[int, int] | None, memory: ExitStack | None
) -> BgrImage:
    if photo.pixels is None:
        raise PictureError("could not be cut out of its video")
    data = read_file(photo.pixels)
    return on_white(decode(data, covers, most_pixels=MOST_PIXELS, memory=memory).picture)


@contextmanager
def frames_cut(findings: Sequence[Finding], work: Work) -> Iterator[Callable[[Finding], Finding]]:
    """Cut the frames of findings out of their videos, each video being decoded once.

    Parameters
    ----------
    findings : sequence of Finding
    work : Work

    Yields
    ------
    callable
        Returns a finding with the picture of its frame, which is there until the block ends; other
        findings as they are.
    """
    wanted: dict[str, dict[int, bytes]] = {}
    for finding in findings:
        if finding.photo.sample is not None:
            of_video = wanted.setdefault(finding.photo.file.path, {})
            of_video[finding.photo.sample] = finding.photo.hash
    with TemporaryDirectory(prefix="photomosaic-") as folder:
        cut = partial(_cut, folder=Path(folder))
        made = Threads(work.workers).map(cut, wanted.items())
        shown = work.progress(made, total=len(wanted), what="cutting frames", unit="video")
        pictures = {digest: path for each in shown for digest, path in each.items()}

        def with_pixels(finding: Finding) -> Finding:
            path = pictures.get(finding.photo.hash)
            if finding.photo.sample is None or path is None:
                return finding
            return replace(finding, photo=replace(finding.photo, pixels=path))

        yield with_pixels


def _cut(of_video: tuple[str, dict[int, bytes]], folder: Path) -> dict[bytes, Path]:
    """Write the frames of a video, given by number and hash, and return their paths by hash."""
    (path, wanted), written = of_video, dict[bytes, Path]()
    try:
        frames = islice(frames_of(path), max(wanted) + 1)
        for number, frame in enumerate(frames):
            digest = wanted.get(number)
            if digest is not None and hash_of(frame) == digest:
                written[digest] = folder / f"{digest.hex()}.jpg"
                write_picture(frame, written[digest])
    except InputError as error:
        log.warning("%s", error)
    return written
