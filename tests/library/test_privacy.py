"""Who may read the photo library, and what is left in its file of deleted photos."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
import time

import pytest
from PIL import Image

from photomosaic.images.thumbnail import make_thumbnail
from photomosaic.library import orphans
from photomosaic.library.database import FILE_NAME, Database


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_a_cache_that_others_could_read_is_closed_to_them(album, cache, read_index, warned):
    read_index(album, cache)
    (cache / ".gitkeep").touch()
    cache.chmod(0o755)
    with contextlib.closing(sqlite3.connect(cache / FILE_NAME)) as held:
        held.execute("SELECT count(*) FROM photos").fetchone()
        for path in cache.iterdir():
            path.chmod(0o644)
        read_index(album, cache)
        found = {path.name: mode(path) for path in cache.iterdir() if path.name != ".gitkeep"}
    assert found == {FILE_NAME + end: 0o600 for end in ("", "-shm", "-wal")}
    assert mode(cache) == 0o700
    assert warned() == []


def test_a_new_folder_is_closed_to_others(album, tmp_path, read_index):
    before = os.umask(0)
    try:
        read_index(album, tmp_path / "new")
    finally:
        os.umask(before)
    assert mode(tmp_path / "new") == 0o700


@pytest.mark.parametrize("other", ["photo.jpg", ".profile", "photomosaic.sqlite3.bak"])
def test_a_folder_that_holds_anything_else_stays_open(album, cache, read_index, other):
    cache.mkdir()
    cache.chmod(0o755)
    (cache / other).touch()
    read_index(album, cache)
    assert (mode(cache), mode(cache / FILE_NAME)) == (0o755, 0o600)


def test_a_shared_folder_stays_open(album, cache, read_index):
    cache.mkdir()
    cache.chmod(0o1777)
    read_index(album, cache)
    assert mode(cache) == 0o1777


def pieces(thumbnail):
    # What comes before are the tables, which all JPEGs share.
    return {thumbnail[i : i + 64] for i in range(1024, len(thumbnail) - 64, 64)}


def pieces_left(thumbnail, cache):
    content = (cache / FILE_NAME).read_bytes()
    return sum(piece in content for piece in pieces(thumbnail))


@pytest.fixture
def thumbnail(few_photos, cache, read_codebook):
    """Return the thumbnail of the first of a few photos, of which a cache knows all."""
    read_codebook(few_photos, cache)
    thumbnail = make_thumbnail((few_photos / "000.jpg").read_bytes()).encoded
    assert pieces_left(thumbnail, cache) > len(pieces(thumbnail)) * 0.9
    return thumbnail


@pytest.mark.parametrize("others_change", [True, False])
def test_nothing_is_left_of_a_photo_deleted_a_month_ago(
    few_photos, cache, read_index, thumbnail, monkeypatch, others_change
):
    (few_photos / "000.jpg").unlink()
    assert read_index(few_photos, cache).removed == 1
    assert pieces_left(thumbnail, cache) > len(pieces(thumbnail)) * 0.9
    now = time.time()
    monkeypatch.setattr(orphans.time, "time", lambda: now + 31 * 24 * 3600)
    if others_change:
        Image.new("RGB", (9, 9)).save(few_photos / "new.png")
    read_index(few_photos, cache)
    assert pieces_left(thumbnail, cache) == 0


def test_a_cache_of_an_earlier_version_loses_what_was_deleted(cache, thumbnail):
    with contextlib.closing(sqlite3.connect(cache / FILE_NAME)) as connection:
        connection.executescript("PRAGMA secure_delete = OFF; DELETE FROM photos WHERE id = 1;")
        connection.execute("PRAGMA user_version = 0")
    assert pieces_left(thumbnail, cache) > 0
    Database(cache).close()
    assert pieces_left(thumbnail, cache) == 0
