from __future__ import annotations

import re
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import mosaic
from photomosaic.explore.display import SMALL_SCREEN, screen_size
from photomosaic.explore.window import LEAST_WIDTH, first_sizes
from tests.explore.screen import virtual_screen, wait_until

# Where Qt puts the trackbars below a picture of 480x360 pixels in a window without frame.
SHOWN = (480, 360)
# Mean difference, in levels, of a photograph that may be a pixel off and the picture that it shows.
LIKE = 8
TRIES_OF_KEYS = 3


def mosaic_of(target, photos, tmp_path, *options):
    path = tmp_path / "expected.png"
    arguments = ["--target", target, "--codebook-dir", photos, "--savepath", path]
    arguments += ["--cache-dir", tmp_path / "cache-of-its-own", *options]
    assert mosaic.main(list(map(str, arguments))) == 0
    return path.read_bytes(), np.asarray(Image.open(path), int)


def looks_like(photograph, picture):
    """Tell whether the upper left of the screen shows a picture, give or take a pixel or two."""
    height, width = picture.shape[:2]
    seen = photograph.convert("RGB").crop((0, 0, width, height + 8))
    seen = np.asarray(seen, int)
    differences = [np.abs(seen[top : top + height] - picture).mean() for top in range(8 + 1)]
    return min(differences) < LIKE


def bottom(window):
    """Return the y where the window ends, which is light grey there; the screen is black."""

    def grey_rows():
        return np.flatnonzero(
            np.asarray(window.photograph().convert("L"), int)[:, 1] > 200
        ).tolist()

    return wait_until(grey_rows, "the trackbars")[-1] + 1


def trackbar(window, number):
    """Return the y of a trackbar, counted from the top."""
    return round(SHOWN[1] + (bottom(window) - SHOWN[1]) * (number + 0.5) / 4)


def handle(window, y):
    """Return the x of a trackbar's handle, which is white."""
    seen = np.asarray(window.photograph().convert("L"), int)[y - 6 : y + 7, :240].max(axis=0)
    return int(np.flatnonzero(seen > 245)[0]) + 5


def test_the_target_is_there_at_once_then_the_mosaic(
    open_window, painting, detailed_photos, tmp_path
):
    window = open_window(painting, "--min-scale", 2, "--max-scale", 9)
    window.wait_for_title("scale 2: s saves")
    _, expected = mosaic_of(painting, detailed_photos, tmp_path, "--scale", 2)
    wait_until(lambda: looks_like(window.photograph(), expected), "the mosaic")
    window.press("o")
    window.wait_for_title("the original")
    target = np.asarray(Image.open(painting), int)
    wait_until(lambda: looks_like(window.photograph(), target), "the original")
    assert np.abs(target - expected).mean() > 2 * LIKE
    window.press("o")
    window.wait_for_title("scale 2")
    window.press("Escape")
    code, told, errors = window.finish()
    assert code == 0
    assert told == ""
    # From the cache if the window had to be opened again, having stayed black.
    read = "(0 from the cache, 80 new|80 from the cache, 0 new)"
    assert re.fullmatch(f"80 photos: {read}, 0 removed, 0 unreadable\n", errors)


def test_s_saves_what_mosaic_py_would_and_the_window_stays(
    open_window, painting, detailed_photos, tmp_path
):
    options = ["--opacity", 0.333, "--best-k", 3, "--seed", 4, "--no-trim"]
    window = open_window(painting, "--min-scale", 3, "--max-scale", 9, *options)
    window.wait_for_title("scale 3: s saves")
    window.press("plus", "plus", "s", "s")
    saved = tmp_path / "out" / "painting-at-5.png"
    wait_until(saved.exists, "the saved mosaic")
    window.press("minus", "s")
    wait_until((tmp_path / "out" / "painting-at-4.png").exists, "the second saved mosaic")
    window.wait_for_title("scale 4")
    window.press("Escape")
    code, told, _ = window.finish()
    assert code == 0
    assert told.splitlines()[0] == f"saved {saved}"
    assert len(told.splitlines()) == 3
    expected, _ = mosaic_of(painting, detailed_photos, tmp_path, "--scale", 5, *options)
    assert saved.read_bytes() == expected


