from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from photomosaic.jobs.moving import clips_codebook
from photomosaic.matching.features import FeatureSpec, tile_features
from photomosaic.matching.grid import TileSize
from photomosaic.mosaic import Mosaicker
from photomosaic.motion.clip_reading import cuts_in
from photomosaic.motion.clip_tiles import ClipTiles
from photomosaic.motion.moving import MovingFold
from photomosaic.motion.neighbours import Neighbours
from photomosaic.motion.windows import SAMPLES, Windows, distance_of, frames_of, sampled
from photomosaic.options.look import RenderOptions

TILE = TileSize(8, 6)
SPEC = FeatureSpec.for_tile(TILE, "perceptual", 1)
RED, GREEN, BLUE = (0, 0, 200), (0, 200, 0), (200, 0, 0)


def clip_tiles(*clips, fps=10):
    """Return clips, each a list of colours of its frames, as tiles."""
    colours = np.array([colour for clip in clips for colour in clip], np.uint8)
    tiles = np.broadcast_to(colours[:, None, None], (len(colours), 8, 6, 3)).copy()
    lengths = np.array([len(clip) for clip in clips])
    return ClipTiles(
        tiles,
        tile_features(tiles, SPEC),
        starts=np.cumsum(lengths) - lengths,
        lengths=lengths,
        clips=np.arange(len(clips)),
        fps=Fraction(fps),
        spec=SPEC,
    )


def fold_of(tiles, threshold=0.9, **look):
    options = RenderOptions(**look).for_frames()
    return MovingFold(tiles, Mosaicker(clips_codebook(tiles, TILE), options, TILE), threshold)


def picture(colour, cells=(3, 4)):
    return np.full((cells[0] * 8, cells[1] * 6, 3), colour, np.uint8)


def ramp(count, low=50, high=200):
    return [(int(level),) * 3 for level in np.linspace(low, high, count)]


def test_a_clip_plays_forward_and_back():
    tiles = clip_tiles(ramp(2), ramp(4), ramp(1))
    played = frames_of(tiles, np.full(9, 1), np.arange(9))
    assert played.tolist() == [2, 3, 4, 5, 4, 3, 2, 3, 4]
    assert frames_of(tiles, np.full(3, 2), np.arange(3)).tolist() == [6, 6, 6]
    assert frames_of(tiles, np.full(4, 0), np.arange(4)).tolist() == [0, 1, 0, 1]


@given(st.integers(1, 9), st.integers(0, 40))
def test_back_is_the_way_that_it_came(length, phase):
    tiles = clip_tiles(ramp(length))
    run = np.zeros(5, np.int64)
    came = frames_of(tiles, run, phase - np.arange(5))
    assert (frames_of(tiles, run, -phase + np.arange(5)) == came).all()


def test_windows_and_their_distances():
    tiles = clip_tiles(ramp(7), [RED] * 3, ramp(2))
    windows = Windows.of(tiles, 2)
    assert windows.runs.tolist() == [0, 0, 1, 2]
    assert windows.phases.tolist() == [0, 4, 0, 0]
    assert windows.clips.tolist() == [0, 2, 3]
    wanted = sampled(tiles, np.array([0, 1]), np.array([3, 1]), 2)
    distances = windows.distances(wanted)
    each = windows.features.reshape(4, SAMPLES, -1)
    exact = np.array([[distance_of(one[None], other[None])[0] for other in each] for one in wanted])
    assert np.allclose(distances / SAMPLES, exact**2, rtol=1e-3, atol=0.5)
    by_clip = np.stack([exact[:, :2].min(1), exact[:, 2], exact[:, 3]], axis=1)
    assert np.allclose(windows.by_clip(distances), by_clip, rtol=1e-3, atol=0.6)
    assert windows.closest_of(0, distances[0]) == exact[0, :2].argmin()
    assert windows.closest_of(2, distances[0]) == 3


def test_what_neighbours_play_counts_as_further_off():
    near = Neighbours((5, 5), 3, 1)
    near.play(12, 1)
    factors = [round(float(near.factors(cell)[1]), 2) for cell in (12, 11, 10, 6, 0, 13)]
    assert factors == [1.0, 1.12, 1.04, 1.12, 1.04, 1.12]
    assert near.factors(11)[[0, 2]].tolist() == [1, 1]
    near.play(10, 1)
    assert float(near.factors(11)[1]) == np.float32(1.12)
    assert near.playing(np.array([12, 0])).tolist() == [1, 3]


