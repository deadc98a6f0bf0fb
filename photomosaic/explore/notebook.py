"""The explorer in a Jupyter notebook: sliders, a live picture, and a button that saves."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from functools import partial
from html import escape
from pathlib import Path
from typing import Any

from photomosaic.errors import PhotomosaicError, naming
from photomosaic.explore.explorer import Explorer, Request, View
from photomosaic.explore.widgets import laid_out, make_widgets
from photomosaic.files.names import printable
from photomosaic.files.savepath import expanded, fill_savepath
from photomosaic.images.decode import read_target
from photomosaic.images.encode import output_format, preview, write_picture
from photomosaic.images.listing import Listing, list_photos
from photomosaic.images.overwriting import check_output
from photomosaic.library.photo_library import PhotoLibrary
from photomosaic.matching.grid import largest_scale
from photomosaic.options.fields import own_fields
from photomosaic.options.look import RenderOptions
from photomosaic.options.photos import CACHE_DIR, CORES, TileOptions
from photomosaic.progress import Work

SAVEPATH = "media/output/interactive-%s-at-scale-%d.jpg"
PREVIEW_PIXELS = 900
DEFAULTS: dict[str, Any] = {
    one.name: one.default for one in own_fields(RenderOptions) if one.option.slider
}
SECONDS_BETWEEN_UPDATES = 0.1


@dataclass(frozen=True)
class NotebookSettings:
    """How a notebook's explorer starts, and where it saves.

    Attributes
    ----------
    savepath : str
        As the option of interactive.py.
    max_scale : int
        Largest scale on the slider; less if the target is too small for it.
    tiles : TileOptions
        Aspect, crop, metric and vectorization factor of the tiles.
    options : RenderOptions
        Initial values of the widgets; options without a widget keep these values.
    cache_dir : Path or None
        None keeps everything in memory.
    workers : int
        Threads that read photos.
    """

    savepath: str = SAVEPATH
    max_scale: int = 25
    tiles: TileOptions = field(default_factory=TileOptions)
    options: RenderOptions = field(default_factory=RenderOptions)
    cache_dir: Path | None = CACHE_DIR
    workers: int = CORES


def explore(
    codebook_dir: str | Path, target: str | Path, settings: NotebookSettings | None = None
) -> NotebookExplorer:
    """Return widgets that show a picture's mosaics; Jupyter displays the value of a cell.

    Parameters
    ----------
    codebook_dir, target : str or Path
        The folder of photos and the picture; both can be changed in the widgets.
    settings : NotebookSettings, optional
    """
    return NotebookExplorer(str(codebook_dir), str(target), settings or NotebookSettings())


class NotebookExplorer:
    """The widgets, and the explorer behind them; see `explore`.

    Attributes
    ----------
    widgets : dict of str to ipywidgets.Widget
        By name: folder, target, scale, opacity, best_k, randomness, metric, tint, min_spacing,
        max_uses, save, picture, progress, message.
    """

    def __init__(self, codebook_dir: str, target: str, settings: NotebookSettings) -> None:
        self._settings = settings
        self._target = Path()
        self._listing = Listing("")
        self._explorer: Explorer | None = None
        self._follower: threading.Thread | None = None
        self._shown: View | None = None
        self.widgets = make_widgets(codebook_dir, target, settings.tiles, settings.options)
        for name in ("folder", "target"):
            self.widgets[name].observe(self._reopen, names="value")
        for name in ("scale", "metric", *DEFAULTS):
            self.widgets[name].observe(self._request_mosaic, names="value")
        self.widgets["save"].on_click(self._save)
        self._reopen()

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display(laid_out(self.widgets))  # type: ignore[no-untyped-call]

    @property
    def request(self) -> Request:
        """The settings of the widgets."""
        widgets = self.widgets
        chosen = {name: widgets[name].value for name in DEFAULTS}
        # Zero stands for no limit.
        chosen |= {name: chosen[name] or None for name in DEFAULTS if DEFAULTS[name] is None}
        options = replace(self._settings.options, **chosen)
        return Request(widgets["scale"].value, options, widgets["metric"].value)

    def wait(self, seconds: float | None = None) -> View | None:
        """Wait for the mosaic of the widgets, at most so many seconds, and return it."""
        return self._explorer.wait(self.request, seconds) if self._explorer else None

    def close(self) -> None:
        """Stop making mosaics."""
        explorer, self._explorer = self._explorer, None
        if explorer is not None:
            explorer.close()
        if self._follower is not None:
            self._follower.join()

    def _reopen(self, _change: object = None) -> None:
        """Start again with the folder and target of the widgets."""
        self.close()
        try:
            self._target = expanded(self.widgets["target"].value)
            target = read_target(self._target)
            self._listing = list_photos(expanded(self.widgets["folder"].value))
        except PhotomosaicError as error:
            self._show_message(str(error), error=True)
            return
        settings, tiles = self._settings, self._settings.tiles
        fitting = largest_scale(target.shape[:2], tiles.height_aspect, tiles.width_aspect)
        if not fitting:
            self._show_message(f"{printable(self._target)}: is smaller than any tile", error=True)
            return
        slider = self.widgets["scale"]
        slider.max = min(settings.max_scale, fitting)
        self.widgets["picture"].value = preview(target, PREVIEW_PIXELS)
        self._show_message("")
        scales = range(1, slider.max + 1)
        opening, work = partial(_open_library, settings.cache_dir), Work(settings.workers)
        self._explorer = Explorer(target, self._listing, tiles, opening, scales=scales, work=work)
        self._follower = threading.Thread(target=self._follow, args=[self._explorer], daemon=True)
        self._follower.start()
        self._request_mosaic()

    def _request_mosaic(self, _change: object = None) -> None:
        if self._explorer is not None:
            self._explorer.request(self.request)

    def _follow(self, explorer: Explorer) -> None:
        """Show the mosaics of the requests as they are made, as long as this explorer is in use."""
        pause = threading.Event()
        try:
            while explorer is self._explorer:
                self._update(explorer)
                pause.wait(SECONDS_BETWEEN_UPDATES)
        except PhotomosaicError as error:
            self._show_message(str(error), error=True)

    def _update(self, explorer: Explorer) -> None:
        view = explorer.ready(self.request) or explorer.nearest(self.request)
        if view is not None and view is not self._shown:
            self._shown = view
            self.widgets["picture"].value = preview(view.mosaic, PREVIEW_PIXELS)
        status, bar = explorer.status, self.widgets["progress"]
        bar.layout.visibility = "visible" if status else "hidden"
        if status:
            bar.max, bar.value, bar.description = status.total, status.done, status.what

    def _save(self, _button: object = None) -> None:
        try:
            request, view = self.request, self.wait()
            if view is None:
                return
            with naming("savepath:"):
                path = fill_savepath(self._settings.savepath, self._target, [request.scale])
            output_format(path, view.mosaic.shape[:2])
            check_output(path, self._target, self._listing)
            write_picture(view.mosaic, path)
            self._show_message(f"saved {printable(path)}")
        except PhotomosaicError as error:
            self._show_message(str(error), error=True)

    def _show_message(self, text: str, *, error: bool = False) -> None:
        colour = "firebrick" if error else "inherit"
        self.widgets["message"].value = f'<span style="color:{colour}">{escape(text)}</span>'


def _open_library(cache_dir: Path | None, work: Work) -> PhotoLibrary:
    return PhotoLibrary(cache_dir, work)
