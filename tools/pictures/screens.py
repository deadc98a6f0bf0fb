"""Pictures of what is seen on a screen: the window, the notebook, and the page to zoom into."""

from __future__ import annotations

import io
import shutil
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PIL import Image
from selenium.webdriver.common.by import By

from tests.browser import Browser, chromium
from tests.explore.screen import open_window, virtual_screen
from tests.jupyter_server import jupyter_server, run_cells
from tools.pictures.layout import row
from tools.pictures.studio import Studio

PROJECT = Path(__file__).resolve().parents[2]
WINDOW_SCALE = 6
LARGEST_SCALE = 12
WINDOW_TRIES = 3
SECONDS_OF_STILLNESS = 1
MOST_PHOTOGRAPHS = 30
PAGE_SIZE = (860, 680)
NOTEBOOK_SIZE = (1300, 1250)
SAVE_BUTTON = "button.jupyter-button.mod-primary"
MOSAIC_SAVED = """
const messages = [...document.querySelectorAll(".widget-html-content")];
return messages.some((message) => message.textContent.startsWith("saved"));
"""


def window(studio: Studio) -> Image.Image:
    """Show the window of interactive.py."""
    with virtual_screen() as display:
        for _ in range(WINDOW_TRIES):
            screen = _screen_with_window(studio, display)
            # Qt now and then shows nothing where there is no window manager.
            if box := screen.convert("L").getbbox():
                return screen.crop(box)
    raise RuntimeError("the window stays black")


def _screen_with_window(studio: Studio, display: str) -> Image.Image:
    words = ["--target", studio.cat, "--codebook-dir", studio.photos]
    words += ["--cache-dir", studio.folder / "cache"]
    words += ["--min-scale", 1, "--max-scale", LARGEST_SCALE]
    opened = open_window(display, *words)
    try:
        opened.wait_for_title("scale 1: s saves")
        opened.press(*["plus"] * (WINDOW_SCALE - 1))
        opened.wait_for_title(f"scale {WINDOW_SCALE}: s saves")
        return _once_still(opened.photograph).convert("RGB")
    finally:
        opened.kill()


def notebook(studio: Studio) -> Image.Image:
    """Show the explorer in a notebook."""
    project = studio.folder / "project"
    shutil.copytree(PROJECT / "notebooks", project / "notebooks")
    (project / "photomosaic").symlink_to(PROJECT / "photomosaic")
    shutil.copytree(studio.photos, project / "media" / "example" / "photos")
    size = ",".join(map(str, NOTEBOOK_SIZE))
    with (
        jupyter_server(project, "notebook") as server,
        chromium(studio.folder / "profile", f"--window-size={size}") as browser,
    ):
        server.open(browser, "explore.ipynb")
        run_cells(browser, 2)
        browser.wait(f"return document.querySelector('{SAVE_BUTTON}')")
        browser.find_element(By.CSS_SELECTOR, SAVE_BUTTON).click()
        browser.wait(MOSAIC_SAVED)
        browser.execute_script("document.querySelector('.jp-OutputArea').scrollIntoView()")
        return _once_still(partial(_screenshot, browser))


def zoom_page(studio: Studio) -> Image.Image:
    """Show the page as it opens, and with the places of some photos lit up."""
    page = studio.folder / "page"
    options = ["--tint", 0.5, "--zoom-page", page]
    studio.mosaic(studio.astronaut, 7, *options)
    size = ",".join(map(str, PAGE_SIZE))
    with chromium(studio.folder / "profile", f"--window-size={size}") as browser:
        browser.get((page / "index.html").as_uri())
        whole = _once_still(partial(_screenshot, browser))
        browser.time_search("coffee-1")
        browser.wait("return document.querySelector('canvas.spotlight')")
        return row([whole, _once_still(partial(_screenshot, browser))])


def _screenshot(browser: Browser) -> Image.Image:
    return Image.open(io.BytesIO(browser.get_screenshot_as_png())).convert("RGB")


def _once_still(photograph: Callable[[], Image.Image]) -> Image.Image:
    """Return a photograph of what has not moved for a while."""
    last = photograph()
    for _ in range(MOST_PHOTOGRAPHS):
        time.sleep(SECONDS_OF_STILLNESS)
        before, last = last, photograph()
        if before.tobytes() == last.tobytes():
            return last
    raise RuntimeError("the screen does not keep still")
