from __future__ import annotations

import contextlib
import errno
import io
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

import mosaic
from photomosaic.errors import InputError
from photomosaic.images.encode import write_picture
from photomosaic.images.listing import Listing, list_photos
from photomosaic.library.database import FILE_NAME
from photomosaic.library.index import Index
from photomosaic.library.orphans import ORPHAN_SECONDS
from photomosaic.library.photo_library import PhotoLibrary
from tests.codebooks import tiles_of

PROJECT = Path(__file__).resolve().parents[2]
DAY = 24 * 3600


def names(index):
    return [Path(photo.path).name for photo in index.photos]


def read_anew(path, data):
    """Give a file new content, and a time of change that no clock's resolution can hide."""
    before = path.stat().st_mtime_ns
    path.write_bytes(data)
    os.utime(path, ns=(before, before + 1))


def picture(colour, size=(50, 40)):
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, "PNG")
    return buffer.getvalue()


def test_the_line_that_tells_what_was_done():
    index = Index(Listing("/"), cached=3980, new=29, removed=3, unreadable=[("/x", "broken")] * 3)
    line = "4,012 photos: 3,980 from the cache, 29 new, 3 removed, 3 unreadable"
    assert str(index) == line
    index.duplicates, index.own_outputs = 1200, 2
    assert str(index) == f"{line}, 1,200 of them the same as another, 2 mosaics left out"
    index = Index(Listing("/"), new=1, own_outputs=1)
    line = "1 photo: 0 from the cache, 1 new, 0 removed, 0 unreadable"
    assert str(index) == f"{line}, 1 mosaic left out"


def test_a_photo_is_known_by_its_content_and_upright_size(tmp_path, cache, read_index, make_photo):
    exif = Image.Exif()
    exif[0x0112] = 6
    path = make_photo(tmp_path / "album/turned.jpg", size=(400, 300), exif=exif)
    (photo,) = read_index(path.parent, cache).photos
    assert (photo.path, photo.height, photo.width) == (str(path), 400, 300)
    assert len(photo.hash) == 32


def test_a_second_run_decodes_nothing(album, cache, read_index, decoded):
    first = read_index(album, cache)
    assert str(first) == "5 photos: 0 from the cache, 5 new, 0 removed, 0 unreadable"
    assert decoded == [(album / f"{name}.png").read_bytes() for name in "abcde"]
    decoded.clear()
    second = read_index(album, cache)
    assert str(second) == "5 photos: 5 from the cache, 0 new, 0 removed, 0 unreadable"
    assert second.photos == first.photos
    assert decoded == []


def test_a_second_run_opens_no_file(album, cache, read_index, monkeypatch):
    read_index(album, cache)

    def refuse(*arguments):
        raise AssertionError(f"{arguments} was opened")

    monkeypatch.setattr("photomosaic.images.content.open_file", refuse)
    assert read_index(album, cache).cached == 5


def test_one_more_photo_costs_one_decode(album, cache, read_index, decoded, make_photo):
    read_index(album, cache)
    decoded.clear()
    added = make_photo(album / "below/bb.png", (1, 2, 3))
    index = read_index(album, cache)
    assert str(index) == "6 photos: 5 from the cache, 1 new, 0 removed, 0 unreadable"
    assert names(index) == ["a.png", "b.png", "bb.png", "c.png", "d.png", "e.png"]
    assert decoded == [added.read_bytes()]


def test_removed_photos_are_gone(album, cache, read_index, decoded):
    read_index(album, cache)
    decoded.clear()
    (album / "a.png").unlink()
    (album / "d.png").unlink()
    index = read_index(album, cache)
    assert str(index) == "3 photos: 3 from the cache, 0 new, 2 removed, 0 unreadable"
    assert names(index) == ["b.png", "c.png", "e.png"]
    assert str(read_index(album, cache)).endswith("0 removed, 0 unreadable")
    assert decoded == []


def test_new_content_under_an_old_name_is_read(album, cache, read_index, decoded):
    before = read_index(album, cache)
    decoded.clear()
    changed = picture((1, 2, 3))
    read_anew(album / "c.png", changed)
    index = read_index(album, cache)
    assert str(index) == "5 photos: 4 from the cache, 1 new, 0 removed, 0 unreadable"
    assert decoded == [changed]
    assert (index.photos[2].height, index.photos[2].width) == (40, 50)
    assert index.photos[2].hash != before.photos[2].hash
    assert index.photos[:2] + index.photos[3:] == before.photos[:2] + before.photos[3:]


