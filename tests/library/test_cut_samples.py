"""Tests for the samples of cuts that are kept in the photo library."""

from __future__ import annotations

import contextlib
import sqlite3

import cv2
import numpy as np
import pytest
from PIL import Image

from photomosaic.faces.face import Face, to_bytes
from photomosaic.images.crop import Cut
from photomosaic.images.listing import list_photos
from photomosaic.library import cut_samples
from photomosaic.library.attention import attention_points, known_points
from photomosaic.library.cut_samples import CutSampler, CutSpec
from photomosaic.library.damage import DamagedError
from photomosaic.library.database import FILE_NAME, Database
from photomosaic.library.index import update_index
from photomosaic.library.known_faces import known_faces
from photomosaic.library.photo_library import PhotoLibrary
from photomosaic.library.schema import checksum_of
from photomosaic.library.thumbnails import thumbnails
from photomosaic.matching.grid import TileSize
from photomosaic.progress import StageClock, Work

SPEC = CutSpec(TileSize(32, 24), TileSize(8, 6), "center", 8)


class Library:
    """A library's file with a folder of photos, as a run of its own opens it."""

    def __init__(self, folder, cache, workers=1):
        self.database = Database(cache)
        work = Work(workers)
        self.photos = update_index(self.database, list_photos(folder), work, StageClock()).photos
        self.sampler = CutSampler(self.database, work, StageClock())

    def samples(self, spec=SPEC):
        return self.sampler.samples(self.photos, spec)


@pytest.fixture
def library(few_photos, cache):
    library = Library(few_photos, cache)
    yield library
    library.database.close()


@pytest.fixture
def sampled(monkeypatch):
    """Return a list that grows by the number of cuts of each photo that is sampled."""
    counts = []
    real = cut_samples._sampled

    def counted(thumbnail, cuts, samples):
        counts.append(len(cuts))
        return real(thumbnail, cuts, samples)

    monkeypatch.setattr(cut_samples, "_sampled", counted)
    return counts


def same(one, other):
    pairs = zip(
        (one.photos, one.cuts.sides, one.samples),
        (other.photos, other.cuts.sides, other.samples),
        strict=True,
    )
    return all(np.array_equal(a, b) for a, b in pairs)


def remember_face(library, digest, box):
    """Store a face (top, left, height, width), in pixels, as a search for faces does."""
    eyes = np.array([[box[0], box[1]], [box[0], box[1] + box[3]]], np.float32)
    face = Face(box, eyes, (box[0], box[1]), 1.0, 1.0, np.zeros(128, np.float32))
    row = digest, "some method", 90, 120, 0, "[]", to_bytes([face])
    add = "INSERT OR REPLACE INTO face_photos VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)"
    library.database.change([(add, [(*row, checksum_of(*row))])])


def test_samples_are_the_area_means_of_the_cuts(library):
    found = library.samples()
    assert set(found.photos.tolist()) == {0, 1, 2, 3}
    assert (np.diff(found.photos) >= 0).all()
    assert np.bincount(found.photos).max() <= 8
    assert found.samples.shape == (len(found.photos), 8, 6, 3)
    pixels = {
        stored.hash: stored.pixels() for stored in thumbnails(library.database, library.photos)
    }
    for number, photo in enumerate(found.photos.tolist()):
        part = found.cuts[number].of(pixels[library.photos[photo].hash])
        expected = cv2.resize(part, (6, 8), interpolation=cv2.INTER_AREA)
        assert np.array_equal(found.samples[number], expected)


def test_a_second_run_samples_nothing_and_finds_the_same(library, few_photos, cache, sampled):
    first = library.samples()
    assert len(sampled) == 4
    with contextlib.closing(Library(few_photos, cache, workers=2).database) as database:
        photos = library.photos
        again = CutSampler(database, Work(2), StageClock()).samples(photos, SPEC)
    assert len(sampled) == 4
    assert same(first, again)
    assert same(first, Library(few_photos, None, workers=2).samples())


