from __future__ import annotations

import zipfile

import pytest

from photomosaic.app.places import Places
from photomosaic.app.results import found_in, made_in, write_zip
from photomosaic.errors import InputError


@pytest.fixture
def places(tmp_path):
    for name in ("mine/a b%", "mine/.hidden", "others", "results"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("mine/2.jpg", "mine/1.PNG", "mine/.x.jpg", "mine/note.txt", "others/x.jpg"):
        (tmp_path / name).write_bytes(b"x")
    return Places.of([tmp_path / "mine"], tmp_path / "results")


def test_a_folder_is_listed_without_what_is_hidden(places):
    entries = places.entries(places.roots[0])
    assert (entries.folders, entries.files, entries.photos) == (("a b%",), ("1.PNG", "2.jpg"), 2)
    assert places.parent(places.roots[0]) is None
    assert places.parent(places.roots[0] / "a b%") == places.roots[0]


def test_nothing_outside_is_reached_by_name_or_by_link(places, tmp_path):
    (tmp_path / "mine/link").symlink_to(tmp_path / "others")
    for path in ("others", "mine/../others", "mine/link/x.jpg", "/etc", "mine/\0"):
        with pytest.raises(InputError, match=r"outside of|cannot be opened"):
            places.checked(tmp_path / path)
    with pytest.raises(InputError, match="outside of"):
        places.entries(tmp_path / "mine/link")
    with pytest.raises(InputError, match="no such folder"):
        Places.of([tmp_path / "none"], tmp_path)


def test_results_and_uploads_never_replace_anything(places):
    first, second = places.new_folder("mosaic me"), places.new_folder("mosaic me")
    assert (first.name, second.name) == ("mosaic me", "mosaic me-2")
    names = [places.new_upload(name).name for name in ("a.jpg", "a.jpg", "../../b.jpg", "..", "")]
    assert names == ["a.jpg", "a-2.jpg", "b.jpg", "file", "file-2"]
    assert places.new_upload("x" * 300 + ".jpeg").name.endswith("x.jpeg")


def test_what_was_made_is_shown_and_nothing_else(places, tmp_path):
    folder = places.new_folder("run")
    for name in ("b.jpg", "a.csv", "page/index.html", "page/x/1.jpg", ".work/y.jpg", "film.mp4"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"data")
    made = {each.name: each.show for each in made_in(folder)}
    assert made == {
        "a.csv": "none",
        "b.jpg": "picture",
        "film.mp4": "video",
        "page/index.html": "page",
    }
    assert found_in(folder, "page/x/1.jpg") == (folder / "page/x/1.jpg")
    for name in ("../../others/x.jpg", "/etc/passwd", ".work/y.jpg", "none.jpg", "page", "a\0"):
        assert found_in(folder, name) is None
    (folder / "out.jpg").symlink_to(tmp_path / "others/x.jpg")
    assert found_in(folder, "out.jpg") is None
    (folder / "out.jpg").unlink()
    with (tmp_path / "all.zip").open("wb") as file:
        write_zip(folder, file)
    names = zipfile.ZipFile(tmp_path / "all.zip").namelist()
    assert names == [f"run/{name}" for name in ("a.csv", "b.jpg", "film.mp4")] + [
        "run/page/index.html",
        "run/page/x/1.jpg",
    ]
