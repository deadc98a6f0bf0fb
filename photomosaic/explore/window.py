"""The OpenCV window: trackbars, keys, and the picture."""

from __future__ import annotations

import logging
import math
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np

from photomosaic.arrays import BgrImage
from photomosaic.explore.display import screen_size
from photomosaic.explore.explorer import Request, Status
from photomosaic.images.caption import captioned
from photomosaic.options.fields import OptionField, own_fields
from photomosaic.options.look import RenderOptions

log = logging.getLogger(__name__)

NAME = "photomosaic"
TRACKBAR_HEIGHT = 28
# Narrower, a trackbar has room for its label alone.
LEAST_WIDTH = 480
# Beside the window: its frame, and the panels of the desktop.
BESIDE = 40, 100
SAVED_SECONDS = 4.0
# Short, since live pictures wait so long before they are shown.
SWITCH_SECONDS = 0.0002
LOOP_MILLISECONDS = 5

ESCAPE = 27
# What X11 calls the keys of the number pad.
KEYPAD = {0xFFAB: "+", 0xFFAD: "-", 0xFF1B: chr(ESCAPE)}


@dataclass(frozen=True)
class _Picture:
    """A picture, the area (width, height) that it is to be fitted to, and a line on it."""

    pixels: BgrImage
    area: Sequence[int]
    line: str = ""

    def is_like(self, other: _Picture) -> bool:
        same = self.area == other.area and self.line == other.line
        return same and self.pixels is other.pixels

    def fitted(self) -> BgrImage:
        """Return the picture as it is shown."""
        small = _fitted(self.pixels, self.area)
        return captioned(small, self.line) if self.line else small


class Mosaic(Protocol):
    """A mosaic that was made."""

    @property
    def mosaic(self) -> BgrImage:
        """Its pixels (H, W, 3), uint8, BGR."""


class Shown(Protocol):
    """What makes the mosaics of a window; see `Explorer`."""

    @property
    def target(self) -> BgrImage:
        """The picture (H, W, 3), uint8, BGR, that is imitated."""

    @property
    def status(self) -> Status | None:
        """The progress of the current step."""

    def request(self, request: Request) -> None:
        """Make this mosaic next."""

    def ready(self, request: Request) -> Mosaic | None:
        """Return the mosaic of a request, if it is made."""

    def nearest(self, request: Request) -> Mosaic | None:
        """Return what to show meanwhile, if there is anything."""