def test_new_content_of_the_old_length_is_read(album, cache, read_index, decoded):
    path = album / "x.bmp"
    Image.new("RGB", (20, 20), "red").save(path)
    read_index(album, cache)
    decoded.clear()
    other = io.BytesIO()
    Image.new("RGB", (20, 20), "blue").save(other, "BMP")
    assert len(other.getvalue()) == path.stat().st_size
    read_anew(path, other.getvalue())
    read_index(album, cache)
    assert decoded == [other.getvalue()]


def test_a_touched_photo_is_known_by_its_content(album, cache, read_index, decoded):
    before = read_index(album, cache)
    decoded.clear()
    read_anew(album / "b.png", (album / "b.png").read_bytes())
    touched = read_index(album, cache)
    assert str(touched) == "5 photos: 5 from the cache, 0 new, 0 removed, 0 unreadable"
    assert touched.photos == before.photos
    assert read_index(album, cache).cached == 5
    assert decoded == []


def test_a_moved_folder_is_known_by_its_content(
    album, cache, read_codebook, read_index, decoded, tiles_made
):
    before = read_codebook(album, cache)
    decoded.clear()
    tiles_made.clear()
    moved = album.rename(album.with_name("moved"))
    assert str(read_index(moved, cache)).startswith("5 photos: 5 from the cache, 0 new, 0 removed")
    after = read_codebook(moved, cache)
    assert after.paths == tuple(str(moved / f"{name}.png") for name in "abcde")
    assert after.hashes == before.hashes
    assert np.array_equal(tiles_of(after), tiles_of(before))
    assert decoded == []
    assert tiles_made == []


def test_a_renamed_photo_is_known_by_its_content(album, cache, read_index, decoded):
    read_index(album, cache)
    decoded.clear()
    (album / "a.png").rename(album / "z.png")
    index = read_index(album, cache)
    assert str(index) == "5 photos: 5 from the cache, 0 new, 1 removed, 0 unreadable"
    assert names(index) == ["b.png", "c.png", "d.png", "e.png", "z.png"]
    assert decoded == []


def test_identical_files_are_one_photo(album, cache, read_codebook, read_index, decoded):
    read_index(album, cache)
    decoded.clear()
    shutil.copy(album / "d.png", album / "0.png")
    shutil.copy(album / "d.png", album / "z.png")
    index = read_index(album, cache)
    assert str(index) == (
        "7 photos: 7 from the cache, 0 new, 0 removed, 0 unreadable, 2 of them the same as another"
    )
    assert names(index) == ["0.png", "a.png", "b.png", "c.png", "e.png"]
    assert len(read_codebook(album, cache)) == 5
    assert decoded == []


@pytest.mark.parametrize("workers", [1, 2])
def test_identical_files_read_at_once_are_one_photo(
    tmp_path, cache, read_index, make_photo, workers
):
    first = make_photo(tmp_path / "album/a.jpg", size=(640, 480))
    for name in "bcd":
        shutil.copy(first, tmp_path / f"album/{name}.jpg")
    index = read_index(tmp_path / "album", cache, workers)
    assert str(index) == (
        "4 photos: 0 from the cache, 4 new, 0 removed, 0 unreadable, 3 of them the same as another"
    )
    assert names(index) == ["a.jpg"]


def test_a_photo_met_again_later_is_not_decoded_again(
    tmp_path, cache, read_index, make_photo, decoded
):
    folder = tmp_path / "album"
    for number in range(20):
        make_photo(folder / f"{number:02d}.png", (10 * number, 0, 0))
    shutil.copy(folder / "00.png", folder / "99.png")
    assert read_index(folder, cache).duplicates == 1
    assert len(decoded) == 20


def test_the_second_of_two_identical_files_stays_when_the_first_goes(
    album, cache, read_index, decoded
):
    shutil.copy(album / "a.png", album / "z.png")
    read_index(album, cache)
    decoded.clear()
    (album / "a.png").unlink()
    index = read_index(album, cache)
    assert str(index) == "5 photos: 5 from the cache, 0 new, 1 removed, 0 unreadable"
    assert names(index) == ["b.png", "c.png", "d.png", "e.png", "z.png"]
    assert decoded == []


