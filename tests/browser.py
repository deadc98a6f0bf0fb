"""Chromium, driven to look at pages."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.ui import WebDriverWait

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync"
).split()
# A search is drawn when the frame after the next begins.
TIME_SEARCH = """
const [query, done] = arguments;
const field = document.getElementById("query");
field.value = query;
const start = performance.now();
field.dispatchEvent(new Event("input"));
requestAnimationFrame(() => requestAnimationFrame(() =>
  done([performance.now() - start, document.getElementById("found").textContent])));
"""
TILES_LOADED = """
const tiles = [...document.querySelectorAll(".leaflet-tile")];
return tiles.length > 0 && tiles.every((tile) => tile.classList.contains("leaflet-tile-loaded"))
  && !document.querySelector(".leaflet-zoom-anim");
"""


def find_chromium() -> tuple[str, str] | None:
    """Return the paths of Chromium and of its driver, or None if one is not installed."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    driver = shutil.which("chromedriver")
    return (program, driver) if program and driver else None


class Browser(webdriver.Chrome):
    """Chromium with what is asked of a page again and again."""

    def wait(self, condition: str, *arguments: object) -> object:
        """Wait until a script returns something true, and return that."""
        waiting = WebDriverWait(self, 15, poll_frequency=0.05)
        return waiting.until(lambda _: self.execute_script(condition, *arguments))

    def wait_for_tiles(self) -> None:
        """Wait until the picture is still and whole."""
        self.wait(TILES_LOADED)

    def addresses_asked(self) -> list[str]:
        """Return the addresses asked for since the last time, but for those that hold the data."""
        entries = self.get_log("performance")  # type: ignore[no-untyped-call]
        messages = [json.loads(entry["message"])["message"] for entry in entries]
        asked = [
            message["params"]["request"]["url"]
            for message in messages
            if message["method"] == "Network.requestWillBeSent"
        ]
        return [address for address in asked if not address.startswith("data:")]

    def files_read(self) -> list[Path]:
        """Return the files read since the last time."""
        addresses = map(urlsplit, self.addresses_asked())
        files = {unquote(address.path) for address in addresses if address.scheme == "file"}
        return [Path(file) for file in sorted(files)]

    def time_search(self, query: str) -> tuple[float, str]:
        """Type into the search field; return the milliseconds until it is drawn, and its answer."""
        milliseconds, told = self.execute_async_script(TIME_SEARCH, query)
        return float(milliseconds), str(told)


@contextmanager
def chromium(profile: Path, *flags: str) -> Iterator[Browser]:
    """Run Chromium with a profile folder of its own; raises if it is not installed."""
    found = find_chromium()
    if found is None:
        raise FileNotFoundError("Chromium and its driver are not installed")
    options = webdriver.ChromeOptions()
    options.binary_location = found[0]
    for flag in (*FLAGS, f"--user-data-dir={profile}", *flags):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = Browser(options=options, service=Service(found[1]))
    try:
        yield browser
    finally:
        browser.quit()