class Window:
    """Shows the mosaic with the settings of the trackbars, as soon as it is made.

    Parameters
    ----------
    explorer : Shown
    request : Request
        The first positions of the trackbars.
    scales : range
    save : callable
        Takes a request and its mosaic (H, W, 3), uint8, BGR, saves it, and returns the path;
        called in another thread.
    saved : callable
        Takes the path of each mosaic that was saved.
    keys : mapping of str to callable, optional
        More keys; what each does returns a line that is shown.
    """

    def __init__(
        self,
        explorer: Shown,
        request: Request,
        scales: range,
        save: Callable[[Request, BgrImage], Path],
        saved: Callable[[Path], None],
        *,
        keys: Mapping[str, Callable[[], str]] | None = None,
    ) -> None:
        self._keys = keys or {}
        self._explorer = explorer
        self._request = request
        self._scales = scales
        self._save = save
        self._saved = saved
        self._original = False
        self._to_save: list[Request] = []
        # Slow steps run in threads of their own, or the window would miss keys.
        self._saver = ThreadPoolExecutor(1)
        self._saving: list[Future[Path]] = []
        self._fitter = ThreadPoolExecutor(1)
        self._fitting: Future[BgrImage] | None = None
        self._picture = _Picture(explorer.target, ())
        self._shown_title = ""
        self._line, self._line_ends = "", 0.0

    def show(self) -> None:
        """Show the window until the user leaves it.

        Raises
        ------
        Exception
            If a mosaic cannot be made or saved.
        """
        self._open()
        interval = sys.getswitchinterval()
        # Threads that choose tiles hold the interpreter, and the window would miss keys meanwhile.
        sys.setswitchinterval(SWITCH_SECONDS)
        try:
            while self._step():
                pass
        finally:
            sys.setswitchinterval(interval)
            cv2.destroyAllWindows()
            self._fitter.shutdown()
            self._saver.shutdown()
        self._report_saved()

    def _open(self) -> None:
        fields = [field for field in own_fields(RenderOptions) if field.option.trackbar]
        trackbars = TRACKBAR_HEIGHT * (1 + len(fields))
        area, size = first_sizes(self._explorer.target.shape[:2], screen_size(), trackbars)
        cv2.namedWindow(NAME, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO | cv2.WINDOW_GUI_NORMAL)
        cv2.resizeWindow(NAME, *size)
        # Else the desktop may place it such that the trackbars are below the screen.
        cv2.moveWindow(NAME, 0, 0)
        self._add_trackbar("scale", self._scales[-1], self._request.scale, self._set_scale)
        cv2.setTrackbarMin("scale", NAME, self._scales[0])
        for field in fields:
            self._add_option(field, field.option.slider or (0, 1))
        # Before the window is drawn for the first time: without a picture it may stay black.
        cv2.imshow(NAME, _fitted(self._explorer.target, area))

    def _add_trackbar(
        self, name: str, most: int, value: int, change: Callable[[int], None]
    ) -> None:
        def moved(position: int) -> None:
            nonlocal value
            # Called for the first position too, which may be a rounded one.
            if position != value:
                value = position
                change(position)

        cv2.createTrackbar(name, NAME, value, most, moved)

    def _set_scale(self, position: int) -> None:
        self._request = replace(self._request, scale=max(self._scales[0], position))

    def _add_option(self, field: OptionField, ends: tuple[float, float]) -> None:
        """Add the trackbar of an option; shares are in percent."""
        steps = 100 if field.kind is float else 1
        name = f"{field.flag[2:]} %" if steps == 100 else field.flag[2:]
        value = getattr(self._request.options, field.name)

        def set_option(position: int) -> None:
            number = max(ends[0], position / steps if steps > 1 else position)
            changed: dict[str, Any] = {field.name: number}
            options = replace(self._request.options, **changed)
            self._request = replace(self._request, options=options)

        self._add_trackbar(
            name, round(max(ends[1], value) * steps), round(value * steps), set_option
        )
        if ends[0]:
            cv2.setTrackbarMin(name, NAME, round(ends[0] * steps))

    def _step(self) -> bool:
        """Show the current mosaic and handle the keys that are pressed; return whether to go on."""
        self._explorer.request(self._request)
        self._show_picture()
        self._save_what_is_ready()
        self._report_saved(wait=False)
        milliseconds = LOOP_MILLISECONDS
        # OpenCV keeps one key between two calls, so that the next call must follow at once.
        while (code := cv2.waitKeyEx(milliseconds)) != -1:
            if _key(code) == chr(ESCAPE):
                return False
            self._press(_key(code))
            milliseconds = 1
        return _is_open()

    def _press(self, key: str) -> None:
        if key == "s":
            self._to_save.append(self._request)
            self._tell(f"saving scale {self._request.scale} ...", math.inf)
        elif key == "o":
            self._original = not self._original
        elif key in ("+", "=", "-"):
            scale = self._request.scale + (-1 if key == "-" else 1)
            if scale in self._scales:
                cv2.setTrackbarPos("scale", NAME, scale)
        elif key in self._keys:
            self._tell(self._keys[key](), SAVED_SECONDS)

    def _show_picture(self) -> None:
        view = self._explorer.ready(self._request)
        near = view or self._explorer.nearest(self._request)
        pixels = near.mosaic if near else self._picture.pixels
        _, _, *area = cv2.getWindowImageRect(NAME)
        shown = self._explorer.target if self._original else pixels
        line = self._line if time.monotonic() < self._line_ends else ""
        self._fit(_Picture(shown, area, line))
        title = self._title(made=view is not None)
        if title != self._shown_title:
            cv2.setWindowTitle(NAME, title)
            self._shown_title = title

    def _fit(self, picture: _Picture) -> None:
        """Show the picture that was resized last, and start to resize the next one."""
        if self._fitting is not None and self._fitting.done():
            cv2.imshow(NAME, self._fitting.result())
            self._fitting = None
        if self._fitting is None and not picture.is_like(self._picture):
            self._fitting = self._fitter.submit(picture.fitted)
            self._picture = picture

    def _title(self, *, made: bool) -> str:
        if self._original:
            return "the original; o shows the mosaic again"
        scale = f"scale {self._request.scale}"
        if made:
            return f"{scale}: s saves, o original, + - step, Esc leaves"
        status = self._explorer.status
        if status is None:
            return f"{scale} is being made"
        return f"{scale}: {status.what}, {status.done:,} of {status.total:,}"

    def _save_what_is_ready(self) -> None:
        for request in self._to_save[:]:
            view = self._explorer.ready(request)
            if view is not None:
                self._to_save.remove(request)
                self._saving.append(self._saver.submit(self._save, request, view.mosaic))

    def _report_saved(self, *, wait: bool = True) -> None:
        for saving in self._saving[:]:
            if wait or saving.done():
                self._saving.remove(saving)
                path = saving.result()
                self._saved(path)
                if not wait:
                    self._tell(f"saved {path.name} in {path.parent}", SAVED_SECONDS)

    def _tell(self, text: str, seconds: float) -> None:
        """Write a line on the picture, for so long or until the next one."""
        self._line, self._line_ends = text, time.monotonic() + seconds


def first_sizes(
    target: tuple[int, int], screen: tuple[int, int], trackbars: int
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the sizes of picture and window that fit on a screen, each (width, height).

    Parameters
    ----------
    target : (int, int)
        Height and width.
    screen : (int, int)
        Width and height.
    trackbars : int
        Height of all trackbars.
    """
    height, width = target
    room = screen[0] - BESIDE[0], screen[1] - BESIDE[1] - trackbars
    factor = min(1.0, room[0] / width, room[1] / height)
    area = max(1, round(width * factor)), max(1, round(height * factor))
    return area, (max(LEAST_WIDTH, area[0]), area[1] + trackbars)


def _is_open() -> bool:
    try:
        return bool(cv2.getWindowProperty(NAME, cv2.WND_PROP_VISIBLE) >= 1)
    except cv2.error:  # with its last window Qt itself is gone
        return False


def _key(code: int) -> str:
    """Return the character of a key code, small; nothing for other keys."""
    code &= 0xFFFF
    return KEYPAD.get(code, chr(code).lower() if code < 0x100 else "")


def _fitted(picture: BgrImage, area: Sequence[int]) -> BgrImage:
    """Shrink a picture to an area (width, height); the window itself would leave jagged edges."""
    height, width = picture.shape[:2]
    factor = min(area[0] / width, area[1] / height)
    if not 0 < factor < 1:
        return picture
    size = max(1, round(width * factor)), max(1, round(height * factor))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
