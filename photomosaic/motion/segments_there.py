"""The segments of a long film, made by the workers of a cluster.

A segment is made in two steps. One worker decodes its frames, and chooses their tiles. This process
makes the pictures of these tiles, from its cache. A worker then composes and encodes the segment.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import repeat
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NoReturn

import numpy as np

from photomosaic.arrays import AnyImage, BgrImage, Floats, Ids32, Integers
from photomosaic.assignment.assignment import Assignment
from photomosaic.errors import WorkerError
from photomosaic.files.names import printable
from photomosaic.files.regular import read_file
from photomosaic.library.codebook import Codebook
from photomosaic.matching.features import FeatureSpec
from photomosaic.matching.grid import TileSize
from photomosaic.mosaic import Mosaicker
from photomosaic.motion import segments
from photomosaic.motion.fold import FoldCounts, VideoFold, ahead, frames_ahead
from photomosaic.motion.render import even_size, write_frames
from photomosaic.motion.segments import CONTEXT, Scenes, from_frame
from photomosaic.options.look import RenderOptions
from photomosaic.options.video import VideoOptions
from photomosaic.parallel.cluster import Cluster, ClusterWorkers, check_wanted
from photomosaic.parallel.workers import MadeThere
from photomosaic.progress import StageClock, Work
from photomosaic.video.pipes import encoding_picture, join, read_frames
from photomosaic.video.probe import VideoInfo

# What decides on tiles and encoded frames.
PACKAGES = ("faiss-cpu", "imageio-ffmpeg", "numba")


@dataclass(frozen=True)
class _Film:
    """What workers know of a film; the codebook has no pictures."""

    video: VideoInfo
    codebook: Codebook
    tile: TileSize
    look: RenderOptions
    threshold: float
    options: VideoOptions
    window: int

    def mosaicker(self) -> Mosaicker:
        return Mosaicker(self.codebook, self.look, self.tile)


@dataclass(frozen=True)
class _Segment:
    """The chosen tiles of a segment's frames, (n, rows, cols).

    Attributes
    ----------
    first, end : int
        Numbers of its first frame, and of the one after its last.
    ids : ndarray of shape (n, rows, cols), int32
    counts : FoldCounts
    sums : (int, int)
        CRC-32 of its first frame, and of the one after its last; 0 after the last of the film.
    """

    first: int
    end: int
    ids: Ids32
    counts: FoldCounts
    sums: tuple[int, int]


@dataclass(frozen=True)
class _Painting:
    """A segment's tiles, and the pictures of those that it uses, in the order of their numbers."""

    first: int
    ids: Ids32
    pictures: UsedTiles


@dataclass(frozen=True)
class UsedTiles:
    """Pictures of some tiles of a codebook, as `TilePictures`.

    Attributes
    ----------
    numbers : ndarray of shape (n,), int64
        Ascending.
    tiles : ndarray of shape (n, h, w, 3 or 4), uint8, BGR(A)
    """

    numbers: Integers
    tiles: AnyImage

    def pick(self, tiles: Integers) -> tuple[AnyImage, Integers]:
        """Return all pictures, and which of them each tile has."""
        return self.tiles, np.searchsorted(self.numbers, tiles)

    def samples(self, spec: FeatureSpec) -> Floats:
        """Raise an error: only pictures are needed."""
        raise NotImplementedError(spec)


