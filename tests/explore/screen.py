"""A screen that nobody sees, and the window of interactive.py on it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image, ImageGrab
from Xlib import X
from Xlib import display as xlib
from Xlib.protocol.event import ClientMessage

PROJECT = Path(__file__).resolve().parents[2]
PATIENCE = 30.0
# As a held key repeats.
KEY_MILLISECONDS = 40
SECONDS_OF_REST = 0.5
SECONDS_TO_DRAW = 15.0
WINDOW_TRIES = 5


def wait_until(condition: Callable[[], object], what: str) -> object:
    """Return what a condition returns once that is something."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        result = condition()
        if result:
            return result
        time.sleep(0.05)
    raise AssertionError(f"waited in vain: {what}")


@contextmanager
def virtual_screen(size: str = "1280x1024") -> Iterator[str]:
    """Start a virtual screen and return its name; needs Xvfb."""
    read_end, write_end = os.pipe()
    server = subprocess.Popen(
        # Otherwise it begins anew, and drops who is just connecting, whenever a client is the last.
        ["Xvfb", "-noreset", "-displayfd", str(write_end), "-screen", "0", f"{size}x24"],
        pass_fds=[write_end],
        stderr=subprocess.DEVNULL,
    )
    os.close(write_end)
    try:
        with os.fdopen(read_end) as numbers:
            yield f":{numbers.readline().strip()}"
    finally:
        server.terminate()
        server.wait()


def open_window(display: str, *options: object) -> OpenWindow:
    """Start interactive.py on a screen, and wait until its window is drawn or it has ended."""
    command = [sys.executable, str(PROJECT / "interactive.py"), *map(str, options)]
    # Without a window manager Qt now and then never draws a window; another try does.
    for _ in range(WINDOW_TRIES):
        process = subprocess.Popen(
            command,
            env=os.environ | {"DISPLAY": display, "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        window = OpenWindow(process, display)
        if window.is_drawn():
            return window
        window.kill()
    raise AssertionError("the window stays black")


@dataclass
class OpenWindow:
    """interactive.py, running, and its window."""

    process: subprocess.Popen[str]
    display: str
    told: list[str] = field(default_factory=list)

    def xdotool(self, *words: object) -> str:
        command = ["xdotool", *map(str, words)]
        environment = os.environ | {"DISPLAY": self.display}
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, timeout=30
        )
        return done.stdout.strip()

    @property
    def id(self) -> str:
        return str(
            wait_until(
                lambda: self.xdotool("search", "--onlyvisible", "--name", "scale|original"),
                "the window",
            )
        ).split()[-1]

    def title(self) -> str:
        return self.xdotool("getwindowname", self.id)

    def wait_for_title(self, start: str) -> None:
        wait_until(lambda: self.title().startswith(start), f"{start!r}, is {self.title()!r}")

    def scale_at_rest(self) -> int:
        """Return the scale that the title names once it stays."""
        seen, since = -1, time.monotonic()
        while time.monotonic() < since + SECONDS_OF_REST:
            scale = int(self.title().split()[1].rstrip(":"))
            if scale != seen:
                seen, since = scale, time.monotonic()
            time.sleep(0.05)
        return seen

    def press(self, *keys: str) -> None:
        # Typed as from a keyboard: what is sent to a window by name is not always taken.
        self.xdotool("windowfocus", self.id)
        self.xdotool("key", "--delay", KEY_MILLISECONDS, *keys)

    def close(self) -> None:
        """Ask the window to close, as the button in its frame does."""
        display = xlib.Display(self.display)
        window = display.create_resource_object("window", int(self.id))
        atoms = [display.intern_atom("WM_DELETE_WINDOW"), X.CurrentTime, 0, 0, 0]
        message = ClientMessage(
            window=window, client_type=display.intern_atom("WM_PROTOCOLS"), data=(32, atoms)
        )
        window.send_event(message)
        display.sync()
        display.close()

    def place(self) -> tuple[int, int, int, int]:
        """Return left, top, width and height of the window."""
        lines = self.xdotool("getwindowgeometry", "--shell", self.id).splitlines()
        found = dict(line.split("=") for line in lines)
        return int(found["X"]), int(found["Y"]), int(found["WIDTH"]), int(found["HEIGHT"])

    def drag(self, start: tuple[int, int], end: tuple[int, int], *, release: bool = True) -> None:
        self.xdotool("mousemove", *start, "mousedown", 1)
        for share in (0.25, 0.5, 0.75, 1):
            between = [round(a + (b - a) * share) for a, b in zip(start, end, strict=True)]
            self.xdotool("mousemove", *between)
            time.sleep(0.05)
        if release:
            self.xdotool("mouseup", 1)

    def is_drawn(self) -> bool:
        """Wait for a window that is not black, or for the end of the process."""
        end = time.monotonic() + SECONDS_TO_DRAW
        while time.monotonic() < end and self.process.poll() is None:
            if np.asarray(self.photograph()).any():
                return True
            time.sleep(0.05)
        return self.process.poll() is not None

    def photograph(self) -> Image.Image:
        return ImageGrab.grab(xdisplay=self.display)

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()

    def finish(self) -> tuple[int, str, str]:
        out, errors = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out, errors
