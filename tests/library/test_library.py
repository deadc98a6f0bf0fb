from __future__ import annotations

import os
import re
import shutil
import stat
import tempfile
from typing import get_args

import numpy as np
import pytest
from PIL import Image

from photomosaic.errors import InputError
from photomosaic.images.encode import write_picture
from photomosaic.images.listing import list_photos
from photomosaic.library.cut_samples import FewerCuts
from photomosaic.library.database import FILE_NAME
from photomosaic.library.photo_library import PhotoLibrary
from photomosaic.matching.grid import TileSize
from photomosaic.options.photos import Crop, TileOptions
from photomosaic.progress import Work
from tests.codebooks import alpha_of, tiles_of


def files_below(*folders):
    return sorted(path for folder in folders for path in folder.rglob("*"))


def test_tiles_lie_in_the_order_of_the_paths(album, cache, read_codebook):
    codebook = read_codebook(album, cache)
    assert codebook.paths == tuple(str(album / f"{name}.png") for name in "abcde")
    # Corners away from the lighter quarter; JPEG thumbnails shift colours a little.
    colours = [(30, 30, 200), (30, 200, 30), (200, 30, 30), (30, 200, 200), (90, 90, 90)]
    assert np.abs(tiles_of(codebook)[:, -1, -1].astype(int) - colours).max() <= 3
    assert tiles_of(codebook).shape == (5, 8, 6, 3)
    assert alpha_of(codebook) is None


def test_the_order_is_that_of_bytes_not_of_insertion(tmp_path, cache, read_codebook, make_photo):
    names = ["Z.png", "a.png", "a/b.png", "a1.png", "b.png", "é.png"]
    order = ["Z.png", "a.png", "a/b.png", "a1.png", "b.png", "é.png"]
    folder = tmp_path / "album"
    for number, name in enumerate(reversed(names)):
        make_photo(folder / name, (40 * number, 0, 0))
        read_codebook(folder, cache)
    assert read_codebook(folder, cache).paths == tuple(f"{folder}/{name}" for name in order)


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("first", ["g", "dj", "jihgfedcba"])
def test_the_same_codebook_whatever_was_known_before(
    tmp_path, read_codebook, contents, make_photo, monkeypatch, workers, first
):
    # Batches smaller than the folder, so that their borders are crossed.
    monkeypatch.setattr("photomosaic.library.ready_tiles.PHOTOS_AT_ONCE", 4)
    monkeypatch.setattr("photomosaic.library.tile_sets.PHOTOS_AT_ONCE", 4)
    album, store, cache = tmp_path / "album", tmp_path / "store", tmp_path / "cache"
    for number, name in enumerate("abcdefghij"):
        make_photo(store / f"{name}.jpg", (20 * number, 99, 200 - 20 * number), (320, 240))
    album.mkdir()
    for name in first:
        shutil.copy2(store / f"{name}.jpg", album)
        read_codebook(album, cache, workers=workers)
    shutil.copytree(store, album, dirs_exist_ok=True)
    fresh = contents(read_codebook(album, None))
    assert contents(read_codebook(album, None, workers=workers)) == fresh
    for _ in ("some tiles are new", "all are ready"):
        assert contents(read_codebook(album, cache, workers=workers)) == fresh
    assert len(fresh["paths"]) == 10


def test_a_folder_of_many_photos_is_the_same_cold_and_warm(
    detailed_folder, cache, read_codebook, contents
):
    fresh = contents(read_codebook(detailed_folder, None))
    for workers in (2, 1, 3):
        assert contents(read_codebook(detailed_folder, cache, workers=workers)) == fresh


@pytest.mark.parametrize("crop", get_args(Crop))
def test_a_warm_codebook_makes_no_tile(album, cache, read_codebook, contents, tiles_made, crop):
    tile = TileSize(9, 12)
    cold = read_codebook(album, cache, tile, crop)
    assert tiles_made == [(9, 12, "center" if crop == "skip" else crop)] * 5
    tiles_made.clear()
    assert contents(read_codebook(album, cache, tile, crop)) == contents(cold)
    assert tiles_made == []


