from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photomosaic.assignment.assignment import Assignment
from photomosaic.assignment.limits import Limits, Relaxation, feasible
from photomosaic.assignment.problem import Problem
from photomosaic.assignment.repeats import Repeats, smallest_spacing
from photomosaic.assignment.solver import complete, solve
from photomosaic.errors import InputError


def problem(rows, cols, photos, limits, seed=0, smooth=True, **more):
    """Return a problem whose patches change slowly over the grid, as those of pictures do."""
    rng = np.random.default_rng(seed)
    down, right = np.mgrid[0:rows, 0:cols]
    waves = [np.sin(down / 5 + n) + np.cos(right / 7 - n) for n in range(6)]
    patches = 10 * np.stack(waves, axis=2).reshape(rows * cols, 6)
    if not smooth:
        patches = rng.normal(0, 10, patches.shape)
    tiles = rng.normal(0, 12, (photos, 6)).astype(np.float32)
    return Problem(patches.astype(np.float32), tiles, (rows, cols), limits, **more)


def total(problem, ids):
    return float(np.linalg.norm(problem.patches - problem.tiles[ids], axis=1).sum())


def check(problem, ids):
    counts = np.bincount(ids, minlength=len(problem.tiles))
    limits = problem.limits
    assert limits.max_uses is None or counts.max() <= limits.max_uses
    assert not limits.use_all or counts.min() >= 1
    spacing = smallest_spacing(ids.reshape(problem.shape))
    assert spacing is None or spacing >= limits.min_spacing


@settings(deadline=None, max_examples=40)
@given(
    st.integers(1, 14),
    st.integers(1, 14),
    st.integers(0, 60),
    st.integers(1, 4),
    st.one_of(st.none(), st.integers(1, 4)),
    st.booleans(),
    st.integers(0, 3),
)
def test_all_limits_hold_together_where_there_is_some_room(
    rows, cols, more, spacing, uses, use_all, seed
):
    cells = rows * cols
    photos = more + max(16, (2 * spacing - 1) ** 2, math.ceil(1.3 * cells / (uses or cells)))
    asked = Limits(uses, spacing, use_all and photos <= 0.7 * cells)
    limits, relaxed = feasible(asked, (rows, cols), photos)
    one = problem(rows, cols, photos, limits, seed)
    solution = solve(one)
    check(one, solution.ids)
    assert solution.bound <= total(one, solution.ids)
    assert bool(relaxed) == (limits != asked)


@pytest.mark.parametrize("spacing", [2, 3, 4, 5])
def test_spacing_holds_with_few_photos(spacing):
    one = problem(24, 30, int(1.5 * spacing**2) + 1, Limits(None, spacing))
    check(one, solve(one).ids)


def test_each_once_with_just_as_many_photos_as_cells():
    one = problem(12, 12, 144, Limits(1, 5, True))
    check(one, solve(one).ids)


def test_no_part_of_the_picture_is_served_before_another():
    limits = Limits(1, 1)
    one = problem(20, 20, 440, limits, smooth=False)
    ids = solve(one).ids
    costs = np.linalg.norm(one.patches - one.tiles[ids], axis=1).reshape(20, 20)
    flipped = Problem(one.patches[::-1].copy(), one.tiles, (20, 20), limits)
    other = solve(flipped).ids[::-1]
    assert total(one, other) == pytest.approx(total(one, ids), rel=0.004)
    assert costs[:10].mean() == pytest.approx(costs[10:].mean(), rel=0.1)


def test_spacing_serves_top_and_bottom_alike():
    one = problem(30, 30, 60, Limits(None, 4), smooth=False)
    ids = solve(one).ids
    costs = np.linalg.norm(one.patches - one.tiles[ids], axis=1).reshape(30, 30)
    assert costs[:15].mean() == pytest.approx(costs[15:].mean(), rel=0.08)


def test_spacing_is_better_than_greedy_in_scan_order():
    one = problem(30, 40, 70, Limits(None, 4))
    distances = np.linalg.norm(one.patches[:, None] - one.tiles[None], axis=2)
    grid = np.full((30, 40), -1)
    for cell in range(1200):
        row, col = divmod(cell, 40)
        near = grid[max(0, row - 3) : row + 4, max(0, col - 3) : col + 4]
        free = np.setdiff1d(np.arange(70), near)
        grid[row, col] = free[distances[cell, free].argmin()]
    assert total(one, solve(one).ids) < total(one, grid.ravel())


def test_pins_bans_and_required_photos():
    pinned = np.full(100, -1)
    pinned[[0, 57]] = 3, 3
    more = {"banned": np.array([5, 6]), "required": np.array([9]), "pinned": pinned}
    one = problem(10, 10, 60, Limits(4, 3), **more)
    ids = solve(one).ids
    check(one, ids)
    assert list(ids[[0, 57]]) == [3, 3]
    assert not np.isin(ids, [5, 6]).any()
    assert (ids == 9).any()


