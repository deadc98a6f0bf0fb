"""The mosaic of what is entered, made again whenever that changes."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

from photomosaic.app.job_process import Step
from photomosaic.cli.console import failure_of
from photomosaic.explore.explorer import Explorer, Request, View
from photomosaic.images.encode import preview
from photomosaic.jobs.photos import open_library
from photomosaic.jobs.still_plan import StillPlan, plan_still
from photomosaic.jobs.targets import scale_of
from photomosaic.options.mosaic import MosaicOptions
from photomosaic.options.shape import ShapeOptions
from photomosaic.progress import Work

LONGEST_SIDE = 1600
SECONDS_BETWEEN_LOOKS = 0.05


@dataclass(frozen=True)
class Picture:
    """A preview: a JPEG, its number, and what it shows in words."""

    number: int
    jpeg: bytes
    words: str


class Preview:
    """Previews of one mosaic at a time, made in the background; the latest request counts.

    Attributes
    ----------
    picture : Picture or None
        The latest.
    step : Step or None
        What is being done.
    error : str
        Why there is no preview.
    """

    def __init__(self) -> None:
        self.picture: Picture | None = None
        self.step: Step | None = None
        self.error = ""
        self._wanted: MosaicOptions | None = None
        self._made: MosaicOptions | None = None
        self._number = 0
        self._paused = self._closed = False
        self._changed = threading.Condition()
        self._explorer: Explorer | None = None
        self._key: object = None
        self._shown: View | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def request(self, options: MosaicOptions | None, error: str = "") -> None:
        """Show the mosaic of these options, or of None, and then why there is none."""
        with self._changed:
            if options is None:
                self.picture, self.error = None, error
            if options != self._wanted:
                self._wanted = options
                self._changed.notify_all()

    def pause(self, *, paused: bool) -> None:
        """Begin nothing new for a while, or go on."""
        with self._changed:
            self._paused = paused
            self._changed.notify_all()

    def close(self) -> None:
        """End what is being done."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(self._has_to_act)
                if self._closed:
                    break
                made = self._made = self._wanted
            try:
                if made is not None:
                    self._show(made)
            except Exception as error:  # noqa: BLE001 (shown on the page)
                self._fail(error)
            self.step = None
        self._close_explorer()

    def _has_to_act(self) -> bool:
        return self._closed or (self._wanted != self._made and not self._paused)

    def _show(self, options: MosaicOptions) -> None:
        """Show the mosaic of some options, unless others are wanted meanwhile."""
        self.step, self.error = Step("reading the picture"), ""
        plan = plan_still(options, None, Work(options.photos.workers))
        explorer = self._opened(plan)
        look = plan.options.look
        if look.layout == "mixed":
            look = replace(look, layout="grid")
        request = Request(scale_of(plan.options), look, plan.options.tiles.metric)
        explorer.request(request)
        pause = threading.Event()
        while self._wanted == options and not self._closed:
            view = explorer.ready(request)
            self._draw(view or explorer.nearest(request), plan)
            status = explorer.status
            self.step = Step("choosing tiles")
            if status:
                self.step = Step(status.what, status.done, status.total)
            if view is not None:
                return
            pause.wait(SECONDS_BETWEEN_LOOKS)

    def _draw(self, view: View | None, plan: StillPlan) -> None:
        if view is None:
            return
        words = _words(view, plan)
        if view is self._shown and self.picture is not None:
            self.picture = replace(self.picture, words=words)
            return
        self._shown = view
        self._number += 1
        self.picture = Picture(self._number, preview(view.mosaic, LONGEST_SIDE), words)

    def _opened(self, plan: StillPlan) -> Explorer:
        """Return the explorer of a plan's target and photos; another one only if they changed."""
        what, tiles = plan.options.what, replace(plan.options.tiles, metric="perceptual")
        key = (what.target, what.target.stat().st_mtime_ns, plan.target.shape, tiles, plan.listing)
        if self._explorer is None or self._key != key:
            self._close_explorer()
            self._key, self._shown = key, None
            opening = partial(open_library, plan.options.cache)
            work = Work(plan.options.photos.workers)
            self._explorer = Explorer(plan.target, plan.listing, tiles, opening, work=work)
        return self._explorer

    def _fail(self, error: Exception) -> None:
        self.picture, self.error = None, failure_of(error)[0]
        self._close_explorer()

    def _close_explorer(self) -> None:
        explorer, self._explorer = self._explorer, None
        if explorer is not None:
            with suppress(Exception):
                explorer.close()


def _words(view: View, plan: StillPlan) -> str:
    (height, width), tile = view.mosaic.shape[:2], plan.viewed_tile
    cols, rows = -(-width // tile.width), -(-height // tile.height)
    words = f"{cols} x {rows} tiles at scale {scale_of(plan.options)}"
    missing = _not_shown(plan.options)
    return f"{words}; without {missing}" if missing else words


def _not_shown(options: MosaicOptions) -> str:
    """Return what is asked for, but is not part of a preview."""
    asked = {
        "shape": options.shape != ShapeOptions(),
        "the mixed layout": options.look.layout == "mixed",
        "detail": bool(options.look.detail),
        "tidying": options.photos.tidy,
    }
    return " and ".join(name for name, is_asked in asked.items() if is_asked)
