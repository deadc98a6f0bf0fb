"""A Jupyter server, and a notebook of it in a browser."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

TOKEN = "of-the-tests"  # noqa: S105 (of a server that only this computer reaches)
PAGES = {"lab": "lab/tree/notebooks", "notebook": "notebooks/notebooks"}
IDLE_KERNEL = ".jp-Notebook-ExecutionIndicator[data-status=idle]"
SECONDS_TO_LOAD = 60
SECONDS_BETWEEN_CELLS = 0.5


@dataclass(frozen=True)
class JupyterServer:
    """A server that runs: JupyterLab ("lab"), or Notebook ("notebook")."""

    program: str
    address: str

    def open(self, browser: webdriver.Chrome, notebook: str) -> None:
        """Open a notebook of the folder `notebooks`."""
        browser.get(f"{self.address}{PAGES[self.program]}/{notebook}?token={TOKEN}")


@contextmanager
def jupyter_server(project: Path, program: str) -> Iterator[JupyterServer]:
    """Run a server in a folder."""
    command = [sys.executable, "-m", "jupyter", program, "--no-browser", "--allow-root"]
    command += ["--port=0", "--ip=127.0.0.1", f"--IdentityProvider.token={TOKEN}"]
    process = subprocess.Popen(
        command,
        cwd=project,
        env=os.environ | {"JUPYTER_RUNTIME_DIR": str(project / f"run-{program}")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield JupyterServer(program, _address_told(process))
    finally:
        process.kill()
        process.communicate()


def _address_told(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    for line in process.stderr:
        if found := re.search(r"http://127\.0\.0\.1:\d+/", line):
            return found.group()
    raise AssertionError("the server has not started")


def run_cells(browser: webdriver.Chrome, count: int) -> None:
    """Run the first cells of the notebook that is open, once it is."""

    def click_first_cell(driver: webdriver.Chrome) -> bool:
        found = driver.find_elements(By.CSS_SELECTOR, ".jp-CodeCell .cm-content")
        shown = [cell for cell in found if cell.is_displayed()]
        for cell in shown[:1]:
            cell.click()
        return bool(shown)

    # The notebook draws its cells more than once while it loads.
    patience = WebDriverWait(
        browser, SECONDS_TO_LOAD, ignored_exceptions=[StaleElementReferenceException]
    )
    patience.until(click_first_cell)
    # Before, some versions of JupyterLab pass over what is to be run.
    patience.until(lambda driver: driver.find_elements(By.CSS_SELECTOR, IDLE_KERNEL))
    for _ in range(count):
        keys = webdriver.ActionChains(browser).key_down(Keys.SHIFT).send_keys(Keys.ENTER)
        keys.key_up(Keys.SHIFT).perform()
        time.sleep(SECONDS_BETWEEN_CELLS)
