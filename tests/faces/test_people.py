from __future__ import annotations

import csv
import json
import shutil
import sqlite3
import time
from contextlib import closing

import pytest
from made_faces import drawn_person, save, variant

import face_montage
from photomosaic.faces.corrections import Corrections, read_corrections
from photomosaic.faces.face_keys import KEY_PATTERN
from photomosaic.faces.montage_list import read_list
from photomosaic.faces.people_list import read_people_list
from tests.browser import chromium, find_chromium
from tests.conftest import need


@pytest.fixture(scope="session")
def library(tmp_path_factory):
    """Return a folder with five photos of one person, three of another, and a wall."""
    folder = tmp_path_factory.mktemp("family & <friends>")
    for number in range(5):
        save(variant(number), folder / f"IMG_{number}.jpg")
    for number, scale in enumerate((1.0, 0.9, 0.8)):
        darker = (drawn_person(3) * scale).astype("uint8")
        save(darker, folder / "sub" / f"other {number}.png")
    save(drawn_person(2)[:90], folder / "wall.jpg")
    return folder


@pytest.fixture
def who(library, cache, tmp_path, runner_of):
    """Return a function that runs the script and returns its exit code, stdout and stderr."""
    options = {"photos-dir": library, "people-dir": tmp_path / "people", "cache-dir": cache}
    return runner_of(face_montage, options | {"workers": 1})


def edited(folder, change):
    """Change the rows of people.csv, and return them."""
    path = folder / "people.csv"
    text = path.read_text("utf-8-sig")
    rows = list(csv.DictReader(text.splitlines()))
    change(rows)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), delimiter=";")
        writer.writeheader()
        writer.writerows(rows)
    return rows


def test_everybody_is_found_without_examples(who, tmp_path):
    code, out, _ = who("--who")
    assert code == 0
    assert "2 people, 8 faces in 9 photos" in out
    people = tmp_path / "people"
    rows = read_people_list(people)
    assert [(row.person, row.faces, row.photos) for row in rows] == [
        ("1", "5", "5"),
        ("2", "3", "3"),
    ]
    assert "private" in rows[0].notice
    page = (people / "page" / "index.html").read_text()
    assert "Keep it private" in page
    assert "family &amp; &lt;friends&gt;" in page
    data = (people / "page" / "data.js").read_text().partition("= ")[2].rstrip(";\n")
    assert [len(person["shown"]) for person in json.loads(data)["people"]] == [5, 3]
    assert (people / "people.jpg").stat().st_size > 5000


def test_a_second_run_writes_the_same(who, tmp_path):
    def content():
        return {path: path.read_bytes() for path in (tmp_path / "people").rglob("*.[hjc]*")}

    who("--who")
    first = content()
    code, _, err = who("--who")
    assert code == 0, err
    assert content() == first


def test_a_named_person_becomes_a_montage(who, tmp_path):
    who("--who")
    edited(tmp_path / "people", lambda rows: rows[1].update(name="Zoë"))
    code, _, err = who("--person", "zoë", "--output-size=64", savedir=tmp_path / "montage")
    assert code == 0, err
    frames = [row for row in read_list(tmp_path / "montage") if row.frame]
    assert len(frames) == 3
    assert all("other" in row.photo for row in frames)
    _, out, _ = who("--person", "1", "--output-size=64", savedir=tmp_path / "montage 1")
    assert "5 frames" in out


def test_a_group_and_a_folder_of_examples_go_together(who, library, tmp_path):
    who("--who")
    shutil.copytree(library / "sub", tmp_path / "examples")
    code, _, err = who(
        *("--person", "2", "--output-size=64"),
        savedir=tmp_path / "montage",
        target_face_dir=tmp_path / "examples",
    )
    assert code == 0, err
    assert "6 examples of the target, 5 faces of about 1 other" in err


def test_names_stay_and_the_same_name_joins(who, tmp_path):
    who("--who")
    people = tmp_path / "people"
    edited(people, lambda rows: rows[0].update(name="Ann"))
    code, _, err = who("--who")
    assert code == 0, err
    assert [row.name for row in read_people_list(people)] == ["Ann", ""]
    edited(people, lambda rows: rows[1].update(name="ann"))
    who("--who")
    (row,) = read_people_list(people)
    assert (row.name, row.faces) == ("Ann", "8")


