"""Mosaics of one target at any scale, out of one indexed folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from photomosaic.arrays import BgrImage
from photomosaic.assignment.assignment import Assignment
from photomosaic.errors import InputError
from photomosaic.library.codebook import Codebook
from photomosaic.library.index import Index
from photomosaic.library.originals import sharpened
from photomosaic.library.photo_library import PhotoLibrary
from photomosaic.matching.grid import Grid, TileSize
from photomosaic.matching.named_layouts import LAYOUTS
from photomosaic.mosaic import Mosaicker
from photomosaic.options.look import RenderOptions
from photomosaic.options.photos import Crop, TileOptions
from photomosaic.options.values import bgr_of
from photomosaic.progress import Work
from photomosaic.rendering.cells import Finish

# What the tiles of scales that are made ready together may take up.
PREPARED_BYTES = 512 << 20
CODEBOOKS_KEPT = 4
ASSIGNMENTS_KEPT = 32


def paint(
    target: BgrImage,
    mosaicker: Mosaicker,
    assignment: Assignment,
    crop: Crop,
) -> BgrImage:
    """Paint an assignment of a target (H, W, 3), uint8, BGR.

    Tiles that are larger than the codebook's are made of the original photos.
    """
    codebook, tile, work = mosaicker.codebook, mosaicker.tile, mosaicker.work
    if codebook.tile != tile:
        codebook = sharpened(codebook, tile, crop, work)
    return mosaicker.paint(target, assignment, codebook)


@dataclass(frozen=True)
class Rendered:
    """A mosaic (H, W, 3), uint8, BGR, and what it is made of."""

    mosaic: BgrImage
    assignment: Assignment
    codebook: Codebook


class Stills:
    """Mosaics of one target at any scale, out of one indexed folder.

    The last codebooks and assignments are kept, so a change that affects only painting is quick.

    Parameters
    ----------
    target : ndarray of shape (H, W, 3), uint8, BGR
    library : PhotoLibrary
        Open, and used from one thread only.
    index : Index
    tiles : TileOptions
    work : Work, optional
    """

    def __init__(
        self,
        target: BgrImage,
        library: PhotoLibrary,
        index: Index,
        tiles: TileOptions,
        work: Work | None = None,
    ) -> None:
        self.target = target
        self._library = library
        self._index = index
        self._tiles = tiles
        self._work = work or Work()
        self._codebooks = lru_cache(maxsize=CODEBOOKS_KEPT)(self._read_codebook)
        self._grouped = lru_cache(maxsize=CODEBOOKS_KEPT)(self._group)
        self._assignments = lru_cache(maxsize=ASSIGNMENTS_KEPT)(self._assign)

    def with_work(self, work: Work) -> Stills:
        """Return the same without the assignments made so far, followed by another `Work`."""
        fresh = Stills(self.target, self._library, self._index, self._tiles, work)
        fresh._codebooks, fresh._grouped = self._codebooks, self._grouped
        return fresh

    def prepare(self, scales: Sequence[int]) -> None:
        """Make the tiles of several scales at once, out of one decoding of each thumbnail."""
        if not self._tiles.several:
            tiles = [TileSize.of(self._tiles, scale) for scale in scales]
            self._library.prepare(self._index, tiles, self._tiles.crop)

    def prepared(self, scales: Sequence[int]) -> Iterator[int]:
        """Yield scales one by one, those ahead of each with their tiles made ready together.

        As many scales at once as fit into `PREPARED_BYTES`.
        """
        while scales:
            sizes = [TileSize.of(self._tiles, scale) for scale in scales]
            pixels = np.cumsum([tile.height * tile.width for tile in sizes])
            fitting = pixels * 3 * len(self._index.photos) <= PREPARED_BYTES
            count = max(1, int(fitting.sum()))
            self.prepare(scales[:count])
            yield from scales[:count]
            scales = scales[count:]

    def render(self, scale: int, options: RenderOptions) -> Rendered:
        """Return the mosaic of a scale.

        Raises
        ------
        InputError
            If a tile of that scale does not fit into the target, or no photo can be used.
        """
        # What does not matter to the assignment is left out of its key.
        tint = options.tint if options.joint else 0.0
        assignment = self._assignments(scale, replace(options, tint=tint, opacity=0.0))
        mosaicker = self._mosaicker(scale, options)
        mosaic = paint(self.target, mosaicker, assignment, self._tiles.crop)
        return Rendered(mosaic, assignment, mosaicker.codebook)

    def codebook(self, scale: int) -> Codebook:
        """Return the codebook of a scale; raises as `PhotoLibrary.codebook`."""
        return self._codebooks(scale)

    def _read_codebook(self, scale: int) -> Codebook:
        how = self._tiles
        return self._library.codebook(self._index, TileSize.of(how, scale), how)

    def _group(self, scale: int) -> Codebook:
        return self._library.grouped(self._index, self.codebook(scale))

    def _assign(self, scale: int, options: RenderOptions) -> Assignment:
        return self._mosaicker(scale, options).assign(self.target)

    def _mosaicker(self, scale: int, options: RenderOptions) -> Mosaicker:
        codebook, tile = self.codebook(scale), TileSize.of(self._tiles, scale)
        if options.dedupe:
            codebook = self._grouped(scale)
        grid = Grid.fit(self.target.shape[:2], tile, cover=options.cover)
        finish = Finish(options.gap, options.round, bgr_of(options.gap_color))
        if options.layout == "mixed":
            raise InputError("layout mixed: is for mosaic.py alone; take another")
        layout = LAYOUTS[options.layout](grid)
        return Mosaicker(codebook, options, tile, self._work, layout=layout, finish=finish)
