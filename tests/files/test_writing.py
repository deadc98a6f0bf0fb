"""Files that cannot be written, through whatever library: the system's cause, nothing else."""

from __future__ import annotations

import errno
import os
import resource
from contextlib import contextmanager
from fractions import Fraction

import numpy as np
import pytest

from photomosaic.animation.animation import AnimationOptions, write_animation
from photomosaic.errors import OutputError
from photomosaic.files import writing
from photomosaic.files.writing import explained, reason_of, replacing
from photomosaic.images.encode import OUTPUT_FORMATS, write_picture
from photomosaic.murals.picture import as_image
from photomosaic.murals.write import MuralFormat, save
from photomosaic.progress import Work

MOST_BYTES = 10_000


@contextmanager
def small_files():
    """Let no file grow beyond some bytes; briefly, as pytest may write to one itself."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_BYTES, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def noise():
    return np.random.default_rng(0).integers(0, 256, (200, 300, 3)).astype(np.uint8)


@pytest.mark.parametrize("suffix", OUTPUT_FORMATS)
def test_pictures(tmp_path, noise, suffix, capfd):
    expected = rf"new\{suffix}: could not be written: File too large"
    with pytest.raises(OutputError, match=expected), small_files():
        write_picture(noise, tmp_path / f"new{suffix}")
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("suffix", [".gif", ".webp", ".png", ".mp4"])
def test_animations(tmp_path, noise, suffix, capfd):
    options = AnimationOptions(fps=Fraction(10))
    with pytest.raises(OutputError, match="could not be written: File too large"), small_files():
        write_animation([noise, noise[::-1]], tmp_path / f"new{suffix}", options)
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(("suffix", "saver"), [(".tiff", "tiffsave"), (".png", "pngsave")])
def test_large_pictures(tmp_path, noise, suffix, saver, capfd):
    path = tmp_path / f"new{suffix}"
    with pytest.raises(OSError, match="File too large"), small_files(), explained(path):
        save(as_image(noise), MuralFormat(saver, {}, 1.0), path, Work(), "writing")
    assert capfd.readouterr() == ("", "")


def test_an_error_that_is_no_matter_of_room_stays_as_it_is(tmp_path):
    with pytest.raises(OSError, match="no such codec"), explained(tmp_path / "new"):
        raise OSError("no such codec")


def test_a_disk_without_inodes_is_told_of_as_such(tmp_path, monkeypatch):
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert reason_of(full, tmp_path) == "No space left on device"

    class Status:
        f_files, f_favail, f_bavail = 100, 0, 100

    monkeypatch.setattr(writing.os, "statvfs", lambda _: Status)
    assert reason_of(full, tmp_path) == "there are no inodes left for more files"
    assert reason_of(PermissionError(errno.EACCES, "no"), tmp_path) == "no"


def test_replacing_makes_a_file(tmp_path):
    path = tmp_path / "new"
    with replacing(path) as file:
        file.write(b"new")
        assert not path.exists()
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_replacing_puts_the_new_file_at_the_end(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old and longer")
    with replacing(path) as file:
        file.write(b"new")
        file.flush()
        assert path.read_bytes() == b"old and longer"
        # Hidden, so that another run does not take it for a photo.
        (temporary,) = set(tmp_path.iterdir()) - {path}
        assert temporary.name.startswith(".")
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def write_half(path, error):
    with replacing(path) as file:
        file.write(b"half of the new")
        raise error


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError, MemoryError, SystemExit])
@pytest.mark.parametrize("old", [b"old", None])
def test_replacing_leaves_everything_on_errors(tmp_path, error, old):
    path = tmp_path / "file"
    if old is not None:
        path.write_bytes(old)
    with pytest.raises(error):
        write_half(path, error)
    left = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert left == ({} if old is None else {"file": old})


def test_replacing_tells_of_a_full_disk(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with pytest.raises(OutputError, match=r"/file: could not be written: No space left on device$"):
        write_half(path, OSError(28, "No space left on device"))
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_replacing_a_folder_is_an_error(tmp_path):
    path = tmp_path / "folder"
    path.mkdir()
    with pytest.raises(OutputError, match=r"/folder: could not be written: "), replacing(path):
        pass
    assert list(tmp_path.iterdir()) == [path]
