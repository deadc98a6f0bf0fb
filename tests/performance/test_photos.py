from __future__ import annotations

import io

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from photomosaic.images.listing import list_photos
from photomosaic.library import index as index_module
from photomosaic.options.photos import TileOptions
from photomosaic.performance import photos as photos_module
from photomosaic.performance.photos import measure_photos, photos_to_measure
from photomosaic.performance.plan import Plan
from photomosaic.progress import Work
from tests.codebooks import plain_look
from tests.performance.fixed_clock import FixedClock


def save_heic(path, colour):
    picture = pillow_heif.from_pillow(Image.new("RGB", (64, 48), colour))
    buffer = io.BytesIO()
    picture.save(buffer, quality=80)
    path.write_bytes(buffer.getvalue())
    return path


@pytest.fixture
def folder(tmp_path, make_photo):
    """Return a folder of photos of three formats, of one that is misnamed, and of a broken one."""
    folder = tmp_path / "100 % mine"
    for number in range(3):
        make_photo(folder / f"{number}.JPG", (50 * number, 200, 20))
        make_photo(folder / f"{number}.png", (50 * number, 20, 200))
        save_heic(folder / f"IMG_{number}.HEIC", (250, 50 * number, 20))
    make_photo(folder / "sent.jpg").rename(folder / "sent.heic")
    (folder / "broken.png").write_bytes((folder / "0.png").read_bytes()[:60])
    return folder


def plan_of(folder, scales=(1, 2), **fields):
    target = np.zeros((400, 300, 3), np.uint8)
    listing = list_photos(folder)
    known = {"repeats": 2, "quick": False, "tiles": TileOptions(cuts=1), "look": plain_look()}
    return Plan(target=target, scales=scales, listing=listing, **(known | fields))


def measured(plan, tmp_path):
    return measure_photos(plan, plan.listing, tmp_path / "cache", Work(2))


def test_every_stage_and_format_is_measured(folder, tmp_path):
    found = measured(plan_of(folder), tmp_path)
    assert found.photos == 10
    assert set(found.stages) == {"read", "decode", "thumbnail", "store", "unpack", "resize"}
    assert list(found.formats) == ["JPEG", "HEIC", "PNG"]
    assert list(found.caching) == ["no cache", "first run", "later run"]
    assert list(found.tiles) == [1, 2]
    for timing in [*found.stages.values(), *found.caching.values(), *found.tiles[1].values()]:
        assert 0 < timing.least <= timing.median <= timing.most


def test_times_of_a_photo_are_those_of_one(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(photos_module, "StageClock", FixedClock)
    found = measured(plan_of(folder, repeats=1), tmp_path)
    assert {timing.median for timing in found.stages.values()} == {1.2}
    assert {name: timing.median for name, timing in found.formats.items()} == {
        "JPEG": 4,
        "HEIC": 4,
        "PNG": 4,
    }
    assert found.tiles[1]["resize"].median == found.tiles[2]["resize"].median == 1.2


def test_a_later_run_decodes_nothing(folder, tmp_path, monkeypatch):
    decoded = []
    real = index_module.make_thumbnail
    monkeypatch.setattr(
        index_module, "make_thumbnail", lambda data, clock: decoded.append(0) or real(data, clock)
    )
    monkeypatch.setattr(photos_module, "_time_formats", lambda *_: {})
    measured(plan_of(folder), tmp_path)
    assert len(decoded) == 2 * 2 * 11


def test_a_format_is_what_a_file_holds_and_not_what_it_is_called(folder, tmp_path, monkeypatch):
    indexed = []
    real = photos_module._first_index

    def first_index(part, work):
        indexed.append([photo.path.rpartition("/")[2] for photo in part.photos])
        return real(part, work)

    monkeypatch.setattr(photos_module, "_first_index", first_index)
    measured(plan_of(folder, repeats=1), tmp_path)
    assert indexed == [
        ["0.JPG", "1.JPG", "2.JPG"],
        ["IMG_0.HEIC", "IMG_1.HEIC", "IMG_2.HEIC"],
        ["0.png", "1.png", "2.png", "broken.png"],
    ]


def test_a_format_of_which_nothing_can_be_read_is_left_out_with_a_warning(folder, tmp_path, caplog):
    for number in range(3):
        (folder / f"{number}.png").unlink()
    found = measured(plan_of(folder, repeats=1), tmp_path)
    assert list(found.formats) == ["JPEG", "HEIC"]
    assert any("broken.png" in message for message in caplog.messages)


def test_scales_that_have_tiles_in_common_have_their_times_in_common(folder, tmp_path):
    found = measured(plan_of(folder, (1, 60, 80), repeats=1), tmp_path)
    assert found.tiles[60] == found.tiles[80] != found.tiles[1]


def test_a_quick_run_takes_as_many_photos_as_time_allows(photo_folder, monkeypatch):
    plan = plan_of(photo_folder, quick=True)
    monkeypatch.setattr(photos_module, "QUICK_SECONDS", 1e6)
    assert len(photos_to_measure(plan, Work(2)).photos) == photos_module.QUICK_PHOTOS
    monkeypatch.setattr(photos_module, "QUICK_SECONDS", 1e-6)
    few = photos_to_measure(plan, Work(2)).photos
    assert len(few) == photos_module.FEWEST_PHOTOS
    assert few[0] == plan.listing.photos[0]
    assert few[-1] == plan.listing.photos[-1]
    whole = plan_of(photo_folder)
    assert photos_to_measure(whole, Work(2)) == whole.listing


@pytest.mark.parametrize(("scales", "number"), [((1, 2), 44), ((1, 60, 80), 8)])
def test_tiles_of_the_originals_leave_time_for_fewer_photos(
    photo_folder, monkeypatch, scales, number
):
    monkeypatch.setattr(photos_module, "StageClock", FixedClock)
    monkeypatch.setattr(photos_module, "QUICK_SECONDS", 400.0)
    # Four photos take 12 seconds, and are decoded 3 times, and 6 times more for each large scale.
    plan = plan_of(photo_folder, scales, quick=True)
    assert len(photos_to_measure(plan, Work(2)).photos) == number
