from __future__ import annotations

import os
import shutil
import time

import pytest

from photomosaic.files.output_place import prepare_folder, prepare_output
from photomosaic.files.working import FINISHED, MARK, abandoned, sole_use, sweep, working_folder
from photomosaic.files.writing import replacing
from tests.killing import killed_at_each_change

NAME = ".photomosaic-0123456789abcdef"


def everything(folder):
    """Return what lies in a folder, with the content of files, and links as such."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            found[name] = str(path.readlink())
        else:
            found[name] = path.read_bytes() if path.is_file() else None
    return found


def left_behind(place):
    """Return a working folder of a run that was killed, with two files and a folder in it."""
    made = place / "made"
    with working_folder(place) as work:
        (work / "new.jpg").write_bytes(b"half")
        (work / "page").mkdir()
        (work / "page" / "a").write_bytes(b"a")
        shutil.copytree(work, made)
        name = work.name
    return made.rename(place / name)


def test_a_working_folder_is_hidden_and_goes_with_its_block(tmp_path):
    with working_folder(tmp_path) as work:
        assert work.parent == tmp_path
        assert work.name.startswith(".")
        (work / "a").write_bytes(b"a")
        (work / "b").mkdir()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_a_working_folder_goes_whatever_happens(tmp_path, error):
    def stopped():
        with working_folder(tmp_path) as work:
            (work / "a").write_bytes(b"a")
            raise error

    with pytest.raises(error):
        stopped()
    assert list(tmp_path.iterdir()) == []


def test_a_killed_run_leaves_what_the_next_run_there_removes(tmp_path):
    path = tmp_path / "mosaic.png"

    def write():
        with replacing(path) as file:
            file.write(b"new")

    def prepare():
        path.write_bytes(b"old")

    kills = 0
    for _ in killed_at_each_change(write, prepare):
        kills += 1
        assert path.read_bytes() in (b"old", b"new")
        # As if a minute had passed, for what was killed before it had a mark.
        for folder in tmp_path.glob(".*"):
            os.utime(folder, (time.time() - 100,) * 2)
        prepare_output(path)
        assert list(tmp_path.iterdir()) == [path]
    assert kills >= 4
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize("prepare", ["output", "folder", "beside"])
def test_every_check_of_an_output_removes_it(tmp_path, prepare):
    left_behind(tmp_path)
    checks = {
        "output": lambda: prepare_output(tmp_path / "a.png"),
        "folder": lambda: prepare_folder(tmp_path),
        "beside": lambda: prepare_folder(tmp_path / "page", beside=True),
    }
    checks[prepare]()
    assert list(tmp_path.iterdir()) == []


def test_what_a_run_works_in_is_left_to_it(tmp_path):
    with working_folder(tmp_path) as work:
        (work / "new.jpg").write_bytes(b"half")
        sweep(tmp_path)
        assert (work / "new.jpg").read_bytes() == b"half"
        assert list(abandoned(tmp_path)) == []


def test_what_is_finished_is_left_to_those_who_know_of_it(tmp_path):
    work = left_behind(tmp_path)
    (work / FINISHED).write_text("{}")
    sweep(tmp_path)
    assert (work / "new.jpg").read_bytes() == b"half"
    assert list(abandoned(tmp_path)) == [work]


def mine(folder):
    folder.mkdir()
    (folder / "mine.jpg").write_bytes(b"mine")


def without_a_mark(folder):
    mine(folder)


def with_another_mark(folder):
    mine(folder)
    (folder / MARK).write_bytes(b"mark")


def with_an_empty_mark(folder):
    mine(folder)
    (folder / MARK).write_bytes(b"")


def with_the_mark_of_another(folder):
    mine(folder)
    other = left_behind(folder.parent)
    shutil.copy(other / MARK, folder / MARK)
    shutil.rmtree(other)


def with_a_pipe_as_the_mark(folder):
    mine(folder)
    os.mkfifo(folder / MARK)


def a_link_to_a_folder(folder):
    mine(folder.parent / "elsewhere")
    folder.symlink_to("elsewhere")


def a_link_to_a_right_folder(folder):
    left_behind(folder.parent).rename(folder.parent / "elsewhere")
    (folder.parent / "elsewhere" / MARK).write_text(
        f"photomosaic works in {NAME}; a later run removes it\n"
    )
    folder.symlink_to("elsewhere")


def a_link_as_the_mark(folder):
    mine(folder)
    elsewhere = folder.parent / "elsewhere"
    elsewhere.write_text(f"photomosaic works in {NAME}; a later run removes it\n")
    (folder / MARK).symlink_to("../elsewhere")


def a_file(folder):
    folder.write_bytes(b"mine")


def just_made(folder):
    folder.mkdir()


LOOK_ALIKES = [
    without_a_mark,
    with_another_mark,
    with_an_empty_mark,
    with_the_mark_of_another,
    a_link_to_a_folder,
    a_link_to_a_right_folder,
    a_link_as_the_mark,
    a_file,
    just_made,
]


@pytest.mark.parametrize("look_alike", LOOK_ALIKES, ids=lambda made: made.__name__)
def test_somebodys_own_under_our_names_is_never_touched(tmp_path, look_alike):
    look_alike(tmp_path / NAME)
    if look_alike is not just_made:
        os.utime(tmp_path / NAME, (1e9, 1e9))
    before = everything(tmp_path)
    prepare_folder(tmp_path)
    assert everything(tmp_path) == before


def test_a_pipe_as_a_mark_is_not_waited_for(tmp_path):
    with_a_pipe_as_the_mark(tmp_path / NAME)
    sweep(tmp_path)
    assert (tmp_path / NAME / "mine.jpg").read_bytes() == b"mine"


def test_links_in_a_working_folder_are_not_followed(tmp_path):
    mine(tmp_path / "photos")
    work = left_behind(tmp_path)
    (work / "link").symlink_to("../photos")
    (work / "page" / "link").symlink_to("../../photos")
    sweep(tmp_path)
    assert everything(tmp_path) == {"photos": None, "photos/mine.jpg": b"mine"}


def test_a_folder_is_used_by_one_at_a_time(tmp_path):
    with sole_use(tmp_path) as first, sole_use(tmp_path) as second:
        assert (first, second) == (True, False)
    with sole_use(tmp_path) as again:
        assert again
    assert list(tmp_path.iterdir()) == []


def test_a_file_system_without_locks_keeps_what_cannot_be_told(tmp_path, monkeypatch):
    work = left_behind(tmp_path)

    def no_locks(*_):
        raise OSError(37, "No locks available")

    monkeypatch.setattr("photomosaic.files.working.fcntl.flock", no_locks)
    sweep(tmp_path)
    assert (work / "new.jpg").exists()
    with sole_use(tmp_path) as alone, working_folder(tmp_path) as other:
        assert alone
        assert other.is_dir()
    assert not other.exists()