def test_one_more_photo_costs_one_tile(album, cache, read_codebook, tiles_made, make_photo):
    before = read_codebook(album, cache)
    make_photo(album / "bb.png", (1, 2, 3))
    tiles_made.clear()
    after = read_codebook(album, cache)
    assert tiles_made == [(8, 6, "center")]
    assert np.array_equal(np.delete(tiles_of(after), 2, axis=0), tiles_of(before))


def test_fewer_photos_cost_no_tile(album, cache, read_codebook, tiles_made):
    before = read_codebook(album, cache)
    (album / "b.png").unlink()
    tiles_made.clear()
    after = read_codebook(album, cache)
    assert tiles_made == []
    assert np.array_equal(tiles_of(after), np.delete(tiles_of(before), 1, axis=0))


def test_other_sizes_and_ways_of_cropping_are_kept_apart(
    detailed_folder, cache, read_codebook, tiles_made
):
    wanted = [(TileSize(8, 6), "center"), (TileSize(6, 8), "center"), (TileSize(8, 6), "stretch")]
    cold = [read_codebook(detailed_folder, cache, *each) for each in wanted]
    assert [tiles_of(codebook).shape[1:3] for codebook in cold] == [(8, 6), (6, 8), (8, 6)]
    assert not np.array_equal(tiles_of(cold[0]), tiles_of(cold[2]))
    tiles_made.clear()
    for codebook, each in zip(cold, wanted, strict=True):
        warm = read_codebook(detailed_folder, cache, *each)
        assert np.array_equal(tiles_of(warm), tiles_of(codebook))
    assert tiles_made == []


def test_skip_shares_the_tiles_of_center(tmp_path, cache, read_codebook, tiles_made, make_photo):
    album = tmp_path / "album"
    for name, size in [("long", (64, 20)), ("narrow", (48, 64)), ("wide", (64, 48))]:
        make_photo(album / f"{name}.png", (10, 20, 30), size)
    all_of_them = read_codebook(album, cache, TileSize(6, 8))
    tiles_made.clear()
    skipped = read_codebook(album, cache, TileSize(6, 8), "skip")
    assert skipped.paths == (str(album / "wide.png"),)
    assert np.array_equal(tiles_of(skipped), tiles_of(all_of_them)[2:])
    assert tiles_made == []


def test_skip_goes_by_the_aspect_of_the_original(tmp_path, cache, read_codebook, make_photo):
    # 1.019 and 1.023 times the tile's aspect. The former's thumbnail has whole pixels: 1.021 times.
    make_photo(tmp_path / "album/within.png", (30, 20, 10), (340, 462))
    make_photo(tmp_path / "album/without.png", (10, 20, 30), (300, 409))
    codebook = read_codebook(tmp_path / "album", cache, TileSize(4, 3), "skip")
    assert codebook.paths == (str(tmp_path / "album/within.png"),)


def test_skip_goes_by_the_aspect_of_the_tile_asked_for(tmp_path, cache, read_codebook, make_photo):
    # Made smaller to fit the thumbnails, it has an aspect 4 % off.
    tall = TileSize(1000, 30)
    make_photo(tmp_path / "album/tall.png", (10, 20, 30), (30, 1000))
    codebook = read_codebook(tmp_path / "album", cache, tall, "skip")
    assert (len(codebook), codebook.tile) == (1, TileSize(192, 6))


def test_skip_with_nothing_left_is_refused(album, cache):
    with PhotoLibrary(cache) as library:
        index = library.index(list_photos(album))
        message = (
            "crop skip: none of 5 photos has the aspect 9:16; choose another crop or other aspects"
        )
        with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
            library.codebook(index, TileSize(9, 16), TileOptions(cuts=1, crop="skip"))


