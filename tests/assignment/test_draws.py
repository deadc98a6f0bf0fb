from __future__ import annotations

import numpy as np
import pytest

from photomosaic.assignment.assignment import Assignment
from photomosaic.assignment.draws import draw_best_k, draw_random_cells
from photomosaic.matching.search import Candidates

CELLS = 40_000


def drawn_shares(distances: list[float]) -> np.ndarray:
    k = len(distances)
    candidates = Candidates(
        np.tile(np.arange(k), (CELLS, 1)), np.tile(np.float32(distances), (CELLS, 1))
    )
    drawn = draw_best_k(candidates, np.random.default_rng(0))
    return np.bincount(drawn, minlength=k) / CELLS


def test_weights_are_inverse_distances():
    assert np.allclose(drawn_shares([1, 2, 4]), [4 / 7, 2 / 7, 1 / 7], atol=0.01)


def test_equal_distances_are_equally_likely():
    assert np.allclose(drawn_shares([3, 3, 3, 3]), 0.25, atol=0.01)


def test_a_perfect_match_is_always_drawn():
    assert np.array_equal(drawn_shares([0, 1, 2]), [1, 0, 0])


def test_perfect_matches_are_equally_likely():
    assert np.allclose(drawn_shares([0, 0, 5]), [0.5, 0.5, 0], atol=0.01)


def test_the_same_seed_draws_the_same():
    candidates = Candidates(np.arange(60).reshape(20, 3), np.ones((20, 3), np.float32))
    first, second = (draw_best_k(candidates, np.random.default_rng(9)) for _ in range(2))
    other = draw_best_k(candidates, np.random.default_rng(10))
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)


def test_random_cells_come_with_their_probability_and_any_tile():
    cells, ids = draw_random_cells(CELLS, 4, 0.05, np.random.default_rng(0))
    assert len(cells) / CELLS == pytest.approx(0.05, abs=0.004)
    assert len(np.unique(cells)) == len(cells) == len(ids)
    assert np.allclose(np.bincount(ids, minlength=4) / len(ids), 0.25, atol=0.04)


def test_no_randomness_draws_no_cell():
    cells, ids = draw_random_cells(100, 4, 0, np.random.default_rng(0))
    assert len(cells) == len(ids) == 0


def test_assignment_checks_its_shapes():
    with pytest.raises(ValueError, match="rows, cols"):
        Assignment(np.zeros((2, 2), np.int32), np.zeros(4, np.float32), np.ones(4, np.float32))