def test_points_found_meanwhile_are_those_that_crop_attention_uses(library, sampled):
    spec = CutSpec(SPEC.tile, SPEC.samples, "center", 8, attention=True)
    first = library.samples(spec)
    points = known_points(library.database, library.photos)
    assert len(points) == 4
    known = attention_points(library.database, library.photos, Work(1))
    assert known == points
    for number, photo in enumerate(first.photos.tolist()):
        cut, (y, x) = first.cuts[number], points[library.photos[photo].hash]
        assert cut.top <= y <= cut.top + cut.height
        assert cut.left <= x <= cut.left + cut.width
    assert same(first, library.samples(spec))
    assert len(sampled) == 4
    attention = library.samples(CutSpec(SPEC.tile, SPEC.samples, "attention", 1))
    for number, photo in enumerate(library.photos):
        cut = Cut.around(known[photo.hash], (photo.height, photo.width), (4, 3))
        assert attention.cuts[number] == cut
    assert sampled[4:] == [1] * 4


def test_scales_of_one_aspect_share_their_samples(library, sampled):
    first = library.samples()
    other = library.samples(CutSpec(TileSize(44, 33), SPEC.samples, "skip", 8))
    assert len(sampled) == 4
    assert same(first, other)
    library.samples(CutSpec(TileSize(33, 44), SPEC.samples, "center", 8))
    assert len(sampled) == 8


def test_a_face_found_meanwhile_moves_the_cuts_of_its_photo_alone(library, sampled):
    first = library.samples()
    digest = library.photos[2].hash
    # In the middle of a photo of 120x90 pixels, whose largest cuts are 67 pixels wide.
    remember_face(library, digest, (30.0, 40.0, 30.0, 40.0))
    box = known_faces(library.database, library.photos)[digest][0]
    assert box == pytest.approx((25.5 / 90, 34 / 120, 39 / 90, 52 / 120))
    second = library.samples()
    assert len(sampled) == 5
    assert known_points(library.database, library.photos) == {}
    for number, photo in enumerate(second.photos.tolist()):
        if photo != 2:
            continue
        top, left, height, width = second.cuts.sides[number].tolist()
        holds = top <= box[0] + 1e-6 and top + height >= box[0] + box[2] - 1e-6
        holds &= left <= box[1] + 1e-6 and left + width >= box[1] + box[3] - 1e-6
        beside = left >= box[1] + box[3] - 1e-6 or left + width <= box[1] + 1e-6
        assert holds or beside or top >= box[0] + box[2] - 1e-6 or top + height <= box[0] + 1e-6
    others = [samples.samples[samples.photos != 2] for samples in (first, second)]
    assert np.array_equal(*others)


def test_a_photo_with_transparency_has_one_cut_on_its_own_mean(tmp_path):
    folder = tmp_path / "clear"
    folder.mkdir()
    pixels = np.zeros((80, 60, 4), np.uint8)
    pixels[:, :30] = (200, 100, 50, 255)
    Image.fromarray(pixels).save(folder / "half.png")
    found = Library(folder, None).samples()
    assert found.photos.tolist() == [0]
    assert np.abs(found.samples.astype(int) - (50, 100, 200)).max() <= 2


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (10, 10)])
def test_tiny_photos_have_as_many_cuts_as_are_different(tmp_path, size):
    folder = tmp_path / "tiny"
    folder.mkdir()
    pixels = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    Image.fromarray(pixels).save(folder / "tiny.png")
    found = Library(folder, None).samples(CutSpec(SPEC.tile, SPEC.samples, "center", 16))
    parts = {found.cuts[number].pixels(size) for number in range(len(found.photos))}
    assert len(parts) == len(found.photos) >= (1 if size == (1, 1) else 2)


def test_samples_that_are_not_what_was_stored_are_noticed(library, few_photos, cache):
    library.samples()
    library.database.close()
    with contextlib.closing(sqlite3.connect(cache / FILE_NAME)) as connection, connection:
        connection.execute("UPDATE tiles SET pixels = zeroblob(length(pixels))")
    damaged = Library(few_photos, cache)
    with contextlib.closing(damaged.database), pytest.raises(DamagedError, match="not what was"):
        damaged.samples()


def test_damaged_samples_are_made_anew(library, few_photos, cache):
    expected = library.samples()
    library.database.close()
    with contextlib.closing(sqlite3.connect(cache / FILE_NAME)) as connection, connection:
        connection.execute("UPDATE tiles SET pixels = zeroblob(length(pixels))")
    with PhotoLibrary(cache) as mended:
        found = mended.cut_samples(mended.index(list_photos(few_photos)), SPEC)
    assert same(found, expected)
