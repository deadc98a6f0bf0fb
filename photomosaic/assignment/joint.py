"""The tiles of all cells are chosen together, for how the mosaic looks from a distance.

The eye blends neighbouring cells, so what one cell lacks the next can make up for. With all other
cells as they are, the energy is quadratic in a cell's tile; so the best of its candidates is found
with one product. Cells of every third row and column change together, since they hardly see one
another; a sweep changes all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from photomosaic.arrays import Floats, Ids
from photomosaic.assignment.assigner import Setup
from photomosaic.assignment.assignment import Assignment, Energy
from photomosaic.assignment.colour_metric import lab, opponent
from photomosaic.assignment.draws import draw_random_cells
from photomosaic.assignment.energy import Viewing
from photomosaic.matching.features import mean_directions
from photomosaic.matching.metrics import lowest_cosines
from photomosaic.matching.search import Candidates, Matches, exact_distances, search

# Closest tiles of each cell that are considered.
CANDIDATES = 256
SWEEPS = 6
STRIDE = 3
FEWEST_CHANGES = 0.005
# Weight of a cell's own squared distance: keeps tiles that only fit from a distance out.
OWN = 0.002
# CIELAB units by which a cell's mean colour may differ more than that of the closest tile, and the
# cost of each unit beyond.
CAP, CAP_COST = 13.5, 1000.0
# Cost of the same photo in a neighbouring cell, at a variety of 1; it falls with the distance.
VARIETY = 100.0
REACH = 3
# Cosine coefficients of a tile's luma and of either chroma that the blurs let through.
LUMA_TERMS, CHROMA_TERMS = 24, 8
PAIRS = (0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2)
SMALLEST_GAIN = 1e-4

Places = npt.NDArray[np.intp]


class JointAssigner:
    """Chooses all tiles jointly, without limits on repeats."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup

    def assign(self, matches: Matches) -> Assignment:
        """Choose a tile for each cell of matched patches."""
        setup, options = self._setup, self._setup.options
        cells = len(matches.patches)
        with setup.work.clock.stage("joint choice"):
            choice = JointChoice.of(matches, setup)
            ids = choice.candidates.ids[:, 0].copy()
            fixed = np.zeros(cells, np.bool_)
            if options.randomness:
                places, drawn = draw_random_cells(
                    cells, len(setup.tiles), options.randomness, setup.rng
                )
                ids[places], fixed[places] = drawn, True
            before = choice.energy(ids)
            for _ in choice.sweeps(ids, ~fixed):
                pass
            if options.best_k > 1:
                choice.draw(ids, ~fixed, options.best_k, setup.rng)
            energy = Energy(before, choice.energy(ids))
            return Assignment.of(ids, matches, setup.tiles, random=fixed, energy=energy)


@dataclass(frozen=True)
class CellFeatures:
    """What a tile costs in a cell by itself: its distance, and a mean colour beyond the cap.

    Attributes
    ----------
    patches, tiles : ndarray of shape (cells, D), (N, D), float32
    means : tuple of ndarrays of shape (cells, 3), (N, 3), float32
        Mean colours of patches and tiles in CIELAB.
    closest : ndarray of shape (cells, 1), float32
        Distance of each patch's mean colour to the closest of the tiles'.
    """

    patches: Floats
    tiles: Floats
    means: tuple[Floats, Floats]
    closest: Floats

    def costs(self, places: Places, chosen: Ids) -> Floats:
        """Return the costs of tiles `chosen` (n, k) in cells `places` (n,)."""
        costs = OWN * exact_distances(self.patches[places], self.tiles, chosen) ** 2
        distances = exact_distances(self.means[0][places], self.means[1], chosen)
        beyond = np.maximum(0, distances - self.closest[places] - CAP)
        return np.asarray(costs + CAP_COST * beyond, np.float32)


