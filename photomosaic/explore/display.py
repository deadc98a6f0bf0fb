"""Whether a window can be opened, and with which fonts."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from ctypes.util import find_library
from importlib.util import find_spec
from pathlib import Path

from photomosaic.errors import InputError

NOTEBOOK = "jupyter lab notebooks/explore.ipynb"
PROBE = "import cv2; cv2.namedWindow('photomosaic'); cv2.waitKey(1); cv2.destroyAllWindows()"
PROBE_SECONDS = 30
SMALL_SCREEN = 1366, 768
NO_WINDOWS = "The function is not implemented"


def prepare_qt() -> None:
    """Set up Qt, which comes with OpenCV on Linux; call this before a window is opened.

    It has no fonts, so labels would be empty. It also passes pictures to the X server through
    shared memory, which a container and its host do not share, so windows would stay black.
    """
    os.environ["QT_X11_NO_MITSHM"] = "1"
    spec = find_spec("ttf_opensans")
    for folder in (spec and spec.submodule_search_locations) or []:
        os.environ["QT_QPA_FONTDIR"] = str(Path(folder, "ttf"))


def check_display() -> None:
    """See that a window can be opened, in a process of its own, since failing ends the process.

    Raises
    ------
    InputError
        If it cannot; the message says what to start.
    """
    command = [sys.executable, "-c", PROBE]
    try:
        probe = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=PROBE_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise InputError(
            f"the display {os.environ.get('DISPLAY', '')!r} does not answer; restart the X server"
            f" (XQuartz), or use the notebook: {NOTEBOOK}"
        ) from None
    if probe.returncode == 0:
        return
    if NO_WINDOWS in probe.stderr:
        raise InputError(
            "this OpenCV was built without windows; pip uninstall opencv-python-headless, then pip"
            f" install --force-reinstall opencv-python, or use the notebook: {NOTEBOOK}"
        )
    raise InputError(f"{_no_display()}, or use the notebook: {NOTEBOOK}")


def screen_size() -> tuple[int, int]:
    """Return the width and height of a screen, as far as X11 tells; else those of a small laptop.

    Several screens beside each other are one to X11; it is taken to be at most twice as wide as
    high.
    """
    name = find_library("X11")
    if sys.platform == "darwin" or name is None:
        return SMALL_SCREEN
    x11 = ctypes.CDLL(name)
    x11.XOpenDisplay.restype = ctypes.c_void_p
    display = ctypes.c_void_p(x11.XOpenDisplay(None))
    if not display:
        return SMALL_SCREEN
    try:
        width, height = x11.XDisplayWidth(display, 0), x11.XDisplayHeight(display, 0)
    finally:
        x11.XCloseDisplay(display)
    return min(width, 2 * height), height


def _no_display() -> str:
    display = os.environ.get("DISPLAY")
    if display:
        return (
            f"no window can be opened on the display {display}; start the X server there (XQuartz"
            " on macOS, with connections from network clients allowed and xhost +localhost)"
        )
    return (
        "there is no display; run it from a desktop, or start an X server (XQuartz on macOS) and"
        " set DISPLAY"
    )
