from __future__ import annotations

import itertools

import numpy as np
import pytest
from codebooks import codebook_of, plain_look
from hypothesis import given, settings
from hypothesis import strategies as st

from photomosaic.assignment.canvas import GridCanvas
from photomosaic.assignment.energy import Viewing
from photomosaic.assignment.joint import falling, sweeps
from photomosaic.assignment.joint_choice import JointChoice
from photomosaic.assignment.repeats import smallest_spacing
from photomosaic.mosaic import Mosaicker
from photomosaic.options.look import RenderOptions
from photomosaic.progress import Work


def tiles_of(rng: np.random.Generator, count: int) -> np.ndarray:
    coarse = rng.integers(0, 256, (count, 4, 3, 3), dtype=np.uint8)
    return coarse.repeat(4, axis=1).repeat(4, axis=2)


def frame_of(rng: np.random.Generator, rows: int, cols: int) -> np.ndarray:
    down, right = np.mgrid[: rows * 16, : cols * 12]
    smooth = np.dstack([down * 3, right * 2, down + right]) % 256
    return np.clip(smooth + rng.integers(-20, 20, smooth.shape), 0, 255).astype(np.uint8)


def mosaicker(tiles: np.ndarray, workers: int = 1, **options: object) -> Mosaicker:
    return Mosaicker(codebook_of(tiles), plain_look(**options), work=Work(workers))


def test_slope_is_the_derivative_of_the_energy():
    rng = np.random.default_rng(1)
    target = rng.normal(50, 20, (3 * 8, 4 * 6, 3)).astype(np.float32)
    viewing = Viewing(target, GridCanvas((3, 4), (8, 6)))
    noisy = target + rng.normal(0, 20, target.shape).astype(np.float32)
    cells = viewing.canvas.of_cells(noisy, np.arange(12)).swapaxes(1, 2)
    slope = viewing.slope(viewing.canvas.joined(cells) - target).at(np.arange(12)).slope
    for channel in range(3):
        change = np.zeros_like(cells)
        change[5, channel] = rng.normal(0, 1, 48)
        step = np.float32(0.02)
        numeric = viewing.energy(cells + step * change) - viewing.energy(cells - step * change)
        expected = 2 * float((slope * change).sum())
        assert numeric / (2 * float(step)) == pytest.approx(expected, rel=0.03, abs=0.5)


def test_the_energy_of_the_target_itself_is_zero():
    target = np.random.default_rng(2).normal(50, 20, (16, 18, 3)).astype(np.float32)
    viewing = Viewing(target, GridCanvas((2, 3), (8, 6)))
    assert viewing.energy(viewing.canvas.of_cells(target, np.arange(6)).swapaxes(1, 2)) == 0


def test_a_small_grid_comes_close_to_the_best_of_all_choices():
    rng = np.random.default_rng(3)
    tiles, frame = tiles_of(rng, 5), frame_of(rng, 1, 4)
    maker = mosaicker(tiles, refine=1.0)
    matches = maker.match(frame)
    total = JointChoice.of(matches, maker._closest._setup, count=5).total
    chosen = maker.choose(matches).ids.ravel().astype(np.int64)
    least = min(total(np.array(ids)) for ids in itertools.product(range(5), repeat=4))
    closest = matches.candidates.ids[:, 0]
    assert least <= total(chosen) <= min(1.05 * least, total(closest))


@pytest.mark.parametrize("limits", [{}, {"min_spacing": 2}, {"max_uses": 4}, {"use_all": True}])
def test_the_choice_is_better_from_a_distance_and_the_same_on_any_number_of_workers(limits):
    rng = np.random.default_rng(4)
    tiles, frame = tiles_of(rng, 40), frame_of(rng, 8, 9)
    chosen = [mosaicker(tiles, workers, refine=1.0, **limits).assign(frame) for workers in (1, 2)]
    np.testing.assert_array_equal(chosen[0].ids, chosen[1].ids)
    assert chosen[0].energy.after < chosen[0].energy.before


def test_the_total_falls_in_every_sweep():
    rng = np.random.default_rng(9)
    maker = mosaicker(tiles_of(rng, 60), refine=1.0, variety=1.0)
    choice = JointChoice.of(maker.match(frame_of(rng, 12, 11)), maker._closest._setup, count=20)
    ids = choice.offers.ids[:, 0].copy()
    totals = list(sweeps(choice, ids, np.ones(len(ids), np.bool_), Work()))
    assert len(totals) > 2
    assert (np.diff(totals) < 0).all()
    assert choice.total(ids) == totals[-1]