def test_an_unreadable_photo_is_remembered_with_its_reason(album, cache, read_index, decoded):
    (album / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0" + bytes(100))
    (album / "empty.jpg").touch()
    (album / "text.jpg").write_bytes(b"no picture at all")
    reasons = [
        (str(album / "broken.jpg"), "damaged, or not a picture of a supported format"),
        (str(album / "empty.jpg"), "the file is empty"),
        (str(album / "text.jpg"), "not a picture of a supported format"),
    ]
    first = read_index(album, cache)
    assert str(first) == "8 photos: 0 from the cache, 5 new, 0 removed, 3 unreadable"
    assert first.unreadable == reasons
    decoded.clear()
    second = read_index(album, cache)
    assert str(second) == "8 photos: 5 from the cache, 0 new, 0 removed, 3 unreadable"
    assert second.unreadable == reasons
    assert decoded == []


def test_an_unreadable_photo_is_tried_again_once_it_changes(album, cache, read_index, decoded):
    (album / "cc.png").write_bytes(b"half a download")
    assert [reason for _, reason in read_index(album, cache).unreadable] == [
        "not a picture of a supported format"
    ]
    decoded.clear()
    whole = picture((9, 9, 9))
    read_anew(album / "cc.png", whole)
    index = read_index(album, cache)
    assert str(index) == "6 photos: 5 from the cache, 1 new, 0 removed, 0 unreadable"
    assert names(index) == ["a.png", "b.png", "c.png", "cc.png", "d.png", "e.png"]
    assert decoded == [whole]


def test_a_photo_that_breaks_is_unreadable(album, cache, read_index):
    read_index(album, cache)
    read_anew(album / "c.png", b"overwritten")
    index = read_index(album, cache)
    assert str(index) == "5 photos: 4 from the cache, 0 new, 0 removed, 1 unreadable"
    assert names(index) == ["a.png", "b.png", "d.png", "e.png"]


class Unopenable:
    def __init__(self, path):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)


class FailingHalfway(io.FileIO):
    def read(self, size=-1):
        if self.tell():
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return super().read(size)


@pytest.mark.parametrize(
    ("kind", "reason"), [(Unopenable, "Permission denied"), (FailingHalfway, "Input/output error")]
)
def test_a_problem_that_may_pass_is_tried_again(
    album, cache, read_index, decoded, monkeypatch, kind, reason
):
    locked = str(album / "b.png")

    def opened(path):
        return kind(path) if path == locked else Path(path).open("rb")

    with monkeypatch.context() as patched:
        patched.setattr("photomosaic.images.content.open_file", opened)
        for cached in (0, 4):
            index = read_index(album, cache)
            assert (index.cached, index.unreadable) == (cached, [(locked, reason)])
            assert names(index) == ["a.png", "c.png", "d.png", "e.png"]
    decoded.clear()
    index = read_index(album, cache)
    assert str(index) == "5 photos: 4 from the cache, 1 new, 0 removed, 0 unreadable"
    assert decoded == [(album / "b.png").read_bytes()]


def test_a_changed_photo_that_may_not_be_opened_is_not_taken_from_the_cache(
    album, cache, read_index, monkeypatch
):
    read_index(album, cache)
    read_anew(album / "b.png", picture((0, 0, 0)))
    monkeypatch.setattr("photomosaic.images.content.open_file", Unopenable)
    index = read_index(album, cache)
    assert names(index) == ["a.png", "c.png", "d.png", "e.png"]
    assert index.unreadable == [(str(album / "b.png"), "Permission denied")]


def test_a_photo_that_goes_away_before_it_is_read_is_unreadable(album, cache, read_index):
    listing = list_photos(album)
    (album / "b.png").unlink()
    with PhotoLibrary(cache) as library:
        index = library.index(listing)
    assert index.unreadable == [(str(album / "b.png"), "No such file or directory")]
    assert str(read_index(album, cache)) == (
        "4 photos: 4 from the cache, 0 new, 0 removed, 0 unreadable"
    )


HUNGRY = """
import resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
from photomosaic.library.photo_library import PhotoLibrary
from photomosaic.images.listing import list_photos
with PhotoLibrary(None) as library:
    print(library.index(list_photos(Path(sys.argv[1]))))
"""


