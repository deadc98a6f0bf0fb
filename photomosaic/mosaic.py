"""From a frame and a codebook to a mosaic: the one flow behind every tool."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace

import numpy as np

from photomosaic.arrays import BgrImage, Floats, Ids32
from photomosaic.assignment.assigner import Assigner, Setup
from photomosaic.assignment.assignment import Assignment
from photomosaic.assignment.closest import ClosestAssigner
from photomosaic.assignment.dithered import DitheredAssigner
from photomosaic.assignment.edits import Edits
from photomosaic.assignment.joint import JointAssigner
from photomosaic.assignment.limited import LimitedAssigner
from photomosaic.errors import InputError
from photomosaic.library.codebook import Codebook
from photomosaic.matching.features import FeatureSpec, patch_features, patch_samples
from photomosaic.matching.grid import Grid, TileSize
from photomosaic.matching.search import Matches, find_matches
from photomosaic.options.look import RenderOptions
from photomosaic.progress import Work
from photomosaic.rendering.compose import compose, cut_to_frame
from photomosaic.rendering.look import ArrayCanvas, Look, painted


class Mosaicker:
    """Assigns tiles to a frame's cells and paints them.

    Parameters
    ----------
    codebook : Codebook
    options : RenderOptions
    tile : TileSize, optional
        Size of the cells; the codebook's tile size unless that is a smaller stand-in for it.
    work : Work, optional
    edits : Edits, optional
        Photos banned, required, pinned or refused.
    """

    def __init__(
        self,
        codebook: Codebook,
        options: RenderOptions,
        tile: TileSize | None = None,
        work: Work | None = None,
        edits: Edits | None = None,
    ) -> None:
        self.codebook = codebook
        self.options = options
        self.tile = tile or codebook.tile
        self.work = work or Work()
        setup = Setup(
            tiles=codebook.features,
            spec=codebook.spec,
            groups=codebook.counted_as_one(dedupe=options.dedupe),
            options=options,
            edits=edits or Edits(),
            samples=self._tile_samples(),
            photos=codebook.photos,
            rng=np.random.default_rng(options.seed),
            work=self.work,
        )
        self._closest, self._limited = ClosestAssigner(setup), LimitedAssigner(setup)
        self._assigner: Assigner = self._closest
        if options.limited or setup.edits:
            self._assigner = self._limited
        elif options.dither:
            self._assigner = DitheredAssigner(setup)
        elif options.joint:
            self._assigner = JointAssigner(setup)

    def grid(self, frame: BgrImage) -> Grid:
        """Return the grid of a frame (H, W, 3); raises `InputError` if no tile fits into it."""
        return Grid.fit(frame.shape[:2], self.tile, cover=self.options.cover)

    def assign(self, frame: BgrImage) -> Assignment:
        """Choose a tile for each cell of a frame of shape (H, W, 3), uint8, BGR."""
        return self.choose(self.match(frame))

    def match(self, frame: BgrImage, previous: Matches | None = None) -> Matches:
        """Find the tiles closest to each patch of a frame of shape (H, W, 3), uint8, BGR.

        Patches whose features are those of the previous frame to the bit are not searched again.
        """
        grid = self.grid(frame)
        with self.work.clock.stage("features"):
            patches = patch_features(frame, grid, self.codebook.spec)
        with self.work.clock.stage("search"):
            tiles, shape = self.codebook.features, (grid.rows, grid.cols)
            found = find_matches(
                patches, tiles, self.options.best_k, shape=shape, previous=previous, work=self.work
            )
        if self.options.joint:
            found = replace(found, samples=patch_samples(frame, grid, self._sample_spec))
        return found

    @property
    def _sample_spec(self) -> FeatureSpec:
        return FeatureSpec.for_tile(self.codebook.tile, "perceptual", 1)

    def _tile_samples(self) -> Floats | None:
        if not self.options.joint:
            return None
        return self.codebook.pictures.samples(self._sample_spec)

    def choose(self, matches: Matches) -> Assignment:
        """Choose a tile for each cell as the options and edits ask."""
        return self._assigner.assign(matches)

    def choose_closest(self, matches: Matches) -> Assignment:
        """Choose a tile for each cell among those that are closest, whatever the limits."""
        return self._closest.assign(matches)

    def complete(self, matches: Matches, ids: Ids32) -> Assignment:
        """Choose tiles for the open cells (-1) of a tile map (rows, cols), within the limits.

        The other cells stay as they are, unless a limit cannot be kept otherwise.
        """
        return self._limited.complete(matches, ids)

    def placed(self, matches: Matches, ids: Ids32, bound: float | None) -> Assignment:
        """Return a tile map (rows, cols) as an assignment of matched patches."""
        flat = ids.ravel().astype(np.int64)
        return Assignment.of(flat, matches, self.codebook.features, bound=bound)

    def paint(
        self, frame: BgrImage, assignment: Assignment, codebook: Codebook | None = None
    ) -> BgrImage:
        """Paint an assignment of a frame of shape (H, W, 3), uint8, BGR.

        Parameters
        ----------
        frame : ndarray
        assignment : Assignment
        codebook : Codebook, optional
            Tiles of the cells' size, if this mosaicker's own are a smaller stand-in.

        Returns
        -------
        ndarray, uint8, BGR
            As large as the frame if it is covered, else as the grid.
        """
        codebook, grid = codebook or self.codebook, self.grid(frame)
        if codebook.tile != self.tile:
            raise InputError(f"tiles of {codebook.tile} cannot fill cells of {self.tile}")
        target, clock = grid.crop(frame), self.work.clock
        tiles, places = codebook.pictures.pick(assignment.ids)
        with clock.stage("compose"):
            mosaic = compose(tiles, places, target)
        look = self._look(target, mosaic, (grid.rows, grid.cols))
        mosaic = painted(ArrayCanvas(mosaic, clock), look).pixels
        return cut_to_frame(mosaic, grid, frame.shape[:2])

    def _look(self, target: BgrImage, mosaic: BgrImage, cells: tuple[int, int]) -> Look:
        timed = self.work.clock.stage("tint") if self.options.tint else nullcontext()
        with timed:
            return Look.of(self.options, target, mosaic, target, cells)

    def render(self, frame: BgrImage) -> BgrImage:
        """Return the mosaic of a frame of shape (H, W, 3), uint8, BGR."""
        return self.paint(frame, self.assign(frame))

    def covered(self, frame: BgrImage) -> BgrImage:
        """Return the part of a frame that its mosaic shows, the same size as the mosaic."""
        grid, size = self.grid(frame), frame.shape[:2]
        return frame if self.options.cover else cut_to_frame(grid.crop(frame), grid, size)