def test_a_sweep_that_makes_the_total_rise_is_undone():
    rng = np.random.default_rng(10)
    maker = mosaicker(tiles_of(rng, 20), refine=1.0)
    choice = JointChoice.of(maker.match(frame_of(rng, 3, 3)), maker._closest._setup, count=20)
    ids = choice.offers.ids[:, 0].copy()
    for _ in sweeps(choice, ids, np.ones(len(ids), np.bool_), Work()):
        pass
    best = ids.copy()
    totals = list(falling(choice, ids, lambda: ids.fill(7), Work()))
    assert totals == [choice.total(best)]
    np.testing.assert_array_equal(ids, best)


@given(
    spacing=st.integers(1, 4),
    uses=st.one_of(st.none(), st.integers(2, 6)),
    use_all=st.booleans(),
    seed=st.integers(0, 5),
)
@settings(max_examples=15, deadline=None)
def test_limits_that_can_be_kept_are_kept(spacing, uses, use_all, seed):
    rng = np.random.default_rng(seed)
    frame = frame_of(rng, 6, 7)
    options = {"min_spacing": spacing, "max_uses": uses, "use_all": use_all}
    plain, joint = (
        mosaicker(tiles_of(rng, 30), variety=share, refine=share, **options).assign(frame).ids
        for share in (0.0, 0.8)
    )
    before, after = smallest_spacing(plain), smallest_spacing(joint)
    if before is None or before >= spacing:
        assert after is None or after >= spacing
    if uses is not None:
        assert np.bincount(joint.ravel()).max() <= uses
    if use_all:
        assert len(np.unique(joint)) == 30


def test_variety_keeps_a_photo_from_its_neighbours():
    rng = np.random.default_rng(5)
    frame = np.full((10 * 16, 10 * 12, 3), 120, np.uint8)
    tiles = np.clip(120 + rng.integers(-6, 6, (12, 1, 1, 3)), 0, 255).astype(np.uint8)
    tiles = np.broadcast_to(tiles, (12, 16, 12, 3)).copy()
    plain, varied = (mosaicker(tiles, variety=v).assign(frame).ids for v in (0.0, 1.0))
    assert (plain[:, 1:] == plain[:, :-1]).all()
    assert (varied[:, 1:] == varied[:, :-1]).mean() < 0.1


def test_draws_and_random_tiles_are_kept_and_others_make_up_for_them():
    rng = np.random.default_rng(6)
    tiles, frame = tiles_of(rng, 40), frame_of(rng, 8, 9)
    random = mosaicker(tiles, refine=1.0, randomness=0.3).assign(frame)
    assert np.isinf(random.ratios).any()
    seeds = [mosaicker(tiles, refine=1.0, best_k=5, seed=s).assign(frame).ids for s in (0, 0, 1)]
    np.testing.assert_array_equal(seeds[0], seeds[1])
    assert (seeds[0] != seeds[2]).any()


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (7, 1)])
@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("limits", [{}, {"max_uses": 50}])
def test_the_smallest_grids_and_codebooks(shape, count, limits):
    rng = np.random.default_rng(7)
    frame = frame_of(rng, *shape)
    chosen = mosaicker(tiles_of(rng, count), refine=1.0, variety=1.0, **limits).assign(frame)
    assert chosen.ids.shape == shape


def test_tint_leaves_mean_colours_aside():
    down = np.linspace(-40, 40, 16).astype(int)[None, :, None, None]
    tiles = np.concatenate([128 + down, 60 - down // 4, 200 + 0 * down])
    tiles = np.broadcast_to(tiles, (3, 16, 12, 3)).clip(0, 255).astype(np.uint8)
    # Of the structure of the first tile, and the colour of the second.
    patch = np.broadcast_to(60 + down[0], (16, 12, 3)).clip(0, 255).astype(np.uint8)
    frame = np.tile(patch, (3, 3, 1))
    assert (mosaicker(tiles, refine=1.0, tint=1.0).assign(frame).ids == 0).all()
    assert (mosaicker(tiles, refine=1.0).assign(frame).ids != 0).any()


def test_dither_takes_the_place_of_the_joint_choice():
    assert RenderOptions().joint
    assert not RenderOptions(dither=0.5).joint
    rng = np.random.default_rng(6)
    tiles, frame = tiles_of(rng, 40), frame_of(rng, 8, 9)
    one, other = (mosaicker(tiles, dither=0.5, refine=r).assign(frame).ids for r in (0.0, 1.0))
    np.testing.assert_array_equal(one, other)
