"""The photo library: one decode of each photo, for every tile size and every tool."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import numpy as np

from photomosaic.arrays import AnyImage, Ids
from photomosaic.errors import InputError
from photomosaic.files.names import printable
from photomosaic.images.crop import has_aspect
from photomosaic.images.cuts import CutList
from photomosaic.images.listing import Listing, no_photo_in
from photomosaic.images.thumbnail import SHORTEST_SIDE
from photomosaic.library.alike import kept_groups
from photomosaic.library.attention import attention_points, cut_around
from photomosaic.library.codebook import Codebook
from photomosaic.library.cut_samples import CutSampler, CutSamples, CutSpec, FewerCuts
from photomosaic.library.cut_tiles import CutOfPhoto, CutTileMaker
from photomosaic.library.damage import CACHE_ERRORS
from photomosaic.library.database import Database
from photomosaic.library.duplicates import FINGERPRINT, near_duplicates
from photomosaic.library.fitness import better_left_out, unfitness
from photomosaic.library.index import Index, Photo, update_index
from photomosaic.library.orphans import forget_files
from photomosaic.library.ready_tiles import TileMaker
from photomosaic.library.thumbnails import stored_thumbnail
from photomosaic.library.tile_pictures import KeptTiles
from photomosaic.library.tiles_of_cuts import TilesOfCuts
from photomosaic.matching.features import FeatureSpec, tile_features
from photomosaic.matching.grid import TileSize
from photomosaic.options.photos import Crop, TileOptions
from photomosaic.progress import StageClock, Work
from photomosaic.wording import counted

log = logging.getLogger(__name__)

LARGEST_READY_TILE = SHORTEST_SIDE
LARGEST_TILE_OF_CUT = 128
FEATURE_BYTES = 1 << 30

Made = TypeVar("Made")


class PhotoLibrary(AbstractContextManager["PhotoLibrary"]):
    """Photos indexed in a cache, from which codebooks of any tile size are made.

    Parameters
    ----------
    cache_dir : Path or None
        Folder of the cache; None keeps everything in memory and writes nothing.
    work : Work, optional
        Its clock is that of the steps, as they follow one another.
    photo_clock : StageClock, optional
        Of what is done for each photo, in all threads together.
    """

    def __init__(
        self,
        cache_dir: Path | None,
        work: Work | None = None,
        photo_clock: StageClock | None = None,
    ) -> None:
        self._cache_dir = cache_dir
        self._database = Database(cache_dir)
        self._work = work or Work()
        self._photo_clock = photo_clock or StageClock()
        self._maker = TileMaker(self._database, self._work, self._photo_clock)

    def __exit__(self, *error: object) -> None:
        """Close the cache; one in memory stays as long as tiles may be made of it."""
        if self._cache_dir is not None:
            self._database.close()

    def index(self, listing: Listing) -> Index:
        """Bring a folder up to date.

        Raises
        ------
        InputError
            If it holds no readable photo.
        """
        with self._work.clock.stage("index"):
            index = self._database.retried(
                lambda: update_index(self._database, listing, self._work, self._photo_clock)
            )
        if not index.photos:
            raise InputError(_nothing_usable(index))
        return index

    def codebook(
        self, index: Index, tile: TileSize, how: TileOptions, *, nearly_whole: bool = False
    ) -> Codebook:
        """Return the codebook of an indexed folder.

        Tiles above 192 pixels a side, or 128 of several cuts, are made smaller, as a stand-in that
        is good for matching. The pictures of several cuts are made when they are used, which may
        be after this library is closed. With `nearly_whole` each photo has one cut, as large as it
        can be.

        Raises
        ------
        InputError
            If `how.crop` is "skip" and no photo has the tile's aspect.
        """
        if how.several or nearly_whole:
            return self._codebook_of_cuts(index, tile, how, nearly_whole=nearly_whole)
        ready = ready_tile(tile, how)
        spec = FeatureSpec.for_tile(ready, how.metric, how.vectorization_factor)
        with self._work.clock.stage("tiles"):
            photos, tiles, cuts = self._again_if_damaged(
                index, lambda: self._tiles(index, tile, ready, how.crop)
            )
        with self._work.clock.stage("tile features"):
            paths = tuple(photo.path for photo in photos)
            hashes = tuple(photo.hash for photo in photos)
            codebook = Codebook.from_tiles(tiles, spec, paths, hashes)
            return replace(codebook, cuts=cuts, forget=self._forget)

    def _codebook_of_cuts(
        self, index: Index, tile: TileSize, how: TileOptions, *, nearly_whole: bool
    ) -> Codebook:
        ready = ready_tile(tile, how)
        spec = FeatureSpec.for_tile(ready, how.metric, how.vectorization_factor)
        count = 1 if nearly_whole else _fitting_cuts(how, spec, len(index.photos))
        if how.cuts is not None and count < how.cuts:
            self._work.notify(FewerCuts(how.cuts, count))
        samples_of = TileSize(spec.height, spec.width)
        cuts = CutSpec(
            tile, samples_of, how.crop, count, attention=count > 1, nearly_whole=nearly_whole
        )
        samples = self.cut_samples(index, cuts)
        if how.mirror:
            samples = samples.with_mirrored()
        with self._work.clock.stage("tile features"):
            photos = list(_of_aspect(index, tile, how.crop))
            tiles = TilesOfCuts(
                self._borrowed, index, photos, cuts=samples, name=cuts.name, tile=ready
            )
            of_tile = samples.photos.tolist()
            return Codebook(
                ready,
                spec,
                paths=tuple(photos[number].path for number in of_tile),
                hashes=tuple(photos[number].hash for number in of_tile),
                pictures=KeptTiles(tiles, len(of_tile)),
                features=tile_features(samples.samples, spec),
                cuts=samples.cuts,
                forget=self._forget,
            )

    def left_out(self, index: Index) -> list[tuple[Photo, str]]:
        """Return the photos that mosaics are better without, each with the reason, in their order.

        Of near-duplicates that are the one of most pixels.
        """
        with self._work.clock.stage("unfit photos"):
            unfit = self._again_if_damaged(
                index, lambda: unfitness(self._database, index.photos, self._work)
            )
        return better_left_out(index.photos, unfit, self._duplicates(index))

    def _duplicates(self, index: Index) -> dict[bytes, int]:
        """Return by hash the number of a photo's group of near-duplicates."""

        def find() -> Ids:
            pictures = self._tiles(index, FINGERPRINT, FINGERPRINT, "stretch")[1]
            return near_duplicates(np.ascontiguousarray(pictures[..., :3]))

        with self._work.clock.stage("near-duplicates"):
            groups = self._again_if_damaged(
                index, lambda: kept_groups(self._database, index.photos, find)
            )
        return {
            photo.hash: group for photo, group in zip(index.photos, groups.tolist(), strict=True)
        }

    def grouped(self, index: Index, codebook: Codebook) -> Codebook:
        """Return a codebook with its near-duplicates grouped."""
        number = self._duplicates(index)
        # Those that went away meanwhile have no group, and so one each.
        numbered = zip(codebook.hashes, codebook.photos.tolist(), strict=True)
        own = np.array([number.get(digest, -1 - photo) for digest, photo in numbered])
        return replace(codebook, groups=np.unique(own, return_inverse=True)[1].astype(np.int64))

    def cut_samples(self, index: Index, spec: CutSpec) -> CutSamples:
        """Return the cuts of an indexed folder's photos, each as a few area means.

        Raises
        ------
        InputError
            If `spec.crop` is "skip" and no photo has the tile's aspect.
        """
        sampler = CutSampler(self._database, self._work, self._photo_clock)
        with self._work.clock.stage("tiles"):
            return self._again_if_damaged(
                index, lambda: sampler.samples(_of_aspect(index, spec.tile, spec.crop), spec)
            )

    def cut_tiles(
        self, index: Index, wanted: Callable[[], Sequence[CutOfPhoto]], tile: TileSize, name: str
    ) -> list[tuple[CutOfPhoto, AnyImage]]:
        """Return the tiles of cuts, in any order; see `CutTileMaker.tiles`.

        `wanted` is called again if the cache was damaged, since photos are in other rows then.
        """
        maker = CutTileMaker(self._database, self._work, self._photo_clock)
        with self._work.clock.stage("tiles"):
            return self._again_if_damaged(index, lambda: list(maker.tiles(wanted(), tile, name)))

    def prepare(self, index: Index, tiles: Sequence[TileSize], crop: Crop) -> None:
        """Make the tiles of several codebooks at once, which is faster than one after the other."""
        ready = list(dict.fromkeys(tile.at_most(LARGEST_READY_TILE) for tile in tiles))
        with self._work.clock.stage("tiles"):
            try:
                self._maker.prepare(index.photos, ready, crop)
            except CACHE_ERRORS as error:
                # The codebooks make what is missing.
                self._database.recover(error)
                index.photos[:] = self.index(index.listing).photos

    def thumbnail(self, sha256: bytes) -> AnyImage | None:
        """Return the thumbnail (H, W, 3 or 4), uint8, BGR(A), of a photo; None if it has none."""
        try:
            return stored_thumbnail(self._database, sha256)
        except CACHE_ERRORS as error:
            log.debug("no thumbnail: %s", error)
            return None

    def size(self) -> int:
        """Return the size of the cache in bytes."""
        return self._database.size()

    def _again_if_damaged(self, index: Index, make: Callable[[], Made]) -> Made:
        """Return what `make` returns, if need be once more with a new cache."""
        try:
            return make()
        except CACHE_ERRORS as error:
            self._database.recover(error)
            index.photos[:] = self.index(index.listing).photos
            return make()

    def _tiles(
        self, index: Index, tile: TileSize, ready: TileSize, crop: Crop
    ) -> tuple[list[Photo], AnyImage, CutList | None]:
        photos, cuts = _of_aspect(index, tile, crop), None
        tiles = self._maker.ready(photos, ready, crop)
        if crop == "attention":
            points = attention_points(self._database, photos, self._work)
            cuts = CutList.of(cut_around(points[photo.hash], photo, ready) for photo in photos)
        return photos, tiles, cuts

    @contextmanager
    def _borrowed(self) -> Iterator[PhotoLibrary]:
        """Yield this library, or its files opened anew.

        A connection may be used in the thread only that opened it, and only while it is open. What
        is in memory alone stays there.
        """
        if self._cache_dir is None:
            yield self
        else:
            with PhotoLibrary(self._cache_dir, self._work, self._photo_clock) as library:
                yield library

    def _forget(self, path: str) -> None:
        # Opened anew, since a connection may be used in the thread only that opened it.
        with closing(Database(self._cache_dir)) as database, suppress(*CACHE_ERRORS):
            forget_files(database, [path])