def test_photos_of_a_group_count_as_one():
    groups = np.arange(40) // 2
    one = problem(8, 8, 40, Limits(4, 3), groups=groups)
    ids = solve(one).ids
    assert np.bincount(groups[ids]).max() <= 4
    assert smallest_spacing(groups[ids].reshape(8, 8)) >= 3


def test_numbers_of_groups_may_come_in_any_order():
    groups = np.random.default_rng(3).permutation(40)
    one, plain = (problem(8, 8, 40, Limits(2), groups=number) for number in (groups, None))
    assert total(one, solve(one).ids) == pytest.approx(total(plain, solve(plain).ids), rel=0.01)


def test_more_required_photos_than_open_cells_are_met_as_far_as_there_are_cells():
    pinned = np.array([1, 1, 1, -1])
    one = problem(2, 2, 9, Limits(), required=np.array([4, 5]), pinned=pinned)
    ids = solve(one).ids
    assert list(ids[:3]) == [1, 1, 1]
    assert ids[3] in (4, 5)
    full = problem(1, 1, 9, Limits(), required=np.array([4]), pinned=np.array([2]))
    assert list(solve(full).ids) == [2]


def test_a_cell_that_refuses_all_photos_is_filled_all_the_same():
    ids, costs = np.array([[0, 1]], np.int32), np.full((1, 2), np.inf, np.float32)
    one = problem(1, 1, 2, Limits(1), override_ids=ids, override_costs=costs)
    assert solve(one).ids[0] in (0, 1)
    assert solve(one).bound is None


def test_a_bound_that_is_beaten_is_none():
    for bound, kept in ((7.0, 7.0), (7.00001, 7.00001), (7.1, None)):
        assignment = Assignment(np.array([[0, 1]]), np.float32([[3, 4]]), np.ones((1, 2)), bound)
        assert Repeats.of(assignment).bound == kept


def test_banning_every_photo_is_an_error():
    with pytest.raises(InputError, match="all photos are banned"):
        solve(problem(2, 2, 3, Limits(), banned=np.arange(3)))


def test_the_same_problem_has_the_same_solution():
    one = problem(16, 16, 70, Limits(6, 3, True))
    assert np.array_equal(solve(one).ids, solve(one).ids)


def test_completing_changes_only_what_is_open():
    one = problem(20, 20, 90, Limits(8, 3))
    ids = solve(one).ids
    banned = int(np.bincount(ids).argmax())
    open_ids = np.where(ids == banned, -1, ids)
    again = Problem(one.patches, one.tiles, one.shape, one.limits, banned=np.array([banned]))
    completed = complete(again, open_ids)
    check(again, completed)
    assert not (completed == banned).any()
    assert np.array_equal(completed[open_ids >= 0], ids[open_ids >= 0])


def test_completing_without_room_moves_others_rather_than_breaking_a_limit():
    one = problem(10, 10, 100, Limits(1))
    ids = solve(one).ids
    swapped = np.full(100, -1)
    swapped[0] = ids[99]
    again = Problem(one.patches, one.tiles, one.shape, one.limits, pinned=swapped)
    completed = complete(again, ids.copy())
    assert completed[0] == ids[99]
    assert sorted(completed) == list(range(100))


@pytest.mark.parametrize(
    ("limits", "shape", "photos", "kept", "relaxed"),
    [
        (
            Limits(2),
            (48, 48),
            1000,
            Limits(3),
            Relaxation("max_uses", 2, 3, 2304, 1000, 304),
        ),
        (
            Limits(None, 30),
            (50, 50),
            385,
            Limits(None, 19),
            Relaxation("min_spacing", 30, 19, 2500, 385, 900),
        ),
        (Limits(None, 30), (3, 50), 90, Limits(None, 30), None),
        (
            Limits(None, 1, True),
            (5, 5),
            30,
            Limits(1),
            Relaxation("use_all", 1, 0, 25, 30, 5),
        ),
    ],
)
def test_limits_that_cannot_be_kept_are_relaxed_as_little_as_possible(
    limits, shape, photos, kept, relaxed
):
    assert feasible(limits, shape, photos) == (kept, [relaxed] if relaxed else [])


def test_numbers_out_of_range_are_refused():
    with pytest.raises(InputError, match="max_uses: 0 is not a whole number from 1 up"):
        Limits(0)
    with pytest.raises(InputError, match="min_spacing"):
        Limits(None, 0)


@given(st.integers(1, 7), st.integers(1, 7), st.integers(1, 6), st.integers(0, 99))
def test_smallest_spacing_is_that_of_all_pairs(rows, cols, photos, seed):
    ids = np.random.default_rng(seed).integers(photos, size=(rows, cols))
    places = [(r, c) for r in range(rows) for c in range(cols)]
    found = [
        max(abs(r - s), abs(c - d))
        for r, c in places
        for s, d in places
        if (r, c) < (s, d) and ids[r, c] == ids[s, d]
    ]
    assert smallest_spacing(ids) == min(found, default=None)
