"""The cuts of photos, each as a few area means, kept in the photo library.

They are all that matching needs; the tiles themselves are made only of cuts that are used.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from photomosaic.arrays import AnyImage, BgrImage, Ids
from photomosaic.images.crop import Cut, attention_point, to_tile
from photomosaic.images.cuts import Box, CutList, Focus, cuts_of
from photomosaic.library.attention import Point, known_points, store_points
from photomosaic.library.damage import damage_if_misread
from photomosaic.library.database import Database
from photomosaic.library.index import Photo
from photomosaic.library.known_faces import known_faces
from photomosaic.library.schema import checksum_of
from photomosaic.library.thumbnails import StoredThumbnail, from_thumbnails
from photomosaic.library.tile_pictures import opaque
from photomosaic.library.tile_sets import TileSet, TileSets
from photomosaic.matching.grid import TileSize
from photomosaic.options.photos import Crop
from photomosaic.progress import StageClock, Work

_INPUTS_BYTES, _SIDES_BYTES = 4, 4 * 8


@dataclass(frozen=True)
class CutSpec:
    """Which cuts are made of each photo, and how finely they are sampled.

    Attributes
    ----------
    tile : TileSize
        Whose aspect the cuts have.
    samples : TileSize
        Area means of a cut.
    crop : {"center", "attention", "skip"}
        Where the largest cut lies.
    count : int
        How many cuts a photo has at most.
    attention : bool
        Whether each cut shows where its photo draws attention, as those of crop "attention" do.
        Finding that takes longer than reading the photo.
    nearly_whole : bool
        Whether a tenth at most is cut off where that takes no more than 2 % of distortion.
    """

    tile: TileSize
    samples: TileSize
    crop: Crop
    count: int
    attention: bool = False
    nearly_whole: bool = False

    @property
    def has_point(self) -> bool:
        """Whether the cuts depend on where a photo draws attention."""
        return self.attention or self.crop == "attention"

    @property
    def name(self) -> str:
        """What tells the stored set from others of its size."""
        common = math.gcd(self.tile.height, self.tile.width)
        aspect = f"{self.tile.height // common}:{self.tile.width // common}"
        crop = "center" if self.crop == "skip" else self.crop
        shown = ", with attention" if self.has_point else ""
        whole = ", nearly whole" if self.nearly_whole else ""
        return f"{crop}, {self.count} cuts of {aspect}{shown}{whole}"

    def cuts(self, photo: Photo, focus: Focus) -> tuple[Cut, ...]:
        """Return the cuts of a photo that is opaque."""
        size = photo.height, photo.width
        middle = focus.point if self.crop == "attention" and focus.point else (0.5, 0.5)
        first = Cut.around(middle, size, (self.tile.height, self.tile.width))
        if self.nearly_whole:
            first = first.nearly_whole()
        return cuts_of(size, first, self.count, focus)


@dataclass(frozen=True)
class FewerCuts:
    """Notice that fewer cuts of each photo are used than asked for, to spare memory."""

    asked: int
    used: int


@dataclass(frozen=True)
class CutSamples:
    """All cuts of a folder's photos, in the order of the photos.

    Attributes
    ----------
    photos : ndarray of shape (N,), int64
        Number of each cut's photo.
    cuts : CutList
    samples : ndarray of shape (N, sh, sw, 3), uint8, BGR
        Area means; those of a photo with transparency are laid on its own mean colour.
    """

    photos: Ids
    cuts: CutList
    samples: BgrImage

    def with_mirrored(self) -> CutSamples:
        """Return the cuts, and after them the same mirrored."""
        mirrored = CutList(self.cuts.sides, np.ones(len(self.cuts), np.bool_))
        return CutSamples(
            np.concatenate([self.photos, self.photos]),
            self.cuts.joined(mirrored),
            np.concatenate([self.samples, self.samples[:, :, ::-1]]),
        )


@dataclass(frozen=True)
class CutSampler:
    """Samples the cuts of photos out of their thumbnails, and keeps the samples.

    Attributes
    ----------
    database : Database
    work : Work
    clock : StageClock
        Of what is done for each photo, in all threads together.
    """

    database: Database
    work: Work
    clock: StageClock

    def samples(self, photos: Sequence[Photo], spec: CutSpec) -> CutSamples:
        """Return the cuts of photos, sampled anew where they are not stored as they are to be.

        A stored photo counts as long as its point of attention and its known faces are the same.

        Raises
        ------
        DamagedError
            If something is not what was stored.
        """
        sets = TileSets(self.database)
        tile_set = sets.use(spec.samples, spec.name)
        points = known_points(self.database, photos) if spec.has_point else {}
        faces = known_faces(self.database, photos)
        contents: dict[int, bytes] = {}
        for photo, content in sets.stored(tile_set, photos):
            inputs = _inputs(photo, points.get(photo.hash), faces)
            if content[:_INPUTS_BYTES] == inputs:
                contents[photo.row] = content
        missing = {photo.row: photo for photo in photos if photo.row not in contents}
        if missing:
            made = self._made(missing, spec, tile_set, points, faces)
            what = "sampling cuts"
            shown = self.work.progress(made, total=len(missing), what=what, unit="photo")
            contents.update(shown)
            sets.prune(tile_set)
        return _joined([contents[photo.row] for photo in photos], spec.samples)

    def _made(
        self,
        missing: dict[int, Photo],
        spec: CutSpec,
        tile_set: TileSet,
        points: dict[bytes, Point],
        faces: dict[bytes, tuple[Box, ...]],
    ) -> Iterator[tuple[int, bytes]]:
        """Sample and store photos; yield their rows and what is stored of each."""

        def make(stored: StoredThumbnail) -> tuple[Photo, Point | None, bytes]:
            photo = missing[stored.row]
            with self.clock.stage("unpack"):
                thumbnail = stored.pixels()
            point = points.get(photo.hash)
            if spec.has_point and point is None:
                with self.clock.stage("attention"):
                    point = attention_point(thumbnail)
            with self.clock.stage("resize"):
                cuts: Sequence[Cut] = spec.cuts(photo, Focus(point, faces.get(photo.hash, ())))
                content = _sampled(thumbnail, cuts, spec.samples)
            return photo, point, _inputs(photo, point, faces) + content

        photos = [missing[row] for row in sorted(missing)]
        for made in from_thumbnails(self.database, photos, make, self.work.workers):
            with self.clock.stage("store"):
                new = [(photo.hash, point) for photo, point, _ in made if point is not None]
                store_points(self.database, new)
                contents = [(photo, content) for photo, _, content in made]
                TileSets(self.database).store([(tile_set, contents)])
            yield from ((photo.row, content) for photo, content in contents)


def _inputs(photo: Photo, point: Point | None, faces: dict[bytes, tuple[Box, ...]]) -> bytes:
    """Return what tells whether a photo's cuts are those that would be made now."""
    boxes = faces.get(photo.hash, ())
    values = (*(point or (-1.0, -1.0)), *(side for box in boxes for side in box))
    return checksum_of(photo.height, photo.width, *values).to_bytes(_INPUTS_BYTES, "little")


