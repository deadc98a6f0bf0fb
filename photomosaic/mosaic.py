"""From a frame and a codebook to a mosaic: the one flow behind every tool."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from functools import cached_property

import numpy as np

from photomosaic.arrays import AnyImage, BgrImage, Floats, Ids32
from photomosaic.assignment.assigner import Assigner, Setup
from photomosaic.assignment.assignment import Assignment
from photomosaic.assignment.closest import ClosestAssigner
from photomosaic.assignment.dithered import DitheredAssigner
from photomosaic.assignment.edits import Edits
from photomosaic.assignment.joint import JointAssigner
from photomosaic.assignment.limited import LimitedAssigner
from photomosaic.errors import InputError
from photomosaic.library.codebook import Codebook
from photomosaic.matching.features import (
    FeatureSpec,
    cell_samples,
    features_of,
    patch_features,
    patch_samples,
    seen,
)
from photomosaic.matching.grid import Grid, TileSize
from photomosaic.matching.layout import Layout
from photomosaic.matching.search import Matches, find_matches
from photomosaic.matching.tracking import Tracker
from photomosaic.options.look import RenderOptions
from photomosaic.progress import Work
from photomosaic.rendering.cells import Finish, TileAt, Tiles, Tones, finished, painted_bands
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
    layout : Layout, optional
        Where the cells lie, on a grid of any tile size; all of the grid by itself.
    finish : Finish, optional
        Gaps, corners, and what is left transparent; its mask is that of the layout's area.
    """

    def __init__(
        self,
        codebook: Codebook,
        options: RenderOptions,
        tile: TileSize | None = None,
        work: Work | None = None,
        edits: Edits | None = None,
        *,
        layout: Layout | None = None,
        finish: Finish | None = None,
    ) -> None:
        self.codebook = codebook
        self.options = options
        self.tile = tile or codebook.tile
        self.work = work or Work()
        self._layout, self._finish = layout, finish or Finish()
        self._edits = edits or Edits()

    def anew(self) -> Mosaicker:
        """Return one that has drawn nothing yet."""
        how = self.codebook, self.options, self.tile, self.work, self._edits
        return Mosaicker(*how, layout=self._layout, finish=self._finish)

    # Made when tiles are chosen first, since some only paint.
    @cached_property
    def _setup(self) -> Setup:
        codebook, options = self.codebook, self.options
        return Setup(
            tiles=self._features,
            spec=codebook.spec,
            groups=codebook.counted_as_one(dedupe=options.dedupe),
            options=options,
            edits=self._edits,
            samples=self._samples(self._sample_spec) if options.joint else None,
            photos=codebook.photos,
            rng=np.random.default_rng(options.seed),
            work=self.work,
        )

    @cached_property
    def _closest(self) -> ClosestAssigner:
        return ClosestAssigner(self._setup)

    @cached_property
    def _limited(self) -> LimitedAssigner:
        return LimitedAssigner(self._setup)

    @cached_property
    def _assigner(self) -> Assigner:
        if self.options.limited or self._edits:
            return self._limited
        if self.options.dither:
            return DitheredAssigner(self._setup)
        return JointAssigner(self._setup) if self.options.joint else self._closest

    def grid(self, frame: BgrImage) -> Grid:
        """Return the grid of a frame (H, W, 3); raises `InputError` if no tile fits into it."""
        return Grid.fit(frame.shape[:2], self.tile, cover=self.options.cover)

    def layout(self, frame: BgrImage) -> Layout:
        """Return the cells of a frame (H, W, 3); raises as `grid`."""
        grid = self.grid(frame)
        return Layout.of(grid) if self._layout is None else self._layout.on(grid)

    @property
    def finish(self) -> Finish:
        """Gaps, corners, and what is left transparent."""
        return self._finish

    def assign(self, frame: BgrImage) -> Assignment:
        """Choose a tile for each cell of a frame of shape (H, W, 3), uint8, BGR."""
        return self.choose(self.match(frame))

    def tracker(self) -> Tracker:
        """Return a search for successive frames, to be handed to `match` with each."""
        return Tracker(self._features, self.options.best_k, self.work)

    def match(self, frame: BgrImage, tracker: Tracker | None = None) -> Matches:
        """Find the tiles closest to each patch of a frame of shape (H, W, 3), uint8, BGR.

        A tracker finds the same tiles, faster where the frame is like the one before.
        """
        layout, spec = self.layout(frame), self.codebook.spec
        with self.work.clock.stage("features"):
            if layout.is_grid:
                patches = patch_features(frame, layout.grid, spec)
            else:
                patches = features_of(cell_samples(frame, layout, spec), spec)
        with self.work.clock.stage("search"):
            tiles, shape, k = self._features, layout.array_shape, self.options.best_k
            if tracker is None:
                found = find_matches(patches, tiles, k, shape=shape, work=self.work)
            else:
                found = tracker.match(patches, shape)
        if self.options.joint:
            how = self._sample_spec
            samples = (
                patch_samples(frame, layout.grid, how)
                if layout.is_grid
                else cell_samples(frame, layout, how)
            )
            found = replace(found, samples=samples)
        return found if layout.is_grid else replace(found, layout=layout)

    @cached_property
    def _features(self) -> Floats:
        """The features of the tiles, as far as the cells' shape shows them."""
        codebook, layout = self.codebook, self._layout
        if layout is None or layout.shape == "rectangle":
            return codebook.features
        return features_of(self._samples(codebook.spec), codebook.spec)

    def _samples(self, spec: FeatureSpec) -> Floats:
        """Return area means of the tiles, as far as the cells' shape shows them."""
        samples = self.codebook.pictures.samples(spec)
        return samples if self._layout is None else seen(samples, self._layout)

    @property
    def _sample_spec(self) -> FeatureSpec:
        return FeatureSpec.for_tile(self.codebook.tile, "perceptual", 1)

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
        return Assignment.of(flat, matches, self._features, bound=bound)

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
        ndarray, uint8, BGR, or BGRA if the finish leaves something transparent
            As large as the frame if it is covered, else as the grid.
        """
        codebook, layout = codebook or self.codebook, self.layout(frame)
        grid = layout.grid
        if codebook.tile != self.tile:
            raise InputError(f"tiles of {codebook.tile} cannot fill cells of {self.tile}")
        target, clock = grid.crop(frame), self.work.clock
        tiles, places = codebook.pictures.pick(assignment.ids)
        if self._finish or not layout.is_grid:
            pictures = Tiles(tiles, places.ravel())
            return self.paint_cells(frame, pictures)
        with clock.stage("compose"):
            mosaic = compose(tiles, places, target)
        look = self._look(target, mosaic, (grid.rows, grid.cols))
        mosaic = painted(ArrayCanvas(mosaic, clock), look).pixels
        return cut_to_frame(mosaic, grid, frame.shape[:2])

    def paint_cells(self, frame: BgrImage, tile_at: TileAt) -> AnyImage:
        """Paint the cells of a frame (H, W, 3), uint8, BGR, each with its tile; as `paint`."""
        layout = self.layout(frame)
        clock, options, target = self.work.clock, self.options, layout.grid.crop(frame)
        finish = self._finish.at_size(target.shape[:2])
        with clock.stage("tint"):
            tones = Tones.of(target, layout, tile_at, options.tint)
        bands = []
        with clock.stage("compose"):
            for rows, layers in painted_bands(layout, finish, tile_at, tones):
                look = Look(target[rows], options.opacity, None)
                colours = painted(ArrayCanvas(layers.colours, clock), look).pixels
                bands.append(finished(rows, replace(layers, colours=colours), finish))
        return cut_to_frame(np.concatenate(bands), layout.grid, frame.shape[:2])

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
