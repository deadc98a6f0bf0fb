from __future__ import annotations

import pytest

from photomosaic.files import swapping
from photomosaic.files.swapping import replace_folder
from photomosaic.files.working import sweep, working_folder
from tests.killing import killed_at_each_change


@pytest.fixture(params=[True, False], ids=["one step", "two steps"], autouse=True)
def exchanging(request, monkeypatch):
    """Let the system exchange folders, or have no such step."""
    if not request.param:
        monkeypatch.setattr(swapping, "_exchange", lambda *_: False)
    return request.param


def make(folder, text):
    folder.mkdir(exist_ok=True)
    (folder / "a").write_text(text)


def test_a_folder_gets_a_place(tmp_path):
    for text in ("first", "second", "third"):
        with working_folder(tmp_path) as work:
            make(work / "page", text)
            before = replace_folder(work / "page", tmp_path / "place", work)
            assert (before is None) == (text == "first")
            if before:
                assert (before / "a").read_text() in ("first", "second")
        assert (tmp_path / "place" / "a").read_text() == text
        assert [path.name for path in tmp_path.iterdir()] == ["place"]


def test_a_system_that_can_exchanges_folders_in_one_step(tmp_path, exchanging):
    make(tmp_path / "one", "1")
    make(tmp_path / "other", "2")
    assert swapping._exchange(tmp_path / "one", tmp_path / "other") == exchanging
    assert (tmp_path / "one" / "a").read_text() == ("2" if exchanging else "1")


def test_a_kill_leaves_the_old_or_the_new(tmp_path, exchanging):
    place = tmp_path / "place"

    def replace():
        with working_folder(tmp_path) as work:
            make(work / "page", "new")
            replace_folder(work / "page", place, work)

    seen = set()
    for _ in killed_at_each_change(replace, lambda: make(place, "old")):
        if exchanging:
            seen.add((place / "a").read_text())
        sweep(tmp_path)
        seen.add((place / "a").read_text())
        assert not exchanging or [path.name for path in place.iterdir()] == ["a"]
    assert seen == {"old", "new"}
    assert (place / "a").read_text() == "new"


def test_a_folder_that_cannot_be_renamed_stays(tmp_path):
    make(tmp_path / "place", "old")

    def failing():
        with working_folder(tmp_path) as work:
            replace_folder(work / "never made", tmp_path / "place", work)

    with pytest.raises(FileNotFoundError):
        failing()
    assert (tmp_path / "place" / "a").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["place"]
