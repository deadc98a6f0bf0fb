"""An assignment within limits, with draws, pins and bans."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from photomosaic.arrays import Floats, Ids, Ids32
from photomosaic.assignment.assignment import Assignment
from photomosaic.assignment.limits import Limits
from photomosaic.matching.search import Candidates, Matches, exact_distances
from photomosaic.progress import Progress, silent

if TYPE_CHECKING:
    from photomosaic.assignment.solver import Problem


@dataclass(frozen=True)
class Edits:
    """What was said about single photos and cells; photos are rows of the codebook.

    Attributes
    ----------
    banned, required : tuple of int
        Photos never to be used, and to be used at least once.
    pinned : dict of int to int
        Cell (row * cols + col) to its photo.
    refused : tuple of (int, int)
        Cell and a photo that is not to lie there.
    """

    banned: tuple[int, ...] = ()
    required: tuple[int, ...] = ()
    pinned: Mapping[int, int] = field(default_factory=dict)
    refused: tuple[tuple[int, int], ...] = ()

    def __bool__(self) -> bool:
        """Tell whether anything was said."""
        return bool(self.banned or self.required or self.pinned or self.refused)


def choose_limited(
    matches: Matches,
    tiles: Floats,
    limits: Limits,
    groups: Ids | None,
    edits: Edits,
    randomness: float,
    rng: np.random.Generator,
    progress: Progress = silent,
) -> Assignment:
    """Choose a photo for each cell within feasible limits.

    A photo drawn from the k closest takes the rank, and with it the cost, of the closest; random
    cells are dealt their photos first, as from a shuffled deck.

    Parameters
    ----------
    matches : Matches
    tiles : ndarray of shape (N, D), float32
    limits : Limits
    groups : ndarray of shape (N,), int64, or None
        Photos of the same number count as one.
    edits : Edits
    randomness : float
        Probability of a cell to take any photo.
    rng : Generator
    progress : Progress, optional
    """
    # Loads the compiler, which takes longer than most runs without limits.
    from photomosaic.assignment.solver import solve

    own = _ranks_drawn(matches.candidates, rng) if matches.candidates.ids.shape[1] > 1 else None
    pinned = _pins(len(matches.patches), edits)
    drawn = np.zeros(len(pinned), np.bool_)
    if randomness:
        drawn = (rng.random(len(pinned)) < randomness) & (pinned < 0)
        _deal(pinned, np.flatnonzero(drawn), len(tiles), matches.shape, limits, groups, edits, rng)
        drawn &= pinned >= 0
    problem = _problem(matches, tiles, limits, groups, edits, pinned, own)
    solution = solve(problem, progress)
    # Draws are not compared with assignments that nobody drew.
    bound = None if own is not None or drawn.any() else solution.bound
    return assignment_of(solution.ids, matches, tiles, drawn, bound)


def mend_limited(
    matches: Matches,
    tiles: Floats,
    limits: Limits,
    groups: Ids | None,
    edits: Edits,
    ids: Ids32,
    progress: Progress = silent,
) -> Assignment:
    """Fill the open cells (-1) of an assignment of shape (rows, cols); the others stay.

    Parameters as those of `choose_limited`.
    """
    from photomosaic.assignment.solver import mend

    pinned = _pins(len(matches.patches), edits)
    problem = _problem(matches, tiles, limits, groups, edits, pinned, None)
    mended = mend(problem, ids.ravel().astype(np.int64), progress)
    return assignment_of(mended, matches, tiles, np.zeros(len(pinned), np.bool_), None)


def _pins(cells: int, edits: Edits) -> Ids:
    """Return the photo that is pinned into each cell, -1 for none."""
    pinned = np.full(cells, -1)
    pinned[list(edits.pinned)] = list(edits.pinned.values())
    return pinned


def _problem(
    matches: Matches,
    tiles: Floats,
    limits: Limits,
    groups: Ids | None,
    edits: Edits,
    pinned: Ids,
    own: Candidates | None,
) -> Problem:
    from photomosaic.assignment.solver import Problem

    own_ids, own_costs = _own_costs(len(pinned), own, edits.refused)
    return Problem(
        matches.patches,
        tiles,
        matches.shape,
        limits,
        groups,
        np.array(edits.banned, np.int64),
        np.array(edits.required, np.int64),
        pinned,
        own_ids,
        own_costs,
    )


def assignment_of(
    ids: Ids, matches: Matches, tiles: Floats, drawn: npt.NDArray[np.bool_], bound: float | None
) -> Assignment:
    """Return ids of shape (cells,) as an assignment; those `drawn` at random never give way."""
    distances = exact_distances(matches.patches, tiles, ids[:, None])[:, 0]
    closest = matches.candidates.distances[:, 0]
    ratios = np.divide(distances, closest, out=np.ones_like(closest), where=closest > 0)
    ratios[drawn] = np.inf
    return Assignment(
        ids.astype(np.int32).reshape(matches.shape),
        distances.reshape(matches.shape),
        np.maximum(ratios, 1).reshape(matches.shape),
        bound,
    )


def _ranks_drawn(candidates: Candidates, rng: np.random.Generator) -> Candidates:
    """Rank each cell's candidates by draws of weight 1 / distance without putting back.

    The first drawn gets the distance of the closest as its cost, and so on. Such a draw is a race
    of exponential variables whose rates are the weights (Efraimidis and Spirakis 2006).
    """
    race = rng.exponential(size=candidates.ids.shape) * candidates.distances
    order = np.argsort(race, axis=1, kind="stable")
    return Candidates(np.take_along_axis(candidates.ids, order, axis=1), candidates.distances)


def _own_costs(
    cells: int, own: Candidates | None, refused: tuple[tuple[int, int], ...]
) -> tuple[Ids32, Floats]:
    most = max((sum(c == cell for c, _ in refused) for cell, _ in refused), default=0)
    ids = np.full((cells, most), -1, np.int32)
    costs = np.full((cells, most), np.inf, np.float32)
    for cell, photo in refused:
        ids[cell, np.flatnonzero(ids[cell] < 0)[0]] = photo
    if own is not None:
        # Refusals come last, since the last word counts.
        ids = np.concatenate([own.ids.astype(np.int32), ids], axis=1)
        costs = np.concatenate([own.distances, costs], axis=1)
    return ids, costs


def _deal(
    pinned: Ids,
    cells: Ids,
    photos: int,
    shape: tuple[int, int],
    limits: Limits,
    groups: Ids | None,
    edits: Edits,
    rng: np.random.Generator,
) -> None:
    """Deal photos to the random cells, in place, as far as the limits allow."""
    deck = np.setdiff1d(np.arange(photos), edits.banned)
    groups = np.arange(photos) if groups is None else groups
    places: dict[int, list[int]] = {}
    for cell in map(int, np.flatnonzero(pinned >= 0)):
        places.setdefault(int(groups[pinned[cell]]), []).append(cell)
    cols, refused = shape[1], set(edits.refused)
    hand: list[int] = []
    for cell in map(int, cells):
        for _ in range(2 * len(deck)):
            if not hand:
                hand = rng.permutation(deck).tolist()
            photo = hand.pop()
            held = places.setdefault(int(groups[photo]), [])
            apart = all(
                max(abs(other // cols - cell // cols), abs(other % cols - cell % cols))
                >= limits.min_spacing
                for other in held
            )
            full = limits.max_uses is not None and len(held) >= limits.max_uses
            if apart and not full and (cell, photo) not in refused:
                pinned[cell] = photo
                held.append(cell)
                break
