from __future__ import annotations

import io
import json
import re
import shutil
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from PIL import Image
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

import mosaic
from tests.browser import chromium, find_chromium
from tests.conftest import need
from tests.jupyter_server import jupyter_server, run_cells

PROJECT = Path(__file__).resolve().parents[1]
NOTEBOOKS = PROJECT / "notebooks"
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Return a folder like a clone, with the notebooks, and the package by way of a link."""
    folder = tmp_path_factory.mktemp("clone")
    shutil.copytree(NOTEBOOKS, folder / "notebooks", ignore=shutil.ignore_patterns(".*"))
    (folder / "photomosaic").symlink_to(PROJECT / "photomosaic")
    return folder


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.name)
def test_no_outputs_are_stored(path):
    cells = json.loads(path.read_text())["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert code
    assert all(not cell["outputs"] and cell["execution_count"] is None for cell in code)


def run_notebook(project, name, *more):
    notebook = nbformat.read(project / "notebooks" / name, as_version=4)
    notebook.cells += [nbformat.v4.new_code_cell(text) for text in more]
    resources = {"metadata": {"path": str(project / "notebooks")}}
    NotebookClient(notebook, timeout=120, resources=resources).execute()
    return notebook


def test_the_library_notebook_runs(project):
    notebook = run_notebook(project, "library.ipynb")
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    told = "".join(output.text for output in outputs if output.output_type == "stream")
    assert re.search(r"\d{4} tiles of TileSize\(height=56, width=42\)", told)
    assert re.search(r"\d+ times  \w+-\d\d\.jpg", told)
    assert any("image/jpeg" in output.get("data", {}) for output in outputs)


def test_the_explore_notebook_runs_and_saves(project):
    more = "explorer.widgets['scale'].value = 9", "explorer.widgets['save'].click()"
    end = "print(explorer.widgets['message'].value); explorer.close()"
    notebook = run_notebook(project, "explore.ipynb", *more, end)
    assert "saved media/output/interactive-astronaut-at-scale-9.jpg" in str(notebook.cells[-1])
    saved = project / "media" / "output" / "interactive-astronaut-at-scale-9.jpg"
    with Image.open(saved) as picture:
        assert picture.size == (1674, 2232)


@pytest.fixture
def server(project, request):
    """Start JupyterLab, or Notebook, in the project."""
    with jupyter_server(project, request.param) as started:
        yield started


@pytest.fixture
def browser(tmp_path):
    if find_chromium() is None:
        need("chromium", "chromedriver")
    with chromium(tmp_path / "browser", "--window-size=1300,1500") as driven:
        yield driven


def picture_of(browser):
    """Return a list of the picture that the page shows, decoded; empty as long as there is none."""
    images = browser.find_elements(By.CSS_SELECTOR, "img.widget-image")
    address = images[0].get_attribute("src") if images else ""
    if not address:
        return []
    script = (
        "return fetch(arguments[0]).then(r => r.arrayBuffer()).then(b => [...new Uint8Array(b)])"
    )
    data = bytes(browser.execute_script(script, address))
    return [np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), int)]


@pytest.mark.parametrize("server", ["lab", "notebook"], indirect=True)
def test_in_a_browser_the_slider_moves_the_picture_and_save_saves(
    project, server, browser, tmp_path
):
    shutil.rmtree(project / "media" / "output", ignore_errors=True)
    server.open(browser, "explore.ipynb")
    run_cells(browser, 2)
    patience = WebDriverWait(browser, 60)
    first = patience.until(lambda driver: picture_of(driver))
    handle = browser.find_elements(By.CSS_SELECTOR, ".widget-slider .noUi-handle")[0]
    value = browser.find_elements(By.CSS_SELECTOR, ".widget-slider .widget-readout")[0]
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", handle)
    webdriver.ActionChains(browser).drag_and_drop_by_offset(handle, 60, 0).perform()
    patience.until(lambda _: value.text != "8")
    scale = int(value.text)
    expected = expected_mosaic(project, scale, tmp_path)
    patience.until(lambda driver: like(picture_of(driver), expected))
    assert not like(first, expected)
    browser.find_element(By.CSS_SELECTOR, "button.jupyter-button.mod-primary").click()
    saved = project / "media" / "output" / f"interactive-astronaut-at-scale-{scale}.jpg"
    patience.until(lambda _: saved.exists())
    message = patience.until(
        lambda driver: [
            element.text
            for element in driver.find_elements(By.CSS_SELECTOR, ".widget-html-content")
            if "saved" in element.text
        ]
    )
    assert message == [f"saved media/output/{saved.name}"]
    assert saved.read_bytes() == (tmp_path / "expected.jpg").read_bytes()


def expected_mosaic(project, scale, tmp_path):
    example, path = project / "media" / "example", tmp_path / "expected.jpg"
    options = ["--target", example / "astronaut.jpg", "--codebook-dir", example / "photos"]
    options += ["--scale", scale, "--savepath", path, "--no-cache"]
    assert mosaic.main(list(map(str, options))) == 0
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB").resize((450, 600), Image.Resampling.BOX), int)


def like(seen, expected):
    if not seen:
        return False
    small = Image.fromarray(seen[0].astype(np.uint8)).resize((450, 600), Image.Resampling.BOX)
    return np.abs(np.asarray(small, int) - expected).mean() < 10