def _sampled(thumbnail: AnyImage, cuts: Sequence[Cut], samples: TileSize) -> bytes:
    """Return the sides and samples of cuts; a photo with transparency has its first cut only."""
    if thumbnail.shape[2] == 4:
        cuts = cuts[:1]
    tiles = opaque(
        np.stack([to_tile(thumbnail, samples.height, samples.width, "center", c) for c in cuts])
    )
    sides = np.array([(cut.top, cut.left, cut.height, cut.width) for cut in cuts], "<f8")
    return sides.tobytes() + tiles.tobytes()


def _joined(contents: Sequence[bytes], samples: TileSize) -> CutSamples:
    pixels = samples.height * samples.width * 3
    with damage_if_misread():
        counts = [(len(content) - _INPUTS_BYTES) // (_SIDES_BYTES + pixels) for content in contents]
        ends = [_INPUTS_BYTES + _SIDES_BYTES * count for count in counts]
        both = list(zip(contents, ends, strict=True))
        sides = b"".join(content[_INPUTS_BYTES:end] for content, end in both)
        tiles = b"".join(content[end:] for content, end in both)
        number = sum(counts)
        return CutSamples(
            np.repeat(np.arange(len(contents)), counts),
            CutList(np.frombuffer(sides, "<f8").reshape(-1, 4), np.zeros(number, np.bool_)),
            np.frombuffer(tiles, np.uint8).reshape(-1, samples.height, samples.width, 3),
        )
