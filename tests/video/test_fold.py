from __future__ import annotations

import io
import threading
import time
from itertools import pairwise

import numpy as np
import pytest

from photomosaic.assignment.assignment import Assignment
from photomosaic.assignment.hysteresis import apply_hysteresis
from photomosaic.assignment.repeats import smallest_spacing
from photomosaic.errors import InputError
from photomosaic.matching.grid import TileSize
from photomosaic.matching.search import Candidates, Matches, exact_distances
from photomosaic.mosaic import Mosaicker
from photomosaic.motion.fold import FrameWriter, VideoFold, ahead
from tests.codebooks import codebook_of, plain_look, tiles_of

TILE = TileSize(8, 6)


@pytest.fixture(scope="module")
def codebook():
    rng = np.random.default_rng(5)
    flat = rng.integers(0, 256, (400, 1, 1, 3))
    tiles = np.clip(flat + rng.normal(0, 12, (400, 8, 6, 3)), 0, 255).astype(np.uint8)
    return codebook_of(tiles)


def scene(seed):
    """Return something like a photo: soft shapes of all sizes."""
    rng = np.random.default_rng(seed)
    picture = np.zeros((120, 150, 3))
    for size in (4, 8, 16, 30):
        noise = rng.normal(0, 45, (120 // size + 2, 150 // size + 2, 3))
        picture += np.kron(noise, np.ones((size, size, 1)))[:120, :150]
    return 120 + picture


def noisy(picture, seed, amount=3.0):
    noise = np.random.default_rng(seed).normal(0, amount, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def fold_of(codebook, threshold, **options):
    return VideoFold(Mosaicker(codebook, plain_look(trim=False, **options)), threshold)


def test_hold_on_plain_numbers():
    tiles = np.array([[0.0], [1.0], [10.0], [4.0]], np.float32)
    # Cells: a little off, clearly off, on the verge, random on a perfect match, drawn from best k.
    patches = np.array([[0.52], [0.9], [0.5], [1.0], [3.9]], np.float32)
    before = np.array([[0, 0, 0, 2, 0]], np.int32)
    ratios = np.array([[1, 1, 1, np.inf, 1e6]], np.float32)
    closest = np.array([[1], [1], [0], [1], [3]])
    distances = exact_distances(patches, tiles, closest)
    matches = Matches(patches, Candidates(closest, distances), (1, 5), 5)
    previous = Assignment(before, np.zeros((1, 5), np.float32), ratios)
    fresh = Assignment(
        closest.T.astype(np.int32), distances.T.copy(), np.full((1, 5), 1.25, np.float32)
    )
    held = apply_hysteresis(previous, fresh, matches, tiles, 0.9)
    assert held.ids.tolist() == [[0, 1, 0, 2, 0]]
    np.testing.assert_allclose(held.distances, [[0.52, 0.1, 0.5, 9.0, 3.9]], rtol=1e-5)
    np.testing.assert_array_equal(held.ratios, np.array([[1, 1.25, 1, np.inf, 1e6]], np.float32))


def test_a_smaller_threshold_holds_longer():
    tiles = np.array([[0.0], [1.0]], np.float32)
    patches = np.array([[0.6]], np.float32)
    matches = Matches(
        patches, Candidates(np.array([[1]]), np.array([[0.4]], np.float32)), (1, 1), 1
    )
    one, nought = np.ones((1, 1), np.float32), np.zeros((1, 1), np.int32)
    previous = Assignment(nought, one, one)
    fresh = Assignment(nought + 1, one * np.float32(0.4), one)
    ids = {
        t: apply_hysteresis(previous, fresh, matches, tiles, t).ids.item()
        for t in (0.5, 0.66, 0.67, 1)
    }
    assert ids == {0.5: 0, 0.66: 0, 0.67: 1, 1: 1}  # 0.4 / 0.6 lies between


def test_noise_on_a_still_scene_hardly_changes_tiles(codebook):
    picture, shares = scene(1), {}
    for threshold in (0.9, 1.0):
        fold = fold_of(codebook, threshold)
        for number in range(10):
            fold.step(noisy(picture, number))
        shares[threshold] = fold.flicker
        assert fold.frames == 10
        if threshold == 1:
            assert fold.flicker == fold.flicker_without_holding
    assert shares[1.0] > 0.01
    assert shares[0.9] * 10 <= shares[1.0]


@pytest.mark.parametrize("best_k", [1, 5])
def test_after_a_cut_every_cell_fits(codebook, best_k):
    fold, threshold = fold_of(codebook, 0.9, best_k=best_k), 0.9
    for number in range(3):
        fold.assign(noisy(scene(1), number))
    frame = noisy(scene(2), 9)
    after = fold.assign(frame)
    alone = Mosaicker(codebook, plain_look(trim=False)).assign(frame)
    limit = alone.distances * after.ratios / threshold
    assert np.all(after.distances <= limit * (1 + 1e-5) + 1e-5)
    if best_k == 1:
        assert np.all(after.ratios == 1)
        assert np.mean(after.ids == alone.ids) > 0.8


def test_distances_are_those_of_the_tiles_that_lie_there(codebook):
    fold = fold_of(codebook, 0.7, best_k=3, randomness=0.1)
    mosaicker = Mosaicker(codebook, plain_look(trim=False))
    for number in range(4):
        frame = noisy(scene(number // 2), number)
        made = fold.assign(frame)
        patches = mosaicker.match(frame).patches
        real = exact_distances(patches, codebook.features, made.ids.reshape(-1, 1).astype(int))
        np.testing.assert_array_equal(real.ravel(), made.distances.ravel())


@pytest.mark.parametrize("threshold", [0.9, 1.0])
def test_random_cells_stay(codebook, threshold):
    fold = fold_of(codebook, threshold, randomness=0.2)
    made = [fold.assign(noisy(scene(number // 2), number)) for number in range(6)]
    cells = np.isinf(made[0].ratios)
    assert 0.1 < cells.mean() < 0.3
    for later in made[1:]:
        np.testing.assert_array_equal(np.isinf(later.ratios), cells)
        np.testing.assert_array_equal(later.ids[cells], made[0].ids[cells])


@pytest.mark.parametrize("threshold", [0.8, 1.0])
@pytest.mark.parametrize("best_k", [1, 4])
def test_skipping_unchanged_patches_changes_nothing(codebook, monkeypatch, threshold, best_k):
    frames, picture = [], noisy(scene(1), 0)
    for number in range(5):
        picture = picture.copy()
        rows = slice(number * 20, number * 20 + 30)
        picture[rows] = noisy(picture[rows].astype(float), number + 20)
        frames.append(picture)
    fold = fold_of(codebook, threshold, best_k=best_k)
    skipping = [fold.assign(frame) for frame in frames]
    assert 0.3 < fold.searched < 0.6
    match = Mosaicker.match
    monkeypatch.setattr(Mosaicker, "match", lambda self, frame, _=None: match(self, frame))
    thorough = fold_of(codebook, threshold, best_k=best_k)
    for frame, made in zip(frames, skipping, strict=True):
        other = thorough.assign(frame)
        np.testing.assert_array_equal(other.ids, made.ids)
        np.testing.assert_array_equal(other.distances, made.distances)
        np.testing.assert_array_equal(other.ratios, made.ratios)
    assert thorough.searched == 1


def test_frames_that_are_the_same_change_nothing(codebook):
    fold, frame = fold_of(codebook, 0.9, best_k=8, randomness=0.1), noisy(scene(3), 0)
    first = fold.step(frame)
    for _ in range(4):
        np.testing.assert_array_equal(fold.step(frame), first)
    assert fold.flicker == 0
    assert fold.flicker_without_holding > 0.3
    assert fold.searched == pytest.approx(0.2)


def test_each_frame_by_itself_is_what_the_mosaicker_makes(codebook):
    fold, mosaicker = fold_of(codebook, 1), Mosaicker(codebook, plain_look(trim=False))
    for number in range(3):
        frame = noisy(scene(number), number)
        np.testing.assert_array_equal(fold.step(frame), mosaicker.render(frame))


def test_a_fold_of_nothing(codebook):
    fold = fold_of(codebook, 0.9)
    assert (fold.frames, fold.flicker, fold.flicker_without_holding, fold.searched) == (0, 0, 0, 0)


@pytest.mark.parametrize("threshold", [0, -1, 1.01, float("nan")])
def test_thresholds_out_of_range(codebook, threshold):
    with pytest.raises(InputError, match="stabilization-threshold"):
        fold_of(codebook, threshold)


def test_ahead_hands_on_all_in_order():
    assert list(ahead(range(50))) == list(range(50))
    assert list(ahead([])) == []


def test_ahead_takes_few_before_they_are_asked_for():
    taken = []

    def count():
        for number in range(100):
            taken.append(number)
            yield number

    items = ahead(count())
    next(items)
    time.sleep(0.3)
    assert len(taken) <= 8
    items.close()


@pytest.mark.parametrize("error", [ValueError, MemoryError, KeyboardInterrupt])
def test_ahead_hands_on_errors_after_what_came_before(error):
    def break_down():
        yield 1
        yield 2
        raise error("broken")

    got, items = [], ahead(break_down())
    with pytest.raises(error, match="broken"):  # noqa: PT012
        for item in items:
            got.append(item)  # noqa: PERF402 (what came before the error is looked at)
    assert got == [1, 2]


def test_ahead_stops_its_thread_when_closed_early():
    before = threading.active_count()
    items = ahead(iter(range(10**9)))
    assert next(items) == 0
    assert threading.active_count() == before + 1
    items.close()
    assert threading.active_count() == before


def test_frames_are_written_whole_and_in_order():
    pipe = io.BytesIO()
    frames = [np.full((2, 3, 3), number, np.uint8)[:, ::-1] for number in range(20)]
    writer = FrameWriter(pipe)
    for frame in frames:
        writer.write(frame)
    writer.finish()
    assert pipe.getvalue() == b"".join(frame.tobytes() for frame in frames)


class Broken(io.BytesIO):
    def write(self, _):
        raise BrokenPipeError("gone")


def test_the_writer_hands_on_errors():
    frame = np.zeros((2, 2, 3), np.uint8)
    before = threading.active_count()
    writer = FrameWriter(Broken())
    with pytest.raises(BrokenPipeError, match="gone"):  # noqa: PT012
        for _ in range(100):
            writer.write(frame)
            time.sleep(0.001)
    with pytest.raises(BrokenPipeError, match="gone"):
        writer.finish()
    assert threading.active_count() == before


def test_the_writer_hands_on_an_error_with_the_last_frame():
    writer = FrameWriter(Broken())
    writer.write(np.zeros((2, 2, 3), np.uint8))
    with pytest.raises(BrokenPipeError, match="gone"):
        writer.finish()


@pytest.mark.parametrize("threshold", [0.5, 0.9, 1])
@pytest.mark.parametrize(("photos", "spacing"), [(400, 3), (30, 3), (12, 3), (400, 8)])
def test_no_frame_repeats_a_photo_too_close(codebook, threshold, photos, spacing):
    few = codebook_of(tiles_of(codebook)[:photos])
    options = plain_look(trim=False, min_spacing=spacing, best_k=2)
    fold = VideoFold(Mosaicker(few, options), threshold)
    rng = np.random.default_rng(1)
    maps = []
    for number in range(8):
        picture = scene(number // 4) + rng.normal(0, 6, (120, 150, 3))
        maps.append(fold.assign(np.clip(picture, 0, 255).astype(np.uint8)).ids)
        assert smallest_spacing(maps[-1]) in (None, *range(spacing, 30))
    if threshold < 1 and photos == 400:
        changed = [np.mean(one != other) for one, other in pairwise(maps)]
        assert changed[3] > 0.7  # the cut
        assert max(changed[:3]) < 0.3
    assert fold.flicker <= 1
