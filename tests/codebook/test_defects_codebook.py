"""What is known to be wrong; each test moves to its room's file once it passes."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from photomosaic.codebook.database import FILE_NAME, Database
from photomosaic.codebook.library import PhotoLibrary
from photomosaic.errors import InputError
from photomosaic.images.listing import list_photos
from photomosaic.matching.grid import TileSize

PROJECT = Path(__file__).resolve().parents[2]
TILE, OTHER_TILE = TileSize(40, 30), TileSize(30, 40)


@pytest.fixture
def few_photos(tmp_path, detailed_folder):
    folder = tmp_path / "few"
    folder.mkdir()
    for path in sorted(detailed_folder.iterdir())[:4]:
        with Image.open(path) as picture:
            picture.crop((0, 0, 120, 90)).save(folder / path.name)
    return folder


def opened(cache):
    return contextlib.closing(sqlite3.connect(cache / FILE_NAME, isolation_level=None))


def overwrite(cache, start, garbage):
    content = bytearray((cache / FILE_NAME).read_bytes())
    content[start : start + len(garbage)] = garbage
    (cache / FILE_NAME).write_bytes(content)


def test_damage_in_the_pixels_of_a_ready_tile_is_seen(
    few_photos, cache, read_codebook, contents, warned
):
    codebook = read_codebook(few_photos, cache, TILE)
    pixels = codebook.tiles[3].tobytes()[-300:]
    overwrite(cache, (cache / FILE_NAME).read_bytes().index(pixels), bytes(100))
    assert contents(read_codebook(few_photos, cache, TILE)) == contents(codebook)
    assert len(warned()) == 1


def test_damage_in_the_pixels_of_a_thumbnail_is_seen(
    few_photos, cache, read_codebook, contents, warned
):
    fresh = contents(read_codebook(few_photos, None, OTHER_TILE))
    read_codebook(few_photos, cache, TILE)
    with opened(cache) as other:
        thumbnail = other.execute("SELECT thumbnail FROM photos WHERE id = 3").fetchone()[0]
    # Spread over disk pages; the last piece is that of the last page.
    scan = thumbnail[-300:]
    overwrite(cache, (cache / FILE_NAME).read_bytes().index(scan), bytes(100))
    assert contents(read_codebook(few_photos, cache, OTHER_TILE)) == fresh
    assert len(warned()) == 1


def test_a_cache_that_lacks_its_last_byte_is_built_anew(
    few_photos, cache, read_codebook, contents, warned
):
    codebook = read_codebook(few_photos, cache, TILE)
    os.truncate(cache / FILE_NAME, (cache / FILE_NAME).stat().st_size - 1)
    assert contents(read_codebook(few_photos, cache, TILE)) == contents(codebook)
    assert len(warned()) == 1


@pytest.mark.parametrize("fill", ["zeros", "noise"])
def test_any_page_of_the_cache_may_be_lost(few_photos, cache, read_codebook, contents, fill):
    tiles = TILE, OTHER_TILE
    fresh = [contents(read_codebook(few_photos, None, tile)) for tile in tiles]
    read_codebook(few_photos, cache, TILE)
    healthy = (cache / FILE_NAME).read_bytes()
    page = bytes(4096) if fill == "zeros" else np.random.default_rng(0).bytes(4096)
    wrong = []
    for start in range(0, len(healthy), 4096):
        (cache / FILE_NAME).write_bytes(healthy)
        overwrite(cache, start, page)
        try:
            found = [contents(read_codebook(few_photos, cache, tile)) for tile in tiles]
        except (sqlite3.Error, LookupError, ValueError) as error:
            found = error
        if found != fresh:
            wrong.append((start // 4096, found))
    assert len(healthy) > 12 * 4096
    assert [page for page, _ in wrong] == []


@pytest.mark.parametrize("garbage", [b"\xcc", b")"])
def test_damage_in_the_schema_is_mended(album, cache, read_codebook, contents, warned, garbage):
    codebook = read_codebook(album, cache)
    # SQLite quotes the place in its message, whatever bytes are there.
    before = b"CREATE TABLE tile_sets "
    schema = (cache / FILE_NAME).read_bytes().index(before + b"(")
    overwrite(cache, schema + len(before), garbage)
    assert contents(read_codebook(album, cache)) == contents(codebook)
    assert len(warned()) == 1


def test_an_index_holds_on_when_the_cache_is_built_anew(album, cache, read_codebook, contents):
    tiles = TileSize(8, 6), TileSize(6, 8)
    # Stored in another order than the paths', so that the rows change when all is stored anew.
    for name in "abcd":
        (album / f"{name}.png").rename(album / f".{name}.png")
    read_codebook(album, cache)
    for name in "abcd":
        (album / f".{name}.png").rename(album / f"{name}.png")
    read_codebook(album, cache)
    with opened(cache) as other:
        other.execute("UPDATE tiles SET pixels = x'00'")
    with PhotoLibrary(cache) as library:
        index = library.index(list_photos(album))
        found = [library.codebook(index, tile, "center", "perceptual", 1) for tile in tiles]
    for codebook, tile in zip(found, tiles, strict=True):
        assert contents(codebook) == contents(read_codebook(album, None, tile))


def test_damage_in_a_folder_that_takes_no_new_file_is_done_without(
    album, cache, read_codebook, contents, monkeypatch
):
    codebook = read_codebook(album, cache)
    with opened(cache) as other:
        other.execute("UPDATE tiles SET pixels = x'00'")

    def refuse(path, *arguments, **options):
        del arguments, options
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "unlink", refuse)
    assert contents(read_codebook(album, cache)) == contents(codebook)


def test_the_database_of_another_program_is_not_touched(album, cache, read_codebook):
    cache.mkdir()
    with opened(cache) as other:
        other.execute("CREATE TABLE notes (text)")
    before = (cache / FILE_NAME).read_bytes()
    read_codebook(album, cache)
    assert (cache / FILE_NAME).read_bytes() == before


def test_another_process_that_makes_the_cache_is_waited_for(album, cache, read_index, warned):
    maker = (
        "import sqlite3, sys, time; c = sqlite3.connect(sys.argv[1], isolation_level=None);"
        "c.execute('BEGIN IMMEDIATE'); print(flush=True); time.sleep(0.5)"
    )
    cache.mkdir()
    command = [sys.executable, "-c", maker, str(cache / FILE_NAME)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        read_index(album, cache)
    assert warned() == []
    assert read_index(album, cache).cached == 5


LOOKER = """
import sys
from pathlib import Path
from photomosaic.codebook.database import Database
database = Database(Path(sys.argv[1]))
print(*(path.decode() for path, in database.rows("SELECT path FROM files")))
database.close()
"""


def test_two_libraries_of_one_process_keep_the_cache_whole(cache):
    def seen_by_another_process():
        command = [sys.executable, "-c", LOOKER, str(cache)]
        return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)

    one, other = Database(cache), Database(cache)
    with contextlib.closing(one), contextlib.closing(other):
        seen_by_another_process()
        one.change([("INSERT INTO files VALUES (?, 1, 1, NULL, 'broken')", [(b"/x",)])])
        assert seen_by_another_process().stdout == "/x\n"


def test_tiles_of_a_set_dropped_meanwhile_are_not_taken_for_anothers(
    few_photos, album, cache, read_codebook, contents, monkeypatch
):
    read_codebook(few_photos, cache, OTHER_TILE)

    def progress(items, *, what, **about):
        del about
        if what == "making tiles":
            # Another run makes tiles of the older set, which leaves no room for any other set.
            with monkeypatch.context() as patched:
                patched.setattr("photomosaic.codebook.ready_tiles.READY_TILE_BYTES", 0)
                read_codebook(album, cache, OTHER_TILE)
        return items

    with PhotoLibrary(cache, progress=progress) as library:
        index = library.index(list_photos(few_photos))
        library.codebook(index, TILE, "center", "perceptual", 1)
    found = read_codebook(few_photos, cache, TILE, "pad")
    assert contents(found) == contents(read_codebook(few_photos, None, TILE, "pad"))


def test_a_picture_too_long_for_a_thumbnail_spoils_nothing(album, cache, read_index):
    Image.new("RGB", (70_000, 1)).save(album / "bb.png")
    index = read_index(album, cache)
    paths = [photo.path for photo in index.photos] + [path for path, _ in index.unreadable]
    assert sorted(paths) == sorted(map(str, album.iterdir()))
    assert len(index.photos) >= 5


def test_a_time_of_change_in_the_far_future_spoils_nothing(album, cache, read_index):
    os.utime(album / "b.png", ns=(0, 10**19))
    if (album / "b.png").stat().st_mtime_ns < 2**63:
        pytest.skip("this file system does not know such times")
    assert len(read_index(album, cache).photos) == 5
    assert read_index(album, cache).cached == 5


HUNGRY = """
import resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
from photomosaic.codebook.library import PhotoLibrary
from photomosaic.errors import InputError
from photomosaic.images.listing import list_photos
with PhotoLibrary(None) as library:
    print(library.index(list_photos(Path(sys.argv[1]))))
