"""The job of interactive.py: a window on a picture's mosaics."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from photomosaic.arrays import BgrImage
from photomosaic.errors import InputError, naming
from photomosaic.explore.display import check_display, prepare_qt
from photomosaic.explore.explorer import Explorer, Request
from photomosaic.images.decode import read_target
from photomosaic.images.encode import write_picture
from photomosaic.jobs.live import explore_live
from photomosaic.jobs.photos import list_codebook, open_library
from photomosaic.jobs.saving import MosaicSaved, Place
from photomosaic.jobs.targets import check_scales
from photomosaic.library.index import Index
from photomosaic.options.scales import ExplorerOptions
from photomosaic.progress import Work


@dataclass(frozen=True)
class ExplorerResult:
    """The photos that were explored; None if the window was left before they were read."""

    index: Index | None


def explore(options: ExplorerOptions, work: Work | None = None) -> ExplorerResult:
    """Show the window until the user leaves it.

    Parameters
    ----------
    options : ExplorerOptions
    work : Work, optional

    Raises
    ------
    InputError
        If the options, the target, the photos or the savepath cannot be used, or no window opens.
    """
    work = work or Work(options.photos.workers)
    what = options.what
    if what.camera is not None:
        return ExplorerResult(explore_live(options, what.camera, work))
    if what.target is None:
        raise InputError("--target: name a picture, or a camera with --camera")
    with naming("--target"):
        target = read_target(what.target)
    check_scales(target.shape[:2], what.scales, options.tiles, cover=options.look.cover)
    listing = list_codebook(options.photos, work)
    place = Place(what.savepath, what.target, target.shape[:2], listing)
    place.path(what.min_scale)
    prepare_qt()
    check_display()
    # Loaded here, when a window is known to work.
    from photomosaic.explore.window import Window

    def save(request: Request, mosaic: BgrImage) -> Path:
        path = place.path(request.scale)
        write_picture(mosaic, path)
        return path

    def saved(path: Path) -> None:
        work.notify(MosaicSaved(path))

    opening = partial(open_library, options.cache)
    first = Request(what.min_scale, options.look, options.tiles.metric)
    with Explorer(
        target, listing, options.tiles, opening, scales=what.scales, work=work
    ) as explorer:
        Window(explorer, first, what.scales, save, saved).show()
        return ExplorerResult(explorer.index)
