from __future__ import annotations

import faiss
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photomosaic.matching import search as search_module
from photomosaic.matching.search import Candidates, exact_distances, search


def test_closest_first_with_true_distances():
    tiles = np.float32([[0, 0], [3, 4], [10, 0]])
    found = search(np.float32([[0, 0], [10, 1]]), tiles, 2)
    assert np.array_equal(found.ids, [[0, 1], [2, 1]])
    assert np.allclose(found.distances, [[0, 5], [1, np.sqrt(49 + 9)]])


def test_k_above_the_number_of_tiles_is_clamped():
    found = search(np.float32([[0]]), np.float32([[1], [2]]), 5)
    assert np.array_equal(found.ids, [[0, 1]])


def test_a_perfect_match_has_distance_zero_whatever_its_size():
    # In batches faiss returns distances up to 16 where there is none.
    tiles = np.random.default_rng(0).uniform(0, 255, (500, 2304)).astype(np.float32)
    found = search(tiles, tiles, 1)
    assert np.array_equal(found.ids[:, 0], np.arange(500))
    assert np.array_equal(found.distances[:, 0], np.zeros(500))


def test_equal_distances_are_ranked_by_tile():
    tiles = np.zeros((50, 4), np.float32)
    found = search(np.ones((3, 4), np.float32), tiles, 1)
    assert np.array_equal(found.distances, np.full((3, 1), 2))
    # Of 50 equal tiles faiss hands over some; the lowest of those is taken.
    assert (found.ids < 50 - 4).all()


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 8), st.integers(1, 50))
def test_same_as_comparing_all_with_all(cells, tiles, dimension, k):
    rng = np.random.default_rng(cells * 1000 + tiles)
    patches = rng.uniform(-50, 50, (cells, dimension)).astype(np.float32)
    codebook = rng.uniform(-50, 50, (tiles, dimension)).astype(np.float32)
    found = search(patches, codebook, k)
    everything = np.linalg.norm(patches[:, None] - codebook[None], axis=2)
    assert np.allclose(found.distances, np.sort(everything, axis=1)[:, :k], rtol=1e-4, atol=1e-4)
    assert np.allclose(
        np.take_along_axis(everything, found.ids, axis=1), found.distances, rtol=1e-4, atol=1e-4
    )


def test_blocks_make_no_difference(monkeypatch):
    rng = np.random.default_rng(3)
    patches = rng.normal(size=(50, 6)).astype(np.float32)
    tiles = rng.normal(size=(30, 6)).astype(np.float32)
    whole = search(patches, tiles, 3)
    monkeypatch.setattr(search_module, "CELLS_AT_ONCE", 7)
    monkeypatch.setattr(search_module, "VALUES_AT_ONCE", 100)
    blocks = search(patches, tiles, 3)
    assert np.array_equal(whole.ids, blocks.ids)
    assert np.array_equal(whole.distances, blocks.distances)


def test_threads_make_no_difference():
    rng = np.random.default_rng(4)
    patches = rng.normal(size=(500, 144)).astype(np.float32)
    tiles = rng.normal(size=(800, 144)).astype(np.float32)
    before = faiss.omp_get_max_threads()
    try:
        faiss.omp_set_num_threads(1)
        one = search(patches, tiles, 5)
        faiss.omp_set_num_threads(2)
        two = search(patches, tiles, 5)
    finally:
        faiss.omp_set_num_threads(before)
    assert np.array_equal(one.ids, two.ids)
    assert np.array_equal(one.distances, two.distances)


def test_exact_distances_of_given_tiles():
    distances = exact_distances(
        np.float32([[1, 1]]), np.float32([[1, 1], [1, 3]]), np.int64([[1, 0]])
    )
    assert np.array_equal(distances, [[2, 0]])


def test_candidates_check_their_shapes():
    with pytest.raises(ValueError, match="cells, k"):
        Candidates(np.zeros((2, 1), np.int64), np.zeros((2, 2), np.float32))