def test_a_picture_too_long_for_a_thumbnail_spoils_nothing(album, cache, read_index):
    Image.new("RGB", (70_000, 1)).save(album / "bb.png")
    index = read_index(album, cache)
    assert str(index) == "6 photos: 0 from the cache, 6 new, 0 removed, 0 unreadable"
    assert (index.photos[2].height, index.photos[2].width) == (1, 70_000)


def test_a_time_of_change_in_the_far_future_spoils_nothing(album, cache, read_index):
    os.utime(album / "b.png", ns=(0, 10**19))
    if (album / "b.png").stat().st_mtime_ns < 2**63:
        pytest.skip("this file system does not know such times")
    assert read_index(album, cache).new == 5
    assert read_index(album, cache).cached == 5


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
        patched.setattr("photomosaic.images.plain.plain_mode", refuse)
        with PhotoLibrary(cache) as library, pytest.raises(InputError):
            library.index(list_photos(album))
    assert len(read_index(album, cache).photos) == 5


def test_own_mosaics_are_left_out(album, cache, read_index, decoded):
    pixels = np.full((40, 30, 3), 90, np.uint8)
    for suffix in ("jpg", "png", "webp", "tiff", "avif"):
        write_picture(pixels, album / f"mosaic.{suffix}")
    index = read_index(album, cache)
    assert str(index) == (
        "5 photos: 0 from the cache, 5 new, 0 removed, 0 unreadable, 5 mosaics left out"
    )
    assert names(index) == ["a.png", "b.png", "c.png", "d.png", "e.png"]
    decoded.clear()
    assert str(read_index(album, cache)).endswith("0 unreadable, 5 mosaics left out")
    assert decoded == []


def test_a_photo_of_another_program_stays(album, cache, read_index, make_photo):
    exif = Image.Exif()
    exif[0x0131] = "Adobe Photoshop"
    make_photo(album / "f.jpg", exif=exif)
    assert len(read_index(album, cache).photos) == 6


@pytest.mark.parametrize(
    "options", [{"exclude": ["b.png", "below"]}, {"recursive": False, "exclude": ["b*"]}]
)
def test_photos_left_out_by_options_are_not_removed(
    album, cache, read_index, decoded, make_photo, options
):
    make_photo(album / "below/f.png")
    read_index(album, cache)
    decoded.clear()
    narrowed = read_index(album, cache, **options)
    assert str(narrowed) == "4 photos: 4 from the cache, 0 new, 0 removed, 0 unreadable"
    assert read_index(album, cache).cached == 6
    assert decoded == []


def test_photos_of_other_folders_are_not_removed(album, cache, read_index, make_photo):
    # Names right before and after the folder's own in the order of bytes.
    others = [album.with_name(album.name + end) for end in ("-", ".", "0", "1", "s")]
    for folder in others:
        make_photo(folder / "x.png", (7, 7, 7))
        read_index(folder, cache)
        shutil.rmtree(folder)
    assert read_index(album, cache).removed == 0


def test_folders_share_what_is_known(album, tmp_path, cache, read_index, decoded):
    read_index(album, cache)
    decoded.clear()
    shutil.copytree(album, tmp_path / "copy")
    assert len(read_index(tmp_path / "copy", cache).photos) == 5
    assert read_index(album, cache).cached == 5
    assert read_index(tmp_path, cache, exclude=["cache"]).duplicates == 5
    assert decoded == []


def test_a_removed_photo_is_kept_for_a_month(album, tmp_path, cache, read_codebook, decoded):
    now = time.time()
    store = tmp_path / "store"
    store.mkdir()

    def read_after(days, *moves):
        for source, goal in moves:
            source.rename(goal)
        decoded.clear()
        with pytest.MonkeyPatch.context() as patched:
            clock = SimpleNamespace(time=lambda: now + days * DAY)
            patched.setattr("photomosaic.library.orphans.time", clock)
            return read_codebook(album, cache)

    assert ORPHAN_SECONDS == 30 * DAY
    whole = read_after(0)
    read_after(1, (album / "a.png", store / "a.png"))
    read_after(30, (album / "b.png", store / "b.png"))
    read_after(32, (album / "c.png", store / "c.png"))
    back = [(store / f"{name}.png", album / f"{name}.png") for name in "abc"]
    again = read_after(33, *back)
    assert decoded == [(album / "a.png").read_bytes()]
    assert np.array_equal(tiles_of(again), tiles_of(whole))


