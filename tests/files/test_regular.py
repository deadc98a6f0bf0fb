from __future__ import annotations

import errno
import os
import socket
import stat
from pathlib import Path

import pytest

from photomosaic.errors import PhotomosaicError
from photomosaic.files import regular
from photomosaic.files.regular import open_file, read_file, sha256_of
from photomosaic.images.listing import list_photos
from photomosaic.library.photo_library import PhotoLibrary
from photomosaic.progress import Work


@pytest.fixture
def pipe(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return path


def test_a_regular_file_is_read_and_hashed(tmp_path):
    file = tmp_path / "file"
    file.write_bytes(b"content")
    (tmp_path / "link").symlink_to(file)
    assert read_file(os.fspath(tmp_path / "link")) == b"content"
    assert sha256_of(file).startswith("ed7002b439e9ac84")


def test_names_that_are_no_utf8_are_opened(tmp_path):
    name = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9")
    Path(name).write_bytes(b"content")
    assert read_file(name) == b"content"


def test_a_pipe_is_refused_without_waiting(pipe):
    with pytest.raises(OSError, match="it is a pipe, not a file"):
        open_file(pipe)


def test_a_device_and_a_socket_are_refused(tmp_path):
    with pytest.raises(OSError, match="it is a device, not a file"):
        read_file("/dev/zero")
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(os.fspath(tmp_path / "socket"))
        with pytest.raises(OSError, match="it is a socket, not a file"):
            open_file(tmp_path / "socket")


def test_a_folder_is_refused_as_what_it_is(tmp_path):
    with pytest.raises(IsADirectoryError):
        open_file(tmp_path)


def test_a_pipe_that_takes_the_place_of_a_file_before_it_is_opened_is_refused(pipe, monkeypatch):
    """The check before opening is passed by; what was opened is looked at, and closed."""
    monkeypatch.setattr(regular, "check_regular", lambda _: None)
    before = len(list(Path("/dev/fd").iterdir()))
    with pytest.raises(OSError, match="it is a pipe, not a file"):
        open_file(pipe)
    assert len(list(Path("/dev/fd").iterdir())) == before


def test_a_file_of_just_the_limit_is_read_and_a_larger_one_refused(tmp_path):
    file = tmp_path / "file"
    file.write_bytes(b"x" * (1 << 20))
    assert len(read_file(file, 1 << 20)) == 1 << 20
    with file.open("ab") as more:
        more.write(b"x")
    with pytest.raises(OSError, match="it is larger than 1 MB") as caught:
        read_file(file, 1 << 20)
    assert caught.value.errno == errno.EFBIG


def test_a_file_of_terabytes_is_refused_without_taking_memory(tmp_path):
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(4 << 40)
    with pytest.raises(OSError, match="it is larger than 16 MB"):
        read_file(tmp_path / "sparse", 16 << 20)


def test_a_file_that_does_not_tell_its_size_is_read_to_its_end_or_the_limit():
    status = Path("/proc/self/status")
    if not status.exists() or not stat.S_ISREG(status.stat().st_mode):
        pytest.skip("files without a size are those of /proc")
    assert b"VmRSS" in read_file(status)
    with pytest.raises(OSError, match="larger than"):
        read_file(status, 100)


def test_a_lack_of_open_files_is_no_fault_of_the_file(tmp_path, make_photo, monkeypatch):
    make_photo(tmp_path / "photo.png")

    def opening(*_):
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(regular.os, "open", opening)
    with pytest.raises(PhotomosaicError, match="too many files are open"):
        read_file(tmp_path / "photo.png")
    # A photo is not passed over for it.
    with (
        PhotoLibrary(None, Work(1)) as library,
        pytest.raises(PhotomosaicError, match="too many files are open"),
    ):
        library.index(list_photos(tmp_path))


def test_a_file_that_is_lent_to_somebody_is_waited_for(tmp_path, monkeypatch):
    file = tmp_path / "file"
    file.write_bytes(b"content")
    lent = [BlockingIOError(errno.EAGAIN, "lent")]
    real = os.open

    def opening(path, flags):
        if lent:
            raise lent.pop()
        return real(path, flags)

    monkeypatch.setattr(regular.os, "open", opening)
    assert read_file(file) == b"content"