@dataclass(frozen=True)
class JointChoice:
    """Candidates of all cells, and what is needed to compare them.

    Attributes
    ----------
    viewing : Viewing
    samples : ndarray of shape (N, h, w, 3), float32
        Of the tiles, in opponent coordinates.
    photos : ndarray of shape (N,), int64
        Tiles with the same number show the same photo.
    candidates : Candidates
    own : ndarray of shape (cells, k), float32
        Cost of each candidate for its own cell: distance and cap.
    features : CellFeatures
    refine, variety : float
        Weights of the view from a distance, and of the same photo nearby.
    setup : Setup
    """

    viewing: Viewing
    samples: Floats
    photos: Ids
    candidates: Candidates
    own: Floats
    features: CellFeatures
    refine: float
    variety: float
    setup: Setup

    @classmethod
    def of(
        cls, matches: Matches, setup: Setup, start: Ids | None = None, count: int = CANDIDATES
    ) -> JointChoice:
        """Prepare the choice for matched patches, with what tint will change left out.

        Parameters
        ----------
        matches : Matches
        setup : Setup
        start : ndarray of shape (cells,), int64, optional
            Tiles that limits on repeats allow, whose mean colours need not be improved on.
        count : int
            Candidates of each cell.
        """
        options, spec = setup.options, setup.spec
        patches, tiles = (
            _untinted(features, mean_directions(spec), options.tint)
            for features in (matches.patches, setup.tiles)
        )
        candidates = search(patches, tiles, max(count, options.best_k), setup.work)
        if matches.samples is None or setup.samples is None:
            raise ValueError("the joint choice needs samples")
        targets, samples = (
            _without_mean(opponent(cells), options.tint)
            for cells in (matches.samples, setup.samples)
        )
        rows, cols = matches.shape
        height, width = samples.shape[1:3]
        flat = np.empty((rows * height, cols * width, 3), np.float32)
        viewing = Viewing(flat, (height, width))
        flat[:] = viewing.joined(targets)
        patch_means, tile_means = (
            np.float32(1 - options.tint) * lab(cells.mean(axis=(1, 2)))
            for cells in (matches.samples, setup.samples)
        )
        means = patch_means, tile_means
        closest = search(*means, 1).distances
        if start is not None:
            closest = np.maximum(closest, exact_distances(*means, start[:, None]))
        photos = np.arange(len(tiles)) if setup.groups is None else setup.groups
        features = CellFeatures(patches, tiles, means=means, closest=closest)
        return cls(
            viewing,
            samples,
            photos,
            candidates,
            own=features.costs(np.arange(len(patches)), candidates.ids),
            features=features,
            refine=options.refine,
            variety=VARIETY * options.variety,
            setup=setup,
        )

    def energy(self, ids: Ids) -> float:
        """Return the energy of a choice of tiles, (cells,), as seen from a distance, per cell."""
        return self.viewing.energy(self.samples[ids]) / len(ids)

    def table(self) -> Table:
        """Return the tiles as they are compared."""
        return Table.of(self.viewing, self.samples)

    def sweeps(self, ids: Ids, open_cells: npt.NDArray[np.bool_]) -> Iterator[int]:
        """Improve a choice of tiles, (cells,), in place; yield how many each sweep changed."""
        table = self.table()
        steps = range(SWEEPS)
        shown = self.setup.work.progress(steps, total=SWEEPS, what="choosing tiles", unit="sweep")
        for _ in shown:
            changed = 0
            for places in self.phases(open_cells, STRIDE):
                costs = self._candidate_costs(places, ids, table)
                best, row = costs.argmin(axis=1), np.arange(len(places))
                new = self.candidates.ids[places, best]
                now = self._current(costs, places, ids)
                better = costs[row, best] < now - SMALLEST_GAIN
                ids[places[better]] = new[better]
                changed += int(better.sum())
            yield changed
            if changed < FEWEST_CHANGES * len(ids):
                return

    def draw(
        self, ids: Ids, open_cells: npt.NDArray[np.bool_], best_k: int, rng: np.random.Generator
    ) -> None:
        """Draw each tile among the `best_k` best of its cell, weighted by 1 / distance."""
        table = self.table()
        for places in self.phases(open_cells, STRIDE):
            costs = self._candidate_costs(places, ids, table)
            best = np.argsort(costs, axis=1, kind="stable")[:, :best_k]
            distances = np.take_along_axis(self.candidates.distances[places], best, axis=1)
            race = rng.exponential(size=best.shape) * distances
            drawn = np.take_along_axis(best, race.argmin(axis=1)[:, None], axis=1)[:, 0]
            ids[places] = self.candidates.ids[places, drawn]

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

    def _candidate_costs(self, places: Places, ids: Ids, table: Table) -> Floats:
        chosen, own = self.candidates.ids[places], self.own[places]
        return self.costs(places, chosen, own, ids, table)

    def costs(self, places: Places, chosen: Ids, own: Floats, ids: Ids, table: Table) -> Floats:
        """Return the costs of tiles `chosen` in some cells, (n, k), up to a constant per cell.

        `own` is what they cost by themselves, and `ids` (cells,) what is in all cells now.
        """
        costs = own.copy()
        if self.refine:
            error = self.viewing.joined(self.samples[ids]) - self.viewing.target
            slope, colour, edges = self.viewing.slope(error)
            costs += self.refine * table.costs(
                chosen, ids[places], slope[places], colour[places], edges[places]
            )
        if self.variety:
            costs += self.variety * self._repeats(places, chosen, ids)
        return costs

    def _current(self, costs: Floats, places: Places, ids: Ids) -> Floats:
        """Return the cost of the tiles that are in some cells; infinite if no candidate."""
        here = self.candidates.ids[places] == ids[places][:, None]
        return np.asarray(np.where(here, costs, np.inf).min(axis=1), np.float32)

    def _repeats(self, places: Places, chosen: Ids, ids: Ids) -> Floats:
        """Return how often candidates' photos are nearby, each place divided by its distance."""
        rows, cols = self.viewing.shape
        photos, wanted = self.photos[ids], self.photos[chosen]
        repeats = np.zeros(chosen.shape, np.float32)
        for down in range(-REACH, REACH + 1):
            for right in range(-REACH, REACH + 1):
                row, col = places // cols + down, places % cols + right
                inside = (row >= 0) & (row < rows) & (col >= 0) & (col < cols)
                distance = max(abs(down), abs(right))
                if distance and inside.any():
                    near = photos[(row * cols + col)[inside]]
                    repeats[inside] += (wanted[inside] == near[:, None]) / np.float32(distance)
        return repeats


