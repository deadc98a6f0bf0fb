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
from functools import partial
from pathlib import Path

from selenium import webdriver
from selenium.common.exceptions import (
    ElementNotInteractableException,
    StaleElementReferenceException,
)
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

TOKEN = "of-the-tests"  # noqa: S105 (of a server that only this computer reaches)
PAGES = {"lab": "lab/tree/notebooks", "notebook": "notebooks/notebooks"}
CELL, PROMPT = ".jp-CodeCell", ".jp-InputPrompt"
NOT_RUN = "[ ]:"
SECONDS_TO_LOAD = 60
SECONDS_TO_BEGIN = 5


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
    # The notebook draws its cells more than once while it loads.
    passing = [StaleElementReferenceException, ElementNotInteractableException]
    patience = WebDriverWait(browser, SECONDS_TO_LOAD, ignored_exceptions=passing)
    for index in range(count):
        patience.until(partial(_run_cell, index))


def _run_cell(index: int, driver: webdriver.Chrome) -> bool:
    """Ask for a cell to be run, and return whether it is: before the kernel is there, it is not."""
    cells = [cell for cell in driver.find_elements(By.CSS_SELECTOR, CELL) if cell.is_displayed()]
    if len(cells) <= index:
        return False
    cells[index].find_element(By.CSS_SELECTOR, ".cm-content").click()
    keys = webdriver.ActionChains(driver).key_down(Keys.SHIFT).send_keys(Keys.ENTER)
    keys.key_up(Keys.SHIFT).perform()
    end = time.monotonic() + SECONDS_TO_BEGIN
    while time.monotonic() < end:
        time.sleep(0.1)
        if cells[index].find_element(By.CSS_SELECTOR, PROMPT).text not in ("", NOT_RUN):
            return True
    return False
