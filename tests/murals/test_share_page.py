from __future__ import annotations

import base64
import hashlib
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from photomosaic.errors import InputError
from photomosaic.murals import share_page
from photomosaic.murals.share_page import check_share, share_path, write_share
from tests.browser import chromium, find_chromium
from tests.conftest import need
from tests.murals.conftest import smooth_noise

EVIL = "a<!-- <script>b.jpg"


@pytest.fixture
def shared(run, album, tmp_path):
    """Return a page that is one file, in a folder of its own, as if it came by mail."""
    photos = tmp_path / "photos"
    shutil.copytree(album, photos)
    photo = smooth_noise(np.random.default_rng(3), 400, 300)
    Image.fromarray(photo).save(photos / EVIL)
    page = tmp_path / "a page #1 100%"
    code, told, _ = run("--zoom-page", page, "--share", codebook_dir=photos)
    assert code == 0
    made = tmp_path / "a page #1 100%-share.html"
    assert f"{made}: the same in one file, to send around" in told
    mail = tmp_path / "mail" / "attachment.html"
    mail.parent.mkdir()
    shutil.copy(made, mail)
    return mail


def test_the_file_holds_all_of_the_page(shared):
    if find_chromium() is None:
        need("chromium", "chromedriver")
    with chromium(shared.parent / "profile", "--window-size=390,844") as browser:
        browser.get(shared.as_uri())
        browser.wait_for_tiles()
        assert browser.get_log("browser") == []
        assert browser.files_read() == [shared]
        assert browser.execute_script("return MOSAIC.copies") is False
        browser.execute_script("document.getElementById('original').click()")
        browser.wait("return document.querySelector('.leaflet-image-layer')?.naturalWidth > 0")
        # What was given to find is there, and no markup of a name became part of the page.
        assert browser.execute_script("return MOSAIC.names").count(EVIL) <= 1
        assert browser.get_log("browser") == []


def test_only_the_levels_that_fit_are_kept(tmp_path, monkeypatch):
    folder = tmp_path / "page"
    for level, count in ((0, 1), (1, 2), (2, 8)):
        place = folder / "mosaic_files" / str(level)
        place.mkdir(parents=True)
        for x in range(count):
            (place / f"{x}_0.jpg").write_bytes(bytes(3000))
    (folder / "target.jpg").write_bytes(b"jpeg")
    (folder / "data.js").write_text('const MOSAIC = {"names":["</script>"]};\n')
    page = share_page.read_file(Path(share_page.__file__).parent / "page" / "index.html").decode()
    (folder / "index.html").write_text(page.replace("leaflet/leaflet.js", "page.js"))
    (folder / "page.js").write_text("go();")
    (folder / "leaflet").mkdir()
    for name in ("page.css", "leaflet/leaflet.css"):
        (folder / name).write_text("p {}")
    for largest, deepest in ((60_000, 2), (25_000, 1), (15_000, 0)):
        monkeypatch.setattr(share_page, "LARGEST", largest)
        write_share(folder, tmp_path / "page-share.html")
        made = (tmp_path / "page-share.html").read_text()
        assert len(made) <= largest
        assert f'"deepest":{deepest},' in made
        assert made.count("</script>") == 3
        assert re.search(r'(src|href)="', made) is None
        known = base64.b64encode(hashlib.sha256(b"go();").digest()).decode()
        assert f"'sha256-{known}'" in made


def test_nothing_but_an_earlier_page_is_replaced(tmp_path):
    path = share_path(tmp_path / "page")
    assert path == tmp_path / "page-share.html"
    check_share(path, [])
    path.write_text("<p>mine")
    with pytest.raises(InputError, match="is no page made here"):
        check_share(path, [])
    path.write_text('<meta name="generator" content="photomosaic">')
    check_share(path, [tmp_path / "other"])
    with pytest.raises(InputError, match="would be replaced"):
        check_share(path, [path])
    with pytest.raises(InputError, match="cannot be replaced"):
        check_share(tmp_path, [])


def test_share_needs_a_page(run):
    code, _, errors = run("--share")
    assert code == 2
    assert errors.endswith("--share needs --zoom-page: it is a smaller copy of that page\n")