@given(
    st.tuples(st.integers(1, 9000), st.integers(1, 9000)),
    st.sampled_from([SMALL_SCREEN, (1920, 1080), (1080, 1920), (1024, 600)]),
    st.integers(2, 8),
)
def test_picture_and_trackbars_fit_on_a_screen(target, screen, trackbars):
    area, window = first_sizes(target, screen, 28 * trackbars)
    assert window[0] <= max(LEAST_WIDTH, screen[0])
    assert area[1] + 28 * trackbars == window[1] < screen[1]
    assert window[0] >= max(LEAST_WIDTH, area[0])
    # The aspect stays, as far as whole pixels allow.
    assert abs(area[0] * target[0] - area[1] * target[1]) <= max(target)


def test_a_portrait_fits_on_a_small_screen_and_tells_what_it_saved(open_window, tmp_path):
    target = tmp_path / "portrait.png"
    Image.new("RGB", (900, 2100), (250, 240, 230)).save(target)
    with virtual_screen("1366x768") as small:
        window = open_window(target, "--min-scale", 20, "--max-scale", 22, screen=small)
        window.wait_for_title("scale 20: s saves")
        left, top, width, height = window.place()
        assert (left, top) >= (0, 0)
        assert left + width <= 1366
        assert top + height < 768 - 30
        assert width >= LEAST_WIDTH
        window.press("s")

        def told():
            # White letters with black edges, at the lower left of the picture.
            seen = np.asarray(window.photograph().convert("L"), int)
            return (
                seen[top + height // 2 : top + height - 4 * 28, left + width // 2 - 60] < 40
            ).any()

        wait_until(told, "the line on the saved mosaic")
        wait_until((tmp_path / "out" / "portrait-at-20.png").exists, "the saved mosaic")
        window.press("Escape")
        assert window.finish()[0] == 0


def test_escape_closes_the_window_while_a_trackbar_is_dragged(open_window, painting):
    window = open_window(painting, "--min-scale", 1, "--max-scale", 30)
    window.wait_for_title("scale 1: s saves")
    y = trackbar(window, 0)
    window.drag((handle(window, y), y), (400, y), release=False)
    window.press("Escape")
    assert window.finish()[0] == 0
    window.xdotool("mouseup", 1)


def test_the_size_of_the_screen(screen, monkeypatch):
    monkeypatch.setenv("DISPLAY", screen)
    assert screen_size() in {(1280, 1024), SMALL_SCREEN}
    monkeypatch.setenv("DISPLAY", ":none")
    assert screen_size() == SMALL_SCREEN


def test_every_key_press_is_noticed(open_window, painting):
    window = open_window(painting, "--min-scale", 1, "--max-scale", 30)
    window.wait_for_title("scale 1")
    # OpenCV keeps one key; if the system stops the process for long, it may lose one now and then.
    for _ in range(TRIES_OF_KEYS):
        window.press(*["plus"] * 20)
        up = window.scale_at_rest()
        window.press(*["minus"] * 7, "equal", *["minus"] * 3)
        down = window.scale_at_rest()
        window.press(*["minus"] * 20)
        window.wait_for_title("scale 1:")
        if (up, down) == (21, 12):
            break
    else:
        raise AssertionError(f"keys were lost: {up} and {down}, not 21 and 12")
    window.press("Escape")
    assert window.finish()[0] == 0


def test_trackbars_change_scale_opacity_best_k_and_tint(
    open_window, painting, detailed_photos, tmp_path
):
    window = open_window(painting, "--min-scale", 2, "--max-scale", 9, "--no-trim")
    window.wait_for_title("scale 2: s saves")
    for number in range(4):
        y = trackbar(window, number)
        window.drag((handle(window, y), y), (320, y))
    time.sleep(0.3)
    assert not window.title().startswith("scale 2")
    scale = int(window.title().split()[1].rstrip(":"))
    assert 4 <= scale <= 8
    window.wait_for_title(f"scale {scale}: s saves")
    window.press("s")
    saved = tmp_path / "out" / f"painting-at-{scale}.png"
    wait_until(saved.exists, "the saved mosaic")
    picture = np.asarray(Image.open(saved), int)
    wait_until(lambda: looks_like(window.photograph(), picture), "the mosaic")
    window.press("Escape")
    assert window.finish()[0] == 0
    _, plain = mosaic_of(painting, detailed_photos, tmp_path, "--scale", scale, "--no-trim")
    target = np.asarray(Image.open(painting), int)
    assert np.abs(picture - target).mean() < 0.8 * np.abs(plain - target).mean()


def test_closing_the_window_leaves(open_window, painting):
    window = open_window(painting, "--min-scale", 2, "--max-scale", 4)
    window.wait_for_title("scale 2: s saves")
    window.close()
    code, _, errors = window.finish()
    assert (code, errors.count("\n")) == (0, 1)


def test_labels_have_letters_and_qt_says_nothing(open_window, painting):
    window = open_window(painting, "--min-scale", 2, "--max-scale", 4)
    window.wait_for_title("scale 2: s saves")
    y = trackbar(window, 0)
    label = np.asarray(window.photograph().convert("L"), int)[y - 9 : y + 10, 2:60]
    window.press("Escape")
    _, _, errors = window.finish()
    assert (label < 120).sum() > 40
    assert "font" not in errors.lower()
    assert "qt" not in errors.lower()


def test_a_large_target_is_fitted_and_saved_in_full_size(open_window, tmp_path):
    target = tmp_path / "large.png"
    rows, cols = np.mgrid[0:2400, 0:3000]
    stripes = np.where((cols // 300 + rows // 300) % 2, 230, 20)
    Image.fromarray(np.stack([stripes, stripes, 255 - stripes], 2).astype(np.uint8)).save(target)
    window = open_window(target, "--min-scale", 20, "--max-scale", 22)
    window.wait_for_title("scale 20: s saves")
    window.press("s")
    saved = tmp_path / "out" / "large-at-20.png"
    wait_until(saved.exists, "the saved mosaic")
    with Image.open(saved) as picture:
        assert picture.size == (3000, 2400)
        fitted = np.asarray(picture.resize((800, 640), Image.Resampling.BOX), int)
    seen = np.asarray(window.photograph().convert("RGB"), int)
    width = int(np.flatnonzero(seen[bottom(window) - 3].max(axis=1) > 200)[-1]) + 1
    assert 900 <= width <= 1100
    height = int(np.flatnonzero((seen[:, 1] != 239).any(axis=1) & (seen[:, 1] > 0).any(axis=1))[-1])
    shown = Image.fromarray(seen[: height + 1, :width].astype(np.uint8)).resize((800, 640))
    assert np.abs(np.asarray(shown, int) - fitted).mean() < LIKE
    window.press("Escape")
    assert window.finish()[0] == 0


def test_a_folder_without_photos_is_told_in_one_line(open_window, painting, tmp_path):
    empty = tmp_path / "none"
    empty.mkdir()
    window = open_window(painting, "--min-scale", 2, "--max-scale", 4, "--codebook-dir", empty)
    code, _, errors = window.finish()
    assert code == 2
    told = "there is no photo in it; name a folder of photos"
    assert errors == f"interactive.py: --codebook-dir {empty}: {told}\n"


@pytest.mark.parametrize("when", ["at the start", "with a mosaic there"])
def test_ctrl_c_leaves_nothing_behind(open_window, painting, when):
    window = open_window(painting, "--min-scale", 2, "--max-scale", 4)
    if when == "with a mosaic there":
        window.wait_for_title("scale 2: s saves")
    else:
        assert window.id
    window.process.send_signal(2)
    code, _, errors = window.finish()
    assert code == 130
    assert errors.endswith("interactive.py: stopped; nothing half-done is left behind\n")
