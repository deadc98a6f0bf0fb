"""Clips read as moving tiles: decoded once, cut to the size of tiles, and divided at cuts."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import IO

import numpy as np

from photomosaic.arrays import AnyImage, Floats
from photomosaic.errors import InputError, PictureError
from photomosaic.files.names import printable
from photomosaic.images.crop import Cut, to_tile
from photomosaic.images.cuts import Focus, cuts_of
from photomosaic.images.own_output import OWN_OUTPUT
from photomosaic.matching.features import FeatureSpec, tile_features
from photomosaic.matching.grid import TileSize
from photomosaic.motion.clip_tiles import ClipTiles
from photomosaic.parallel.workers import Threads
from photomosaic.progress import Work
from photomosaic.video.clips import Clip, frames_played, open_clip

MOST_FRAMES = 150_000
"""The most frames of all clips together, as long as each has `FRAMES_OF_PART`."""
FRAMES_OF_PART = 75
"""Frames of a part of a clip; clips have up to `MOST_PARTS` of them."""
MOST_PARTS = 4
MOST_BYTES = 4 << 30
"""The most bytes of all tiles, unless clips were to have less than `FEWEST_FRAMES`."""
FEWEST_FRAMES = 12
MEMORY_BYTES = 512 << 20
"""Tiles that take more than this lie in a file."""

CLOSEST = 2
"""How many times a cut may be enlarged more than the whole frame."""
# Of the frames of a clip, a cut changes the picture far more than what moves in it: so many times
# the median change, and at least so much in itself, in units of features.
_CUT_RATIO, _CUT = 8.0, 25.0
_SHORTEST_SECONDS = 0.4


@dataclass(frozen=True)
class ClipReading:
    """How clips are read.

    Attributes
    ----------
    fps : Fraction
        Frames per second.
    cuts : int
        How many parts of a frame are used at most.
    scratch : Path
        Folder for a file of tiles that do not fit into memory; it vanishes with them.
    """

    fps: Fraction
    cuts: int
    scratch: Path


@dataclass(frozen=True)
class _Plan:
    """How clips are read: tile size, features, rate, and of each clip the frames, parts, cuts."""

    tile: TileSize
    spec: FeatureSpec
    fps: Fraction
    length: int
    parts: int
    cuts: int

    @property
    def part_ms(self) -> float:
        return float(self.length * 1000 / self.fps)

    def frames(self, clip: Clip) -> int:
        """Return about how many frames of a clip are used, if it has one cut."""
        most = self.parts * self.part_ms
        return max(1, round(min(clip.milliseconds or most, most) * self.fps / 1000))


@dataclass(frozen=True)
class _Read:
    """The tiles of one clip, their features, and the lengths of its runs."""

    tiles: AnyImage
    features: Floats
    lengths: tuple[int, ...]


def read_clip_tiles(
    paths: Sequence[str], tile: TileSize, spec: FeatureSpec, how: ClipReading, work: Work
) -> ClipTiles:
    """Read clips as tiles.

    Of a clip up to four parts of 75 frames are used, or fewer if there are many clips; if it is
    longer, they are spread evenly over it. Each frame has as many cuts as there is room for.

    Parameters
    ----------
    paths : sequence of str
    tile : TileSize
    spec : FeatureSpec
    how : ClipReading
    work : Work

    Raises
    ------
    InputError
        If no clip can be read.
    """
    with work.clock.stage("clips"):
        found = list(Threads(work.workers).map(_opened, paths))
        clips = [clip for clip in found if isinstance(clip, Clip)]
        problems = [
            (path, clip)
            for path, clip in zip(paths, found, strict=True)
            if isinstance(clip, str) and clip != OWN_OUTPUT
        ]
        plan = _planned(clips, tile, spec, how)
        made = Threads(work.workers).map(partial(_read, plan=plan), clips)
        shown = work.progress(made, total=len(clips), what="reading clips", unit="clip")
        with tempfile.TemporaryFile(dir=how.scratch) as file:
            tiles = _stored(zip(clips, shown, strict=True), file, plan, problems)
    if tiles is None:
        why = f"; the first, {printable(problems[0][0])}: {problems[0][1]}" if problems else ""
        raise InputError(f"no clip can be read{why}")
    return tiles


def _planned(clips: Sequence[Clip], tile: TileSize, spec: FeatureSpec, how: ClipReading) -> _Plan:
    room = min(MOST_FRAMES, MOST_BYTES // (3 * tile.height * tile.width))
    each = room // max(1, len(clips))
    length = min(FRAMES_OF_PART, max(FEWEST_FRAMES, each))
    plan = _Plan(tile, spec, how.fps, length, max(1, min(MOST_PARTS, each // length)), cuts=1)
    frames = max(1, sum(map(plan.frames, clips)))
    return replace(plan, cuts=max(1, min(how.cuts, room // frames)))


def _opened(path: str) -> Clip | str:
    """Return a clip, or why it cannot be read."""
    try:
        return open_clip(Path(path))
    except PictureError as error:
        return str(error)


def _stored(
    clips: Iterable[tuple[Clip, _Read | None]],
    file: IO[bytes],
    plan: _Plan,
    problems: list[tuple[str, str]],
) -> ClipTiles | None:
    """Gather the tiles of clips in a file, and take it into memory unless it is large."""
    features: list[Floats] = []
    lengths: list[int] = []
    owners: list[int] = []
    for number, (clip, read) in enumerate(clips):
        if read is None:
            problems.append((str(clip.path), "not one frame of it can be decoded"))
            continue
        file.write(np.ascontiguousarray(read.tiles).data)
        features.append(read.features)
        lengths += read.lengths
        owners += [number] * len(read.lengths)
    if not features:
        return None
    file.flush()
    shape = sum(lengths), plan.tile.height, plan.tile.width, 3
    if file.tell() > MEMORY_BYTES:
        tiles: AnyImage = np.memmap(file, np.uint8, "r", shape=shape).view(np.ndarray)
    else:
        file.seek(0)
        tiles = np.fromfile(file, np.uint8).reshape(shape)
    return ClipTiles(
        tiles,
        np.concatenate(features),
        starts=np.cumsum([0, *lengths[:-1]]).astype(np.int64),
        lengths=np.array(lengths, np.int64),
        clips=np.array(owners, np.int64),
        fps=plan.fps,
        spec=plan.spec,
        unreadable=tuple(problems),
    )


def _read(clip: Clip, plan: _Plan) -> _Read | None:
    runs: list[tuple[AnyImage, Floats]] = []
    for frames in _parts(clip, plan):
        size = frames.shape[1], frames.shape[2]
        first = Cut.around((0.5, 0.5), size, (plan.tile.height, plan.tile.width))
        ends: list[int] = []
        for cut in cuts_of((clip.look.height, clip.look.width), first, plan.cuts, Focus()):
            shape = plan.tile.height, plan.tile.width
            tiles = np.stack([to_tile(frame, *shape, "center", cut) for frame in frames])
            features = tile_features(tiles, plan.spec)
            ends = ends or [0, *cuts_in(features), len(tiles)]
            runs += [(tiles[i:j], features[i:j]) for i, j in pairwise(ends)]
    if not runs:
        return None
    long = [run for run in runs if len(run[0]) >= _SHORTEST_SECONDS * plan.fps]
    kept = long or [max(runs, key=lambda run: len(run[0]))]
    tiles, features = (np.concatenate(each) for each in zip(*kept, strict=True))
    return _Read(tiles, features, tuple(len(run[0]) for run in kept))


def _parts(clip: Clip, plan: _Plan) -> Iterator[AnyImage]:
    """Yield the frames of each part of a clip, (n, H, W, 3), uint8, BGR, just large enough."""
    height, width = plan.tile.height, plan.tile.width
    factor = max(height / clip.look.height, width / clip.look.width)
    factor = min(1.0, factor * CLOSEST)
    size = max(1, round(clip.look.height * factor)), max(1, round(clip.look.width * factor))
    length, parts = plan.part_ms, plan.parts
    if clip.milliseconds <= parts * length or not clip.sought:
        starts, most = [0], parts * plan.length
    else:
        between = (clip.milliseconds - length) / parts
        starts, most = [round((i + 0.5) * between) for i in range(parts)], plan.length
    for start in starts:
        frames = list(frames_played(clip, start, plan.fps, size, most))
        if frames:
            yield np.stack(frames)


def cuts_in(features: Floats) -> list[int]:
    """Return the frames (n, D) before which there is a cut to another scene."""
    changes = np.linalg.norm(np.diff(features, axis=0), axis=1)
    if not len(changes):
        return []
    least = max(_CUT, _CUT_RATIO * float(np.median(changes)))
    return [int(number) + 1 for number in np.flatnonzero(changes > least)]