"""


def test_a_file_larger_than_memory_spoils_nothing(album):
    shutil.copy(album / "a.png", album / "f.png")
    os.truncate(album / "f.png", 1 << 36)
    command = [sys.executable, "-c", HUNGRY, str(album)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.stdout == "6 photos: 0 from the cache, 5 new, 0 removed, 1 unreadable\n"


def test_a_photo_that_did_not_fit_into_memory_is_tried_again(album, cache, read_index, monkeypatch):
    def refuse(picture):
        raise MemoryError(picture)

    with monkeypatch.context() as patched:
        patched.setattr("photomosaic.images.decode.plain_mode", refuse)
        with PhotoLibrary(cache) as library, pytest.raises(InputError):
            library.index(list_photos(album))
    assert len(read_index(album, cache).photos) == 5


def test_old_content_of_changed_photos_is_dropped_after_a_month(
    album, cache, read_index, monkeypatch
):
    read_index(album, cache)
    for day, colour in enumerate(["red", "green", "blue"]):
        Image.new("RGB", (40 + day, 30), colour).save(album / "c.png")
        clock = type("Clock", (), {"time": staticmethod(lambda day=day: time.time() + day * 4e6)})
        monkeypatch.setattr("photomosaic.codebook.index.time", clock)
        read_index(album, cache)
    with opened(cache) as other:
        assert other.execute("SELECT count(*) FROM photos").fetchone()[0] <= 6
