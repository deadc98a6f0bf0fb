"""Random draws: of one of the k closest tiles, of a ranking of them, and of any tile."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from photomosaic.arrays import Ids
from photomosaic.assignment.problem import Problem
from photomosaic.matching.search import Candidates


def draw_best_k(candidates: Candidates, rng: np.random.Generator) -> npt.NDArray[np.intp]:
    """Draw one candidate per cell with a weight of 1 / distance.

    Where tiles match perfectly (distance 0), one of those is drawn.

    Returns
    -------
    ndarray of shape (cells,), intp
        Column of the drawn candidate.
    """
    distances = candidates.distances.astype(np.float64)
    perfect = distances == 0
    with np.errstate(divide="ignore"):
        weights = np.where(perfect.any(axis=1, keepdims=True), perfect, 1 / distances)
    steps = np.cumsum(weights, axis=1)
    marks = rng.random(len(steps))[:, None] * steps[:, -1:]
    return np.asarray(np.argmax(steps > marks, axis=1), np.intp)


def draw_ranking(candidates: Candidates, rng: np.random.Generator) -> Candidates:
    """Rank the candidates of each cell by draws without replacement, of weight 1 / distance.

    The first drawn gets the distance of the closest as its cost, and so on. Such a draw is a race
    of exponential variables whose rates are the weights (Efraimidis and Spirakis 2006).
    """
    race = rng.exponential(size=candidates.ids.shape) * candidates.distances
    order = np.argsort(race, axis=1, kind="stable")
    return Candidates(np.take_along_axis(candidates.ids, order, axis=1), candidates.distances)


def draw_random_cells(
    cells: int, tiles: int, randomness: float, rng: np.random.Generator
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.int64]]:
    """Draw the cells that take any tile, each with probability `randomness`, and their tiles.

    Returns
    -------
    cells, ids : ndarray of shape (drawn,)
    """
    drawn = np.flatnonzero(rng.random(cells) < randomness)
    return drawn, rng.integers(tiles, size=len(drawn))


def deal(
    problem: Problem,
    cells: npt.NDArray[np.intp],
    refused: tuple[tuple[int, int], ...],
    rng: np.random.Generator,
) -> Ids:
    """Pin random photos into cells, as from a shuffled deck, as far as the limits allow.

    Parameters
    ----------
    problem : Problem
    cells : ndarray of shape (n,)
    refused : tuple of (int, int)
        Cell and a photo that must not be placed there.
    rng : Generator

    Returns
    -------
    ndarray of shape (all cells,), int64
        Photo pinned into each cell, by the problem or here; -1 for none.
    """
    pinned = problem.pinned.copy()
    photos = np.arange(len(problem.tiles))
    deck = np.setdiff1d(photos, problem.banned)
    groups = photos if problem.groups is None else problem.groups
    places: dict[int, list[int]] = {}
    for cell in map(int, np.flatnonzero(pinned >= 0)):
        places.setdefault(int(groups[pinned[cell]]), []).append(cell)
    avoided = set(refused)
    hand: list[int] = []
    for cell in map(int, cells):
        for _ in range(2 * len(deck)):
            if not hand:
                hand = rng.permutation(deck).tolist()
            photo = hand.pop()
            others = places.setdefault(int(groups[photo]), [])
            if (cell, photo) not in avoided and _is_allowed(cell, others, problem):
                pinned[cell] = photo
                others.append(cell)
                break
    return pinned


def _is_allowed(cell: int, others: list[int], problem: Problem) -> bool:
    """Tell whether a photo that is in `others` may be placed in a cell too."""
    limits = problem.limits
    if limits.max_uses is not None and len(others) >= limits.max_uses:
        return False
    if not others or limits.min_spacing == 1:
        return True
    return bool((problem.places.apart(cell, others) >= limits.min_spacing).all())
