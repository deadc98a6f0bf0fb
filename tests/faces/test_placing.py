from __future__ import annotations

import math
import time
from dataclasses import replace

import cv2
import numpy as np
import pytest
from made_faces import face_of, photo_of
from selenium.webdriver import ActionChains

import face_montage
from photomosaic.errors import InputError
from photomosaic.faces.align import aligned, eye_marks, eyes_to_marks
from photomosaic.faces.corrections import read_corrections
from photomosaic.faces.decisions import Decisions
from photomosaic.faces.montage_list import Row, read_list, write_list
from tests.browser import chromium, find_chromium
from tests.conftest import need

SIDE = 200


@pytest.fixture
def run(family, cache, tmp_path, runner_of):
    return runner_of(
        face_montage,
        {
            "target-face-dir": family / "target",
            "other-face-dir": family / "others",
            "photos-dir": family / "photos",
            "savedir": tmp_path / "montage",
            "cache-dir": cache,
            "output-size": SIDE,
            "order": "age",
            "workers": 1,
        },
    )


def picture(path):
    return cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR).astype(float)


def frame(folder, row):
    return picture(folder / row.frame)


def framed(folder):
    return [row for row in read_list(folder) if row.frame]


def edit(folder, index, **values):
    rows = read_list(folder)
    rows[index] = replace(rows[index], **values)
    write_list(folder, rows)


def numbers_of(eyes):
    return np.array([float(number) for number in eyes.replace(",", " ").split()])


def shifted(eyes, x, y=0.0):
    numbers = numbers_of(eyes) + np.array([x, y, x, y])
    return "{:.1f},{:.1f} {:.1f},{:.1f}".format(*numbers)


def as_placed(row, eyes):
    """Return the frame of a row's photo with these eyes on the marks."""
    points = numbers_of(eyes).reshape(2, 2)[:, ::-1]
    photo = cv2.imread(row.photo)  # noqa: TID251
    return aligned(photo, eyes_to_marks(points, eye_marks(SIDE, 0.4)), SIDE, "blur").astype(float)


def test_eyes_edited_in_the_list_place_a_frame_in_all_later_runs(run, tmp_path):
    folder = tmp_path / "montage"
    run()
    before = framed(folder)
    eyes = shifted(before[1].eyes, 20, -6)
    edit(folder, 1, eyes=eyes)
    out = run()[1]
    assert "1 placed by hand" in out
    for words in (["--align=face", "--even-light"], ["--seed=3"]):
        code, out, err = run(*words, order="random")
        assert code == 0, err
        row = next(row for row in framed(folder) if row.photo == before[1].photo)
        assert (row.eyes, row.eyes_found) == (eyes, before[1].eyes_found)
        assert "placed by hand" in row.reason
        if "--even-light" not in words:
            assert np.abs(frame(folder, row) - as_placed(row, eyes)).mean() < 2
    others = [row for row in framed(folder) if row.photo != before[1].photo]
    assert all(row.eyes == row.eyes_found for row in others)


def test_frames_that_a_run_does_not_show_stay_placed(run, tmp_path):
    folder = tmp_path / "montage"
    run()
    eyes = shifted(framed(folder)[4].eyes, 9)
    edit(folder, 4, eyes=eyes)
    run("--undated=drop")
    assert [row.frame for row in read_list(folder) if row.eyes == eyes] == [""]
    for row in framed(folder):
        (folder / row.frame).unlink()
    assert "fresh start" in run()[2]
    assert framed(folder)[4].eyes == eyes
    # Rejected and accepted again, too.
    edit(folder, 4, status="rejected")
    run()
    edit(folder, [row.eyes for row in read_list(folder)].index(eyes), status="accepted")
    run()
    assert [row.eyes for row in framed(folder)].count(eyes) == 1


@pytest.mark.parametrize("undone", ["", None])
def test_a_frame_is_as_found_again(run, tmp_path, undone):
    folder = tmp_path / "montage"
    run()
    row = framed(folder)[0]
    first = frame(folder, row)
    edit(folder, 0, eyes=shifted(row.eyes, 15))
    run()
    assert np.abs(frame(folder, framed(folder)[0]) - first).mean() > 5
    edit(folder, 0, eyes=row.eyes_found if undone is None else undone)
    run()
    assert framed(folder)[0].eyes == row.eyes_found
    assert (frame(folder, framed(folder)[0]) == first).all()


@pytest.mark.parametrize(
    ("eyes", "problem"),
    [
        ("12,3", "row 2.eyes: is not in the form"),
        ("1,2 x,3", "row 2.eyes: is not in the form"),
        ("5,5 5,5", "row 2.eyes: both are in one place; give left and right"),
    ],
)
def test_bad_eyes_are_told(tmp_path, eyes, problem):
    write_list(tmp_path, [Row(frame="a.jpg", eyes=eyes, eyes_found="1.0,2.0 3.0,4.0")])
    with pytest.raises(InputError, match=problem):
        read_list(tmp_path)


