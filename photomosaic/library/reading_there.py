"""Files read by the workers of a cluster, which see the same folders."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Generic

from photomosaic.images.listing import PhotoFile
from photomosaic.library.file_index import Found, Reading
from photomosaic.parallel.cluster import ClusterWorkers
from photomosaic.progress import Work
from photomosaic.wording import counted


@dataclass(frozen=True)
class Timed(Generic[Found]):
    """What was read of a file, and the seconds that it took, by stage."""

    reading: Reading[Found]
    seconds: dict[str, float]


def read_there(
    read: Callable[[PhotoFile], Timed[Found]],
    files: Sequence[PhotoFile],
    work: Work,
    packages: tuple[str, ...] = (),
    *,
    what: str,
) -> Iterator[Reading[Found]]:
    """Yield the readings of files in turn, with progress.

    Parameters
    ----------
    read : callable
        As `Processes.map` takes it.
    files : sequence of PhotoFile
    work : Work
        With a cluster; its clock takes the seconds of all workers together.
    packages : tuple of str
        As for `ClusterWorkers`.
    what : str
        What the progress says.
    """
    cluster = work.cluster
    assert cluster is not None  # noqa: S101 (see above)
    what += f" with {counted(cluster.threads(packages), 'worker')}"
    there = [file._replace(path=cluster.path(file.path)) for file in files]
    workers: ClusterWorkers[PhotoFile, Timed[Found]] = ClusterWorkers(cluster, _lost, packages)
    made = work.progress(workers.map(read, there), total=len(files), what=what, unit="photo")
    for file, timed in zip(files, made, strict=True):
        work.clock.add(timed.seconds)
        yield replace(timed.reading, file=file)


def _lost(file: PhotoFile) -> Timed[Found]:
    problem = "ended the workers that read it, several times"
    return Timed(Reading(file, problem=problem, lasting=False), {})
