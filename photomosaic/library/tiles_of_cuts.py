"""The pictures of a codebook whose photos have several tiles."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from photomosaic.arrays import AnyImage, Floats, Ids
from photomosaic.files.names import printable
from photomosaic.library.cut_samples import CutSamples
from photomosaic.library.cut_tiles import CutOfPhoto
from photomosaic.library.index import Index, Photo
from photomosaic.library.tile_pictures import with_alpha
from photomosaic.matching.features import FeatureSpec, tile_samples
from photomosaic.matching.grid import TileSize

log = logging.getLogger(__name__)


class CutLibrary(Protocol):
    """What cuts tiles out of thumbnails."""

    def cut_tiles(
        self, index: Index, wanted: Callable[[], Sequence[CutOfPhoto]], tile: TileSize, name: str
    ) -> list[tuple[CutOfPhoto, AnyImage]]:
        """Return the tiles of cuts, in any order."""


@dataclass(frozen=True)
class TilesOfCuts:
    """Makes the pictures of cuts that are used.

    Attributes
    ----------
    borrow : callable
        Opens the photo library.
    index : Index
    photos : sequence of Photo
        In the numbering of `cuts`.
    cuts : CutSamples
        Mirrored cuts come last, in the same order as the others.
    name : str
        What tells these cuts from others in the library.
    tile : TileSize
    """

    borrow: Callable[[], AbstractContextManager[CutLibrary]]
    index: Index
    photos: Sequence[Photo]
    cuts: CutSamples
    name: str
    tile: TileSize

    def take(self, tiles: Ids) -> AnyImage:
        """Make the pictures of tiles (n,): (n, h, w, 3 or 4), uint8, BGR(A)."""
        cuts, places = np.unique(tiles % self._plain, return_inverse=True)
        pictures = self._made(cuts)[places]
        mirrored = tiles >= self._plain
        pictures[mirrored] = pictures[mirrored, :, ::-1]
        return pictures

    def samples(self, spec: FeatureSpec) -> Floats:
        """Return area means of all tiles, (N, h, w, 3), float32, BGR."""
        known = self.cuts.samples
        height, width = known.shape[1:3]
        if spec.height > height or spec.width > width:
            down = np.arange(spec.height) * height // spec.height
            across = np.arange(spec.width) * width // spec.width
            return known[:, down[:, None], across].astype(np.float32)
        return tile_samples(known, spec)

    def _made(self, cuts: Ids) -> AnyImage:
        of_cut = self.cuts.photos[cuts]
        numbers = cuts - np.searchsorted(self.cuts.photos[: self._plain], of_cut)
        keys = [
            (self.photos[photo].hash, number)
            for photo, number in zip(of_cut.tolist(), numbers.tolist(), strict=True)
        ]

        def wanted() -> list[CutOfPhoto]:
            present = {photo.hash: photo for photo in self.index.photos}
            return [
                CutOfPhoto(present[digest], number, self.cuts.cuts[cut])
                for (digest, number), cut in zip(keys, cuts.tolist(), strict=True)
                if digest in present
            ]

        with self.borrow() as library:
            made = library.cut_tiles(self.index, wanted, self.tile, self.name)
        found = {(each.photo.hash, each.number): pixels for each, pixels in made}
        every = [
            found[key] if key in found else self._stand_in(cut)
            for key, cut in zip(keys, cuts.tolist(), strict=True)
        ]
        if len({pixels.shape[2] for pixels in every}) > 1:
            every = [with_alpha(pixels[None])[0] for pixels in every]
        return np.stack(every)

    @property
    def _plain(self) -> int:
        """Number of cuts that are not mirrored."""
        return len(self.cuts.photos) - int(self.cuts.cuts.mirrored.sum())

    def _stand_in(self, cut: int) -> AnyImage:
        """Return the samples of a photo that is not there any more, enlarged."""
        path = self.photos[self.cuts.photos[cut]].path
        log.warning("%s: went away meanwhile; its tile is blurred", printable(path))
        size = self.tile.width, self.tile.height
        enlarged = cv2.resize(self.cuts.samples[cut], size, interpolation=cv2.INTER_CUBIC)
        return np.asarray(enlarged, np.uint8)
