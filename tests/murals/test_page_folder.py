from __future__ import annotations

import json
import os
import tempfile
import time
from pathlib import Path

import pytest
from PIL import Image

from photomosaic.errors import InputError, OutputError
from photomosaic.murals import zoom_page
from photomosaic.murals.page_folder import replacing_folder


def files_of(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def page(tmp_path):
    return tmp_path / "web" / "a page"


def test_a_page_is_a_folder_of_its_own(run, page, out, album):
    code, told, errors = run("--zoom-page", page, "--photo-size", 100)
    assert code == 0
    assert f"{page}/index.html: open it in a browser" in told
    assert "page: 1,920x2,560 pixels" in errors
    with Image.open(out) as small:
        assert small.size == (240, 320)
    found = files_of(page)
    assert {"index.html", "page.js", "page.css", "data.js", "target.jpg", "mosaic.dzi"} <= found
    assert {"leaflet/leaflet.js", "leaflet/leaflet.css", "leaflet/LICENSE"} <= found
    assert "BSD 2-Clause" in (page / "leaflet" / "LICENSE").read_text()
    data = json.loads((page / "data.js").read_text().removeprefix("const MOSAIC = ").rstrip(";\n"))
    assert set(data["names"]) <= {photo.name for photo in album.iterdir()}
    assert data["dates"][0].startswith("2019-05-")
    copies = [page / "photos" / f"{number}.jpg" for number in range(len(data["names"]))]
    assert sorted((page / "photos").iterdir()) == sorted(copies)
    for copy in copies:
        with Image.open(copy) as photo:
            assert photo.size == (75, 100)
            assert not photo.getexif()
            assert b"Exif" not in copy.read_bytes()


def test_nothing_in_a_page_tells_where_the_photos_lie(run, page, album, tmp_path):
    assert run("--zoom-page", page)[0] == 0
    for path in page.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            for place in (album, tmp_path, Path.home()):
                assert os.fsencode(place) not in content, path


def test_a_page_without_originals(run, page):
    assert run("--zoom-page", page, "--no-originals")[0] == 0
    assert not (page / "photos").exists()
    assert '"copies":false' in (page / "data.js").read_text()


def test_a_print_and_a_page_of_other_sizes_at_once(run, page, out):
    code, _, errors = run("--zoom-page", page, "--enlarge", 2)
    assert code == 0
    assert "print: 480x640" in errors
    assert "page: 1,920x2,560" in errors
    with Image.open(out) as printed:
        assert printed.size == (480, 640)
    assert run("--zoom-page", page, "--enlarge", 12)[0] == 0
    assert 'Width="2880"' in (page / "mosaic.dzi").read_text()


def test_an_earlier_page_is_replaced_as_a_whole(run, page):
    run("--zoom-page", page)
    (page / ".DS_Store").write_text("of the Finder")
    before = files_of(page)
    assert run("--zoom-page", page, "--no-originals")[0] == 0
    assert files_of(page) == {name for name in before if name[:6] not in ("photos", ".DS_St")}
    assert [path.name for path in page.parent.iterdir()] == [page.name]


def test_the_same_page_again_has_the_same_bytes(run, page):
    def contents(workers):
        assert run("--zoom-page", page, "--tint", 0.4, workers=workers)[0] == 0
        return {name: (page / name).read_bytes() for name in files_of(page)}

    assert contents(1) == contents(2)


@pytest.mark.parametrize(
    ("name", "text"),
    [("notes.txt", "mine"), ("index.html", "<p>mine"), ("photos/cat.png", "mine"), ("a/b", "mine")],
)
def test_a_folder_with_something_else_is_refused(run, page, tmp_path, name, text):
    run("--zoom-page", page)
    (page / name).parent.mkdir(exist_ok=True)
    (page / name).write_text(text)
    before = {file: (page / file).read_bytes() for file in files_of(page)}
    code, told, errors = run("--zoom-page", page, cache_dir=tmp_path / "unused")
    assert (code, told) == (2, "")
    assert f"--zoom-page {page}: holds " in errors
    assert errors.count("\n") == 1
    assert {file: (page / file).read_bytes() for file in files_of(page)} == before
    assert not (tmp_path / "unused").exists(), "refused before the long work"


def test_other_places_that_are_refused(run, page, album, out):
    page.parent.mkdir()
    page.write_text("a file")
    for folder, problem in [
        (page, f"--zoom-page {page}: is a file, not a folder; name a folder"),
        (album / "page", "lies among the photos"),
        (album, "lies among the photos"),
        (
            page / "inside",
            f"--zoom-page {page / 'inside'}: cannot be written there: {page} is a file",
        ),
        (out.parent, "would lie in it"),
    ]:
        code, _, errors = run("--zoom-page", folder)
        assert code == 2
        assert problem in errors
        assert errors.count("\n") == 1
    assert page.read_text() == "a file"


def test_a_folder_that_may_not_be_made_is_named(run, page, monkeypatch):
    writable = tempfile.TemporaryFile

    def refuse(dir):
        if dir == page.parent:
            raise PermissionError(13, "Permission denied")
        return writable(dir=dir)

    monkeypatch.setattr("photomosaic.images.output_place.tempfile.TemporaryFile", refuse)
    code, _, errors = run("--zoom-page", page)
    assert code == 2
    assert errors.endswith(f": --zoom-page {page}: cannot be written there: Permission denied\n")


def test_a_disk_full_half_way_leaves_the_old_page(run, page, monkeypatch):
    run("--zoom-page", page)
    before = {name: (page / name).read_bytes() for name in files_of(page)}

    def full(*_given, **_settings):
        raise OSError(28, "No space left on device")

    for broken in ("save", "encode_copy"):
        with monkeypatch.context() as patch:
            patch.setattr(zoom_page, broken, full)
            code, _, errors = run("--zoom-page", page, "--tint", 0.5)
        assert code == 2
        assert errors.splitlines()[-1].endswith("could not be written: No space left on device")
        assert {name: (page / name).read_bytes() for name in files_of(page)} == before
        assert [path.name for path in page.parent.iterdir()] == [page.name]


def test_what_came_into_the_folder_meanwhile_is_kept(tmp_path):
    folder = tmp_path / "page"

    def meanwhile():
        with replacing_folder(folder):
            folder.mkdir()
            (folder / "mine").write_text("x")

    with pytest.raises(InputError, match="holds mine"):
        meanwhile()
    assert [path.name for path in tmp_path.rglob("*")] == ["page", "mine"]


def test_a_folder_that_cannot_be_renamed_comes_back(tmp_path, monkeypatch):
    folder = tmp_path / "page"
    folder.mkdir()
    (folder / "data.js").write_text("old")
    rename = Path.rename

    def failing(self, target):
        if target == folder and not (self / "data.js").exists():
            raise OSError(5, "Input/output error")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(OutputError, match="Input/output error"), replacing_folder(folder):
        pass
    assert (folder / "data.js").read_text() == "old"
    assert list(tmp_path.iterdir()) == [folder]


def test_without_the_viewer_library_the_line_to_type_is_told(run, page, monkeypatch):
    monkeypatch.setattr(zoom_page, "find_spec", lambda _: None)
    code, _, errors = run("--zoom-page", page)
    assert code == 2
    assert "pip install django-js-lib-leaflet" in errors


def test_a_photo_without_a_date_has_none(run, page, tmp_path):
    folder = tmp_path / "undated"
    folder.mkdir()
    Image.new("RGB", (300, 400), "teal").save(folder / "plain.png")
    os.utime(folder / "plain.png", (time.time(), time.time()))
    assert run("--zoom-page", page, codebook_dir=folder)[0] == 0
    assert '"dates":[""]' in (page / "data.js").read_text()


@pytest.mark.parametrize("option", ["--report", "--list", "--save-project"])
def test_files_that_would_lie_in_the_page_are_refused_before_the_work(run, page, tmp_path, option):
    inside = page / "figures.json"
    code, _, errors = run("--zoom-page", page, option, inside, cache_dir=tmp_path / "unused")
    assert code == 2
    assert f"--zoom-page {page}: {inside} would lie in it" in errors
    assert not (tmp_path / "unused").exists()
