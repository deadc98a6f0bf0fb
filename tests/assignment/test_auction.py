from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from photomosaic.assignment.auction import PROMISED_GAP, auction, lower_bound
from photomosaic.assignment.costs import Costs
from photomosaic.assignment.limits import Uses
from photomosaic.progress import silent


def costs_of(patches, tiles, groups=None):
    groups = np.arange(len(tiles)) if groups is None else groups
    order = np.argsort(groups, kind="stable")
    return Costs(
        patches=patches,
        tiles=np.ascontiguousarray(tiles.T),
        order=order,
        starts=np.searchsorted(groups[order], np.arange(groups.max() + 2)),
        banned=np.zeros(len(tiles), bool),
        override_ids=np.empty((len(patches), 0), np.int32),
        override_costs=np.empty((len(patches), 0), np.float32),
    )


def optimum(distances, capacity, required):
    """Return the least total, by SciPy on a matrix with a column for each place of a photo."""
    bonus = 1e5
    columns = [distances - bonus * required] + [
        np.where(capacity > n, distances, 1e7) for n in range(1, capacity.max())
    ]
    dense = np.hstack(columns)
    rows, cols = linear_sum_assignment(dense)
    return distances[rows, cols % distances.shape[1]].sum()


@settings(deadline=None, max_examples=60)
@given(
    st.integers(1, 40),
    st.integers(1, 30),
    st.integers(1, 5),
    st.booleans(),
    st.integers(0, 9),
)
@example(14, 17, 1, False, 4)  # a photo that was priced, and then taken by nobody
@example(20, 20, 5, True, 885428)
@example(25, 24, 3, True, 56021)
def test_the_total_is_within_what_is_promised_and_the_bound_below_the_optimum(
    cells, photos, uses, all_, seed
):
    uses = max(uses, -(-cells // photos))
    rng = np.random.default_rng(seed)
    patches = rng.normal(0, 10, (cells, 7)).astype(np.float32)
    tiles = rng.normal(2, 10, (photos, 7)).astype(np.float32)
    capacity = np.full(photos, uses)
    required = np.full(photos, all_ and photos <= cells)
    result = auction(costs_of(patches, tiles), Uses(capacity, required), rng, silent)
    counts = np.bincount(result.photos, minlength=photos)
    assert counts.max() <= uses
    assert (counts[required] > 0).all()
    distances = cdist(patches, tiles)
    total = distances[np.arange(cells), result.photos].sum()
    best = optimum(distances, capacity, required)
    bound = lower_bound(Uses(capacity, required), result)
    assert bound <= best <= total * (1 + 1e-9)
    assert total - bound <= PROMISED_GAP * total * (1 + 1e-5)


@pytest.mark.parametrize("kind", ["near", "alike", "far"])
def test_the_promise_holds_where_a_few_cells_cost_nearly_all_or_nearly_nothing(kind):
    rng = np.random.default_rng(5)
    tiles = rng.normal(0, 10, (60, 6)).astype(np.float32)
    patches = {
        "near": tiles[rng.integers(40, size=50)] + rng.normal(0, 0.01, (50, 6)),
        "alike": np.repeat(tiles[:1], 50, axis=0),
        "far": rng.normal(0, 10, (50, 6)) * np.exp(rng.normal(0, 3, (50, 1))),
    }[kind].astype(np.float32)
    capacity, nobody = np.full(60, 2), np.zeros(60, bool)
    result = auction(costs_of(patches, tiles), Uses(capacity, nobody), rng, silent)
    total = cdist(patches, tiles)[np.arange(50), result.photos].sum()
    best, bound = (
        optimum(cdist(patches, tiles), capacity, nobody),
        lower_bound(Uses(capacity, nobody), result),
    )
    assert bound <= best <= total * (1 + 1e-9)
    assert total - bound <= PROMISED_GAP * total * (1 + 1e-5)


def test_a_photo_for_each_cell_is_found_among_equal_ones():
    patches = np.zeros((30, 5), np.float32)
    tiles = np.zeros((30, 5), np.float32)
    result = auction(
        costs_of(patches, tiles),
        Uses(np.ones(30, np.int64), np.zeros(30, bool)),
        np.random.default_rng(0),
        silent,
    )
    assert sorted(result.photos) == list(range(30))


def test_photos_that_count_as_one_share_their_uses_and_the_better_is_taken():
    patches = np.array([[0.0], [9.0]], np.float32)
    tiles = np.array([[1.0], [8.0], [50.0]], np.float32)
    groups = np.array([0, 0, 1])
    result = auction(
        costs_of(patches, tiles, groups),
        Uses(np.array([2, 2]), np.zeros(2, bool)),
        np.random.default_rng(0),
        silent,
    )
    assert list(result.photos) == [0, 1]


def test_photos_that_may_not_be_used_are_not():
    rng = np.random.default_rng(1)
    patches = rng.normal(size=(20, 4)).astype(np.float32)
    tiles = rng.normal(size=(30, 4)).astype(np.float32)
    capacity = np.ones(30, np.int64)
    capacity[::3] = 0
    uses = Uses(capacity, np.zeros(30, bool))
    result = auction(costs_of(patches, tiles), uses, rng, silent)
    assert not (result.photos % 3 == 0).any()
    bound = lower_bound(uses, result)
    allowed = np.flatnonzero(capacity)
    rows, cols = linear_sum_assignment(cdist(patches, tiles[allowed]))
    best = cdist(patches, tiles[allowed])[rows, cols].sum()
    assert bound <= best
    assert result.costs.sum() - bound <= PROMISED_GAP * result.costs.sum()