def test_what_the_page_saved_is_read_and_kept(who, tmp_path):
    who("--who")
    people = tmp_path / "people"
    data = (people / "page" / "data.js").read_text().partition("= ")[2].rstrip(";\n")
    first, second = json.loads(data)["people"]
    face = first["shown"][4][0]
    saved = {"off": [[face, first["key"]]], "joined": [], "names": [[second["key"], "Bob"]]}
    (tmp_path / "corrections.json").write_text(json.dumps(saved))
    for corrections in (["--corrections", str(tmp_path / "corrections.json")], []):
        _, out, _ = who("--who", *corrections)
        assert "1 face like no other" in out
        assert [(row.name, row.faces) for row in read_people_list(people)] == [
            ("", "4"),
            ("Bob", "3"),
        ]
    assert read_corrections(people / "corrections.json") == Corrections(off=[(face, first["key"])])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("person,name\n1,Ann\n", "is no list made here; it has no column face"),
        ("person,name,face\nx,Ann,\n", "row 2.person: is not in the form"),
        ("person,name,face\n1,Ann,sha256:12@1,1\n", "row 2.face: is not in the form"),
        ("person,name,face\n1,,\n", "--person Ann: "),
        ("", "is no list made here; it has no column person"),
    ],
)
def test_a_badly_edited_list_is_told(who, tmp_path, text, problem):
    (tmp_path / "people").mkdir()
    (tmp_path / "people" / "people.csv").write_text(text)
    code, _, err = who("--person", "Ann", savedir=tmp_path / "montage")
    assert code == 2
    assert problem in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "text", ["", "[", "[1]", '{"off": [["a", "b"]]}', '{"off": 3}', "[" * 9999]
)
def test_other_files_are_no_corrections(who, tmp_path, text):
    (tmp_path / "c.json").write_text(text)
    code, _, err = who("--who", "--corrections", str(tmp_path / "c.json"))
    assert code == 2
    assert err.startswith("face_montage.py: --corrections ")
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--person", "Ann"], "holds no list of people; run face_montage.py --who first"),
        ([], "--target-face-dir is missing"),
        (["--who", "--photos-dir", "/nowhere"], "the folder does not exist"),
    ],
)
def test_what_is_missing_is_told(who, tmp_path, options, problem):
    code, _, err = who(*options, savedir=tmp_path / "montage")
    assert code == 2
    assert problem in err


def test_nobody_twice_is_no_match(who, tmp_path):
    save(drawn_person(0), tmp_path / "photos" / "one.png")
    code, _, err = who("--who", photos_dir=tmp_path / "photos")
    assert code == 1
    assert "nobody is there twice" in err


def test_a_page_among_the_photos_is_refused(who, library):
    code, _, err = who("--who", people_dir=library / "people")
    assert code == 2
    assert "lies among the photos" in err


def test_keys_are_told_from_other_text():
    import re

    key = f"sha256:{'0' * 64}@12,-3"
    assert re.search(KEY_PATTERN, key)
    assert not re.search(KEY_PATTERN, f"{key}\n")


def test_forget_deletes_all_that_is_known_of_faces(who, tmp_path):
    caches, people = tmp_path / "own cache", tmp_path / "people"
    who("--who", cache_dir=caches)
    (people / "notes.txt").write_text("mine")
    code, out, err = who("--forget", cache_dir=caches)
    assert code == 0, err
    assert "the faces of 9 photos forgotten" in out
    assert [path.name for path in people.rglob("*")] == ["notes.txt"]
    database = caches / "photomosaic.sqlite3"
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT COUNT(*) FROM face_photos").fetchone() == (0,)
        assert connection.execute("SELECT COUNT(*) FROM face_files").fetchone() == (0,)
    # Nothing is left between the rows either: each picture of a face begins like this.
    assert all(b"JFIF" not in path.read_bytes() for path in caches.iterdir())
    _, out, _ = who("--forget", cache_dir=tmp_path / "none", people_dir=None, photos_dir=None)
    assert "the faces of 0 photos forgotten" in out
    assert not (tmp_path / "none").exists()


def test_forget_leaves_changed_and_foreign_files(who, tmp_path):
    who("--who", cache_dir=tmp_path / "own cache")
    page = tmp_path / "people" / "page" / "index.html"
    page.write_text("mine")
    who("--forget", cache_dir=tmp_path / "own cache")
    assert [path.name for path in (tmp_path / "people").rglob("*.*")] == ["index.html"]


def test_the_page_is_used_on_a_phone(who, tmp_path):
    if find_chromium() is None:
        need("chromium", "chromedriver")
    who("--who")
    page, downloads = tmp_path / "people" / "page" / "index.html", tmp_path / "downloads"
    with chromium(tmp_path / "profile", "--window-size=500,844") as browser:
        size = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        behavior = {"behavior": "allow", "downloadPath": str(downloads)}
        browser.execute_cdp_cmd("Browser.setDownloadBehavior", behavior)
        browser.get(page.as_uri())
        browser.wait("return [...document.images].every((image) => image.naturalWidth > 0)")
        assert browser.execute_script("return document.documentElement.scrollWidth") == 390
        small = browser.execute_script(
            "return [...document.querySelectorAll('main button, main input')].filter((each) =>"
            " Math.min(each.offsetWidth, each.offsetHeight) < 44).length"
        )
        assert small == 0
        names = browser.find_elements("tag name", "input")
        names[1].send_keys("Zoë <b>")
        face = browser.find_elements("class name", "face")[4]
        face.click()
        assert face.get_attribute("aria-pressed") == "true"
        first, second = browser.find_elements("class name", "join")
        first.click()
        assert second.text == "Same person as Person 1"
        second.click()
        assert first.text == "Joined with Zoë <b> (undo)"
        assert browser.find_element("id", "changes").text == "3 changes"
        browser.save_screenshot(str(tmp_path / "page.png"))
        first.click()
        assert browser.find_element("id", "changes").text == "2 changes"
        browser.find_element("id", "save").click()
        assert "--corrections Downloads/corrections.json" in browser.find_element("id", "help").text
        saved, deadline = downloads / "corrections.json", time.monotonic() + 20
        while not saved.is_file() and time.monotonic() < deadline:
            time.sleep(0.02)
        assert browser.get_log("browser") == []
        assert set(browser.files_read()) <= set(page.parent.iterdir())
    code, out, err = who("--who", "--corrections", str(saved))
    assert code == 0, err
    assert "1 face like no other" in out
    rows = read_people_list(tmp_path / "people")
    assert [(row.name, row.faces) for row in rows] == [("", "4"), ("Zoë <b>", "3")]
