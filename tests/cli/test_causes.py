"""What the system lacks is named as such, never as a fault of the program."""

from __future__ import annotations

import errno
import resource
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from photomosaic.cli.causes import NO_MEMORY, cause_of
from photomosaic.cli.console import guarded
from photomosaic.files.regular import TOO_MANY_FILES

PROJECT = Path(__file__).resolve().parents[2]


def of_opencv():
    with pytest.raises(cv2.error) as caught:
        cv2.resize(np.zeros((2, 2), np.uint8), (1 << 30, 1 << 30))
    return caught.value


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        of_opencv(),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
        ImportError("libopenblas.so: failed to map segment from shared object"),
        RuntimeError("std::bad_alloc"),
    ],
)
def test_a_lack_of_memory(error):
    assert cause_of(error) == NO_MEMORY


def test_a_lack_of_files_and_of_processes():
    assert cause_of(OSError(errno.EMFILE, "Too many open files")) == TOO_MANY_FILES
    library = ImportError("lib.so: cannot open shared object file: Too many open files")
    assert cause_of(library) == TOO_MANY_FILES
    for error in (RuntimeError("can't start new thread"), BlockingIOError(errno.EAGAIN, "fork")):
        assert "no more threads or processes can be started" in cause_of(error)


def test_the_cause_is_found_behind_what_was_made_of_it():
    error = ValueError("no picture")
    error.__cause__ = MemoryError()
    assert cause_of(error) == NO_MEMORY


def test_errors_of_the_system_are_told_with_the_name_of_the_file():
    error = OSError(errno.EIO, "Input/output error", "a\nb.jpg")
    assert cause_of(error) == "a\\nb.jpg: Input/output error"
    assert cause_of(OSError(errno.ENOSPC, "No space left")) == "No space left"


@pytest.mark.parametrize("error", [ValueError("3"), KeyError("a"), OSError("broken data stream")])
def test_other_errors_have_no_such_cause(error):
    assert cause_of(error) is None


def test_a_script_ends_with_the_cause_in_one_line(capsys, monkeypatch):
    def body():
        raise MemoryError

    monkeypatch.delenv("PHOTOMOSAIC_DEBUG")
    assert guarded("tool.py", body) == 2
    assert capsys.readouterr().err == f"tool.py: {NO_MEMORY}\n"


@pytest.mark.parametrize("what", ["RLIMIT_AS", "RLIMIT_DATA"])
def test_less_memory_than_libraries_bear_is_refused_before_they_are_loaded(what):
    limit = getattr(resource, what)
    shown = subprocess.run(
        [sys.executable, PROJECT / "mosaic.py", "--help"],
        preexec_fn=lambda: resource.setrlimit(limit, (500 << 20, 500 << 20)),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert shown.returncode == 2
    assert shown.stderr == (
        "mosaic.py: memory is limited to 500 MB (ulimit -v, ulimit -d); at least 1,024 MB are"
        " needed\n"
    )
