from __future__ import annotations

import json
import os

import pytest

from photomosaic.files.page_list import LIST_NAME, files_below, read_page_list, write_page_list

EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.fixture
def page(tmp_path):
    (tmp_path / "photos").mkdir()
    for name in ("index.html", "photos/1.jpg"):
        (tmp_path / name).write_bytes(b"")
    write_page_list(tmp_path)
    return tmp_path


def test_a_list_has_all_files_with_their_hashes(page):
    assert read_page_list(page) == {"index.html": EMPTY_SHA256, "photos/1.jpg": EMPTY_SHA256}
    assert sorted(files_below(page)) == ["index.html", LIST_NAME, "photos/1.jpg"]


def test_the_same_files_have_the_same_list(page):
    before = (page / LIST_NAME).read_bytes()
    (page / LIST_NAME).unlink()
    write_page_list(page)
    assert (page / LIST_NAME).read_bytes() == before


def changed(**values):
    return lambda text: json.dumps(json.loads(text) | values)


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[:-20],
        lambda _: "",
        lambda _: "[]",
        lambda _: '{"files": {}}',
        lambda _: "[" * 100_000,
        changed(version=2),
        changed(kind="files of my own"),
        changed(files=["index.html"]),
    ],
)
def test_a_damaged_list_is_none(page, damage):
    (page / LIST_NAME).write_text(damage((page / LIST_NAME).read_text()))
    assert read_page_list(page) is None


def test_what_is_no_file_is_no_list(page):
    kept = (page / LIST_NAME).rename(page / "kept")
    assert read_page_list(page) is None
    (page / LIST_NAME).symlink_to(kept)
    assert read_page_list(page) is None
    (page / LIST_NAME).unlink()
    os.mkfifo(page / LIST_NAME)
    assert read_page_list(page) is None
