"""The explorer in a Jupyter notebook: sliders, a live picture, and a button that saves."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from functools import partial
from html import escape
from pathlib import Path
from typing import Any

from photomosaic.errors import PhotomosaicError
from photomosaic.explore.model import Explorer, View, Wish
from photomosaic.explore.widgets import laid_out, make_widgets
from photomosaic.images.decode import read_target
from photomosaic.images.encode import output_format, preview, write_picture
from photomosaic.images.listing import Listing, list_photos, printable
from photomosaic.images.output_place import check_output
from photomosaic.library.photo_library import DEFAULT_CACHE_DIR, PhotoLibrary
from photomosaic.matching.grid import largest_scale
from photomosaic.options.fields import own_fields
from photomosaic.options.look import RenderOptions
from photomosaic.options.photos import TileOptions
from photomosaic.progress import Progress, Work
from photomosaic.savepath import expanded, fill_savepath

SAVEPATH = "media/output/interactive-%s-at-scale-%d.jpg"
PREVIEW_PIXELS = 900
DEFAULTS: dict[str, Any] = {
    field.name: field.default for field in own_fields(RenderOptions) if field.option.slider
}
SECONDS_BETWEEN_LOOKS = 0.1


def explore(
    codebook_dir: str | Path,
    target: str | Path,
    *,
    savepath: str = SAVEPATH,
    max_scale: int = 25,
    tiles: TileOptions | None = None,
    options: RenderOptions | None = None,
    cache_dir: Path | None = DEFAULT_CACHE_DIR,
    workers: int | None = None,
) -> NotebookExplorer:
    """Return widgets that show a picture's mosaics; Jupyter displays what a cell ends with.

    Parameters
    ----------
    codebook_dir, target : str or Path
        The folder of photos and the picture; both can be changed in the widgets.
    savepath : str
        As the option of interactive.py.
    max_scale : int
        Largest scale on the slider; less if the target is too small for it.
    tiles : TileOptions, optional
        Aspect, crop and vectorization factor of the tiles.
    options : RenderOptions, optional
        What the widgets start with; those without a widget stay so: --use-all, --dedupe, --dither
        and --seed.
    cache_dir : Path or None
        None keeps everything in memory.
    workers : int, optional
        Threads that read photos; as many as there are cores if not given.
    """
    return NotebookExplorer(
        str(codebook_dir),
        str(target),
        savepath,
        max_scale,
        tiles or TileOptions(),
        options or RenderOptions(),
        cache_dir,
        workers or os.cpu_count() or 1,
    )


class NotebookExplorer:
    """The widgets, and the explorer behind them; see `explore`.

    Attributes
    ----------
    widgets : dict of str to ipywidgets.Widget
        By name: folder, target, scale, opacity, best_k, randomness, metric, tint, min_spacing,
        max_uses, save, picture, progress, message.
    """

    def __init__(
        self,
        codebook_dir: str,
        target: str,
        savepath: str,
        max_scale: int,
        tiles: TileOptions,
        options: RenderOptions,
        cache_dir: Path | None,
        workers: int,
    ) -> None:
        self._savepath = savepath
        self._max_scale = max_scale
        self._tiles = tiles
        self._options = options
        self._open_library = partial(_library, cache_dir, workers)
        self._workers = workers
        self._target = Path()
        self._listing = Listing("")
        self._explorer: Explorer | None = None
        self._follower: threading.Thread | None = None
        self._shown: View | None = None
        self.widgets = make_widgets(codebook_dir, target, tiles, options)
        for name in ("folder", "target"):
            self.widgets[name].observe(self._reopen, names="value")
        for name in ("scale", "metric", *DEFAULTS):
            self.widgets[name].observe(self._wish_for_it, names="value")
        self.widgets["save"].on_click(self._save)
        self._reopen()

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display(laid_out(self.widgets))  # type: ignore[no-untyped-call]

    @property
    def wish(self) -> Wish:
        """What the widgets ask for."""
        widgets = self.widgets
        chosen = {name: widgets[name].value for name in DEFAULTS}
        # Zero stands for no limit.
        chosen |= {name: chosen[name] or None for name in DEFAULTS if DEFAULTS[name] is None}
        options = replace(self._options, **chosen)
        return Wish(widgets["scale"].value, options, widgets["metric"].value)

    def wait(self, seconds: float | None = None) -> View | None:
        """Wait until the mosaic that the widgets ask for is made, at most so long; return it."""
        return self._explorer.wait(self.wish, seconds) if self._explorer else None

    def close(self) -> None:
        """Stop making mosaics."""
        explorer, self._explorer = self._explorer, None
        if explorer is not None:
            explorer.close()
        if self._follower is not None:
            self._follower.join()

    def _reopen(self, _change: object = None) -> None:
        """Begin anew with the folder and target that are named."""
        self.close()
        try:
            self._target = expanded(self.widgets["target"].value)
            target = read_target(self._target)
            self._listing = list_photos(expanded(self.widgets["folder"].value))
        except PhotomosaicError as error:
            self._tell(str(error), wrong=True)
            return
        fitting = largest_scale(
            target.shape[:2], self._tiles.height_aspect, self._tiles.width_aspect
        )
        if not fitting:
            self._tell(f"{printable(self._target)}: is smaller than any tile", wrong=True)
            return
        slider = self.widgets["scale"]
        slider.max = min(self._max_scale, fitting)
        self.widgets["picture"].value = preview(target, PREVIEW_PIXELS)
        self._tell("")
        scales = range(1, slider.max + 1)
        self._explorer = Explorer(
            target, self._listing, self._tiles, self._open_library, scales, self._workers
        )
        self._follower = threading.Thread(target=self._follow, args=[self._explorer], daemon=True)
        self._follower.start()
        self._wish_for_it()

    def _wish_for_it(self, _change: object = None) -> None:
        if self._explorer is not None:
            self._explorer.wish(self.wish)

    def _follow(self, explorer: Explorer) -> None:
        """Show what is made of what is wished for, as long as this explorer is in use."""
        pause = threading.Event()
        try:
            while explorer is self._explorer:
                self._look_at(explorer)
                pause.wait(SECONDS_BETWEEN_LOOKS)
        except PhotomosaicError as error:
            self._tell(str(error), wrong=True)

    def _look_at(self, explorer: Explorer) -> None:
        view = explorer.ready(self.wish) or explorer.nearest(self.wish)
        if view is not None and view is not self._shown:
            self._shown = view
            self.widgets["picture"].value = preview(view.mosaic, PREVIEW_PIXELS)
        status, bar = explorer.status, self.widgets["progress"]
        bar.layout.visibility = "visible" if status else "hidden"
        if status:
            bar.max, bar.value, bar.description = status.total, status.done, status.what

    def _save(self, _button: object = None) -> None:
        try:
            wish, view = self.wish, self.wait()
            if view is None:
                return
            path = fill_savepath(self._savepath, self._target, [wish.scale])
            output_format(path, view.mosaic.shape[:2])
            check_output(path, self._target, self._listing)
            write_picture(view.mosaic, path)
            self._tell(f"saved {printable(path)}")
        except PhotomosaicError as error:
            self._tell(str(error), wrong=True)

    def _tell(self, text: str, *, wrong: bool = False) -> None:
        colour = "firebrick" if wrong else "inherit"
        self.widgets["message"].value = f'<span style="color:{colour}">{escape(text)}</span>'


def _library(cache_dir: Path | None, workers: int, progress: Progress) -> PhotoLibrary:
    return PhotoLibrary(cache_dir, Work(workers, progress))
