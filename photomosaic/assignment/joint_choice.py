"""What tiles cost in cells while all others are as they are, for the joint choice."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from photomosaic.arrays import Floats, Ids
from photomosaic.assignment.assigner import Setup
from photomosaic.assignment.canvas import Canvas, GridCanvas, Places
from photomosaic.assignment.cell_costs import CellCosts
from photomosaic.assignment.colour_metric import opponent
from photomosaic.assignment.energy import Slope, Viewing
from photomosaic.assignment.layout_canvas import LayoutCanvas
from photomosaic.assignment.tile_table import Table
from photomosaic.matching.search import Matches, search
from photomosaic.parallel.workers import Threads

# Cost of the same photo in a neighbouring cell, at a variety of 1; it falls with the square
# of the distance, so that a row of a photo costs more than a chequered pattern.
VARIETY = 90.0
REACH = 3
# Of that, the cost of a photo that fills all cells, wherever they are.
ANYWHERE = 60.0
CELLS_AT_ONCE = 256


@dataclass(frozen=True)
class Offers:
    """The tiles that cells may choose from.

    Attributes
    ----------
    ids : ndarray of shape (cells, k), int64
    distances : ndarray of shape (cells, k), float32
    own : ndarray of shape (cells, k), float32
        Cost of each for its own cell.
    """

    ids: Ids
    distances: Floats
    own: Floats

    def at(self, places: Places) -> Offers:
        """Return those of some cells."""
        return Offers(self.ids[places], self.distances[places], self.own[places])

    def part(self, columns: Places) -> Offers:
        """Return some of each cell's tiles, by their columns (cells, fewer)."""
        return Offers(
            np.take_along_axis(self.ids, columns, axis=1),
            np.take_along_axis(self.distances, columns, axis=1),
            np.take_along_axis(self.own, columns, axis=1),
        )


