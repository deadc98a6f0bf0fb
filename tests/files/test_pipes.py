"""Pipes and devices where files belong: refused or passed over, never waited for."""

from __future__ import annotations

import json
import os
import shutil
import signal
from pathlib import Path

import pytest

import face_montage
import mosaic
import video
from photomosaic.dates.dates import photo_date
from photomosaic.errors import InputError
from photomosaic.faces.montage_list import LIST_NAME, read_list
from photomosaic.images.listing import list_photos
from photomosaic.library.database import FILE_NAME
from photomosaic.library.photo_library import PhotoLibrary
from photomosaic.progress import Work


@pytest.fixture(autouse=True)
def no_waiting():
    """Make a test that waits for a pipe fail."""

    def give_up(*_):
        raise TimeoutError("a pipe was waited for")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(60)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def pipe_at(path):
    path.unlink(missing_ok=True)
    os.mkfifo(path)
    return path


def device_at(path):
    path.unlink(missing_ok=True)
    path.symlink_to("/dev/zero")
    return path


@pytest.fixture(params=[pipe_at, device_at])
def trap_at(request):
    return request.param


@pytest.fixture
def run(tmp_path, photo_folder, target, runner_of):
    options = {"target": target, "codebook-dir": photo_folder, "scale": 4}
    options |= {"cache-dir": tmp_path / "cache", "savepath": tmp_path / "out.png"}
    return runner_of(mosaic, options)


@pytest.mark.parametrize("suffix", [".json", ".xmp"])
def test_a_sidecar_that_is_none_tells_no_date(photo_folder, trap_at, suffix):
    photo = next(photo_folder.iterdir())
    trap_at(photo.with_name(photo.name + suffix))
    assert photo_date(os.fspath(photo), photo.read_bytes()) is None


@pytest.mark.parametrize("script", [mosaic, video])
def test_a_target_that_is_no_file_is_refused(tmp_path, photo_folder, trap_at, runner_of, script):
    trap = trap_at(tmp_path / "target.mp4")
    options = {"target": trap, "codebook-dir": photo_folder, "scale": 4}
    code, _, error = runner_of(script, options | {"savepath": tmp_path / "out.mp4"})()
    assert code == 2
    assert "target.mp4: cannot be read: it is a " in error
    assert error.count("\n") == 1


def test_a_project_that_is_no_file_is_refused(tmp_path, trap_at, run):
    code, _, error = run("--project", trap_at(tmp_path / "made.json"), target=None)
    assert code == 2
    assert "made.json: cannot be read: it is a " in error


def test_a_project_whose_target_is_no_file_is_refused(tmp_path, target, trap_at, run):
    project = tmp_path / "made.json"
    own_target = tmp_path / "own.png"
    shutil.copy(target, own_target)
    assert run("--save-project", project, target=own_target)[0] == 0
    assert json.loads(project.read_bytes())["target"]["path"] == os.fspath(own_target)
    trap_at(own_target)
    code, _, error = run("--project", project, target=None, codebook_dir=None, scale=None)
    assert code == 2
    assert "own.png: cannot be read: it is a " in error


def test_a_montage_list_that_is_no_file_is_refused(tmp_path, trap_at):
    trap_at(tmp_path / LIST_NAME)
    with pytest.raises(InputError, match=r"montage\.csv: cannot be read: it is a "):
        read_list(tmp_path)


def test_a_montage_list_of_a_hundred_megabytes_is_refused(tmp_path):
    with (tmp_path / LIST_NAME).open("wb") as file:
        file.truncate(100 << 20)
    with pytest.raises(InputError, match="it is larger than 16 MB"):
        read_list(tmp_path)


def test_a_savedir_with_a_pipe_for_a_list_is_refused_before_the_work(tmp_path, runner_of, trap_at):
    for name in ("will", "photos", "out"):
        (tmp_path / name).mkdir()
    for name in ("will", "photos"):
        (tmp_path / name / "a.jpg").write_bytes(b"")
    trap_at(tmp_path / "out" / LIST_NAME)
    options = {"target-face-dir": tmp_path / "will", "photos-dir": tmp_path / "photos"}
    code, _, error = runner_of(face_montage, options | {"savedir": tmp_path / "out"})()
    assert code == 2
    assert "montage.csv: cannot be read: it is a " in error


@pytest.mark.parametrize("suffix", ["", "-journal", "-wal", "-shm"])
def test_a_cache_beside_a_pipe_is_not_used(tmp_path, photo_folder, trap_at, caplog, suffix):
    (tmp_path / "cache").mkdir()
    trap = trap_at(tmp_path / "cache" / f"{FILE_NAME}{suffix}")
    with PhotoLibrary(tmp_path / "cache", Work(1)) as library:
        index = library.index(list_photos(photo_folder))
    assert len(index.photos) == 60
    assert "the cache cannot be used" in caplog.text
    assert trap.name in caplog.text
    assert not trap.is_file()


def test_a_photo_that_became_a_pipe_after_it_was_listed_is_passed_over(photo_folder, trap_at):
    listing = list_photos(photo_folder)
    trap_at(Path(listing.photos[0].path))
    with PhotoLibrary(None, Work(1)) as library:
        index = library.index(listing)
    assert len(index.photos) == 59
    ((path, reason),) = index.unreadable
    assert path == listing.photos[0].path
    assert reason.startswith("it is a ")
