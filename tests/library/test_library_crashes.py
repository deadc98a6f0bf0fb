from __future__ import annotations

import contextlib
import json
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from photomosaic.library.database import FILE_NAME, Database

PROJECT = Path(__file__).resolve().parents[2]

READER = """
import sys, time
from pathlib import Path
from photomosaic.library.photo_library import PhotoLibrary
from photomosaic.images.listing import list_photos
from photomosaic.progress import Work

folder, cache, mark = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])

def progress(items, *, total, what, unit):
    for number, item in enumerate(items):
        if number == mark:
            print(flush=True)
        if number == mark + 15:
            time.sleep(600)
        yield item

with PhotoLibrary(cache, Work(2, progress)) as library:
    library.index(list_photos(folder))
"""
"""Says when it has stored `mark` photos, and is never done, so that it is killed at work."""

TELLER = """
import hashlib, json, sys
from pathlib import Path
from photomosaic.library.photo_library import PhotoLibrary
from photomosaic.images.listing import list_photos
from photomosaic.matching.grid import TileSize
from photomosaic.options.photos import TileOptions
from photomosaic.progress import Work
from tests.codebooks import tiles_of

folder, cache = Path(sys.argv[1]), Path(sys.argv[2])
sys.stdin.readline()
with PhotoLibrary(cache, Work(2)) as library:
    index = library.index(list_photos(folder))
    codebook = library.codebook(index, TileSize(8, 6), TileOptions(cuts=1))
arrays = tiles_of(codebook), codebook.features
digests = [hashlib.sha256(array.tobytes()).hexdigest() for array in arrays]
print(json.dumps([codebook.paths, [digest.hex() for digest in codebook.hashes], digests]))
"""


@pytest.fixture(autouse=True)
def ctrl_c_works():
    """Undo what a shell does to background jobs, whose children would not hear Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="module")
def fresh(large_folder, read_codebook, contents):
    return contents(read_codebook(large_folder, None))


def start(code, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def photos_stored(cache):
    with contextlib.closing(sqlite3.connect(cache / FILE_NAME, timeout=60)) as connection:
        return connection.execute("SELECT count(*) FROM files").fetchone()[0]


def kill_while_reading(folder, cache, mark):
    with start(READER, folder, cache, mark) as process:
        assert process.stdout.readline() == "\n"
        process.kill()
        assert process.wait(60) == -signal.SIGKILL
        assert process.stderr.read() == ""


def test_killed_runs_lose_only_what_was_in_flight(
    large_folder, cache, fresh, read_index, read_codebook, contents, decoded, warned
):
    stored = 0
    for mark in (0, 1, 30, 10, 40):
        kill_while_reading(large_folder, cache, mark)
        before, stored = stored, photos_stored(cache)
        assert before + mark <= stored <= before + mark + 15
    index = read_index(large_folder, cache)
    assert (index.cached, index.new) == (stored, 180 - stored)
    assert len(decoded) == 180 - stored
    assert contents(read_codebook(large_folder, cache)) == fresh
    assert warned() == []


def test_two_runs_at_once_share_a_cache(large_folder, cache, fresh, read_index, decoded):
    with start(TELLER, large_folder, cache) as one, start(TELLER, large_folder, cache) as other:
        for process in (one, other):
            process.stdin.write("\n")
            process.stdin.flush()
        told = [process.communicate(timeout=60) for process in (one, other)]
        assert (one.returncode, other.returncode) == (0, 0)
    expected = [
        list(fresh["paths"]),
        [digest.hex() for digest in fresh["hashes"]],
        [fresh["tiles"], fresh["features"]],
    ]
    assert [json.loads(output) for output, _ in told] == [expected, expected]
    assert [errors for _, errors in told] == ["", ""]
    assert read_index(large_folder, cache).cached == 180
    assert decoded == []


def run_script(folder, cache, target, saved):
    command = [sys.executable, str(PROJECT / "mosaic.py"), "--target", str(target), "--scale", "4"]
    command += ["--codebook-dir", str(folder), "--cache-dir", str(cache), "--savepath", str(saved)]
    return subprocess.Popen(
        [*command, "--workers", "1"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_ctrl_c_keeps_what_was_read(large_folder, cache, target, tmp_path):
    saved = tmp_path / "saved" / "mosaic.png"
    # Made beforehand, so that looking into it does not get in the way of its making.
    Database(cache).close()
    with run_script(large_folder, cache, target, saved) as process:
        give_up = time.monotonic() + 60
        while time.monotonic() < give_up and process.poll() is None:
            if photos_stored(cache) >= 10:
                break
            time.sleep(0.005)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert output == ""
    assert errors == "mosaic.py: stopped; nothing half-done is left behind\n"
    assert list(saved.parent.iterdir()) == []
    stored = photos_stored(cache)
    assert 10 <= stored < 180
    with run_script(large_folder, cache, target, saved) as process:
        output, errors = process.communicate(timeout=60)
    assert process.returncode == 0
    told = f"180 photos: {stored} from the cache, {180 - stored} new, 0 removed, 0 unreadable"
    assert errors.splitlines() == [told]
    assert saved.is_file()
