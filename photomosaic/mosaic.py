"""From a frame and a codebook to a mosaic: the one flow behind every tool."""

from __future__ import annotations

from contextlib import nullcontext

import numpy as np
import numpy.typing as npt

from photomosaic.arrays import BgrImage, Ids
from photomosaic.errors import InputError
from photomosaic.library.codebook import Codebook
from photomosaic.matching.features import mean_directions, patch_features
from photomosaic.matching.grid import Grid, TileSize
from photomosaic.matching.limited import (
    Edits,
    assignment_of,
    choose_limited,
    mend_limited,
)
from photomosaic.matching.limits import Limits, Relaxation, feasible
from photomosaic.matching.search import Matches, exact_distances, find_matches
from photomosaic.matching.selection import Assignment, draw_best_k, draw_random_cells
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
        self.edits = edits or Edits()
        self._rng = np.random.default_rng(options.seed)
        self._random_cells: tuple[Ids, Ids] | None = None
        self._relaxed: set[Relaxation] = set()

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
            shape = grid.rows, grid.cols
            return find_matches(
                patches,
                self.codebook.features,
                self.options.best_k,
                shape,
                previous,
                self.work.progress,
                self.work.clock,
            )

    def choose(self, matches: Matches) -> Assignment:
        """Choose a tile for each cell, within the limits on repeats if there are any."""
        if self.options.limited or self.edits:
            with self.work.clock.stage("assign"):
                return choose_limited(
                    matches,
                    self.codebook.features,
                    self._feasible(matches.shape),
                    self._groups,
                    self.edits,
                    self.options.randomness,
                    self._rng,
                    self.work.progress,
                )
        if self.options.dither:
            return self._dithered(matches)
        return self.choose_closest(matches)

    def mend(self, matches: Matches, ids: npt.NDArray[np.int32]) -> Assignment:
        """Choose tiles for the open cells (-1) of a tile map (rows, cols), within the limits.

        The other cells stay as they are, unless a limit cannot be kept otherwise.
        """
        with self.work.clock.stage("assign"):
            limits = self._feasible(matches.shape)
            return mend_limited(
                matches,
                self.codebook.features,
                limits,
                self._groups,
                self.edits,
                ids,
                self.work.progress,
            )

    def placed(
        self, matches: Matches, ids: npt.NDArray[np.int32], bound: float | None
    ) -> Assignment:
        """Return a tile map (rows, cols) as an assignment of matched patches."""
        nothing = np.zeros(ids.size, np.bool_)
        flat = ids.ravel().astype(np.int64)
        return assignment_of(flat, matches, self.codebook.features, nothing, bound)

    @property
    def _groups(self) -> Ids | None:
        return self.codebook.groups if self.options.dedupe else None

    def _feasible(self, shape: tuple[int, int]) -> Limits:
        """Return the limits that can be kept; give notice of those that cannot, once."""
        allowed = np.ones(len(self.codebook), np.bool_)
        allowed[list(self.edits.banned)] = False
        groups = np.arange(len(self.codebook)) if self._groups is None else self._groups
        limits, relaxed = feasible(Limits.of(self.options), shape, len(np.unique(groups[allowed])))
        for relaxation in relaxed:
            if relaxation not in self._relaxed:
                self.work.notify(relaxation)
        self._relaxed.update(relaxed)
        return limits

    def _dithered(self, matches: Matches) -> Assignment:
        # Loads the compiler.
        from photomosaic.matching.dither import dithered

        codebook, options = self.codebook, self.options
        fixed = np.full(len(matches.patches), -1)
        if options.randomness:
            cells, ids = draw_random_cells(len(fixed), len(codebook), options.randomness, self._rng)
            fixed[cells] = ids
        with self.work.clock.stage("dither"):
            ids = dithered(
                matches.patches,
                codebook.features,
                mean_directions(codebook.spec),
                matches.shape[1],
                options.dither,
                options.best_k,
                fixed,
                self._rng,
            )
        return assignment_of(ids, matches, codebook.features, fixed >= 0, None)

    def choose_closest(self, matches: Matches) -> Assignment:
        """Choose a tile for each cell among those that are closest, whatever the limits.

        The random cells and their tiles are drawn once, and stay the same for all frames.
        """
        with self.work.clock.stage("select"):
            candidates, tiles = matches.candidates, self.codebook.features
            closest = candidates.distances[:, 0]
            ids, distances = candidates.ids[:, 0].copy(), closest.copy()
            if candidates.ids.shape[1] > 1:
                drawn = draw_best_k(candidates, self._rng)[:, None]
                ids = np.take_along_axis(candidates.ids, drawn, axis=1)[:, 0]
                distances = np.take_along_axis(candidates.distances, drawn, axis=1)[:, 0]
            ratios = np.divide(distances, closest, out=np.ones_like(closest), where=closest > 0)
            if self.options.randomness:
                if self._random_cells is None:
                    self._random_cells = draw_random_cells(
                        len(ids), len(tiles), self.options.randomness, self._rng
                    )
                cells, any_ids = self._random_cells
                ids[cells], ratios[cells] = any_ids, np.inf
                patches = matches.patches[cells]
                distances[cells] = exact_distances(patches, tiles, any_ids[:, None])[:, 0]
        return Assignment(
            ids.astype(np.int32).reshape(matches.shape),
            distances.reshape(matches.shape),
            ratios.reshape(matches.shape),
        )

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
        with clock.stage("compose"):
            mosaic = compose(codebook.tiles, codebook.alpha, assignment.ids, target)
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