def test_a_removed_photo_that_came_back_is_kept(album, tmp_path, cache, read_index, decoded):
    now, away = time.time(), tmp_path / "a.png"
    for day, source, goal in [(0, album / "a.png", away), (1, away, album / "a.png")]:
        read_index(album, cache)
        source.rename(goal)
        with pytest.MonkeyPatch.context() as patched:
            clock = SimpleNamespace(time=lambda day=day: now + day * DAY)
            patched.setattr("photomosaic.library.orphans.time", clock)
            read_index(album, cache)
    decoded.clear()
    (album / "b.png").unlink()
    with pytest.MonkeyPatch.context() as patched:
        clock = SimpleNamespace(time=lambda: now + 99 * DAY)
        patched.setattr("photomosaic.library.orphans.time", clock)
        assert names(read_index(album, cache)) == ["a.png", "c.png", "d.png", "e.png"]
    assert decoded == []


def test_a_new_photo_does_not_get_the_tile_of_a_dropped_one(
    album, cache, read_codebook, contents, make_photo
):
    now = time.time()
    read_codebook(album, cache)
    # The photo stored last is dropped, so that the next one takes its row.
    for day, name in [(0, "e"), (31, "d")]:
        (album / f"{name}.png").unlink()
        with pytest.MonkeyPatch.context() as patched:
            clock = SimpleNamespace(time=lambda day=day: now + day * DAY)
            patched.setattr("photomosaic.library.orphans.time", clock)
            read_codebook(album, cache)
    make_photo(album / "f.png", (1, 99, 1))
    assert contents(read_codebook(album, cache)) == contents(read_codebook(album, None))


def test_old_content_of_changed_photos_is_dropped_after_a_month(
    album, cache, read_index, monkeypatch
):
    read_index(album, cache)
    now, stored = time.time(), []
    for day in (0, 31, 62):
        read_anew(album / "c.png", picture((day, 0, 0)))
        clock = SimpleNamespace(time=lambda day=day: now + day * DAY)
        monkeypatch.setattr("photomosaic.library.orphans.time", clock)
        read_index(album, cache)
        with contextlib.closing(sqlite3.connect(cache / FILE_NAME)) as connection:
            stored += connection.execute("SELECT count(*) FROM photos").fetchone()
    # The present content, and the one before it.
    assert stored == [6, 6, 6]


STRANGE_NAMES = [
    b"caf\xe9.png",
    b"new\nline.png",
    b"quote'\".png",
    b"'); DROP TABLE photos; --.png",
    b"percent%s%d.png",
    b"-dash.png",
    b"\\back.png",
    "片假名 é.png".encode(),
]


@pytest.fixture
def strange_folder(tmp_path):
    folder = tmp_path / os.fsdecode(b"al'bum \xff\n%s")
    folder.mkdir()
    for number, name in enumerate(STRANGE_NAMES):
        (folder / os.fsdecode(name)).write_bytes(picture((number * 25, 0, 0)))
    return folder


def test_strange_names_are_kept_byte_by_byte(strange_folder, cache, read_codebook, decoded):
    expected = tuple(os.fsdecode(os.fsencode(strange_folder) + b"/" + n) for n in STRANGE_NAMES)
    expected = tuple(sorted(expected, key=os.fsencode))
    assert read_codebook(strange_folder, cache).paths == expected
    decoded.clear()
    assert read_codebook(strange_folder, cache).paths == expected
    assert decoded == []


def test_strange_names_work_up_to_the_mosaic(strange_folder, tmp_path, target, capsys):
    saved = tmp_path / "mosaic.png"
    arguments = ["--target", str(target), "--codebook-dir", str(strange_folder), "--scale", "4"]
    arguments += ["--cache-dir", str(strange_folder / "cache"), "--savepath", str(saved)]
    for counts in ("0 from the cache, 8 new", "8 from the cache, 0 new"):
        assert mosaic.main(arguments) == 0
        assert f"8 photos: {counts}, 0 removed, 0 unreadable" in capsys.readouterr().err
    assert saved.is_file()
    assert (strange_folder / "cache").is_dir()