def test_lists_of_earlier_versions_place_nothing(tmp_path):
    write_list(tmp_path, [Row(frame="a.jpg", eyes="1.0,2.0 3.0,4.0")])
    assert read_list(tmp_path)[0].placed == ()


def test_the_last_placing_of_a_face_counts():
    face = face_of(np.zeros(128, np.float32))
    photo, decisions = photo_of("a.jpg", face), Decisions()
    assert decisions.eyes_of(photo, face) is None
    decisions.place(photo.hash, (50.0, 50.0), (30, 40, 60, 50))
    decisions.place(photo.hash, (400.0, 50.0), (1, 2, 3, 4))
    assert decisions.eyes_of(photo, face).tolist() == [[40, 30], [50, 60]]
    decisions.place(photo.hash, (52.0, 49.0), (30.02, 40.0, 70.0, 40.0))
    assert decisions.eyes_of(photo, face) is None


@pytest.mark.parametrize("eyes", ["[1, 2, 3]", "[1, 2, 1, 2]", "[1, 2, 3, NaN]", "[1e9, 2, 3, 4]"])
def test_bad_placings_in_a_file_are_told(run, tmp_path, eyes):
    path = tmp_path / "corrections.json"
    path.write_text(f'{{"eyes": [["sha256:{"0" * 64}@1,2", {eyes}]]}}')
    code, _, err = run("--corrections", path)
    assert code == 2
    assert err.startswith(f"face_montage.py: --corrections {path}: ")
    assert len(err.splitlines()) == 1


def drag(browser, x, y):
    stage = browser.find_element("id", "stage")
    ActionChains(browser).click_and_hold(stage).move_by_offset(x, y).release().perform()


def slide(browser, name, value):
    browser.execute_script(
        "const field = document.getElementById(arguments[0]); field.value = arguments[1];"
        "field.dispatchEvent(new Event('input'))",
        name,
        value,
    )


def test_frames_are_turned_zoomed_and_shifted_on_the_page(run, tmp_path):
    if find_chromium() is None:
        need("chromium", "chromedriver")
    folder, downloads = tmp_path / "montage #1 100%", tmp_path / "downloads"
    run(savedir=folder)
    first = framed(folder)[0]
    before = frame(folder, first)
    page = folder / "review" / "place-frames.html"
    with chromium(tmp_path / "profile", "--window-size=500,844") as browser:
        size = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        behavior = {"behavior": "allow", "downloadPath": str(downloads)}
        browser.execute_cdp_cmd("Browser.setDownloadBehavior", behavior)
        browser.get(page.as_uri())
        browser.wait("return [...document.images].every((image) => image.naturalWidth === 200)")
        width = "return document.documentElement.scrollWidth"
        assert browser.execute_script(width) == 390
        browser.find_elements("class name", "frame")[0].click()
        browser.wait("return document.querySelector('#stage img')?.naturalWidth === 200")
        box = browser.execute_script(
            "const box = document.getElementById('editor').getBoundingClientRect();"
            "return [box.left, box.right, box.top, box.bottom]"
        )
        assert 0 <= box[0] < box[1] <= 390
        assert 0 <= box[2] < box[3] <= 844
        slide(browser, "turn", 30)
        slide(browser, "zoom", math.log2(1.25))
        shown = browser.execute_script("return document.querySelector('#stage .view').clientWidth")
        drag(browser, round(0.1 * shown), 0)
        browser.save_screenshot(str(tmp_path / "editor.png"))
        browser.find_element("id", "done").click()
        browser.find_element("id", "save").click()
        assert "--corrections" in browser.find_element("id", "help").text
        browser.wait("return document.getElementById('help').open")
        saved = downloads / "corrections.json"
        deadline = time.monotonic() + 20
        while not saved.is_file() and time.monotonic() < deadline:
            time.sleep(0.02)
        assert browser.get_log("browser") == []
    ((key, _),) = read_corrections(saved).eyes
    code, out, err = run("--corrections", saved, savedir=folder)
    assert code == 0, err
    assert "1 placed by hand" in out
    row = framed(folder)[0]
    assert first.photo_sha256 in key
    # What was seen is what comes: turned and zoomed about the middle of the eyes, then shifted.
    seen = cv2.getRotationMatrix2D((99.5, 0.42 * SIDE - 0.5), -30, 1.25)
    seen[0, 2] += 0.1 * SIDE
    expected = cv2.warpAffine(before, seen, (SIDE, SIDE))[40:130, 40:160]
    assert np.abs(frame(folder, row)[40:130, 40:160] - expected).mean() < 4
    assert np.abs(before[40:130, 40:160] - expected).mean() > 20
    # Still, without the file.
    run(savedir=folder)
    assert framed(folder)[0].eyes == row.eyes != row.eyes_found
