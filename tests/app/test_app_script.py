from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image

import app
from tests.browser import chromium, find_chromium
from tests.conftest import need

PROJECT = Path(__file__).resolve().parents[2]
TEXT = "return [...document.querySelectorAll(arguments[0])].map(each => each.innerText)"
CLICK = """
const found = [...document.querySelectorAll(arguments[0])].find(
  each => each.offsetParent !== null && each.innerText.includes(arguments[1]));
if (found) found.click();
return Boolean(found);
"""
SOURCES = {"Picture": "target.png", "Photos": "Use this folder"}


@contextmanager
def served(folder, *words):
    """Serve the page of a folder, and yield its link."""
    command = [sys.executable, str(PROJECT / "app.py"), "--port=0", f"--folder={folder}"]
    command += [f"--savedir={folder / 'results'}", f"--cache-dir={folder / 'cache'}", *words]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        told = iter(process.stderr.readline, "")
        yield next(found[1] for line in told if (found := re.search(r"open (http\S+)", line)))
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
    assert process.returncode == 0


def status_of(address, **headers):
    request = urllib.request.Request(address, headers=headers)  # noqa: S310 (of this computer)
    try:
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def choose(browser, source, entry):
    """Choose a file or folder for what the mosaic is made of."""
    browser.wait(CLICK, ".source", source)
    browser.wait("return document.querySelector('.entries .q-item') !== null")
    time.sleep(0.4)
    if entry == "Use this folder":
        browser.wait(CLICK, ".entries .q-item", "photos")
        browser.wait("return document.querySelector('.picker .where').innerText.endsWith('photos')")
    browser.wait(CLICK, ".entries .q-item, .foot .q-btn", entry)
    browser.wait("return document.querySelector('.picker.q-dialog--modal, .sheet') === null")


@pytest.mark.usefixtures("photo_folder", "target")
def test_a_mosaic_is_made_on_the_page(tmp_path):
    if find_chromium() is None:
        need("chromium", "chromedriver")
    with (
        served(tmp_path) as link,
        chromium(tmp_path / "profile", "--window-size=1366,768") as browser,
    ):
        address = link.partition("?")[0]
        assert status_of(address) == 403
        assert status_of(link, Host="evil.example") == 403
        browser.get(link)
        browser.wait(CLICK, ".make", "Make")
        browser.wait(f"{TEXT}.includes('Picture: choose one')", ".go .error")
        for source, entry in SOURCES.items():
            choose(browser, source, entry)
        browser.wait("return document.querySelector('.preview img').naturalWidth > 0")
        browser.wait(CLICK, ".make", "Make")
        browser.wait("return document.querySelector('.run.done .shown img')?.naturalWidth > 0")
        (made,) = (tmp_path / "results/mosaic-target").iterdir()
        with Image.open(made) as picture:
            assert picture.height > 128
        # The same page on a phone.
        size = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        browser.get(address)
        browser.wait(CLICK, ".q-tab", "Slideshow")
        browser.wait(f"{TEXT}[0] === 'Make the slideshow'", ".make")
        wide = "return [document.documentElement.scrollWidth, innerWidth]"
        assert browser.execute_script(wide) == [390, 390]
        assert "photos" in browser.execute_script(TEXT, ".source")[0]
        assert browser.get_log("browser") == []
        asked = [each for each in browser.addresses_asked() if not each.startswith("chrome")]
        assert [each for each in asked if not each.startswith((address, "blob:"))] == []


def refused(capsys, *words):
    assert app.main([*map(str, words)]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    return told


def test_what_prevents_a_start_is_one_line(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert f"port {port} is taken; take another: --port" in refused(capsys, "--port", port)
    assert "no such folder" in refused(capsys, "--folder", "none")
    assert "--host 192.0.2.1: is no address" in refused(capsys, "--host", "192.0.2.1")
    monkeypatch.setenv("PHOTOMOSAIC_TOKEN", "short")
    assert "PHOTOMOSAIC_TOKEN: needs 16" in refused(capsys, "--port", 0)
    monkeypatch.setitem(sys.modules, "nicegui", None)
    assert refused(capsys).endswith("requirements-app.txt\n")
