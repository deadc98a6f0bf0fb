from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from photomosaic.images.listing import list_photos
from photomosaic.library import waiting
from photomosaic.library.database import FILE_NAME
from photomosaic.library.photo_library import PhotoLibrary
from photomosaic.library.schema import APPLICATION_ID
from photomosaic.matching.grid import TileSize
from photomosaic.options.photos import TileOptions
from photomosaic.progress import Work
from tests.codebooks import tiles_of

SMALL_TILE, TILE, OTHER_TILE = TileSize(8, 6), TileSize(40, 30), TileSize(30, 40)

HOLDER = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print(flush=True)
time.sleep(float(sys.argv[2]))
"""


@pytest.fixture(scope="module")
def healthy(detailed_folder, tmp_path_factory, read_codebook):
    """Return the bytes of the cache of the detailed folder, with one set of ready tiles."""
    folder = tmp_path_factory.mktemp("healthy")
    read_codebook(detailed_folder, folder, TILE)
    return (folder / FILE_NAME).read_bytes()


@pytest.fixture(scope="module")
def fresh(detailed_folder, read_codebook, contents):
    """Return what codebooks of the detailed folder hold if nothing was known before."""
    tiles = TILE, OTHER_TILE
    return {tile: contents(read_codebook(detailed_folder, None, tile)) for tile in tiles}


@contextlib.contextmanager
def held_by_another_process(cache, seconds):
    """Let another process begin to write into the cache, and hold it for so long."""
    command = [sys.executable, "-c", HOLDER, str(cache / FILE_NAME), str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        yield
        process.kill()


def opened(cache):
    return contextlib.closing(sqlite3.connect(cache / FILE_NAME, isolation_level=None))


def overwrite(cache, start, garbage):
    content = bytearray((cache / FILE_NAME).read_bytes())
    content[start : start + len(garbage)] = garbage
    (cache / FILE_NAME).write_bytes(content)


def is_told_of(warnings, cache, reason=""):
    (warning,) = warnings
    start, end = f"{cache}: the cache cannot be used (", "); going on without it"
    return warning.startswith(start) and warning.endswith(end) and reason in warning


def is_rebuilt(warnings, cache):
    (warning,) = warnings
    start, end = f"{cache / FILE_NAME}: the cache is damaged", " and is built anew"
    return warning.startswith(start) and warning.endswith(end)


CUTS = {
    "in the magic string": lambda _: 10,
    "in the header": lambda _: 60,
    "after the header": lambda _: 100,
    "first sector": lambda _: 512,
    "first page": lambda _: 4096,
    "tenth": lambda size: size // 10,
    "half": lambda size: size // 2,
    "half, whole pages": lambda size: size // 2 // 4096 * 4096,
    "last page missing": lambda size: size - 4096,
}


@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS.keys())
def test_a_cache_cut_off_is_built_anew(
    detailed_folder, cache, healthy, fresh, read_codebook, contents, warned, decoded, cut
):
    cache.mkdir()
    (cache / FILE_NAME).write_bytes(healthy[: cut(len(healthy))])
    assert contents(read_codebook(detailed_folder, cache, TILE)) == fresh[TILE]
    assert is_rebuilt(warned(), cache)
    assert len(decoded) == 30
    assert contents(read_codebook(detailed_folder, cache, TILE)) == fresh[TILE]
    assert warned() == []
    assert len(decoded) == 30


@pytest.mark.parametrize("fill", ["noise", "ones"])
@pytest.mark.parametrize("share", [0, 0.25, 0.5, 0.75])
def test_a_cache_overwritten_in_the_middle_is_built_anew(
    detailed_folder, cache, healthy, fresh, read_codebook, contents, warned, share, fill
):
    damaged, start = bytearray(healthy), int(len(healthy) * share)
    noise = np.random.default_rng(0).bytes(1 << 16)
    damaged[start : start + len(noise)] = noise if fill == "noise" else b"\xff" * len(noise)
    assert len(damaged) == len(healthy)
    cache.mkdir()
    (cache / FILE_NAME).write_bytes(damaged)
    for tile in (OTHER_TILE, TILE):
        assert contents(read_codebook(detailed_folder, cache, tile)) == fresh[tile]
    assert is_rebuilt(warned(), cache)


@pytest.mark.parametrize("garbage", [b"no database", b"no database " * 999, bytes(5000)])
def test_garbage_in_the_place_of_the_cache_is_replaced(
    album, cache, read_codebook, contents, warned, decoded, garbage
):
    cache.mkdir()
    (cache / FILE_NAME).write_bytes(garbage)
    found = contents(read_codebook(album, cache))
    assert is_rebuilt(warned(), cache)
    assert found == contents(read_codebook(album, None))
    # It may be somebody's own under our name.
    assert (cache / f"{FILE_NAME}.1").read_bytes() == garbage
    decoded.clear()
    assert contents(read_codebook(album, cache)) == found
    assert decoded == []


def test_damage_in_a_set_of_ready_tiles_is_mended(album, cache, read_codebook, contents, warned):
    codebook = read_codebook(album, cache)
    with opened(cache) as other:
        other.execute("UPDATE tiles SET pixels = x'00' WHERE key = (SELECT max(key) FROM tiles)")
    assert contents(read_codebook(album, cache)) == contents(codebook)
    assert is_rebuilt(warned(), cache)


def test_a_lost_thumbnail_is_made_again(album, cache, read_codebook, contents, warned):
    read_codebook(album, cache)
    with opened(cache) as other:
        other.execute("UPDATE photos SET thumbnail = x'00' WHERE id = 3")
    found = read_codebook(album, cache, OTHER_TILE)
    assert contents(found) == contents(read_codebook(album, None, OTHER_TILE))
    assert is_rebuilt(warned(), cache)


def test_damage_in_the_pixels_of_a_ready_tile_is_seen(
    few_photos, cache, read_codebook, contents, warned
):
    codebook = read_codebook(few_photos, cache, TILE)
    pixels = tiles_of(codebook)[3].tobytes()[-300:]
    overwrite(cache, (cache / FILE_NAME).read_bytes().index(pixels), bytes(100))
    assert contents(read_codebook(few_photos, cache, TILE)) == contents(codebook)
    assert is_rebuilt(warned(), cache)


def test_damage_in_the_pixels_of_a_thumbnail_is_seen(
    few_photos, cache, read_codebook, contents, warned
):
    fresh = contents(read_codebook(few_photos, None, OTHER_TILE))
    read_codebook(few_photos, cache, TILE)
    with opened(cache) as other:
        thumbnail = other.execute("SELECT thumbnail FROM photos WHERE id = 3").fetchone()[0]
    # It is spread over disk pages, of which this is the last one's end.
    overwrite(cache, (cache / FILE_NAME).read_bytes().index(thumbnail[-300:]), bytes(100))
    assert contents(read_codebook(few_photos, cache, OTHER_TILE)) == fresh
    assert is_rebuilt(warned(), cache)


def test_a_cache_that_lacks_its_last_byte_is_built_anew(
    few_photos, cache, read_codebook, contents, warned
):
    codebook = read_codebook(few_photos, cache, TILE)
    os.truncate(cache / FILE_NAME, (cache / FILE_NAME).stat().st_size - 1)
    assert contents(read_codebook(few_photos, cache, TILE)) == contents(codebook)
    assert is_rebuilt(warned(), cache)


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
        if [contents(read_codebook(few_photos, cache, tile)) for tile in tiles] != fresh:
            wrong.append(start // 4096)
    assert len(healthy) > 12 * 4096
    assert wrong == []


@pytest.mark.parametrize("garbage", [b"\xcc", b")"])
def test_damage_in_the_schema_is_mended(album, cache, read_codebook, contents, warned, garbage):
    codebook = read_codebook(album, cache)
    # SQLite quotes the place in its message, whatever bytes are there.
    before = b"CREATE TABLE tile_sets "
    schema = (cache / FILE_NAME).read_bytes().index(before + b"(")
    overwrite(cache, schema + len(before), garbage)
    assert contents(read_codebook(album, cache)) == contents(codebook)
    assert is_rebuilt(warned(), cache)


def test_an_index_holds_on_when_the_cache_is_built_anew(album, cache, read_codebook, contents):
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
        for tile in (SMALL_TILE, OTHER_TILE):
            codebook = library.codebook(index, tile, TileOptions(cuts=1))
            assert contents(codebook) == contents(read_codebook(album, None, tile))


def test_a_damaged_cache_that_cannot_be_removed_is_done_without(
    album, cache, read_codebook, contents, warned, monkeypatch
):
    codebook = read_codebook(album, cache)
    with opened(cache) as other:
        other.execute("UPDATE tiles SET pixels = x'00'")

    def refuse(path, *arguments, **options):
        del arguments, options
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "unlink", refuse)
    assert contents(read_codebook(album, cache)) == contents(codebook)
    assert is_told_of(warned()[1:], cache, "Permission denied")


def test_leftovers_of_a_damaged_cache_go_with_it(album, cache, read_codebook, contents, warned):
    fresh = contents(read_codebook(album, cache))
    (cache / FILE_NAME).write_bytes((cache / FILE_NAME).read_bytes()[:1000])
    for end in ("-wal", "-shm"):
        (cache / (FILE_NAME + end)).write_bytes(b"more garbage" * 1000)
    assert contents(read_codebook(album, cache)) == fresh
    assert is_rebuilt(warned(), cache)
    assert [path.name for path in cache.iterdir()] == [FILE_NAME]


def test_changes_of_a_killed_run_do_not_get_into_a_cache_built_anew(
    detailed_folder, cache, healthy, fresh, read_codebook, contents, warned
):
    cache.mkdir()
    (cache / FILE_NAME).write_bytes(healthy)
    with PhotoLibrary(cache) as library:
        index = library.index(list_photos(detailed_folder))
        library.codebook(index, OTHER_TILE, TileOptions(cuts=1))
        left_behind = (cache / f"{FILE_NAME}-wal").read_bytes()
    assert len(left_behind) > 4096
    (cache / FILE_NAME).write_bytes(healthy[: len(healthy) // 2])
    (cache / f"{FILE_NAME}-wal").write_bytes(left_behind)
    for tile in (TILE, OTHER_TILE):
        assert contents(read_codebook(detailed_folder, cache, tile)) == fresh[tile]
    assert is_rebuilt(warned(), cache)


@pytest.mark.parametrize("version", [0, 3, -1])
def test_a_cache_of_another_version_is_built_anew(
    album, cache, read_codebook, contents, decoded, caplog, version
):
    caplog.set_level(logging.INFO, logger="photomosaic")
    fresh = contents(read_codebook(album, cache))
    with opened(cache) as other:
        other.execute("DROP INDEX files_of_photo")
        other.execute("ALTER TABLE files DROP COLUMN problem")
        other.execute('CREATE TABLE "odd name" (value)')
        other.execute(f"PRAGMA user_version = {version}")
    decoded.clear()
    assert contents(read_codebook(album, cache)) == fresh
    assert caplog.messages == [
        f"{cache / FILE_NAME}: the cache is of another version and is built anew"
    ]
    assert len(decoded) == 5
    assert contents(read_codebook(album, cache)) == fresh
    assert len(decoded) == 5


@pytest.mark.parametrize("application", [0, 7])
def test_the_database_of_another_program_is_left_alone(
    album, cache, read_codebook, contents, warned, application
):
    cache.mkdir()
    with opened(cache) as other:
        other.execute(f"PRAGMA application_id = {application}")
        other.execute("PRAGMA user_version = 1")
        other.execute("CREATE TABLE photos (title TEXT)")
        other.execute("INSERT INTO photos VALUES ('holidays')")
    assert contents(read_codebook(album, cache)) == contents(read_codebook(album, None))
    assert is_told_of(warned(), cache, "the file there is another program's")
    with opened(cache) as other:
        assert other.execute("SELECT * FROM photos").fetchall() == [("holidays",)]
        assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("photos",)]
        assert other.execute("PRAGMA application_id").fetchone() == (application,)


def test_the_database_of_another_program_is_not_touched(album, cache, read_codebook):
    cache.mkdir()
    with opened(cache) as other:
        other.execute("CREATE TABLE notes (text)")
    before = (cache / FILE_NAME).read_bytes()
    read_codebook(album, cache)
    assert (cache / FILE_NAME).read_bytes() == before


@pytest.mark.parametrize("header", [False, True])
def test_an_empty_file_in_the_place_of_the_cache_is_used(
    album, cache, read_codebook, warned, decoded, header
):
    cache.mkdir()
    with opened(cache) as other:
        if header:
            other.execute("PRAGMA user_version = 3")
    assert (cache / FILE_NAME).stat().st_size == (4096 if header else 0)
    read_codebook(album, cache)
    decoded.clear()
    read_codebook(album, cache)
    assert (warned(), decoded) == ([], [])
    with opened(cache) as other:
        assert other.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)


@pytest.mark.parametrize(
    "obstruct",
    [
        lambda cache: cache.write_text("a file"),
        lambda cache: (cache / FILE_NAME).mkdir(parents=True),
        lambda cache: cache.symlink_to(cache.with_name("unplugged disk")),
    ],
    ids=["file for folder", "folder for file", "link to nowhere"],
)
def test_a_cache_that_cannot_be_made_is_done_without(
    album, cache, read_codebook, contents, warned, obstruct
):
    obstruct(cache)
    assert contents(read_codebook(album, cache)) == contents(read_codebook(album, None))
    assert is_told_of(warned(), cache)


def test_a_read_only_cache_is_done_without(
    album, cache, read_codebook, contents, warned, monkeypatch
):
    fresh = contents(read_codebook(album, cache))
    before = (cache / FILE_NAME).read_bytes()
    connect = sqlite3.connect

    # Tests may run as root, whom no permission stops.
    def connect_read_only(database, *arguments, **options):
        if database != ":memory:":
            database, options["uri"] = f"file:{database}?mode=ro", True
        return connect(database, *arguments, **options)

    monkeypatch.setattr(sqlite3, "connect", connect_read_only)
    assert contents(read_codebook(album, cache)) == fresh
    assert is_told_of(warned(), cache, "readonly")
    assert (cache / FILE_NAME).read_bytes() == before


@pytest.fixture
def with_room_for(monkeypatch):
    """Return a context in which no cache gets more pages than given, as on a full disk."""

    @contextlib.contextmanager
    def limit(pages):
        connect = sqlite3.connect

        def connect_limited(database, *arguments, **options):
            connection = connect(database, *arguments, **options)
            if database != ":memory:":
                connection.execute(f"PRAGMA max_page_count = {pages}")
            return connection

        with monkeypatch.context() as patched:
            patched.setattr(sqlite3, "connect", connect_limited)
            yield

    return limit


def pages_of(cache):
    with opened(cache) as other:
        return other.execute("PRAGMA page_count").fetchone()[0]


@pytest.mark.parametrize("pages", [1, 3, 12, 100])
def test_a_full_disk_while_photos_are_read(
    detailed_folder, cache, fresh, read_codebook, contents, warned, decoded, with_room_for, pages
):
    with with_room_for(pages):
        assert contents(read_codebook(detailed_folder, cache, TILE)) == fresh[TILE]
    assert is_told_of(warned(), cache, "full")
    assert len(decoded) == 30
    decoded.clear()
    assert contents(read_codebook(detailed_folder, cache, TILE)) == fresh[TILE]
    assert warned() == []
    # What was stored before the disk was full is not read again.
    assert (len(decoded) < 30) == (pages == 100)


def test_a_full_disk_while_tiles_are_made(
    detailed_folder, cache, fresh, read_codebook, read_index, contents, warned, with_room_for
):
    read_index(detailed_folder, cache)
    with with_room_for(pages_of(cache) + 5):
        assert contents(read_codebook(detailed_folder, cache, TILE)) == fresh[TILE]
    assert is_told_of(warned(), cache, "full")
    assert contents(read_codebook(detailed_folder, cache, TILE)) == fresh[TILE]
    assert warned() == []


def test_a_full_disk_is_told_of_once(
    detailed_folder, cache, fresh, contents, warned, with_room_for
):
    with with_room_for(60), PhotoLibrary(cache, Work(2)) as library:
        index = library.index(list_photos(detailed_folder))
        for tile in (TILE, OTHER_TILE, TILE):
            codebook = library.codebook(index, tile, TileOptions(cuts=1))
            assert contents(codebook) == fresh[tile]
    assert is_told_of(warned(), cache, "full")


def test_another_process_that_writes_is_waited_for(
    album, cache, read_codebook, read_index, contents, warned, decoded
):
    read_index(album, cache, exclude=["b.png"])
    start = time.monotonic()
    with held_by_another_process(cache, seconds=1):
        waited_for = contents(read_codebook(album, cache))
    assert time.monotonic() - start >= 1
    assert warned() == []
    assert waited_for == contents(read_codebook(album, None))
    decoded.clear()
    assert read_index(album, cache).cached == 5
    assert decoded == []


@pytest.mark.parametrize(("seconds", "told"), [(0.2, 0), (1.5, 1)])
def test_what_is_waited_for_is_told_after_a_while(
    album, cache, read_index, caplog, monkeypatch, seconds, told
):
    assert waiting.SILENT_SECONDS == 2
    monkeypatch.setattr(waiting, "SILENT_SECONDS", 0.7)
    caplog.set_level(logging.INFO, logger="photomosaic")
    read_index(album, cache)
    with held_by_another_process(cache, seconds):
        assert read_index(album, cache).cached == 5
    line = f"{cache / FILE_NAME}: waiting for another program that is writing to it"
    assert caplog.messages == [line] * told


def test_another_process_that_makes_the_cache_is_waited_for(album, cache, read_index, warned):
    cache.mkdir()
    with held_by_another_process(cache, seconds=0.5):
        read_index(album, cache)
    assert warned() == []
    assert read_index(album, cache).cached == 5


def test_another_process_that_writes_for_too_long_is_not_waited_for(
    album, cache, read_codebook, contents, warned, monkeypatch
):
    fresh = contents(read_codebook(album, cache))
    monkeypatch.setattr("photomosaic.library.waiting.BUSY_SECONDS", 0.1)
    with held_by_another_process(cache, seconds=60):
        assert contents(read_codebook(album, cache)) == fresh
    assert is_told_of(warned(), cache, "locked")


def test_another_process_that_begins_to_write_later_is_not_waited_for_too_long(
    album, cache, read_index, contents, read_codebook, warned, decoded, monkeypatch
):
    read_index(album, cache, exclude=["b.png"])
    decoded.clear()
    monkeypatch.setattr("photomosaic.library.waiting.BUSY_SECONDS", 0.1)
    with PhotoLibrary(cache) as library, held_by_another_process(cache, seconds=60):
        index = library.index(list_photos(album))
        codebook = library.codebook(index, TILE, TileOptions(cuts=1))
    assert is_told_of(warned(), cache, "locked")
    # What the cache held is still used.
    assert decoded == [(album / "b.png").read_bytes()]
    assert contents(codebook) == contents(read_codebook(album, None, TILE))
