from __future__ import annotations

import functools
import http.server
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import mosaic
from tests.browser import chromium, find_chromium
from tests.conftest import need
from tests.murals.conftest import smooth_noise

if find_chromium() is None:
    need("chromium", "chromedriver")

EVIL = "<img src=x onerror=alert(1)>.jpg"
CELL_AT = """
const box = document.getElementById("map").getBoundingClientRect();
return [box.left + box.width / 2, box.top + box.height / 2];
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """Return a page of 12 x 9 cells, its folder named oddly, one photo named like markup."""
    folder = tmp_path_factory.mktemp("made")
    photos = folder / "photos"
    photos.mkdir()
    rng = np.random.default_rng(8)
    for number in range(12):
        name = EVIL if number == 0 else f"Photo {number:02d} caf\u00e9.jpg"
        exif = Image.Exif()
        exif.get_ifd(0x8769)[0x9003] = "2019:05:03 10:00:00"
        Image.fromarray(smooth_noise(rng, 400, 300)).save(photos / name, exif=exif)
    # Each photo lies in nine cells, those of its column, the one named like markup in the first.
    target = Image.new("RGB", (12 * 24, 9 * 32))
    for col, path in enumerate(sorted(photos.iterdir())):
        with Image.open(path) as photo:
            tile = photo.resize((24, 32))
        for row in range(9):
            target.paste(tile, (col * 24, row * 32))
    target.save(folder / "target.png")
    page = folder / "a page #1 100%"
    assert not mosaic.main(
        [
            *("--target", str(folder / "target.png"), "--codebook-dir", str(photos)),
            *("--scale", "8", "--savepath", str(folder / "small.png"), "--no-cache"),
            *("--zoom-page", str(page), "--quiet", "--cuts", "1", "--refine", "0"),
        ]
    )
    return page


@pytest.fixture(scope="module")
def driven(tmp_path_factory):
    with chromium(tmp_path_factory.mktemp("profile"), "--window-size=1200,900") as browser:
        yield browser


@pytest.fixture
def browser(driven, page):
    """Return Chromium with the page opened; afterwards nothing was complained of, or asked."""
    driven.get("about:blank")
    driven.get_log("browser")
    driven.addresses_asked()
    driven.get((page / "index.html").as_uri())
    driven.wait_for_tiles()
    yield driven
    assert driven.get_log("browser") == []
    asked = [address for address in driven.addresses_asked() if address != "about:blank"]
    assert asked
    assert all(address.startswith(page.as_uri()) for address in asked)


def point(browser, dx=0, dy=0, *, kind="mouseMoved", clicks=0):
    """Move the mouse to the middle of the map and some pixels on, or press or release it there."""
    x, y = browser.execute_script(CELL_AT)
    button = "left" if clicks else "none"
    event = {"type": kind, "x": x + dx, "y": y + dy, "button": button, "clickCount": clicks}
    browser.execute_cdp_cmd("Input.dispatchMouseEvent", event)


def click(browser, dx=0, dy=0):
    for kind in ("mousePressed", "mouseReleased"):
        point(browser, dx, dy, kind=kind, clicks=1)


def look_at(browser, address):
    browser.execute_script("location.hash = arguments[0]", address)
    browser.wait_for_tiles()


def text(browser, name):
    return browser.find_element("id", name).text


def type_query(browser, query):
    field = browser.find_element("id", "query")
    field.clear()
    field.send_keys(query)


def address(browser):
    return browser.execute_script("return location.hash")


def test_the_whole_picture_is_seen_first_and_no_stretched_tile(browser):
    sizes = browser.execute_script(
        """return [...document.querySelectorAll(".leaflet-tile")].map((tile) =>
             [tile.naturalWidth / tile.offsetWidth, tile.naturalHeight / tile.offsetHeight])"""
    )
    assert np.allclose(sizes, sizes[0], rtol=0.03)
    boxes = browser.execute_script(
        """return [...document.querySelectorAll(".leaflet-tile")].map((tile) => {
             const box = tile.getBoundingClientRect();
             return [box.left, box.top, box.right, box.bottom]; })"""
    )
    left, top = np.min(boxes, axis=0)[:2]
    right, bottom = np.max(boxes, axis=0)[2:]
    size = browser.execute_script("return [innerWidth, innerHeight]")
    assert left >= 0
    assert top >= 0
    assert right <= size[0]
    assert bottom <= size[1]
    assert max((right - left) / size[0], (bottom - top) / size[1]) > 0.8
    assert address(browser).startswith("#5,6.5,")


def test_pointing_tells_of_the_photo_as_text(browser):
    look_at(browser, "#3,1,12")
    point(browser)
    browser.wait("return !document.getElementById('about').hidden")
    assert text(browser, "about-name") == EVIL
    assert "used 9 times" in text(browser, "about-details")
    assert "May 3, 2019" in text(browser, "about-details")
    assert "row 3, column 1" in text(browser, "about-details")
    assert browser.find_elements("css selector", "img[src='x']") == []


def test_a_click_shows_the_photo_large_and_its_places(browser):
    look_at(browser, "#2,4,11")
    point(browser)
    click(browser)
    browser.wait("return document.getElementById('photo').open")
    browser.wait("return document.getElementById('photo-picture').naturalWidth === 300")
    assert text(browser, "photo-name") == "Photo 03 caf\u00e9.jpg"
    browser.find_element("id", "photo-places").click()
    assert text(browser, "found") == "1 photo, 9 places"
    assert browser.find_elements("css selector", "canvas.spotlight")
    browser.wait_for_tiles()


def test_wheel_zooms_from_the_whole_to_a_single_photo_sharp_at_every_step(browser):
    while not address(browser).endswith(",12"):
        x, y = browser.execute_script(CELL_AT)
        wheel = {"type": "mouseWheel", "x": x, "y": y, "deltaX": 0, "deltaY": -120}
        before = address(browser)
        browser.execute_cdp_cmd("Input.dispatchMouseEvent", wheel)
        browser.wait(f"return location.hash !== '{before}'")
        browser.wait_for_tiles()
        densities = browser.execute_script(
            """const layers = [...document.querySelectorAll(".leaflet-tile-container")];
               const order = (layer) => Number(layer.style.zIndex);
               const top = layers.filter((layer) => layer.childElementCount)
                 .reduce((a, b) => (order(b) > order(a) ? b : a));
               return [...top.children].map((tile) =>
                 tile.naturalWidth / tile.getBoundingClientRect().width)"""
        )
        # The last 1 % are the pixel by which tiles reach under their neighbours.
        assert min(densities) > 0.98


def test_find_my_photo_lights_up_its_places_and_flies_there(browser):
    type_query(browser, "PHOTO 05 CAFE\u0301")
    browser.wait("return document.getElementById('found').textContent === '1 photo, 9 places'")
    before = address(browser)
    browser.wait(f"return location.hash !== '{before}'")
    browser.find_element("id", "next").click()
    browser.wait("return /^#1,6,/.test(location.hash)")
    assert text(browser, "found") == "1 of 9 places"
    assert text(browser, "about-name") == "Photo 05 caf\u00e9.jpg"
    type_query(browser, "onerror")
    browser.wait("return document.getElementById('found').textContent === '1 photo, 9 places'")
    type_query(browser, "nowhere")
    browser.wait("return document.getElementById('found').textContent === '0 photos, 0 places'")
    assert not browser.find_elements("css selector", "canvas.spotlight")


def test_the_original_can_be_laid_over(browser):
    browser.find_element("id", "original").click()
    browser.wait("return document.querySelector('.leaflet-image-layer')?.naturalWidth === 288")
    assert browser.find_element("id", "original").get_attribute("aria-pressed") == "true"
    browser.find_element("id", "original").click()
    assert not browser.find_elements("css selector", ".leaflet-image-layer")


def test_an_address_leads_to_the_same_view(browser, page):
    look_at(browser, "#7,9,11.5")
    browser.get("about:blank")
    browser.get(f"{(page / 'index.html').as_uri()}#7,9,11.5")
    browser.wait_for_tiles()
    assert address(browser) == "#7,9,11.5"
    point(browser)
    assert "row 7, column 9" in text(browser, "about-details")


@pytest.mark.parametrize("odd", ["#", "#a,b,c", "#1,2", "#1e9,-5,99", "#<b>,1,1", "#NaN,1,1"])
def test_other_addresses_do_no_harm(browser, odd):
    look_at(browser, odd)
    browser.refresh()
    browser.wait_for_tiles()


def test_keys_alone_are_enough(browser):
    zoom = address(browser).rsplit(",", 1)[1]
    look_at(browser, "#3,3,11")
    keys = browser.find_element("id", "map")
    browser.execute_script("document.getElementById('map').focus()")
    keys.send_keys("\ue014")  # arrow to the right
    browser.wait("return !document.getElementById('about').hidden")
    assert not address(browser).startswith("#3,3,")
    keys.send_keys("\ue007")  # Enter
    browser.wait("return document.getElementById('photo').open")
    browser.switch_to.active_element.send_keys("\ue00c")  # Escape
    browser.wait("return !document.getElementById('photo').open")
    browser.execute_script("document.getElementById('map').focus()")
    keys.send_keys("o")
    browser.wait("return document.querySelector('.leaflet-image-layer')")
    keys.send_keys("0")
    browser.wait(f"return location.hash.endsWith(',{zoom}')")
    row, col, _ = map(float, address(browser)[1:].split(","))
    assert (row, col) == pytest.approx((5, 6.5), abs=0.1)


def test_a_phone(browser):
    metrics = {"width": 390, "height": 780, "deviceScaleFactor": 3, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    browser.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True})
    try:
        browser.refresh()
        browser.wait_for_tiles()
        assert browser.execute_script("return document.documentElement.scrollWidth") == 390
        look_at(browser, "#3,4,11")
        x, y = browser.execute_script(CELL_AT)
        for kind, points in (("touchStart", [{"x": x, "y": y}]), ("touchEnd", [])):
            touch = {"type": kind, "touchPoints": points}
            browser.execute_cdp_cmd("Input.dispatchTouchEvent", touch)
        browser.wait("return !document.getElementById('about').hidden")
        assert "row 3, column 4" in text(browser, "about-details")
        assert not browser.execute_script("return document.getElementById('photo').open")
        browser.find_element("id", "enlarge").click()
        browser.wait("return document.getElementById('photo-picture').naturalWidth === 300")
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        browser.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": False})


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_in_light_and_dark(browser, scheme):
    feature = {"name": "prefers-color-scheme", "value": scheme}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
    colours = browser.execute_script(
        """const style = getComputedStyle(document.getElementById("whole"));
           return [style.color, style.backgroundColor]"""
    )
    text_colour, panel = (
        np.mean(
            [float(part) for part in colour.split("(")[1].rstrip(")").replace(",", " ").split()[:3]]
        )
        for colour in colours
    )
    assert (text_colour < 64) == (scheme == "light")
    assert abs(text_colour - panel) > 150


def test_a_script_in_the_page_is_not_run(browser, page, tmp_path):
    evil = tmp_path / "evil"
    evil.mkdir()
    for name in ("page.css", "data.js"):
        (evil / name).write_bytes((page / name).read_bytes())
    html = (page / "index.html").read_text()
    (evil / "index.html").write_text(html.replace("</body>", "<script>window.ran = 1</script>"))
    browser.get((evil / "index.html").as_uri())
    assert browser.execute_script("return window.ran") is None
    browser.get_log("browser")
    browser.addresses_asked()
    browser.get((page / "index.html").as_uri())


def test_it_works_from_a_server_too(driven, page):
    handler = functools.partial(_QuietHandler, directory=str(page))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        driven.get("about:blank")
        driven.get_log("browser")
        driven.addresses_asked()
        driven.get(f"http://127.0.0.1:{server.server_port}/index.html#3,4,11")
        driven.wait_for_tiles()
        point(driven)
        assert "row 3, column 4" in text(driven, "about-details")
        complaints = [
            entry for entry in driven.get_log("browser") if "favicon" not in entry["message"]
        ]
        assert complaints == []
        asked = [address for address in driven.addresses_asked() if address != "about:blank"]
        assert all(address.startswith("http://127.0.0.1:") for address in asked)
        driven.get("about:blank")
        server.shutdown()


class _QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def test_the_first_view_is_small(browser, page):
    files = browser.files_read()
    assert {page / "index.html", page / "page.js", page / "data.js"} <= set(map(Path, files))
    assert page / "target.jpg" not in files
    assert not any(path.parent.name == "photos" for path in files)
    browser.refresh()