@dataclass(frozen=True)
class Table:
    """Tiles in a small basis, and their squares under the blurs' responses.

    Attributes
    ----------
    samples : ndarray of shape (N, h * w, 3), float32
        In opponent coordinates.
    bases : tuple of three ndarrays of shape (terms, h * w)
        Of each channel.
    responses : tuple of two ndarrays of shape (h * w, h * w)
        Of colour and of edges.
    rows : ndarray of shape (N, all terms + 7)
        Coefficients of each tile; the products of any two of its channels under the response of
        colour; and the square of luma under that of edges.
    """

    samples: Floats
    bases: tuple[Floats, Floats, Floats]
    responses: tuple[Floats, Floats]
    rows: Floats

    @classmethod
    def of(cls, viewing: Viewing, samples: Floats) -> Table:
        """Return tiles with samples (N, h, w, 3) in the basis."""
        height, width = viewing.cell
        luma = lowest_cosines(height, width, LUMA_TERMS)
        chroma = lowest_cosines(height, width, CHROMA_TERMS)
        bases = luma, chroma, chroma
        flat = samples.reshape(len(samples), height * width, 3)
        colour, edges = viewing.responses()
        parts = [np.ascontiguousarray(flat[..., c]) @ basis.T for c, basis in enumerate(bases)]
        squares = [
            np.einsum("nt,nt->n", parts[c] @ (bases[c] @ colour @ bases[d].T), parts[d])
            * (1 if c == d else 2)
            for c, d in PAIRS
        ]
        squares.append(np.einsum("nt,nt->n", parts[0] @ (luma @ edges @ luma.T), parts[0]))
        rows = np.concatenate([*parts, np.stack(squares, axis=1)], axis=1).astype(np.float32)
        return cls(flat, bases, (colour, edges), rows)

    def costs(self, chosen: Ids, now: Ids, slope: Floats, colour: Floats, edges: Floats) -> Floats:
        """Return the energies of cells with each of their chosen tiles, (n, k), but for a constant.

        `now` are the cells' tiles, (n,); the rest is of these cells as from `Viewing.slope`.
        """
        here = self.samples[now]
        own = np.einsum("pq,nqc->npc", self.responses[0], here, optimize=True) @ colour
        own[..., 0] += edges[:, None] * (here[..., 0] @ self.responses[1])
        linear = [(slope - own)[..., c] @ (2 * basis.T) for c, basis in enumerate(self.bases)]
        weights = [colour[:, c, d, None] for c, d in PAIRS]
        columns = np.concatenate([*linear, *weights, edges[:, None]], axis=1)
        return np.asarray(np.matmul(self.rows[chosen], columns[..., None])[..., 0], np.float32)


def _untinted(features: Floats, directions: Floats, tint: float) -> Floats:
    """Return features whose mean colour counts 1 - tint only."""
    if not tint:
        return features
    means = features @ directions.T
    return np.asarray(features - np.float32(tint) * (means @ directions), np.float32)


def _without_mean(cells: Floats, tint: float) -> Floats:
    """Return samples (n, h, w, 3) without a share of each cell's mean colour."""
    return np.asarray(cells - np.float32(tint) * cells.mean(axis=(1, 2), keepdims=True), np.float32)