def ready_tile(tile: TileSize, how: TileOptions) -> TileSize:
    """Return the size of the tiles that are matched in the place of larger ones."""
    return tile.at_most(LARGEST_TILE_OF_CUT if how.several else LARGEST_READY_TILE)


def _of_aspect(index: Index, tile: TileSize, crop: Crop) -> list[Photo]:
    """Return the photos that have tiles; raises `InputError` if there is none."""
    if crop != "skip":
        return index.photos
    size = tile.height, tile.width
    photos = [photo for photo in index.photos if has_aspect((photo.height, photo.width), size)]
    if not photos:
        raise InputError(
            f"crop skip: none of {counted(len(index.photos), 'photo')} has the aspect"
            f" {tile.height}:{tile.width}; choose another crop or other aspects"
        )
    return photos


def _fitting_cuts(how: TileOptions, spec: FeatureSpec, photos: int) -> int:
    """Return how many cuts of each photo are made, so that the features fit into memory."""
    each = 4 * spec.dimension * (2 if how.mirror else 1)
    return max(1, min(how.cuts_of_each(photos), FEATURE_BYTES // (each * photos)))


def _nothing_usable(index: Index) -> str:
    folder = printable(index.listing.folder)
    if index.unreadable:
        path, reason = index.unreadable[0]
        return (
            f"{folder}: no photo in it can be read ({len(index.unreadable):,} tried);"
            f" the first, {printable(path)}: {reason}"
        )
    if index.own_outputs:
        return f"{folder}: holds nothing but mosaics of this toolkit; name a folder of photos"
    return no_photo_in(index.listing)
