from __future__ import annotations

import numpy as np
import pytest

from photomosaic.assignment.assignment import Assignment
from photomosaic.errors import InputError
from photomosaic.library.usage import Usage
from photomosaic.matching.grid import TileSize
from photomosaic.matching.metrics import METRICS
from photomosaic.mosaic import Mosaicker
from photomosaic.progress import StageClock, Work
from tests.codebooks import codebook_of, plain_look

TILE = TileSize(4, 3)


@pytest.fixture
def tiles():
    return np.random.default_rng(5).integers(0, 256, (30, 4, 3, 3), np.uint8)


@pytest.fixture
def frame(tiles):
    """Return 3x5 of the tiles side by side, with one more row and two more columns of pixels."""
    cells = tiles[:15].reshape(3, 5, 4, 3, 3).swapaxes(1, 2).reshape(12, 15, 3)
    return np.pad(cells, ((0, 1), (1, 1), (0, 0)))


@pytest.mark.parametrize("metric", METRICS)
def test_a_picture_made_of_the_tiles_is_found_again(tiles, frame, metric):
    mosaicker = Mosaicker(codebook_of(tiles, metric), plain_look())
    assignment = mosaicker.assign(frame)
    assert np.array_equal(assignment.ids, np.arange(15).reshape(3, 5))
    assert np.array_equal(assignment.distances, np.zeros((3, 5)))
    mosaic = mosaicker.paint(frame, assignment)
    assert np.array_equal(mosaic, frame[:12, 1:16])
    assert np.array_equal(mosaicker.covered(frame), mosaic)


def test_cover_gives_the_frame_whole(tiles, frame):
    mosaicker = Mosaicker(codebook_of(tiles), plain_look(trim=False))
    assert mosaicker.render(frame).shape == frame.shape
    assert mosaicker.covered(frame) is frame


def test_full_opacity_gives_the_target(tiles, frame):
    options = plain_look(opacity=1, trim=False)
    assert np.array_equal(Mosaicker(codebook_of(tiles), options).render(frame), frame)


def test_opacity_blends_just_what_is_covered(tiles, frame):
    codebook = codebook_of(tiles)
    plain = Mosaicker(codebook, plain_look()).render(frame).astype(float)
    blended = Mosaicker(codebook, plain_look(opacity=0.4)).render(frame)
    assert np.abs(blended - (0.4 * frame[:12, 1:16] + 0.6 * plain)).max() <= 0.5001


def test_best_k_draws_among_the_closest_only(tiles, frame):
    codebook = codebook_of(tiles)
    nearest = np.argsort(
        np.linalg.norm(codebook.features[None] - codebook.features[:15, None], axis=2), axis=1
    )
    # A perfect match would always be drawn, so none is left.
    shifted = np.clip(frame.astype(int) + 9, 0, 255).astype(np.uint8)
    ids = Mosaicker(codebook, plain_look(best_k=3)).assign(shifted).ids.ravel()
    assert (ids != nearest[:, 0]).any()
    closest = Mosaicker(codebook, plain_look()).assign(shifted)
    drawn = Mosaicker(codebook, plain_look(best_k=30, seed=1)).assign(shifted)
    assert (drawn.distances >= closest.distances).all()
    assert (drawn.distances > closest.distances).any()


def test_distances_are_those_of_the_tiles_placed(tiles, frame):
    codebook = codebook_of(tiles)
    options = plain_look(best_k=4, randomness=0.5, seed=3)
    assignment = Mosaicker(codebook, options).assign(frame)
    expected = np.linalg.norm(
        codebook.features[assignment.ids.ravel()] - codebook.features[:15], axis=1
    )
    assert np.allclose(assignment.distances.ravel(), expected, rtol=1e-5)


def test_the_seed_decides_all_draws(tiles, frame):
    def ids(seed):
        options = plain_look(best_k=10, randomness=0.3, seed=seed)
        return Mosaicker(codebook_of(tiles), options).assign(np.roll(frame, 1)).ids

    assert np.array_equal(ids(1), ids(1))
    assert not np.array_equal(ids(1), ids(2))


def test_one_tile_fills_everything(tiles, frame):
    assert (Mosaicker(codebook_of(tiles[:1]), plain_look(best_k=5)).assign(frame).ids == 0).all()


@pytest.mark.parametrize("shape", [(4, 30, 3), (30, 3, 3), (4, 3, 3)])
def test_a_grid_of_one_row_or_column(tiles, shape):
    frame = np.zeros(shape, np.uint8)
    mosaic = Mosaicker(codebook_of(tiles), plain_look()).render(frame)
    assert mosaic.shape == (shape[0] // 4 * 4, shape[1], 3)


def test_cells_may_be_larger_than_the_tiles_matched(tiles, frame):
    codebook = codebook_of(tiles)
    large = np.kron(frame[:12, 1:16], np.ones((5, 5, 1), np.uint8))
    mosaicker = Mosaicker(codebook, plain_look(), TileSize(20, 15))
    assignment = mosaicker.assign(large)
    assert np.array_equal(assignment.ids, np.arange(15).reshape(3, 5))
    with pytest.raises(InputError, match="cannot fill"):
        mosaicker.paint(large, assignment)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"best_k": 0}, "best-k"),
        ({"randomness": 1}, "randomness"),
        ({"opacity": 1.2}, "opacity"),
        ({"tint": -0.1}, "tint"),
        ({"seed": -1}, "seed"),
    ],
)
def test_options_out_of_range_are_refused(options, named):
    with pytest.raises(InputError, match=named):
        plain_look(**options)


def test_usage_counts_photos_and_names_the_first_of_equals(tiles):
    ids = np.int32([[2, 1], [1, 2], [5, 2]])
    assignment = Assignment(ids, np.zeros((3, 2), np.float32), np.ones((3, 2), np.float32))
    assert Usage.of(assignment, codebook_of(tiles)) == Usage(3, "2.png", 3)
    even = Assignment(np.int32([[4, 3]]), np.zeros((1, 2), np.float32), np.ones((1, 2), np.float32))
    assert Usage.of(even, codebook_of(tiles)) == Usage(2, "3.png", 1)


def test_the_clock_tells_the_stages(tiles, frame):
    clock = StageClock()
    options = plain_look(tint=0.5, opacity=0.5)
    Mosaicker(codebook_of(tiles), options, work=Work(clock=clock)).render(frame)
    stages = ["features", "index build", "search", "select", "compose", "tint", "blend"]
    assert list(clock.seconds) == stages
    assert all(seconds >= 0 for seconds in clock.seconds.values())