def render_there(
    video: VideoInfo, fold: VideoFold, path: Path, options: VideoOptions, work: Work
) -> None:
    """Do as `render_video`, by the workers of a cluster, with the same bytes.

    Parameters
    ----------
    video : VideoInfo
        Long, and one that can be sought in.
    fold : VideoFold
        New; its counts are brought up to date.
    path : Path
    options : VideoOptions
    work : Work
        With a cluster.

    Raises
    ------
    OutputError
        If it cannot be written.
    WorkerError
        If workers end again and again, or read other frames than the one before them.
    """
    cluster = work.cluster
    assert cluster is not None  # noqa: S101 (see above)
    film = _film(video, fold, options, cluster)
    folders: ClusterWorkers[int, _Segment | None] = ClusterWorkers(cluster, _lost, PACKAGES, 1)
    painters: ClusterWorkers[_Painting, tuple[int, bytes]] = ClusterWorkers(
        cluster, _lost, PACKAGES, 1
    )
    windows = range(-(-video.frames // film.window))
    with (
        TemporaryDirectory(dir=path.parent) as folder,
        closing(folders.map(MadeThere(_folder, (film,)), windows)) as folded,
        closing(_paintings(folded, fold, video)) as wanted,
        closing(painters.map(MadeThere(_painter, (film,)), wanted)) as made,
    ):
        pieces: list[Path] = []

        def written() -> Iterator[None]:
            for number, (count, content) in enumerate(made):
                pieces.append(Path(folder, f"{number}.mp4"))
                pieces[-1].write_bytes(content)
                yield from repeat(None, count)

        for _ in work.progress(written(), total=video.frames, what="rendering", unit="frame"):
            pass
        join(pieces, video, path)


def _film(video: VideoInfo, fold: VideoFold, options: VideoOptions, cluster: Cluster) -> _Film:
    there = Path(cluster.path(str(video.path)))
    codebook, mosaicker = fold.mosaicker.codebook, fold.mosaicker
    bare = replace(
        codebook,
        paths=("",) * len(codebook),
        pictures=UsedTiles(np.empty(0, np.int64), np.empty((0, 1, 1, 3), np.uint8)),
        cuts=None,
        forget=_ignored,
    )
    reading = replace(video.reading, path=there)
    known = replace(video, path=there, reading=reading, sound=None)
    how = mosaicker.tile, mosaicker.options, fold.threshold
    return _Film(known, bare, *how, options=options, window=segments.WINDOW)


def _ignored(path: str) -> None:
    del path


def _lost(item: object) -> NoReturn:
    del item
    raise WorkerError(
        "workers of the cluster ended again and again while they made a part of the film, perhaps"
        " for lack of memory; run again with fewer of them, or without a cluster"
    )


def _paintings(
    folded: Iterable[_Segment | None], fold: VideoFold, video: VideoInfo
) -> Generator[_Painting]:
    """Yield what is to be painted of each segment, with pictures that this process makes."""
    end, following = 0, None
    for segment in folded:
        if segment is None:
            continue
        if segment.first != end or following not in (None, segment.sums[0]):
            raise WorkerError(
                f"{printable(video.path)}: workers that begin to read in the middle find other"
                " frames than those that read on; run again without a cluster"
            )
        end, following = segment.end, segment.sums[1]
        fold.counts.add(segment.counts)
        used = np.unique(segment.ids).astype(np.int64)
        pictures = UsedTiles(used, fold.mosaicker.codebook.take(used))
        yield _Painting(segment.first, segment.ids, pictures)


def _folder(film: _Film) -> Callable[[int], _Segment | None]:
    """Return what chooses the tiles of the segment that begins in a window, if one does."""
    mosaicker = film.mosaicker()

    def fold(window: int) -> _Segment | None:
        folding = VideoFold(mosaicker.anew(), film.threshold)
        ids: list[Ids32] = []
        first, own_sum, next_sum = 0, 0, 0
        with closing(_frames_of(film, window)) as frames:
            for number, frame, belongs in frames:
                check_wanted()
                if not belongs:
                    next_sum = zlib.crc32(frame.data)
                    break
                if not ids:
                    first, own_sum = number, zlib.crc32(frame.data)
                ids.append(folding.assign(frame).ids)
        if not ids:
            return None
        end, tiles = first + len(ids), np.stack(ids).astype(np.int32)
        return _Segment(first, end, tiles, folding.counts, (own_sum, next_sum))

    return fold


def _frames_of(film: _Film, window: int) -> Generator[tuple[int, BgrImage, bool]]:
    """Yield the frames of the segment that begins in a window, if one does, and the one after.

    Each with its number, and whether it belongs to the segment.
    """
    start = max(0, window * film.window - CONTEXT)
    scenes = Scenes(start, max(0, window - 1), film.window)
    with closing(_frames_ahead(from_frame(film.video, start))) as frames:
        for number, frame in enumerate(frames, start):
            segment = scenes.segment(frame)
            if segment >= window:
                yield number, frame, segment == window
            elif number + 1 >= (window + 1) * film.window:
                return
            if segment > window:
                return


def _painter(film: _Film) -> Callable[[_Painting], tuple[int, bytes]]:
    """Return what composes and encodes a segment: the number of its frames, and an MP4 file."""
    mosaicker, size = film.mosaicker(), even_size(film.video)

    def paint(painting: _Painting) -> tuple[int, bytes]:
        codebook = replace(film.codebook, pictures=painting.pictures)
        part = from_frame(film.video, painting.first, len(painting.ids))
        zeros = np.zeros(painting.ids.shape[1:], np.float32)

        def mosaics() -> Iterator[BgrImage]:
            with closing(_seen(film, part, painting.pictures)) as frames:
                for frame, ids in zip(frames, painting.ids, strict=True):
                    check_wanted()
                    yield mosaicker.paint(frame, Assignment(ids, zeros, zeros), codebook)

        with TemporaryDirectory() as folder:
            file = Path(folder, "segment.mp4")
            with encoding_picture(file, size, part.fps, film.options) as pipe:
                write_frames(mosaics(), pipe, size, StageClock())
            return len(painting.ids), read_file(file)

    return paint


def _seen(film: _Film, part: VideoInfo, pictures: UsedTiles) -> Generator[BgrImage]:
    """Yield the frames that are painted, or black ones if nothing of them is seen."""
    if film.look.tint or film.look.opacity or pictures.tiles.shape[3] == 4:
        yield from _frames_ahead(part)
    else:
        yield from repeat(np.zeros((*even_size(part), 3), np.uint8), part.frames)


def _frames_ahead(part: VideoInfo) -> Generator[BgrImage]:
    yield from ahead(read_frames(part), frames_ahead(*even_size(part)))
