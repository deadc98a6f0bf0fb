"""What tiles cost in cells while all others are as they are, for the joint choice."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from photomosaic.arrays import Floats, Ids
from photomosaic.assignment.assigner import Setup
from photomosaic.assignment.cell_costs import CellCosts
from photomosaic.assignment.colour_metric import opponent
from photomosaic.assignment.energy import Places, Slope, Viewing
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
    table : Table
    photos : ndarray of shape (N,), int32
        Tiles with the same number show the same photo.
    offers : Offers
    by_cell : CellCosts
    refine, variety : float
        Weights of the view from a distance, and of the same photo nearby.
    """

    viewing: Viewing
    table: Table
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
        found = search(by_cell.patches, by_cell.tiles, count, setup.work)
        own = np.empty(found.ids.shape, np.float32)
        for places in _blocks(np.arange(len(own))):
            own[places] = by_cell.of_tiles(places, found.ids[places], found.distances[places])
        if matches.samples is None or setup.samples is None:
            raise ValueError("the joint choice needs samples")
        targets, samples = (
            _channels(cells, options.tint) for cells in (matches.samples, setup.samples)
        )
        (rows, cols), (height, width) = matches.shape, setup.samples.shape[1:3]
        viewing = Viewing(np.empty((rows * height, cols * width, 3), np.float32), (height, width))
        viewing = replace(viewing, target=viewing.joined(targets))
        photos = np.arange(len(samples)) if setup.groups is None else setup.groups
        return cls(
            viewing,
            Table.of(viewing, samples),
            photos.astype(np.int32),
            Offers(found.ids, found.distances, own),
            by_cell,
            refine=options.refine,
            variety=VARIETY * options.variety,
        )

    def energy(self, ids: Ids) -> float:
        """Return the energy of a choice of tiles, (cells,), as seen from a distance, per cell."""
        return self.viewing.energy(self.table.samples[ids]) / len(ids)

    def total(self, ids: Ids) -> float:
        """Return what a choice of tiles, (cells,), costs altogether, per cell."""
        cells = np.arange(len(ids))
        own = self.by_cell.of_tiles(cells, ids[:, None])
        # Each pair is seen from both of its cells.
        pairs = self.variety / 2 * self.repeats(cells, ids[:, None], ids) if self.variety else 0
        view = self.refine * self.energy(ids) if self.refine else 0.0
        return view + float((own + pairs).mean(dtype=np.float64))

    def phases(self, open_cells: npt.NDArray[np.bool_], stride: int) -> Iterator[Places]:
        """Yield the open cells in sets of every `stride`-th row and column."""
        numbers = np.arange(len(open_cells)).reshape(self.viewing.shape)
        is_open = open_cells.reshape(self.viewing.shape)
        for down in range(stride):
            for right in range(stride):
                part = np.s_[down::stride, right::stride]
                places = numbers[part][is_open[part]]
                if len(places):
                    yield places

    def slope(self, ids: Ids) -> Slope | None:
        """Return how the energy changes with the samples of a choice (cells,); None if it is 0."""
        if not self.refine:
            return None
        samples = self.table.samples[ids]
        return self.viewing.slope(self.viewing.joined(samples) - self.viewing.target)

    def costs(self, places: Places, offers: Offers, ids: Ids) -> Floats:
        """Return the costs of all tiles offered to some cells, (n, k), but for a constant per cell.

        Parameters
        ----------
        places : ndarray of shape (n,)
        offers : Offers
            Of these cells alone.
        ids : ndarray of shape (cells,)
            What is in all cells now.
        """
        slope = self.slope(ids)
        costs = np.empty(offers.ids.shape, np.float32)

        def compute(block: Places) -> None:
            cells, chosen = places[block], offers.ids[block]
            found = offers.own[block]
            if slope is not None:
                found += self.refine * self.table.costs(chosen, ids[cells], slope.at(cells))
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
        near, weights = self._nearby(places, ids)
        wanted = self.photos[chosen]
        uses = np.bincount(self.photos[ids], minlength=int(self.photos.max()) + 1)
        repeats = (uses * (ANYWHERE / len(ids))).astype(np.float32)[wanted]
        for column, weight in enumerate(weights):
            repeats += weight * (wanted == near[:, column, None])
        return repeats

    def _nearby(self, places: Places, ids: Ids) -> tuple[Ids, Floats]:
        """Return the photos in the cells around some, (n, m), -1 for none, and their weights."""
        rows, cols = self.viewing.shape
        photos = np.full((rows + 2 * REACH, cols + 2 * REACH), -1, np.int32)
        photos[REACH:-REACH, REACH:-REACH] = self.photos[ids].reshape(rows, cols)
        down, right = (steps.ravel() for steps in np.mgrid[: 2 * REACH + 1, : 2 * REACH + 1])
        apart = (down - REACH) ** 2 + (right - REACH) ** 2
        down, right, apart = down[apart > 0], right[apart > 0], apart[apart > 0]
        near = photos[places[:, None] // cols + down, places[:, None] % cols + right]
        return near, (1 / apart).astype(np.float32)


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