def test_with_a_spacing_they_cannot_play_it():
    near = Neighbours((6, 6), 2, 4)
    near.play(0, 1)
    assert [bool(near.factors(cell)[1] > 1e5) for cell in (1, 3, 4, 21, 24)] == [
        *(True, True, False, True, False)
    ]


def test_cuts_are_found_and_movement_is_none():
    features = tile_features(clip_tiles([*ramp(12), *[GREEN] * 5, RED, RED]).tiles, SPEC)
    assert cuts_in(features) == [12, 17]
    assert cuts_in(features[:12]) == cuts_in(features[:1]) == []


def test_a_still_target_keeps_the_clip_that_fits():
    tiles = clip_tiles([RED] * 9, [GREEN] * 9)
    fold = fold_of(tiles)
    for mosaic in fold.mosaics([picture((10, 190, 10))] * 40):
        assert (mosaic == GREEN).all()
    assert (fold.frames, fold.switches, fold.switch_rate) == (40, 0, 0)


def test_a_cut_of_the_target_is_followed_at_once():
    tiles = clip_tiles([RED] * 9, [GREEN] * 9, [BLUE] * 9)
    fold = fold_of(tiles)
    colours = [RED] * 13 + [GREEN] * 11 + [BLUE]
    for colour, mosaic in zip(colours, fold.mosaics(map(picture, colours)), strict=True):
        assert (mosaic == colour).all()
    assert fold.switches == 2 * 12
    assert fold.distance == 0


def test_movement_is_matched_by_movement():
    # Both begin alike, but one becomes brighter, as the target does.
    tiles = clip_tiles(ramp(30, 100, 40), ramp(30, 100, 160))
    fold = fold_of(tiles)
    colours = ramp(12, 100, 124)
    made = [int(mosaic[0, 0, 0]) for mosaic in fold.mosaics(map(picture, colours))]
    assert np.abs(np.array(made) - [colour[0] for colour in colours]).max() <= 3


def test_a_clip_turns_before_it_leaves_the_target():
    tiles = clip_tiles(ramp(60, 80, 140))
    fold = fold_of(tiles)
    made = [int(mosaic[0, 0, 0]) for mosaic in fold.mosaics([picture((100, 100, 100))] * 60)]
    assert max(abs(level - 100) for level in made) < 12
    assert np.abs(np.diff(made)).max() <= 2
    assert len(set(made)) > 3


@pytest.mark.parametrize("count", [1, 2, 5])
def test_targets_shorter_than_a_window(count):
    tiles = clip_tiles([RED] * 9, [GREEN])
    mosaics = list(fold_of(tiles).mosaics([picture(GREEN)] * count))
    assert len(mosaics) == count
    assert all((mosaic == GREEN).all() for mosaic in mosaics)


def test_spacing_is_kept():
    levels = [[(level,) * 3] * 4 for level in range(60, 180, 6)]
    fold = fold_of(clip_tiles(*levels), min_spacing=3)
    for mosaic in fold.mosaics([picture((100, 100, 100), (6, 6))] * 8):
        played = mosaic[::8, ::6, 0].astype(int)
        for row in range(6):
            for col in range(6):
                around = played[max(0, row - 2) : row + 3, max(0, col - 2) : col + 3]
                assert (around == played[row, col]).sum() == 1


def test_without_clips_enough_for_a_spacing_there_is_a_mosaic():
    mosaics = list(fold_of(clip_tiles([RED]), min_spacing=3).mosaics([picture(RED)] * 3))
    assert (mosaics[-1] == RED).all()


def test_the_same_twice():
    tiles = clip_tiles(*([ramp(9, low, low + 60) for low in range(0, 190, 20)]))
    rng = np.random.default_rng(3)
    frames = [rng.integers(0, 256, (24, 24, 3)).astype(np.uint8) for _ in range(12)]
    runs = [np.stack(list(fold_of(tiles, tint=0.3).mosaics(frames))) for _ in range(2)]
    assert (runs[0] == runs[1]).all()
