from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from pathlib import Path

import pytest
from PIL import Image

import mosaic
from photomosaic.errors import InputError
from photomosaic.files import swapping
from photomosaic.murals import page_folder, zoom_page
from photomosaic.murals.page_folder import check_page_folder, replacing_folder
from tests.killing import killed_at_each_change


def files_of(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def page(tmp_path):
    return tmp_path / "web" / "a page"


@pytest.fixture(scope="module")
def first(album, picture, tmp_path_factory):
    """Return a page that is not to be changed."""
    folder = tmp_path_factory.mktemp("first")
    words = ["--target", picture, "--codebook-dir", album, "--scale", 8, "--no-cache", "--quiet"]
    words += ["--savepath", folder / "mosaic.png", "--zoom-page", folder / "page"]
    assert mosaic.main([str(word) for word in words]) == 0
    return folder / "page"


@pytest.fixture
def made(first, page):
    """Return a page that was made a while ago."""
    shutil.copytree(first, page)
    return page


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
    before = files_of(page)
    assert run("--zoom-page", page, "--no-originals")[0] == 0
    assert files_of(page) == {name for name in before if name[:6] != "photos"}
    assert [path.name for path in page.parent.iterdir()] == [page.name]


def test_the_same_page_again_has_the_same_bytes(run, page):
    def contents(workers):
        assert run("--zoom-page", page, "--tint", 0.4, workers=workers)[0] == 0
        return {name: (page / name).read_bytes() for name in files_of(page)}

    assert contents(1) == contents(2)


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("notes.txt", "holds notes.txt, which is not part of a page made here; name a new or an"),
        ("photos/cat.png", "holds photos/cat.png, which is not part"),
        ("photos/99.jpg", "holds photos/99.jpg, which is not part"),
        ("a/b", "holds a/b, which is not part"),
        ("index.html", "index.html was changed since the page was made; name a new or an empty"),
        ("photos/1.jpg", "photos/1.jpg was changed since"),
        ("target.jpg", "target.jpg was changed since"),
        ("photomosaic-page.json", "holds a page without a list of its files (photomosaic-page."),
    ],
)
def test_a_page_with_somebodys_own_in_it_is_refused(run, made, tmp_path, name, problem):
    page = made
    (page / name).parent.mkdir(exist_ok=True)
    (page / name).write_text("mine")
    before = {file: (page / file).read_bytes() for file in files_of(page)}
    code, told, errors = run("--zoom-page", page, cache_dir=tmp_path / "unused")
    assert (code, told) == (2, "")
    assert f"--zoom-page {page}: {problem}" in errors
    assert errors.count("\n") == 1
    assert {file: (page / file).read_bytes() for file in files_of(page)} == before
    assert not (tmp_path / "unused").exists(), "refused before the long work"