def test_one_transparent_photo_gives_all_tiles_alpha(album, cache, read_codebook, contents):
    opaque = read_codebook(album, cache)
    half = Image.new("RGBA", (60, 80), (200, 0, 0, 255))
    half.paste((0, 0, 0, 0), (0, 0, 30, 80))
    half.save(album / "bb.png")
    codebook = read_codebook(album, cache)
    left = np.arange(6) < 3
    assert np.array_equal(alpha_of(codebook)[2], np.where(left, 0, 255)[None].repeat(8, axis=0))
    assert (tiles_of(codebook)[2][:, 3:] == [0, 0, 200]).all()
    assert (np.delete(alpha_of(codebook), 2, axis=0) == 255).all()
    assert np.array_equal(np.delete(tiles_of(codebook), 2, axis=0), tiles_of(opaque))
    assert contents(read_codebook(album, cache)) == contents(codebook)
    assert contents(read_codebook(album, None)) == contents(codebook)


def test_padded_tiles_have_alpha_where_nothing_lies(album, cache, read_codebook):
    codebook = read_codebook(album, cache, TileSize(8, 8), "pad")
    rows = np.uint8([0, 255, 255, 255, 255, 255, 255, 0])
    assert np.array_equal(alpha_of(codebook), np.tile(rows[None, :, None], (5, 1, 8)))


def test_tiles_beyond_the_thumbnails_are_made_smaller(album, cache, read_codebook):
    codebook = read_codebook(album, cache, TileSize(400, 300))
    assert codebook.tile == TileSize(192, 144)
    assert tiles_of(codebook).shape == (5, 192, 144, 3)


SETS = TileSize(8, 6), TileSize(6, 8), TileSize(12, 4)


@pytest.mark.parametrize(("used", "kept", "dropped"), [("0102", "02", "1"), ("012", "12", "0")])
def test_sets_not_used_for_longest_are_dropped(
    album, cache, read_codebook, tiles_made, monkeypatch, used, kept, dropped
):
    # Each set takes 5 * 48 * 3 bytes and a little; there is room for two of them.
    monkeypatch.setattr("photomosaic.library.tile_sets.READY_TILE_BYTES", 2 * 720 + 99)
    for number in used:
        read_codebook(album, cache, SETS[int(number)])
    tiles_made.clear()
    for number in kept:
        read_codebook(album, cache, SETS[int(number)])
    assert tiles_made == []
    read_codebook(album, cache, SETS[int(dropped)])
    assert len(tiles_made) == 5


def test_a_set_just_below_the_limit_is_kept(album, cache, read_codebook, tiles_made, monkeypatch):
    monkeypatch.setattr("photomosaic.library.tile_sets.READY_TILE_BYTES", 2 * 720 - 1)
    read_codebook(album, cache, TileSize(8, 6))
    read_codebook(album, cache, TileSize(6, 8))
    tiles_made.clear()
    read_codebook(album, cache, TileSize(6, 8))
    assert tiles_made == []
    read_codebook(album, cache, TileSize(8, 6))
    assert tiles_made == [(8, 6, "center")] * 5


def test_the_set_in_use_is_never_dropped(album, cache, read_codebook, tiles_made, monkeypatch):
    monkeypatch.setattr("photomosaic.library.tile_sets.READY_TILE_BYTES", 0)
    cold = read_codebook(album, cache)
    tiles_made.clear()
    assert np.array_equal(tiles_of(read_codebook(album, cache)), tiles_of(cold))
    assert tiles_made == []


def test_tiles_of_a_set_dropped_meanwhile_are_not_taken_for_anothers(
    few_photos, album, cache, read_codebook, contents, monkeypatch
):
    read_codebook(few_photos, cache, TileSize(30, 40))

    def progress(items, *, what, **about):
        del about
        if what == "making tiles":
            # Another run makes tiles of the older set, which leaves no room for any other set.
            with monkeypatch.context() as patched:
                patched.setattr("photomosaic.library.tile_sets.READY_TILE_BYTES", 0)
                read_codebook(album, cache, TileSize(30, 40))
        return items

    with PhotoLibrary(cache, Work(progress=progress)) as library:
        index = library.index(list_photos(few_photos))
        library.codebook(index, TileSize(40, 30), TileOptions(cuts=1))
    fresh, found = (
        read_codebook(few_photos, each, TileSize(40, 30), "pad") for each in (None, cache)
    )
    assert contents(found) == contents(fresh)


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "photos"
    path.mkdir()
    return path