@dataclass(frozen=True)
class JointChoice:
    """The tiles and cells, and what is needed to compare them.

    Attributes
    ----------
    viewing : Viewing
    samples : ndarray of shape (N, 3, h * w), float32
        Of the tiles, in opponent coordinates.
    tables : tuple of Table
        The tiles in cells of each kind.
    photos : ndarray of shape (N,), int32
        Tiles with the same number show the same photo.
    offers : Offers
    by_cell : CellCosts
    refine, variety : float
        Weights of the view from a distance, and of the same photo nearby.
    """

    viewing: Viewing
    samples: Floats
    tables: tuple[Table, ...]
    photos: Ids
    offers: Offers
    by_cell: CellCosts
    refine: float
    variety: float

    @classmethod
    def of(
        cls, matches: Matches, setup: Setup, count: int, start: Ids | None = None
    ) -> JointChoice:
        """Prepare the choice for matched patches, with what tint will change left out.

        Parameters
        ----------
        matches : Matches
        setup : Setup
        count : int
            Tiles that each cell may choose from.
        start : ndarray of shape (cells,), int64, optional
            Tiles that limits on repeats allow, whose mean colours need not be improved on.
        """
        options, by_cell = setup.options, CellCosts.of(matches, setup, start)
        if matches.samples is None or setup.samples is None:
            raise ValueError("the joint choice needs samples")
        canvas = _canvas(matches, setup.samples)
        by_cell = replace(by_cell, areas=canvas.areas)
        found = search(by_cell.patches, by_cell.tiles, count, setup.work)
        own = np.empty(found.ids.shape, np.float32)
        for places in _blocks(np.arange(len(own))):
            own[places] = by_cell.of_tiles(places, found.ids[places], found.distances[places])
        targets, samples = (
            _channels(cells, options.tint) for cells in (matches.samples, setup.samples)
        )
        viewing = Viewing(canvas.joined(targets), canvas)
        photos = np.arange(len(samples)) if setup.groups is None else setup.groups
        return cls(
            viewing,
            samples,
            tuple(Table.of(viewing, kind, samples) for kind in canvas.kinds),
            photos.astype(np.int32),
            offers=Offers(found.ids, found.distances, own),
            by_cell=by_cell,
            refine=options.refine,
            variety=VARIETY * options.variety,
        )

    def energy(self, ids: Ids) -> float:
        """Return the energy of a choice of tiles, (cells,), as seen from a distance, per cell."""
        return self.viewing.energy(self.samples[ids]) / len(ids)

    def total(self, ids: Ids) -> float:
        """Return what a choice of tiles, (cells,), costs altogether, per cell."""
        cells = np.arange(len(ids))
        own = self.by_cell.of_tiles(cells, ids[:, None])
        # Each pair is seen from both of its cells.
        pairs = self.variety / 2 * self.repeats(cells, ids[:, None], ids) if self.variety else 0
        view = self.refine * self.energy(ids) if self.refine else 0.0
        return view + float((own + pairs).mean(dtype=np.float64))

    def phases(self, open_cells: npt.NDArray[np.bool_], stride: int) -> Iterator[Places]:
        """Yield the open cells in sets of which any two are a stride apart."""
        return self.viewing.canvas.phases(open_cells, stride)

    def slope(self, ids: Ids) -> Slope | None:
        """Return how the energy changes with the samples of a choice (cells,); None if it is 0."""
        if not self.refine:
            return None
        mosaic = self.viewing.canvas.joined(self.samples[ids])
        return self.viewing.slope(mosaic - self.viewing.target)

    def costs(self, places: Places, offers: Offers, ids: Ids) -> Floats:
        """Return the costs of all tiles offered to some cells, (n, k), but for a constant per cell.

        Parameters
        ----------
        places : ndarray of shape (n,)
            Of one kind.
        offers : Offers
            Of these cells alone.
        ids : ndarray of shape (cells,)
            What is in all cells now.
        """
        slope, table = self.slope(ids), self.tables[self.viewing.canvas.kind_of(places[0])]
        costs = np.empty(offers.ids.shape, np.float32)

        def compute(block: Places) -> None:
            cells, chosen = places[block], offers.ids[block]
            found = offers.own[block]
            if slope is not None:
                found += self.refine * table.costs(chosen, ids[cells], slope.at(cells))
            if self.variety:
                found += self.variety * self.repeats(cells, chosen, ids)
            costs[block] = found

        for _ in Threads(os.cpu_count() or 1).map(compute, _blocks(np.arange(len(places)))):
            pass
        return costs

    def repeats(self, places: Places, chosen: Ids, ids: Ids) -> Floats:
        """Return how often tiles' photos are nearby, each place divided by its squared distance.

        The share of the cells that a photo fills anywhere is added, times `ANYWHERE`.
        """
        near, weights = self.viewing.canvas.nearby(self.photos[ids], places, REACH)
        wanted = self.photos[chosen]
        uses = np.bincount(self.photos[ids], minlength=int(self.photos.max()) + 1)
        repeats = (uses * (ANYWHERE / len(ids))).astype(np.float32)[wanted]
        for column in range(near.shape[1]):
            repeats += weights[:, column, None] * (wanted == near[:, column, None])
        return repeats


def _canvas(matches: Matches, samples: Floats) -> Canvas:
    height, width = samples.shape[1:3]
    if matches.layout is not None:
        return LayoutCanvas.of(matches.layout, (height, width))
    rows, cols = matches.shape
    return GridCanvas((rows, cols), (height, width))


def best_columns(costs: Floats, count: int) -> Places:
    """Return the columns of the least costs in each row, (n, count), in no order."""
    if count >= costs.shape[1]:
        return np.broadcast_to(np.arange(costs.shape[1]), costs.shape)
    return np.asarray(np.argpartition(costs, count - 1, axis=1)[:, :count], np.intp)


def _blocks(places: Places) -> list[Places]:
    return np.array_split(places, -(-len(places) // CELLS_AT_ONCE))


def _channels(samples: Floats, tint: float) -> Floats:
    """Return BGR samples (n, h, w, 3) as opponent channels (n, 3, h * w), with less of means."""
    count, height, width, _ = samples.shape
    channels = np.empty((count, 3, height * width), np.float32)
    channels[:] = opponent(samples.reshape(count, height * width, 3)).swapaxes(1, 2)
    if tint:
        channels -= np.float32(tint) * channels.mean(axis=2, keepdims=True)
    return channels