def content(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def pretend(folder, *names):
    """Write pictures of somebody's own under names that a page has."""
    for number, name in enumerate(names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (30, 40), (60 * number, 90, 90)).save(folder / name)


@pytest.mark.parametrize(
    "names",
    [
        ["target.jpg"],
        ["photos/1.jpg", "photos/2.jpg", "target.jpg"],
        ["mosaic_files/0/0_0.jpg"],
        ["photos/.1.jpg"],
    ],
)
def test_somebodys_own_under_the_names_of_a_page_is_kept(run, page, tmp_path, names):
    pretend(page, *names)
    before = content(page)
    code, _, errors = run("--zoom-page", page, cache_dir=tmp_path / "unused")
    assert code == 2
    assert f"--zoom-page {page}: holds " in errors
    assert errors.count("\n") == 1
    assert content(page) == before
    assert not (tmp_path / "unused").exists()


def test_empty_folders_and_links_of_somebodys_own_are_kept(run, made, tmp_path):
    def refused():
        code, _, errors = run("--zoom-page", made)
        assert code == 2
        return errors

    (made / "2019").mkdir()
    assert "holds 2019, which is not part" in refused()
    (made / "2019").rmdir()
    (made / "photos").rename(tmp_path / "photos")
    (made / "photos").symlink_to(tmp_path / "photos")
    assert "holds photos, which is not part" in refused()
    (made / "photos").unlink()
    (made / "target.jpg").rename(made / "kept.jpg")
    (made / "target.jpg").symlink_to("kept.jpg")
    assert "holds kept.jpg, which is not part" in refused()
    (made / "kept.jpg").rename(tmp_path / "kept.jpg")
    assert "target.jpg was changed" in refused()


def test_a_page_made_before_there_were_lists_is_refused_with_the_way_out(run, made):
    (made / "photomosaic-page.json").unlink()
    before = content(made)
    code, _, errors = run("--zoom-page", made)
    assert code == 2
    assert errors.endswith("name a new folder, or delete this one yourself\n")
    assert content(made) == before


def test_what_file_managers_leave_in_a_page_is_taken_over(run, made):
    names = (".DS_Store", "photos/.DS_Store", "Thumbs.db", "mosaic_files/desktop.ini")
    for name in names:
        (made / name).write_text(name)
    assert run("--zoom-page", made, "--no-originals")[0] == 0
    assert not (made / "photos" / "1.jpg").exists()
    assert [(made / name).read_text() for name in names] == list(names)
    # They are not of the page, so a next one may replace that.
    check_page_folder(made, made.parent / "photos", made.parent / "target.png")


def test_an_empty_folder_takes_a_page_and_parts_may_be_missing(run, page):
    page.mkdir(parents=True)
    assert run("--zoom-page", page)[0] == 0
    (page / "photos" / "1.jpg").unlink()
    (page / "data.js").unlink()
    assert run("--zoom-page", page)[0] == 0
    assert (page / "photos" / "1.jpg").exists()


def test_folders_that_hold_the_photos_or_the_target_are_refused(run, tmp_path):
    folder = tmp_path / "all"
    pretend(folder / "album", "1.jpg")
    for options, problem in (
        ({"codebook_dir": folder / "album"}, f"holds {folder / 'album'}"),
        ({"target": folder / "album" / "1.jpg"}, f"holds {folder / 'album' / '1.jpg'}"),
    ):
        code, _, errors = run("--zoom-page", folder, **options)
        assert code == 2
        assert f"--zoom-page {folder}: {problem}; name a new or an empty folder" in errors
    assert (folder / "album" / "1.jpg").exists()


@pytest.mark.parametrize("part", [".", "photos", "mosaic_files", "target.jpg"])
def test_the_pictures_of_a_page_are_never_photos(run, made, tmp_path, part):
    photos = tmp_path / "photos"
    Image.new("RGB", (90, 120), "teal").save(made / "photos" / "mine.png")
    pretend(photos, "1.jpg", "2.jpg")
    (photos / "zoom").mkdir()
    (made / part).rename(photos / "zoom" / ("moved" if part == "." else part))
    used = tmp_path / "used.csv"
    code, _, errors = run("--list", used, codebook_dir=photos)
    assert code == 0
    listed = [line.partition(",")[0] for line in used.read_text().splitlines()[1:]]
    # Somebody's own photo in a page is a photo all the same.
    mine = {".": ["zoom/moved/photos/mine.png"], "photos": ["zoom/photos/mine.png"]}
    assert listed == ["1.jpg", "2.jpg", *mine.get(part, [])]
    # What lies in a whole page is not even looked at.
    assert ("left out" in errors) == (part != ".")


def test_a_kill_leaves_the_old_page_or_the_new(tmp_path):
    folder = tmp_path / "page"

    def make(text):
        with replacing_folder(folder) as fresh:
            (fresh / "index.html").write_text(text)
            (fresh / "photos").mkdir()
            (fresh / "photos" / "1.jpg").write_bytes(b"\xff\xd8" + text.encode())

    def prepare():
        shutil.rmtree(folder, ignore_errors=True)
        make("old")

    seen = set()
    for _ in killed_at_each_change(lambda: make("new"), prepare):
        for left in tmp_path.glob(".photomosaic-*"):
            os.utime(left, (1e9, 1e9))
        check_page_folder(folder, tmp_path / "photos", tmp_path / "target.png")
        assert [path.name for path in tmp_path.iterdir()] == ["page"]
        text = (folder / "index.html").read_bytes()
        assert (folder / "photos" / "1.jpg").read_bytes().endswith(text)
        seen.add(text)
    assert seen == {b"old", b"new"}


@pytest.mark.parametrize("exchanging", [True, False])
def test_what_comes_at_the_last_moment_is_kept(tmp_path, monkeypatch, exchanging):
    folder = tmp_path / "page"
    if not exchanging:
        monkeypatch.setattr(swapping, "_exchange", lambda *_: False)

    def make(text):
        with replacing_folder(folder) as fresh:
            (fresh / "index.html").write_text(text)

    make("old")
    real = page_folder.replace_folder

    def late(*given):
        (folder / "mine").write_text("x")
        return real(*given)

    monkeypatch.setattr(page_folder, "replace_folder", late)
    with pytest.raises(InputError, match="holds mine"):
        make("new")
    assert {path.name for path in folder.iterdir()} >= {"mine", "index.html"}
    assert (folder / "index.html").read_text() == "old"
    assert list(tmp_path.iterdir()) == [folder]


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

    monkeypatch.setattr("photomosaic.files.output_place.tempfile.TemporaryFile", refuse)
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