def refused(folder, cache):
    with PhotoLibrary(cache) as library, pytest.raises(InputError) as caught:
        library.index(list_photos(folder))
    return str(caught.value).removeprefix(f"{folder}: ")


def test_an_empty_folder_is_refused(folder, cache):
    assert refused(folder, cache) == "there is no photo in it; name a folder of photos"


def test_a_folder_without_a_readable_photo_is_refused(folder, cache):
    (folder / "b.jpg").touch()
    (folder / "a.jpg").write_bytes(b"text")
    message = (
        "no photo in it can be read (2 tried);"
        f" the first, {folder / 'a.jpg'}: not a picture of a supported format"
    )
    assert refused(folder, cache) == message
    assert refused(folder, cache) == message


def test_a_folder_of_raw_photos_is_refused(folder, cache):
    (folder / "a.nef").write_bytes(b"II*\x00")
    assert refused(folder, cache) == (
        "there is no photo in it, but 1 camera RAW file (a.nef), export as JPEG"
    )


def test_a_folder_of_own_mosaics_is_refused(folder, cache):
    write_picture(np.zeros((30, 40, 3), np.uint8), folder / "mosaic.jpg")
    message = "holds nothing but mosaics of this toolkit; name a folder of photos"
    assert refused(folder, cache) == message
    assert refused(folder, cache) == message


def test_a_folder_is_named_on_one_line(tmp_path, cache):
    folder = tmp_path / "two\nlines"
    folder.mkdir()
    assert refused(folder, cache) == (
        f"{tmp_path}/two\\nlines: there is no photo in it; name a folder of photos"
    )


def test_the_folder_of_the_cache_is_made(album, tmp_path, read_codebook, warned):
    read_codebook(album, tmp_path / "one" / "two")
    assert [path.name for path in (tmp_path / "one" / "two").iterdir()] == [FILE_NAME]
    assert warned() == []


def test_only_the_owner_may_read_the_cache(album, cache):
    before = os.umask(0)
    try:
        with PhotoLibrary(cache) as library:
            index = library.index(list_photos(album))
            library.codebook(index, TileSize(8, 6), TileOptions(cuts=1))
            found = {path.name: stat.S_IMODE(path.stat().st_mode) for path in cache.iterdir()}
    finally:
        os.umask(before)
    assert found == {FILE_NAME + end: 0o600 for end in ("", "-shm", "-wal")}


def test_without_a_cache_no_file_is_written(
    album, tmp_path, cache, read_codebook, contents, monkeypatch
):
    kept = read_codebook(album, cache)
    work, temporary = tmp_path / "work", tmp_path / "temporary"
    for folder in (work, temporary):
        folder.mkdir()
    for variable in ("TMPDIR", "SQLITE_TMPDIR"):
        monkeypatch.setenv(variable, str(temporary))
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    monkeypatch.chdir(work)
    before = files_below(tmp_path)
    assert contents(read_codebook(album, None)) == contents(kept)
    assert files_below(tmp_path) == before


def test_the_size_of_the_cache_is_told(detailed_folder, cache):
    with PhotoLibrary(cache) as library:
        empty = library.size()
        library.index(list_photos(detailed_folder))
        grown = library.size()
    assert 0 < empty < grown
    assert grown == (cache / FILE_NAME).stat().st_size


def test_fewer_cuts_are_made_where_more_do_not_fit_and_that_is_told(album, cache, monkeypatch):
    monkeypatch.setattr("photomosaic.library.photo_library.FEATURE_BYTES", 4 * 5 * 44 * 3)
    notices: list[object] = []
    with PhotoLibrary(cache, Work(1, notify=notices.append)) as library:
        index = library.index(list_photos(album))
        codebook = library.codebook(index, TileSize(8, 6), TileOptions(cuts=9))
    assert notices == [FewerCuts(9, 3)]
    assert np.bincount(codebook.photos).max() <= 3
